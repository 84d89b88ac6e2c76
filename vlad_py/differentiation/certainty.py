"""Whether derivatives of high order have digits left: two passes that round differently must agree.

Recurrences for Taylor coefficients subtract: those of sin(x)/x at 1 leave errors of 1e-16 in coefficients
that fall as 1/k!. The same polynomial in another step is another computation with the same result, so the
difference of the two shows the error. Source of the idea: J. Vignes, "A stochastic arithmetic for reliable
scientific computation", Mathematics and Computers in Simulation 35 (1993), which takes random roundings.
"""

from __future__ import annotations

from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.declare import structural
from vlad_py.primitives.shapes import data_of
from vlad_py.values.structure import data_parts, distinct_leaves, transform
from vlad_py.values.values import Array, Value, is_numeric, list_items, make_list, plain

SHARE = 1e-8  # of a derivative, by which the two may differ; what they have in common errs by some times that
NOTHING = 1e-12  # of the largest derivative of a lower order: so much may be an error for 0
NESTED = 4  # the last order that nested passes compute as well


def certain(found: Value, other: Value) -> Value:
    """The list of a value and its derivatives, with nan for those of an order above the fourth that differ
    from those of another such list. Functions among them stay as they are.
    """
    largest: list[Any] = []
    result: list[Value] = []
    for order, (mine, its) in enumerate(zip(list_items(found), list_items(other))):
        sizes = [_sizes(x, y) for x, y in zip(_leaves(mine), _leaves(its))]
        if len(largest) != len(sizes):
            largest = [0.0] * len(sizes)
        if order > NESTED:
            wrong = [
                error > np.maximum(NOTHING * most, SHARE * size)
                for (size, error), most in zip(sizes, largest)
            ]
            mine = _without(mine, wrong)
        largest = [np.fmax(size, most) for (size, _), most in zip(sizes, largest)]
        result.append(mine)
    return make_list(result)


def _leaves(value: Value) -> list[Value]:
    """The innermost primals of the leaves, in the order in which `transform` meets them."""
    return [plain(leaf) for leaf in distinct_leaves(value, data_parts)]


def _sizes(x: Value, y: Value) -> tuple[Any, Any]:
    """The size of a number and its distance from another; nothing for a value that has no reals."""
    if type(x) not in (float, Array) or type(y) is not type(x):
        return 0.0, 0.0
    return abs(data_of(x)), abs(data_of(x) - data_of(y))


def _without(value: Value, wrong: list[Any]) -> Value:
    """A structure with nan, also for its derivatives, where its numbers are wrong."""
    if not any(map(np.any, wrong)):
        return value
    factors: Any = iter([np.where(part, np.nan, 1.0) for part in wrong])

    def leaf(x: Value) -> Value:
        factor = next(factors, 1.0)
        if not is_numeric(x):
            return x
        return mul(x, Array(np.asarray(factor)) if np.ndim(factor) else float(factor))

    return transform(value, leaf, data_parts, once=True)


structural(
    "certain",
    2,
    doc="certain(list, other): the list, with nan where they differ.",
    value=certain,
    internal=True,
)
