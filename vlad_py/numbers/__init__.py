"""Nonstandard numbers: each folder holds one interpretation of the reals."""
