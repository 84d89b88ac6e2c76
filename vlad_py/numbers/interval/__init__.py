"""Intervals: reals of which two ends are known."""
