"""Taylor polynomials: higher derivatives in one forward pass."""
