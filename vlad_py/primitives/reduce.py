"""Reductions: functions of a tuple, a list or an array of reals that give one real, or one along an axis."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, div, exp, mul, sub
from vlad_py.primitives.axes import checked_axis
from vlad_py.primitives.choice import (
    Condition,
    constant,
    is_above,
    is_chosen,
    is_zero,
    narrowed,
    same,
    same_infinity,
    select,
)
from vlad_py.primitives.declare import reduction
from vlad_py.primitives.declare_arrays import along
from vlad_py.primitives.primitive import Adjoint, Apply, Cost, Rule, sparse
from vlad_py.primitives.shapes import (
    Shape,
    broadcast_to,
    gather,
    joined,
    move_axis,
    reshape_to,
    spread,
    stack_of,
    total,
    wrapped,
)
from vlad_py.primitives.singular import at_point, no_slope
from vlad_py.values.show import describe, describe_array
from vlad_py.values.values import Value, is_array, shape_of

# ── the arrays' side of a reduction ──────────────────────────────────────────────────────────


def _along(name: str, arrays: Apply, nonempty: bool = False) -> Apply:
    """`arrays(x, axis)`, its axis checked."""

    def along(x: Value, axis: int | None) -> Value:
        axis = checked_axis(name, x, axis)
        if nonempty and 0 in (shape_of(x) if axis is None else (shape_of(x)[axis],)):
            raise RunError(f"`{name}` expects at least one real, got {describe(x)}")
        return arrays(x, axis=axis)

    return along


def _elementwise(name: str, arrays: Apply, mixes: bool = False) -> Apply:
    """The reduction of a tuple or a list with arrays in it: elementwise, by `arrays(x, axis)`.

    Reals may stand beside the arrays if it `mixes`: `max(a, 0)` is usual, `sum(a, 0)` is a mistake.
    """

    def elementwise(xs: tuple[Value, ...]) -> Value:
        if not mixes and not all(map(is_array, xs)):
            hint = f"along an axis: `{name}(a, {{axis: 0}})`"
            raise RunError(f"`{name}` expects reals or arrays, got both", hint=hint)
        shapes = [shape_of(x) for x in xs]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            listed = " and ".join(describe_array(s) for s in shapes if s)
            raise RunError(f"`{name}` cannot combine {listed}") from None
        return arrays(stack_of(tuple(broadcast_to(x, shape) for x in xs)), axis=0)

    return elementwise


def _of_arrays(name: str, value: Apply, slope: Apply, latex: str = "", cost: Cost = 4) -> Apply:
    """A reduction of an array along an axis (None: all). `slope(y, x, axis)` gives its partial derivatives,
    in the shape of x, for a result y that has been repeated to that shape.
    """

    def partials(y: Value, x: Value, axis: int | None) -> Value:
        return slope(spread(y, shape_of(x), axis), x, axis)

    return along(
        f"{name}_of",
        doc=f"{name}_of(x, axis): `{name}` of an array's elements along an axis; of all if it is none.",
        value=lambda x, *, axis: wrapped(value(x.data, axis)),
        rule=Rule(
            lambda t, y, x, *, axis: total(mul(partials(y, x, axis), t), axis=axis),
            lambda y, x, *, axis: Adjoint(_weighted, partials(y, x, axis), shape=shape_of(x), axis=axis),
        ),
        reduces=name,
        text=name,
        latex=latex,
        cost=cost,
    )


@sparse
def _weighted(cotangent: Value, slope: Value, shape: Shape, axis: int | None) -> Value:
    return mul(slope, spread(cotangent, shape, axis))


def _by_name(name: str) -> Apply:
    """A function of numpy, which is not loaded before it is called."""

    def function(data: np.ndarray, axis: int | None) -> np.ndarray:
        return getattr(np, name)(data, axis)

    return function


def _count(x: Value, axis: int | None) -> float:
    shape = shape_of(x)
    return float(math.prod(shape) if axis is None else shape[axis])


# ── the reductions ───────────────────────────────────────────────────────────────────────────


def _sum(xs: Iterable[float]) -> float:
    # first to last, rounding each time: the host's sum() rounds otherwise from version to version
    total = 0.0
    for x in xs:
        total += x
    return total


sum = reduction(
    "sum",
    doc="Sum of a tuple, a list or an array of reals; 0 of none. Those of a tuple or a list are added first "
    "to last. Every partial derivative is 1.",
    value=_sum,
    native="fold(a + x, 0.0)",
    partials=lambda y, xs: (1.0,) * len(xs),
    probe=REAL,
    edges=(((), 0.0, ()), ((1.0, INF), INF, (1.0, 1.0)), ((INF, -INF), NAN, (1.0, 1.0))),
    along=_along("sum", total),
    elementwise=_elementwise("sum", total),
    cost=1,
)


def mean_of(x: Value, axis: int | None) -> Value:
    """The mean of an array's elements along an axis; of all if it is None."""
    return div(total(x, axis=axis), _count(x, axis))


mean = reduction(
    "mean",
    doc="Arithmetic mean of a tuple, a list or an array of at least one real. "
    "Every partial derivative is 1/n.",
    value=lambda xs: _sum(xs) / len(xs),
    native="fold(a + x, 0.0) / n",
    partials=lambda y, xs: (1.0 / len(xs),) * len(xs),
    probe=REAL,
    edges=(((1.0, 2.0, 6.0), 3.0, (1 / 3, 1 / 3, 1 / 3)),),
    nonempty=True,
    along=_along("mean", mean_of, nonempty=True),
    elementwise=_elementwise("mean", mean_of),
    cost=1,
)


def _prod(xs: tuple[float, ...]) -> float:
    result = 1.0
    for x in xs:
        result *= x
    return result


def _products_of_others(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    # from the left and from the right, not y / x, which is nan at 0
    others: list[Value] = []
    left: Value = 1.0
    for x in xs:
        others.append(left)
        left = mul(left, x)
    right: Value = 1.0
    for i in range(len(xs) - 1, -1, -1):
        others[i] = mul(others[i], right)
        right = mul(right, xs[i])
    return tuple(others)


def _others(y: Value, x: Value, axis: int | None) -> Value:
    shape = shape_of(x)
    if axis is None:
        return reshape_to(_products_of_other_rows(reshape_to(x, shape=(math.prod(shape),))), shape=shape)
    return move_axis(_products_of_other_rows(move_axis(x, source=axis, target=0)), source=0, target=axis)


def _products_of_other_rows(rows: Value) -> Value:
    # by a tree: up with the products of pairs, down with what stands beside; never a quotient, as above
    pairs: list[tuple[Value, Value]] = []
    size, *rest = shape_of(rows)
    sizes = [size]
    while sizes[-1] > 1:
        if sizes[-1] % 2:
            rows = joined((rows, broadcast_to(1.0, (1, *rest))))
        left, right = gather(rows, index=slice(0, None, 2)), gather(rows, index=slice(1, None, 2))
        rows = mul(left, right)
        pairs.append((left, right))
        sizes.append(shape_of(rows)[0])
    others = broadcast_to(1.0, shape_of(rows))
    for left, right in reversed(pairs):
        sizes.pop()
        both = move_axis(stack_of((mul(others, right), mul(others, left))), source=0, target=1)
        others = reshape_to(both, shape=(2 * shape_of(others)[0], *rest))
        others = gather(others, index=slice(0, sizes[-1]))
    return others


prod_of = _of_arrays("prod", _by_name("prod"), _others, cost=1)

prod = reduction(
    "prod",
    doc="Product of a tuple, a list or an array of reals; 1 of none. "
    "Each partial derivative is the product of the others, right also at zeros.",
    value=_prod,
    native="fold(a * x, 1.0)",
    partials=_products_of_others,
    probe=REAL,
    edges=(
        ((), 1.0, ()),
        ((0.0, 2.0, 3.0), 0.0, (6.0, 0.0, 0.0)),
        ((0.0, 0.0, 3.0), 0.0, (0.0, 0.0, 0.0)),
    ),
    along=_along("prod", prod_of),
    elementwise=_elementwise("prod", prod_of),
    cost=1,
)


def _has_nan(xs: tuple[float, ...]) -> bool:
    for x in xs:  # noqa: SIM110 - twice as fast as any() on the two arguments that are usual
        if x != x:
            return True
    return False


def _shares(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Equal shares of 1 for those that equal y; None for the others, which are not taken."""
    conditions = [is_chosen(x, y) for x in xs]
    hits = [select(condition, 1.0, 0.0) for condition in conditions]
    count: Value = 0.0
    for hit in hits:
        count = add(count, hit)
    count = narrowed(count, 1.0, INF)  # one of them equals y
    if all(condition is False for condition in conditions):  # y is nan
        return tuple(div(hit, count) for hit in hits)
    pairs = zip(conditions, hits, strict=True)
    return tuple(None if condition is False else div(hit, count) for condition, hit in pairs)


def _shares_of(y: Value, x: Value, axis: int | None) -> Value:
    hits = select(same(x, y), broadcast_to(1.0, shape_of(x)), 0.0)
    return div(hits, spread(narrowed(total(hits, axis=axis), 1.0, INF), shape_of(x), axis))


def _taken(name: str, is_beyond: Callable[[Value, Value], Condition]) -> Apply:
    """A choice among an array's elements along an axis (None: all). `is_beyond(y, x)` says where the result y
    is none of the elements x, and is not nan: there nothing passes, not even 0 times an infinity.
    """

    def share(term: Value, y: Value, x: Value, axis: int | None) -> Value:
        y = spread(y, shape_of(x), axis)
        return select(is_beyond(y, x), 0.0, mul(_shares_of(y, x, axis), term))

    def back(cotangent: Value, y: Value, x: Value, *, axis: int | None) -> Value:
        return share(spread(cotangent, shape_of(x), axis), y, x, axis)

    sparse(back, conditions=2)
    return along(
        f"{name}_of",
        doc=f"{name}_of(x, axis): `{name}` of an array's elements along an axis; of all if it is none.",
        value=lambda x, *, axis: wrapped(_by_name(name)(x.data, axis)),
        rule=Rule(
            lambda t, y, x, *, axis: total(share(t, y, x, axis), axis=axis),
            lambda y, x, *, axis: Adjoint(back, y, x, axis=axis),
        ),
        reduces=name,
        text=name,
        latex=rf"\{name}",
        cost=1,
    )


max_of = _taken("max", is_above)
min_of = _taken("min", lambda y, x: is_above(x, y))

max = reduction(
    "max",
    doc="The greatest of a tuple, a list or an array of at least one real; nan if one of them is nan. "
    "Its derivative is that of the greatest; those at a tie share it equally.",
    value=lambda xs: NAN if _has_nan(xs) else builtins.max(xs),
    native="fold(where(a != a, a, where(x > a, x, where(x != x, x, a))), x)",
    partials=_shares,
    probe=REAL,
    edges=(
        ((1.0, 3.0), 3.0, (0.0, 1.0)),
        ((3.0, 3.0), 3.0, (0.5, 0.5)),
        ((2.0, 2.0, 1.0, 2.0), 2.0, (1 / 3, 1 / 3, 0.0, 1 / 3)),
        ((1.0, INF), INF, (0.0, 1.0)),
        ((1.0, NAN), NAN, (NAN, NAN)),
    ),
    nonempty=True,
    along=_along("max", max_of, nonempty=True),
    elementwise=_elementwise("max", max_of, mixes=True),
    latex=r"\max",
    cost=1,
)

min = reduction(
    "min",
    doc="The least of a tuple, a list or an array of at least one real; nan if one of them is nan. "
    "Its derivative is that of the least; those at a tie share it equally.",
    value=lambda xs: NAN if _has_nan(xs) else builtins.min(xs),
    native="fold(where(a != a, a, where(x < a, x, where(x != x, x, a))), x)",
    partials=_shares,
    probe=REAL,
    edges=(
        ((1.0, 3.0), 1.0, (1.0, 0.0)),
        ((3.0, 3.0), 3.0, (0.5, 0.5)),
        ((1.0, -INF), -INF, (0.0, 1.0)),
        ((1.0, NAN), NAN, (NAN, NAN)),
    ),
    nonempty=True,
    along=_along("min", min_of, nonempty=True),
    elementwise=_elementwise("min", min_of, mixes=True),
    latex=r"\min",
    cost=1,
)


def _logsumexp(xs: tuple[float, ...]) -> float:
    if _has_nan(xs):
        return NAN
    greatest = builtins.max(xs, default=-INF)
    if math.isinf(greatest):
        return greatest
    return greatest + math.log(_sum(math.exp(x - greatest) for x in xs))


def _softmax(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    # The shift by y is a constant: softmax does not depend on it, and so no rounding of y,
    # which exp would magnify, reaches the result or any derivative of it.
    shift = constant(y)
    powers = [exp(select(same_infinity(x, y), 0.0, sub(x, shift))) for x in xs]
    total: Value = 0.0
    for power in powers:
        total = add(total, power)
    return tuple(div(power, total) for power in powers)


def _logsumexp_of(data: np.ndarray, axis: int | None) -> np.ndarray:
    greatest = np.max(data, axis, keepdims=True, initial=-INF)
    shift = np.where(np.isfinite(greatest), greatest, 0.0)
    return np.log(np.sum(np.exp(data - shift), axis)) + np.squeeze(shift, axis)


def _softmax_of(y: Value, x: Value, axis: int | None) -> Value:
    powers = exp(select(same_infinity(x, y), 0.0, sub(x, constant(y))))
    return div(powers, spread(total(powers, axis=axis), shape_of(x), axis))


logsumexp_of = _of_arrays("logsumexp", _logsumexp_of, _softmax_of)

logsumexp = reduction(
    "logsumexp",
    doc="Logarithm of the sum of the exponentials of a tuple, a list or an array of reals, without "
    "overflow; -inf of none. Its gradient is the softmax; at an infinite value, the infinite ones share it "
    "equally.",
    value=_logsumexp,
    native="(lambda m: where(m - m != 0.0, m, m + log(fold(a + exp(x - m), 0.0))))"
    "(fold(where(a != a, a, where(x > a, x, where(x != x, x, a))), x))",
    partials=_softmax,
    probe=REAL,
    edges=(
        ((), -INF, ()),
        ((1000.0, 1000.0), 1000.6931471805599, (0.5, 0.5)),
        ((-1000.0, -1000.0), -999.3068528194401, (0.5, 0.5)),
        ((-INF, 2.0), 2.0, (0.0, 1.0)),
        ((INF, 2.0), INF, (1.0, 0.0)),
        ((-INF, -INF), -INF, (0.5, 0.5)),
        ((INF, INF), INF, (0.5, 0.5)),
        ((NAN, 1.0), NAN, (NAN, NAN)),
    ),
    along=_along("logsumexp", logsumexp_of),
    elementwise=_elementwise("logsumexp", logsumexp_of),
)


def _norm_of(data: np.ndarray, axis: int | None) -> np.ndarray:
    greatest = np.max(np.abs(data), axis, keepdims=True, initial=0.0)
    scale = np.where((greatest > 0.0) & np.isfinite(greatest), greatest, 1.0)
    return np.sqrt(np.sum((data / scale) ** 2, axis)) * np.squeeze(scale, axis)


def _cosine(y: Value, x: Value) -> Value:
    return narrowed(at_point(is_zero(y), lambda: no_slope(x, y), lambda: div(x, y), y), -1.0, 1.0)


norm_of = _of_arrays("norm", _norm_of, lambda y, x, axis: _cosine(y, x))

norm = reduction(
    "norm",
    doc="Euclidean norm of a tuple, a list or an array of reals, without overflow; 0 of none. "
    "Its gradient is the unit vector, and 0 at 0, the smallest subgradient; second derivatives do not exist "
    "there.",
    value=lambda xs: math.hypot(*xs),
    native="fold(hypot(a, x), abs(x))",
    partials=lambda y, xs: tuple(_cosine(y, x) for x in xs),
    probe=REAL,
    edges=(
        ((), 0.0, ()),
        ((0.0, 0.0), 0.0, (0.0, 0.0)),
        ((3e200, 4e200), 5e200, (0.6, 0.8)),
        ((-2.0,), 2.0, (-1.0,)),
    ),
    pair="hypot",
    squared=("norm_squared",),
    along=_along("norm", norm_of),
    elementwise=_elementwise("norm", norm_of),
)
