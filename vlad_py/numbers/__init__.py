"""Nonstandard numbers: one interpretation of the reals per file."""
