"""Enclosures of primitives of many intervals: reductions, and functions of arrays of lower and upper ends.

For arrays they follow from the shape of an entry: where elements go, or which sums of products they are. An
entry of any other shape must give a reason why it has no enclosure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vlad_py.ground.errors import NothingKnown
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.interval.enclosures import NOTHING, magnitudes, product, root, square
from vlad_py.numbers.interval.rounding import (
    Ends,
    above,
    below,
    div_down,
    div_up,
    sum_down,
    sum_up,
)
from vlad_py.primitives.behaviour import Together as Known
from vlad_py.primitives.kinds import Along, Assembly, Bilinear, Choosing, Linear, OfMany, Rearranging
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import wrapped
from vlad_py.values.values import Array, Statics, Value

Together: TypeAlias = Callable[[Sequence[Ends]], Ends]

ULPS = 16.0  # for each real that a reduction adds up in Python's own order

# ── reductions of many reals ─────────────────────────────────────────────────────────────────


def _times(a: Ends, b: Ends) -> Ends:
    return product(a, b)[:2]


def _sum(xs: Sequence[Ends]) -> Ends:
    return sum_down(x[0] for x in xs), sum_up(x[1] for x in xs)


def _mean(xs: Sequence[Ends]) -> Ends:
    low, high = _sum(xs)
    return div_down(low, float(len(xs))), div_up(high, float(len(xs)))


def _prod(xs: Sequence[Ends]) -> Ends:
    result = (1.0, 1.0)
    for x in xs:
        result = _times(result, x)
    return result


def _dot(xs: Sequence[Ends]) -> Ends:
    half = len(xs) // 2
    return _sum([_times(a, b) for a, b in zip(xs[:half], xs[half:], strict=True)])


def _max(xs: Sequence[Ends]) -> Ends:
    return max(x[0] for x in xs), max(x[1] for x in xs)


def _min(xs: Sequence[Ends]) -> Ends:
    return min(x[0] for x in xs), min(x[1] for x in xs)


def _logsumexp(xs: Sequence[Ends]) -> Ends:
    at: Any = PRIMITIVES["logsumexp"].value
    low, high = (at(tuple(x[i] for x in xs)) for i in (0, 1))
    room = 1e-15 * (len(xs) + 1.0)  # the logarithm of a sum from 1 on, after a shift
    return below(low, ULPS, room), above(high, ULPS, room)


def _norm(xs: Sequence[Ends]) -> Ends:
    squares = [square(x) for x in xs]
    if all(x is not None and x[0] > 1e-200 and x[1] < 1e200 for x in squares):
        low, high = _sum([x[:2] for x in squares if x is not None])
        found = root((low, high))
        assert found is not None
        return found[:2]
    sizes = [(found[0], found[1]) for found in (magnitudes(x) for x in xs)]
    room = ULPS * (len(xs) + 1.0)
    low, high = (math.hypot(*(size[i] for size in sizes)) for i in (0, 1))
    return max(below(low, room), 0.0), above(high, room) if high else 0.0


def _of_values(together: Together) -> Together:
    """A reduction that gives nothing where one of its reals has no value."""

    def reduce(xs: Sequence[Ends]) -> Ends:
        return NOTHING if any(low > high for low, high in xs) else together(xs)

    return reduce


_REDUCTIONS: dict[Known, Together] = {
    Known.SUM: _sum,
    Known.MEAN: _mean,
    Known.PRODUCT: _prod,
    Known.SCALAR_PRODUCT: _dot,
    Known.GREATEST: _max,
    Known.LEAST: _min,
    Known.LOG_SUM_EXP: _logsumexp,
    Known.NORM: _norm,
}


def together(primitive: OfMany) -> Together:
    """The enclosure of a reduction, from its reals' ends. RunError if its entry has no facts for one."""
    known = primitive.behaviour
    if not isinstance(known, Known):
        hint = "an entry with a `behaviour` says what it is"
        raise NothingKnown(f"`{primitive.called}` of intervals is unknown", hint=hint)
    return _of_values(_REDUCTIONS[known])


# ── functions of arrays: of their lower ends and of their upper ends ─────────────────────────

Numbers: TypeAlias = Sequence[Value]


def by_ends(
    primitive: Primitive, lower: Numbers, upper: Numbers, statics: Statics
) -> tuple[Value, Value] | None:
    """The lower and the upper ends of a function of arrays, of those of its arguments; None where its shape
    does not say what they are.
    """
    if isinstance(primitive, (Rearranging, Choosing)):
        return primitive.at(lower, statics), primitive.at(upper, statics)
    if isinstance(primitive, (Linear, Bilinear, Assembly)):
        return _summed(primitive, lower, upper, statics)
    if isinstance(primitive, Along):
        return _along(together(primitive.whole), lower[0], upper[0], **statics)
    return None


def _rows(data: Any, axis: int | None) -> tuple[list[list[float]], tuple[int, ...]]:
    """The rows along an axis (None: one of all elements), and the shape of what is left of an array."""
    if axis is None:
        return [data.ravel().tolist()], ()
    moved = np.moveaxis(data, axis, -1)
    return moved.reshape(math.prod(moved.shape[:-1]), moved.shape[-1]).tolist(), moved.shape[:-1]


def _along(reduced: Together, low: Any, high: Any, axis: int | None) -> tuple[Value, Value]:
    """A reduction of each row along an axis."""
    lows, shape = _rows(low.data, axis)
    highs = _rows(high.data, axis)[0]
    found = [reduced(list(zip(a, b, strict=True))) for a, b in zip(lows, highs, strict=True)]
    return _shaped([x[0] for x in found], shape), _shaped([x[1] for x in found], shape)


def _shaped(items: list[float], shape: tuple[int, ...]) -> Value:
    return wrapped(np.array(items, np.float64).reshape(shape))


class _Sum:
    """A sum of intervals of reals that is rounded only once, when all are known: what numpy adds and
    multiplies in a function of arrays that is made of sums and products. It has no values where a term has
    none.
    """

    __slots__ = ("ends", "left", "right")

    def __init__(self, ends: Ends, left: _Sum | None = None, right: _Sum | None = None) -> None:
        self.ends = ends
        self.left = left
        self.right = right

    def __add__(self, other: _Sum | float) -> _Sum:
        if isinstance(other, _Sum):
            return _Sum(NOTHING, self, other)
        return self if other == 0.0 else _Sum(NOTHING, self, _Sum((other, other)))

    def __mul__(self, other: _Sum | float) -> _Sum:
        if not isinstance(other, _Sum):
            return self if other == 1.0 else self * _Sum((other, other))
        a, b = self.total(), other.total()
        return _Sum(NOTHING if NOTHING in (a, b) else _times(a, b))

    __radd__ = __add__
    __rmul__ = __mul__

    def total(self) -> Ends:
        """The ends of the sum."""
        if self.left is None:
            return self.ends
        terms: list[Ends] = []
        todo: list[_Sum] = [self]
        while todo:
            item = todo.pop()
            if item.left is None or item.right is None:
                terms.append(item.ends)
            else:
                todo += (item.right, item.left)
        return _of_values(_sum)(terms)


def _summed(primitive: Primitive, lower: Numbers, upper: Numbers, statics: Statics) -> tuple[Value, Value]:
    """Sums and products of elements: the primitive's own value, at arrays of intervals."""

    def sums(low: Value, high: Value) -> Value:
        if not isinstance(low, Array) or not isinstance(high, Array):
            return _Sum((low, high))  # type: ignore[arg-type]
        pairs = zip(low.data.ravel().tolist(), high.data.ravel().tolist(), strict=True)
        found = np.empty(low.data.size, object)
        found[:] = [_Sum(pair) for pair in pairs]
        return Array(found.reshape(low.data.shape))

    result: Any = primitive.value_at([*map(sums, lower, upper)], statics)
    if type(result) is not Array:
        low, high = _total(result)
        return low, high
    found = [_total(x) for x in result.data.ravel().tolist()]
    lows, highs = (_shaped([x[i] for x in found], result.data.shape) for i in (0, 1))
    return lows, highs


def _total(x: _Sum | float) -> Ends:
    return x.total() if isinstance(x, _Sum) else (float(x), float(x))
