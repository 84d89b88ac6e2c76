"""Symbolic numbers: reals of which an expression is known."""
