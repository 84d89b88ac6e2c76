"""Symbolic numbers: reals that are known by an expression."""
