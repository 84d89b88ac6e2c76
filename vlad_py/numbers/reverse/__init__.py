"""Reverse mode: nodes of the Wengert list, and the sweep."""
