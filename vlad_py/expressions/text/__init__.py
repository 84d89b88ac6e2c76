"""Expressions as text: ADL, Unicode and LaTeX."""
