"""The table of primitives: importing this folder fills PRIMITIVES."""

from vlad_py.primitives import arithmetic, compare, data, explog, reduce, special, trig

__all__ = ["arithmetic", "compare", "data", "explog", "reduce", "special", "trig"]
