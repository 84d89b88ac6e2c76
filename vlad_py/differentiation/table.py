"""The whole table of primitives: importing this fills PRIMITIVES."""

from vlad_py.differentiation import (
    certainty,
    checkpoints,
    expansions,
    generic,
    jacobians,
    one_pass,
    operators,
    probes,
    rules,
    sparse,
    vectors,
    watching,
)
from vlad_py.differentiation.vlad import basis, on_reals
from vlad_py.numbers.interval import primitives as interval_primitives
from vlad_py.numbers.symbolic import primitives as symbolic_primitives
from vlad_py.primitives import (
    arithmetic,
    array,
    batches,
    beta,
    choice,
    compare,
    data,
    diagonals,
    explog,
    extremes,
    factors,
    fourier,
    gammas,
    indexing,
    linear_algebra,
    masks,
    matrices,
    moving,
    output,
    plotting,
    probability,
    products,
    randomness,
    reduce,
    running,
    sequence,
    shapes,
    special,
    statistics,
    tensors,
    trig,
    waves,
)  # fmt: skip
from vlad_py.primitives.primitive import INLINE_NAMES, PRIMITIVES

__all__ = [
    "INLINE_NAMES", "PRIMITIVES", "arithmetic", "array", "basis", "batches", "beta", "certainty",
    "checkpoints", "choice", "compare", "data", "diagonals", "expansions", "explog", "extremes",
    "factors", "fourier", "gammas", "generic", "indexing", "interval_primitives", "jacobians",
    "linear_algebra", "masks", "matrices", "moving", "on_reals", "one_pass", "operators", "output",
    "plotting", "probability", "probes",
    "products",
    "randomness", "reduce", "rules", "running", "sequence", "shapes", "sparse", "special",
    "statistics", "symbolic_primitives", "tensors", "trig", "vectors", "watching", "waves",
]  # fmt: skip
