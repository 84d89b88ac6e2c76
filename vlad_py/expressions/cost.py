"""The cost model: what an operation costs, so that numbers can be compared with theory, on every machine.

Its entry says what an operation costs for each element of its result, or of its largest number where that has
more; or it gives the cost by a function of the shapes. What only moves elements costs nothing.
"""

from __future__ import annotations

from vlad_py.expressions.expression import Application
from vlad_py.primitives.kinds import OfMany
from vlad_py.values.values import shape_of, size_of


def cost_of(operation: Application) -> int:
    """What an operation costs."""
    cost, values = operation.primitive.cost, [x.value for x in operation.arguments]
    if callable(cost):
        return cost(tuple(map(shape_of, values)), **operation.statics)
    size = max(map(size_of, (operation.value, *values)))
    if isinstance(operation.primitive, OfMany):
        size = max(size, len(values) - 1)
    return cost * size


def only_moves(operation: Application) -> bool:
    """Whether an operation computes nothing: every element that it gives is one that it took, or a zero."""
    return cost_of(operation) == 0
