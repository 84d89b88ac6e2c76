"""What primitives make of many intervals: reductions, and functions of arrays of lower and of upper ends.

What has no entry in either table and no reason among the gaps is a mistake, which a test finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.interval.enclosures import ENCLOSURES, NOTHING, Ends, value_of
from vlad_py.numbers.interval.rounding import (
    above,
    add_up,
    below,
    div_down,
    div_up,
    sum_down,
    sum_up,
)
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import data_of, wrapped
from vlad_py.values.values import Array, Value

Together: TypeAlias = Callable[[Sequence[Ends]], Ends]
Arguments: TypeAlias = list[Any]
WithEnds: TypeAlias = Callable[[Primitive, Arguments, Arguments], tuple[Value, Value]]

ULPS = 16.0  # for each real that a reduction adds up in the host's own order

# ── reductions of many reals ─────────────────────────────────────────────────────────────────


def _ends(name: str, a: Ends, b: Ends) -> Ends:
    found = ENCLOSURES[name](a, b)
    assert found is not None
    return found[:2]


def _sum(xs: Sequence[Ends]) -> Ends:
    return sum_down(x[0] for x in xs), sum_up(x[1] for x in xs)


def _mean(xs: Sequence[Ends]) -> Ends:
    low, high = _sum(xs)
    return div_down(low, float(len(xs))), div_up(high, float(len(xs)))


def _prod(xs: Sequence[Ends]) -> Ends:
    result = (1.0, 1.0)
    for x in xs:
        result = _ends("*", result, x)
    return result


def _dot(xs: Sequence[Ends]) -> Ends:
    half = len(xs) // 2
    return _sum([_ends("*", a, b) for a, b in zip(xs[:half], xs[half:], strict=True)])


def _max(xs: Sequence[Ends]) -> Ends:
    return max(x[0] for x in xs), max(x[1] for x in xs)


def _min(xs: Sequence[Ends]) -> Ends:
    return min(x[0] for x in xs), min(x[1] for x in xs)


def _logsumexp(xs: Sequence[Ends]) -> Ends:
    low, high = (value_of("logsumexp", tuple(x[i] for x in xs)) for i in (0, 1))  # type: ignore[arg-type]
    room = 1e-15 * (len(xs) + 1.0)  # the logarithm of a sum from 1 on, after a shift
    return below(low, ULPS, room), above(high, ULPS, room)


def _norm(xs: Sequence[Ends]) -> Ends:
    squares = [ENCLOSURES["square"](x) for x in xs]
    if all(x is not None and x[0] > 1e-200 and x[1] < 1e200 for x in squares):
        low, high = _sum([x[:2] for x in squares if x is not None])
        found = ENCLOSURES["sqrt"]((low, high))
        assert found is not None
        return found[:2]
    sizes = [(found[0], found[1]) for found in (ENCLOSURES["abs"](x) for x in xs) if found is not None]
    room = ULPS * (len(xs) + 1.0)
    low, high = (math.hypot(*(size[i] for size in sizes)) for i in (0, 1))
    return max(below(low, room), 0.0), above(high, room) if high else 0.0


def _of_values(together: Together) -> Together:
    """A reduction that gives nothing where one of its reals has no value."""

    def reduce(xs: Sequence[Ends]) -> Ends:
        return NOTHING if any(low > high for low, high in xs) else together(xs)

    return reduce


_REDUCTIONS: dict[str, Together] = {
    "sum": _sum,
    "mean": _mean,
    "prod": _prod,
    "dot": _dot,
    "max": _max,
    "min": _min,
    "logsumexp": _logsumexp,
    "norm": _norm,
}
TOGETHER = {name: _of_values(together) for name, together in _REDUCTIONS.items()}
"""By name: the reductions, of the ends of each of their reals."""

# ── functions of arrays: of their lower ends and of their upper ends ─────────────────────────


def _each(primitive: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    return primitive.apply(*lower), primitive.apply(*upper)


def _choose(primitive: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    if lower[0] is not upper[0]:
        raise RunError("`where` cannot choose by intervals", hint="`intervals.middle(x)` is one real of x")
    return _each(primitive, lower, upper)


def _rows(data: Any, axis: int | None) -> tuple[list[list[float]], tuple[int, ...]]:
    """The rows along an axis (None: one of all elements), and the shape of what is left of an array."""
    if axis is None:
        return [data.ravel().tolist()], ()
    moved = np.moveaxis(data, axis, -1)
    return moved.reshape(math.prod(moved.shape[:-1]), moved.shape[-1]).tolist(), moved.shape[:-1]


def _along(together: Together) -> WithEnds:
    """A function of an array along an axis that is a reduction of each row."""

    def with_ends(_: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
        (low, axis), high = lower, upper[0]
        lows, shape = _rows(low.data, axis)
        highs = _rows(high.data, axis)[0]
        found = [together(list(zip(a, b, strict=True))) for a, b in zip(lows, highs, strict=True)]
        return _shaped([x[0] for x in found], shape), _shaped([x[1] for x in found], shape)

    return with_ends


def _shaped(items: list[float], shape: tuple[int, ...]) -> Value:
    return wrapped(np.array(items, np.float64).reshape(shape))


def _sum_to(_: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    (low, shape), high = lower, upper[0]
    size = low.data.ndim
    new = size - len(shape)
    axes = [i for i in range(size) if i < new or shape[i - new] == 1 != low.data.shape[i]]
    kept = [i for i in range(size) if i not in axes]
    count = math.prod(low.data.shape[i] for i in axes)
    columns = [x.data.transpose(*kept, *axes).reshape(-1, count).tolist() for x in (low, high)]
    return _shaped([*map(sum_down, columns[0])], shape), _shaped([*map(sum_up, columns[1])], shape)


def _cumulated(_: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    (low, axis), high = lower, upper[0]

    def sums(data: Any, add: Callable[[list[float]], float]) -> Value:
        rows, shape = _rows(data, axis)
        found = [[add(row[: i + 1]) for i in range(len(row))] for row in rows]
        return Array(np.moveaxis(np.array(found).reshape(*shape, data.shape[axis]), -1, axis))

    return sums(low.data, sum_down), sums(high.data, sum_up)


def _product(primitive: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    shape = np.shape(data_of(primitive.apply(*lower)))  # or the error that says what is wrong
    columns = []
    for a, b in (lower, upper):
        left = a.data if a.data.ndim > 1 else a.data[None, :]
        right = b.data if b.data.ndim > 1 else b.data[:, None]
        columns.append((left[..., :, None, :], np.swapaxes(right, -1, -2)[..., None, :, :]))
    (a_low, b_low), (a_high, b_high) = columns
    flat = np.broadcast_arrays(a_low, a_high, b_low, b_high)
    terms = zip(*(x.ravel().tolist() for x in flat), strict=True)
    products = [_ends("*", (a, c), (b, d)) for a, c, b, d in terms]
    size = flat[0].shape[-1]
    count = math.prod(flat[0].shape[:-1])
    found = [_sum(products[i * size : (i + 1) * size]) for i in range(count)]
    return _shaped([x[0] for x in found], shape), _shaped([x[1] for x in found], shape)


def _scatter(_: Primitive, lower: Arguments, upper: Arguments) -> tuple[Value, Value]:
    (lows, indices, shape), highs = lower, upper[0]
    ends = np.zeros((2, *shape))
    places = np.arange(math.prod(shape)).reshape(shape)
    flat = ends.reshape(2, -1)
    for low, high, index in zip(lows, highs, indices, strict=True):
        where = np.asarray(places[index])
        pairs = [np.broadcast_to(data_of(x), where.shape).ravel().tolist() for x in (low, high)]
        for i, a, b in zip(where.ravel().tolist(), *pairs, strict=True):
            flat[:, i] = sum_down((float(flat[0, i]), a)), add_up(float(flat[1, i]), b)
    return Array(ends[0]), Array(ends[1])


_REARRANGING = (
    "broadcast_to reshape_to move_axis flip swap transpose_of gather diagonal diagonal_matrix stack_of joined"
)
_ALONG_AXES = {
    "total": _along(TOGETHER["sum"]),
    **{f"{name}_of": _along(TOGETHER[name]) for name in ("prod", "max", "min", "logsumexp", "norm")},
}
WITH_ENDS: dict[str, WithEnds] = {
    **dict.fromkeys(_REARRANGING.split(), _each),
    **_ALONG_AXES,
    "lower_half": _each,  # exact: it halves, and keeps the order
    "choose": _choose,
    "sum_to": _sum_to,
    "cumulated": _cumulated,
    "@": _product,
    "dot_of_vectors": _product,
    "scatter": _scatter,
}
"""By name: the functions of arrays, of their arguments with lower ends and with upper ends."""

EACH_BY_ITSELF = frozenset((*_REARRANGING.split(), *_ALONG_AXES, "lower_half", "choose"))
"""Those that say nothing of elements which have no values, but that they have none."""

_SOLVING = "what it is for all matrices between two fills no box"
_HINT = "of one matrix among them: `inv(intervals.middle(a))`"

REASONS: dict[str, tuple[str, str]] = {
    "solve": (_SOLVING, _HINT),
    "inv": (_SOLVING, _HINT),
    "cholesky": (_SOLVING, _HINT),
    "det": ("elimination would make it far too wide", "write the products out, for small matrices"),
    "logdet": ("elimination would make it far too wide", "write the products out, for small matrices"),
}
"""By name: the gaps, with what is said about them, and a hint."""
