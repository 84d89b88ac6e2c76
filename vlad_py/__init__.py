"""vlad_py: ADL, a small functional language with exact, arbitrarily nested differentiation."""

__version__ = "0.1.0"  # the only place that states it; the build reads this line
