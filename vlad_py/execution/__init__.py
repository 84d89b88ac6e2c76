"""Core to Python, and the machine that runs it: segments, straight runs, limits, the places of errors."""
