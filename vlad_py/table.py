"""The whole table of primitives: importing this fills PRIMITIVES."""

from vlad_py.nesting import operators, vectors
from vlad_py.primitive import INLINE_NAMES, PRIMITIVES
from vlad_py.primitives import arithmetic, compare, data, explog, reduce, sequence, special, trig

__all__ = [
    "INLINE_NAMES", "PRIMITIVES", "arithmetic", "compare", "data", "explog", "operators", "reduce",
    "sequence", "special", "trig", "vectors",
]  # fmt: skip
