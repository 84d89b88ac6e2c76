"""Nested differentiation: cases with verified values, translated to ADL and run in every mode assignment."""
