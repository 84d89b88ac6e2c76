"""The whole table of primitives: importing this fills PRIMITIVES."""

from vlad_py.nesting import (
    enclosures,
    expansions,
    jacobians,
    operators,
    probes,
    rules,
    symbols,
    vectors,
    watching,
)  # fmt: skip
from vlad_py.primitive import INLINE_NAMES, PRIMITIVES
from vlad_py.primitives import (
    arithmetic,
    array,
    choice,
    compare,
    conditions,
    data,
    diagonals,
    elements,
    explog,
    linear_algebra,
    reduce,
    sequence,
    shapes,
    special,
    trig,
)  # fmt: skip

__all__ = [
    "INLINE_NAMES", "PRIMITIVES", "arithmetic", "array", "choice", "compare", "conditions", "data",
    "diagonals", "elements", "enclosures", "expansions", "explog", "jacobians", "linear_algebra", "operators",
    "probes", "reduce", "rules", "sequence", "shapes", "special", "symbols", "trig", "vectors",
    "watching",
]  # fmt: skip
