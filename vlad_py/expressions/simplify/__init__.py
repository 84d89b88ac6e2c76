"""Simplification: polynomials, forms, and the choice of the lightest."""
