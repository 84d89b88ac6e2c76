"""Expressions as text: ADL and LaTeX."""
