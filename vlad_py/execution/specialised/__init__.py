"""Runs specialised on the numbers that come, by tracing primitives."""
