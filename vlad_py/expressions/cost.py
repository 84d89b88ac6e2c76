"""The cost model: what one operation costs.

An entry gives the cost of its primitive for each element of the result, or of the largest argument if that
has more elements; or a function of the shapes. An operation that only moves elements costs nothing.
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
    """Whether each element of the result is an element of an argument, or a zero."""
    return cost_of(operation) == 0
