"""The primitives: one entry each, by topic. `differentiation/table.py` imports them all."""
