"""Intervals: reals that are known to lie between two ends."""
