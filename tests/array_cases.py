"""The calls of primitives of arrays: arguments, and the same function by other means, one line each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from array_calls import CASES, REDUCED, Case, Plain, Shape, axes, by_axis, value_of

from vlad_py.values.values import UNIT, Array, Range, Value, make_list


def case(
    name: str, inputs: tuple[Plain, ...], reference: Callable[..., Plain], *rest: Any, pack: Any = None
) -> None:
    """Adds a line to the table."""
    CASES.append(Case(name, inputs, reference, rest, pack))


def regular(*shape: int) -> Plain:
    """A matrix far from a singular one; or several."""
    return np.random.default_rng(shape[-1]).uniform(-1, 1, shape) + 2 * np.eye(shape[-1])


def vector(*xs: float) -> Value:
    return value_of(np.array(xs))


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────

BROADCAST: tuple[tuple[Shape, Shape], ...] = (
    ((), (3,)), ((), (2, 3)), ((3,), (2, 3)), ((1,), (3,)), ((2, 1), (2, 3)), ((1, 3), (2, 3)),
    ((1, 1), (4, 2, 3)), ((2, 1), (4, 2, 3)), ((1,), (0,)), ((), (2, 0)), ((1,), (1, 1)),
)  # fmt: skip
RESHAPED: tuple[tuple[Shape, Shape], ...] = (
    ((6,), (2, 3)), ((2, 3), (6,)), ((2, 3), (3, 1, 2)), ((), (1, 1)), ((1,), ()), ((0,), (2, 0)),
)  # fmt: skip


def summed_to(x: Plain, shape: Shape) -> Plain:
    result = np.zeros(shape)
    for place in np.ndindex(*x.shape):
        own = place[len(place) - len(shape) :]
        result[tuple(0 if size == 1 else i for i, size in zip(own, shape))] += x[place]
    return result


def reordered(shape: Shape, x: Plain, *_: Any) -> Plain:
    return np.array(np.ravel(x).tolist()).reshape(shape)


for _small, _large in BROADCAST:
    case("broadcast_to", (_small,), lambda x, shape: np.ones(shape) * x, _large)
    case("sum_to", (_large,), summed_to, _small)
for _shape, _other in RESHAPED:
    case("reshape_to", (_shape,), partial(reordered, _other), _other)
    case("reshape", (_shape,), partial(reordered, _other), tuple(map(float, _other)))
case("reshape", ((6,),), partial(reordered, (2, 3)), (2.0, -1.0))
case("reshape", ((2, 3),), partial(reordered, (6,)), -1.0)


def transposed(x: Plain) -> Plain:
    result = np.zeros(x.shape[::-1])
    for place in np.ndindex(*x.shape):
        result[place[::-1]] = x[place]
    return result


for _shape in ((3,), (2, 3), (2, 3, 4), (0, 2)):
    for _i, _j in product(range(len(_shape)), repeat=2):
        case("move_axis", (_shape,), lambda x, i, j: np.rollaxis(x, i, j + (j > i)), _i, _j)
    case("transpose_of", (_shape,), transposed)
    case("transpose", (_shape,), transposed)
    if len(_shape) > 1:
        case("swap", (_shape,), lambda x: np.einsum("...ij->...ji", x))
        case("shape", (_shape,), np.shape)
    case("reverse", (_shape,), lambda x: x[::-1])
    case("length", (_shape,), len)
    case("zeros", (), lambda *shape: np.full(tuple(map(int, shape)), 0), *map(float, _shape))
    case("ones", (), lambda *shape: np.full(tuple(map(int, shape)), 1), *map(float, _shape))
    case("zeros_like", (_shape,), lambda x: 0 * x)
for _n in (0, 1, 3):
    case("eye", (), lambda n: np.diag([1.0] * int(n)), float(_n))

# ── sums and orders along an axis ─────────────────────────────────────────────────────────────────


def accumulated(axis: int, x: Plain, *_: Any) -> Plain:
    return np.add.accumulate(x, axis)


def sorted_along(axis: int, x: Plain, *_: Any) -> Plain:
    return np.apply_along_axis(lambda row: np.array(sorted(row.tolist())), axis, x)


def place_of(choice: Callable[[list[float]], float], axis: int | None, x: Plain, *_: Any) -> Plain:
    def place(row: Plain) -> float:
        return float(row.tolist().index(choice(row.tolist())))

    return place(np.ravel(x)) if axis is None else np.apply_along_axis(place, axis, x)


for _shape in REDUCED:
    for _axis in axes(_shape):
        case("argmax", (_shape,), partial(place_of, max, _axis), *by_axis(_axis))
        case("argmin", (_shape,), partial(place_of, min, _axis), *by_axis(_axis))
for _shape in (*REDUCED, (0,), (0, 2)):
    case("total", (_shape,), lambda x, _: np.sum(np.ravel(x)), None)
    for _axis in range(len(_shape)):
        case("total", (_shape,), lambda x, axis: np.einsum("i...->...", np.moveaxis(x, axis, 0)), _axis)
        case("cumulated", (_shape,), partial(accumulated, _axis), _axis)
        case("flip", (_shape,), lambda x, axis: np.take(x, range(x.shape[axis])[::-1], axis), _axis)
    for _axis in axes(_shape)[len(_shape) > 1 :]:
        case("cumsum", (_shape,), partial(accumulated, _axis or 0), *by_axis(_axis))
        if 0 not in _shape:
            case("sort", (_shape,), partial(sorted_along, _axis or 0), *by_axis(_axis))
case("sort", ((), (), ()), lambda *xs: sorted(xs))
case("sort", ((0,),), lambda x: x)

# ── elements ──────────────────────────────────────────────────────────────────────────────────────


def selected(x: Plain, index: Any) -> Plain:
    """Elements of an array by an index of the language: a real, a pair of ends, an array, or several."""

    def host(index: Any) -> Any:
        if type(index) is Array:
            return index.data.astype(int)
        if type(index) is tuple:
            ends = index[0] if len(index) == 1 else index
            return slice(*(None if end == UNIT else int(end) for end in ends))
        return int(index)

    several = type(index) is tuple and any(type(i) is tuple and len(i) == 1 for i in index)
    return x[tuple(map(host, index)) if several else host(index)]


ALL = (UNIT, UNIT)
for _gather in (1, slice(1, 3), (slice(None), 1), (1, slice(0, 2)), np.array([0, 2, 0, 0]), (1, 2)):
    case("gather", ((3, 4),), lambda x, index: x[index], _gather)
for _index in (0.0, -1.0, vector(0, 2, 0, 0), vector(-1, 1), value_of(np.array([[0, 1], [1, 1]]))):
    case("index", ((3,),), selected, _index)
    case("index", ((3, 2),), selected, _index)
for _ends in (
    ALL,
    (1.0, UNIT),
    (UNIT, -1.0),
    (1.0, 2.0),
    (2.0, 1.0),
    (0.0, 9.0),
    (UNIT, UNIT, -1.0),
    (0.0, UNIT, 2.0),
):
    case("slice", ((3,),), selected, _ends)
    case("slice", ((3, 2),), selected, _ends)
case("indexed", ((3, 4),), lambda x, _: x[1, 2], (1.0, 2.0))
case("indexed", ((3, 4),), lambda x, _: x[-1, -4], (-1.0, -4.0))
case("indexed", ((3, 4, 2),), lambda x, _: x[1, 2], (1.0, 2.0))
for _indices in ((1.0, ((1.0, 3.0),)), ((ALL,), 1.0), (((0.0, 2.0),), ((UNIT, -1.0),)), ((ALL,), (ALL,))):
    case("indexed", ((3, 4),), selected, _indices)
    case("indexed", ((3, 4, 2),), selected, _indices)
case("indexed", ((3, 4),), lambda x, _: x[:, [0, 2, 0]], ((ALL,), vector(0, 2, 0)))
case("indexed", ((3, 4, 2),), lambda x, _: x[1][:, [1, 0]], (1.0, (ALL,), vector(1, 0)))
case("indexed", ((3, 4),), lambda x, _: x[[2, 0], 1], (vector(2, 0), 1.0))


def chosen(yes: Plain, no: Plain, condition: Array) -> Plain:
    c, a, b = np.broadcast_arrays(condition.data, yes, no)
    result = np.zeros(c.shape)
    for place in np.ndindex(*c.shape):
        result[place] = a[place] if c[place] else b[place]
    return result


for _yes, _no in (((3,), (3,)), ((), (3,)), ((3,), ()), ((), ()), ((2, 3), (3,)), ((2, 1), (1, 3))):
    for _name in ("choose", "where"):
        case(_name, (_yes, _no), chosen, vector(1, 0, 1), pack=lambda a, b, c: (c, a, b))
    for _name, _left in (("if_above", vector(2, 1, 3)), ("if_same", vector(1, 0, 1))):
        rest = _left, vector(1, 1, 1), vector(1, 0, 1)
        case(
            _name,
            (_yes, _no),
            lambda a, b, left, right, c: chosen(a, b, c),
            *rest,
            pack=lambda a, b, left, right, c: (left, right, a, b),
        )


def kept(x: Plain, condition: Array) -> Plain:
    c = condition.data
    places = [place for place in np.ndindex(*c.shape) if c[place] != 0]
    return np.array([x[place] for place in places]).reshape((len(places), *x.shape[c.ndim :]))


for _shape, _condition in (
    ((3,), vector(1, 0, -2)), ((3,), vector(0, 0, 0)), ((0,), vector()), ((3, 2), vector(0, 1, 1)),
    ((2, 3), value_of(np.array([[1, 0, 0], [0, 1, 1]]))), ((2, 3, 2), vector(0, 1)), ((2, 0), vector(0, 1)),
):  # fmt: skip
    case("keep", (_shape,), kept, _condition)

# ── parts put together ────────────────────────────────────────────────────────────────────────────


def scattered(a: Plain, b: Plain, indices: Any, shape: Shape) -> Plain:
    result = np.zeros(shape)
    for x, index in zip((a, b), indices):
        places = np.arange(result.size).reshape(shape)[index]
        for place, element in zip(np.ravel(places), np.ravel(x)):
            result.flat[place] += element
    return result


def stacked(axis: int, a: Plain, b: Plain, _: Any) -> Plain:
    return np.moveaxis(np.array([a, b]), 0, axis)


def together(*xs: Value) -> tuple[Value, ...]:
    return (xs,)


for _first, _second, _size in ((0, 1, ()), (slice(0, 2), slice(1, 3), (2,)), (np.array([1, 1]), 1, (2,))):
    _sizes = (_size, () if type(_second) is int else (2,))
    case("scatter", _sizes, scattered, (_first, _second), (3,), pack=lambda a, b, *rest: ((a, b), *rest))
case("scatter", ((4,), (2, 4)), scattered, (1, slice(0, 2)), (3, 4), pack=lambda a, b, *rest: ((a, b), *rest))
for _shape in ((), (3,), (1,), (0,), (2, 3)):
    case("stack_of", (_shape,) * 3, lambda *xs: np.array(xs), pack=together)
    case("array", (_shape,) * 3, lambda *xs: np.array(xs), pack=lambda *xs: xs)
    for _axis in range(len(_shape) + 1):
        pair = partial(stacked, _axis)
        case("stack", (_shape,) * 2, pair, *by_axis(_axis), pack=lambda a, b, options: ((a, b), options))
    case("stack", (_shape,) * 3, lambda *xs: np.array(xs))
_shapes: tuple[Shape, ...]
case("array_of", ((),) * 6, lambda *xs: np.reshape(xs[:6], (2, 3)), (2, 3), pack=lambda *xs: (xs[:6], xs[6]))
case("collected", ((),) * 4, lambda *xs: np.array(xs[:4]), 1.0, pack=lambda *xs: (xs[:4], xs[4]))
case(
    "collected",
    ((2,),) * 4,
    lambda *xs: np.array(xs[:4]),
    2.0,
    pack=lambda a, b, c, d, depth: (((a, b), (c, d)), depth),
)
case("expected_array", ((3,),), lambda x, *_: x, 3.0, "the pattern")
for _shapes in (((2,), (3,)), ((2, 3), (1, 3), (4, 3)), ((0,), (2,))):
    case("joined", _shapes, lambda *xs: np.array([row for x in xs for row in x]), pack=together)
    case("concat", _shapes, lambda *xs: np.array([row for x in xs for row in x]))
case("of_range", ((),), lambda low: np.array([low, low + 1, low + 2]), pack=lambda low: Range(low, 3.0))
case(
    "linspace",
    ((), ()),
    lambda a, b, _: np.array([a, 0.75 * a + 0.25 * b, (a + b) / 2, a / 4 + 0.75 * b, b]),
    5.0,
)
case("linspace", ((), ()), lambda a, b, _: np.array([a]), 1.0)
case("flatten", ((2, 3),), np.ravel)
case("unflatten", ((),) * 3, lambda *xs: np.array(xs), pack=lambda *xs: (vector(0, 0, 0), make_list(xs)))
case("plus_scaled", ((2, 3), (), (2, 3)), lambda x, k, v: x + k * v)
case("distance", ((2, 3), (2, 3)), lambda x, y: np.sqrt(np.sum((x - y) ** 2)))
case("magnitude", ((2, 3),), lambda x: np.sqrt(np.sum(x**2)))

# ── linear algebra ────────────────────────────────────────────────────────────────────────────────


def matrix_product(a: Plain, b: Plain) -> Plain:
    left, right = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    result = np.einsum("...ij,...jk->...ik", left, right)
    if b.ndim == 1:
        result = result[..., 0]
    return result if a.ndim > 1 else result[..., 0] if b.ndim == 1 else result[..., 0, :]


for _shapes in (
    ((3,), (3,)), ((0,), (0,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((4, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (4, 3, 2)), ((4, 2, 3), (1, 3, 2)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)),
    ((5, 1, 2, 3), (4, 3, 2)),
):  # fmt: skip
    case("@", _shapes, matrix_product)
for _n in (3, 1, 0):
    for _name in ("dot", "dot_of_vectors"):
        case(_name, ((_n,), (_n,)), lambda a, b: sum((x * y for x, y in zip(a, b)), 0.0))
    case("outer", ((_n,), (2,)), lambda a, b: np.array([[x * y for y in b] for x in a]).reshape(len(a), 2))
    case("diag", ((_n,),), lambda x: np.eye(len(x)) * x)
    case("diagonal_matrix", ((_n,),), lambda x, _: np.eye(len(x)) * x, (_n, _n))
case("diagonal_matrix", ((2,),), lambda x, _: np.array([[x[0], 0, 0], [0, x[1], 0]]), (2, 3))
for _shape in ((3, 3), (2, 3), (3, 2), (1, 1), (0, 0)):
    case("diagonal", (_shape,), lambda x: np.array([x[i, i] for i in range(min(x.shape))]))
    case("diag", (_shape,), lambda x: np.array([x[i, i] for i in range(min(x.shape))]))


def half_below(i: int, row: Plain) -> Plain:
    return [*row[:i], row[i] / 2, *[0.0] * (len(row) - i - 1)]


for _n in (3, 1, 0):
    case("trace", ((_n, _n),), lambda x: sum((x[i, i] for i in range(len(x))), 0.0))
    case(
        "lower_half",
        ((_n, _n),),
        lambda x: np.array([half_below(i, x[i]) for i in range(len(x))]).reshape(x.shape),
    )


def determinant(a: Plain) -> float:
    if not len(a):
        return 1.0
    minors = (np.delete(a[1:], j, 1) for j in range(len(a)))
    return sum(float((-1) ** j * a[0, j] * determinant(minor)) for j, minor in enumerate(minors))


def inverse(a: Plain) -> Plain:
    n = len(a)
    rest = [[np.delete(np.delete(a, j, 0), i, 1) for j in range(n)] for i in range(n)]
    cofactors = [[(-1) ** (i + j) * determinant(rest[i][j]) for j in range(n)] for i in range(n)]
    return np.array(cofactors).reshape(n, n) / determinant(a)


def factor(a: Plain) -> Plain:
    """The Cholesky factor, by the definition."""
    a, n = (a + a.T) / 2, len(a)
    result = np.zeros((n, n))
    for j in range(n):
        result[j, j] = np.sqrt(a[j, j] - result[j] @ result[j])
        for i in range(j + 1, n):
            result[i, j] = (a[i, j] - result[i] @ result[j]) / result[j, j]
    return result


for _n in (3, 2, 1, 0):
    _a = regular(_n, _n)
    case("det", (_a,), determinant)
    case("logdet", (_a,), lambda a: np.log(np.abs(determinant(a))))
    case("inv", (_a,), inverse)
    case("cholesky", (_a @ _a.T + np.eye(_n),), factor)
    case("solve", (_a, (_n,)), lambda a, b: inverse(a) @ b)
    case("solve", (_a, (_n, 2)), lambda a, b: inverse(a) @ b)
case("solve", (regular(3, 3), (3, 0)), lambda a, b: inverse(a) @ b)
