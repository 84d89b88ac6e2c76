"""The whole table of primitives: importing this fills PRIMITIVES."""

from vlad_py.primitive import INLINE_NAMES, PRIMITIVES
from vlad_py.primitives import (
    ad,
    arithmetic,
    compare,
    data,
    explog,
    reduce,
    sequence,
    special,
    structure,
    trig,
)

__all__ = [
    "INLINE_NAMES", "PRIMITIVES", "ad", "arithmetic", "compare", "data", "explog", "reduce", "sequence",
    "special", "structure", "trig",
]  # fmt: skip
