"""One generic direction in place of all differentiations in progress.

The search for steps in ode.adl looks at derivatives along it. Its entries are fixed, of both signs and all
different, so the terms of several reals do not cancel, and every run chooses the same steps.
"""

from __future__ import annotations

from typing import Any

from vlad_py.differentiation.renaming import Renaming, free_leaves
from vlad_py.ground.late_numpy import np
from vlad_py.ground.walk import Walk, run
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.declare import internal
from vlad_py.values.values import Array, Number, Value, shape_of, size_of

# the fractional parts of the golden ratio and of √2: their multiples modulo 1 never repeat
_SIZE, _SIGN = 0.6180339887498949, 0.4142135623730951


class _Generic(Renaming):
    """The numbers of every differentiation in progress become numbers of one, along a generic direction.

    A shared number, such as a real that two functions capture, has one entry of the direction.
    """

    def __init__(self, tag: int, order: int) -> None:
        super().__init__(0, None, lambda _: False)  # no tag is kept: `_number` replaces them all
        self.tag = tag
        self.order = order
        self.reals = 0  # met so far

    def _number(self, value: Number, tag: int | None) -> Walk[Value]:
        if value.tag in self.bound:
            return (yield super()._number(value, tag))
        self.unknown()
        varies = False
        inner: Any = value
        while isinstance(inner, Number) and inner.tag and inner.tag not in self.bound:
            varies = varies or inner.of_differentiation
            inner = inner.primal
        point = yield self._walk(inner)
        if not varies:
            return point
        direction = self._direction(point)
        if self.order == 1:
            return Dual(self.tag, point, direction)
        return Taylor(self.tag, [point, direction], self.order)

    def _direction(self, point: Value) -> Value:
        """The next entries, between 0.5 and 1.5 in size."""
        first = self.reals + 1
        self.reals += size_of(point)
        entries = [_entry(i) for i in range(first, self.reals + 1)]
        shape = shape_of(point)
        return Array(np.array(entries).reshape(shape)) if shape else entries[0]


def _entry(i: int) -> float:
    """The i-th entry of the direction."""
    return (1.0 if i * _SIGN % 1.0 < 0.5 else -1.0) * (0.5 + i * _SIZE % 1.0)


def _generically(tag: int, order: float, point: Value) -> Value:
    return run(_Generic(tag, int(order))._walk(point))


def _orders_taken(point: Value) -> float:
    orders: dict[int, int] = {}
    for leaf in free_leaves(point):
        inner: Any = leaf
        while isinstance(inner, Number) and inner.tag:
            if inner.of_differentiation:
                order = inner.order if type(inner) is Taylor else 1
                orders[inner.tag] = max(order, orders.get(inner.tag, 0))
            inner = inner.primal
    return float(sum(orders.values()))


internal(
    "orders_taken",
    1,
    "orders_taken(x): the sum of the orders of all derivatives being taken with respect to what is in x.",
    _orders_taken,
    of_tags=True,
)
internal(
    "generically",
    3,
    "generically(tag, n, x): x with a generic direction to order n in place of all derivatives being taken.",
    _generically,
    of_tags=True,
)
