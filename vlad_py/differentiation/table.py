"""The whole table of primitives: importing this fills PRIMITIVES."""

from vlad_py.differentiation import (
    certainty,
    checkpoints,
    expansions,
    jacobians,
    operators,
    probes,
    rules,
    vectors,
    watching,
)
from vlad_py.differentiation.vlad import basis, on_reals
from vlad_py.numbers.interval import primitives as interval_primitives
from vlad_py.numbers.symbolic import primitives as symbolic_primitives
from vlad_py.primitives import (
    arithmetic,
    array,
    choice,
    compare,
    data,
    diagonals,
    explog,
    extremes,
    indexing,
    linear_algebra,
    masks,
    output,
    probability,
    products,
    reduce,
    sequence,
    shapes,
    special,
    trig,
)  # fmt: skip
from vlad_py.primitives.primitive import INLINE_NAMES, PRIMITIVES

__all__ = [
    "INLINE_NAMES", "PRIMITIVES", "arithmetic", "array", "basis", "certainty", "checkpoints", "choice",
    "compare",
    "data", "diagonals", "expansions", "explog", "extremes", "indexing", "interval_primitives",
    "jacobians", "linear_algebra", "masks", "on_reals", "operators", "output", "probability", "probes",
    "products", "reduce",
    "rules", "sequence", "shapes", "special", "symbolic_primitives", "trig", "vectors", "watching",
]  # fmt: skip
