"""Expressions as data: their text, their size, their simplification."""
