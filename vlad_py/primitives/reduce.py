"""Reductions that add up and multiply: of a tuple, a list or an array of reals they give one real."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable
from functools import partial

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, div, exp, ln, mul, sign, sub
from vlad_py.primitives.axes import one_axis
from vlad_py.primitives.behaviour import Together
from vlad_py.primitives.choice import (
    Condition,
    both,
    constant,
    is_infinite,
    is_zero,
    narrowed,
    same,
    same_infinity,
    select,
)
from vlad_py.primitives.declare import reduction
from vlad_py.primitives.declare_arrays import axial
from vlad_py.primitives.form import Form
from vlad_py.primitives.reductions import along_axis, by_elements, by_name, count_along, has_nan, of_arrays
from vlad_py.primitives.shapes import (
    broadcast_to,
    gather,
    joined,
    move_axis,
    reshape_to,
    spread,
    stack_of,
    total,
)
from vlad_py.primitives.singular import at_point, no_slope
from vlad_py.values.values import Value, shape_of

# ── the reductions ───────────────────────────────────────────────────────────────────────────


def _sum(xs: Iterable[float]) -> float:
    # first to last, rounding each time: Python's sum() rounds differently from version to version
    total = 0.0
    for x in xs:
        total += x
    return total


sum = reduction(
    "sum",
    behaviour=Together.SUM,
    doc="Sum of a tuple, a list or an array of reals; 0 if there are none. A tuple or a list is added "
    "first to last. Every partial derivative is 1.",
    example="sum([1, 2, 3]), sum([[1, 2], [3, 4]], {axis: 0}), gradient(sum)(1, 2, 3)",
    value=_sum,
    native="fold(a + x, 0.0)",
    partials=lambda y, xs: (1.0,) * len(xs),
    probe=REAL,
    edges=(((), 0.0, ()), ((1.0, INF), INF, (1.0, 1.0)), ((INF, -INF), NAN, (1.0, 1.0))),
    along=along_axis("sum", total),
    elementwise=by_elements("sum", total),
    cost=1,
    form=Form.SUM_OF_MANY,
)


def mean_of(x: Value, axis: int | None) -> Value:
    """The mean of an array's elements along an axis; of all if it is None."""
    return div(total(x, axis=axis), count_along(x, axis))


mean = reduction(
    "mean",
    behaviour=Together.MEAN,
    doc="Arithmetic mean of a tuple, a list or an array of at least one real. "
    "Every partial derivative is 1/n.",
    example="mean([1, 2, 6]), mean([[1, 2], [3, 4]], {axis: 1})",
    value=lambda xs: _sum(xs) / len(xs),
    native="fold(a + x, 0.0) / n",
    partials=lambda y, xs: (1.0 / len(xs),) * len(xs),
    probe=REAL,
    edges=(((1.0, 2.0, 6.0), 3.0, (1 / 3, 1 / 3, 1 / 3)),),
    nonempty=True,
    along=along_axis("mean", mean_of, nonempty=True),
    elementwise=by_elements("mean", mean_of),
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


prod_of = of_arrays("prod", by_name("prod"), _others, cost=1)

prod = reduction(
    "prod",
    behaviour=Together.PRODUCT,
    doc="Product of a tuple, a list or an array of reals; 1 if there "
    "are none. Each partial derivative is the product of the others, correct also at zeros.",
    example="prod([1, 2, 3, 4]), gradient(prod)(2, 3, 4)",
    value=_prod,
    native="fold(a * x, 1.0)",
    partials=_products_of_others,
    probe=REAL,
    edges=(
        ((), 1.0, ()),
        ((0.0, 2.0, 3.0), 0.0, (6.0, 0.0, 0.0)),
        ((0.0, 0.0, 3.0), 0.0, (0.0, 0.0, 0.0)),
    ),
    along=along_axis("prod", prod_of),
    elementwise=by_elements("prod", prod_of),
    cost=1,
    form=Form.PRODUCT_OF_MANY,
)


def _logsumexp(xs: tuple[float, ...]) -> float:
    if has_nan(xs):
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


logsumexp_of = of_arrays("logsumexp", _logsumexp_of, _softmax_of)

logsumexp = reduction(
    "logsumexp",
    sympy="log(fold(a + exp(x), 0.0))",
    behaviour=Together.LOG_SUM_EXP,
    doc="Logarithm of the sum of the exponentials of a tuple, a list or an array of reals, without "
    "overflow; -inf if there are none. Its gradient is the softmax; at an infinite value, the infinite "
    "ones share it "
    "equally.",
    example="logsumexp([0, 0]), logsumexp([1000, 1000])",
    value=_logsumexp,
    native="(lambda m: where(m - m != 0.0, m, m + log(fold(a + exp(x - m), 0.0))))(fold(maximum(a, x), x))",
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
    along=along_axis("logsumexp", logsumexp_of),
    elementwise=by_elements("logsumexp", logsumexp_of),
)


def _shares(xs: Value, axis: int | None) -> Value:
    axis = one_axis("softmax", xs, axis)
    y = logsumexp_of(xs, axis=axis)
    return _softmax_of(spread(y, shape_of(xs), axis), xs, axis)


axial(
    "softmax",
    by_shape=True,
    doc="softmax(x): exp(x) over its sum, without overflow: positive reals whose sum is 1; for a matrix "
    "along an axis: `softmax(m, {axis: 1})`.",
    example="softmax([0, 0]), softmax([[0, 0], [1000, 0]], {axis: 1})",
    function=_shares,
)


def _log_shares(xs: Value, axis: int | None) -> Value:
    axis = one_axis("log_softmax", xs, axis)
    y = spread(logsumexp_of(xs, axis=axis), shape_of(xs), axis)
    return at_point(same_infinity(xs, y), lambda: ln(_softmax_of(y, xs, axis)), lambda: sub(xs, y))


axial(
    "log_softmax",
    by_shape=True,
    doc="The logarithm of the softmax, x - logsumexp(x), accurate also where that is nearly 0; for a matrix "
    "along an axis: `log_softmax(m, {axis: 1})`.",
    example="log_softmax([0, 2000])",
    function=_log_shares,
)


def _norm_of(data: np.ndarray, axis: int | None) -> np.ndarray:
    greatest = np.max(np.abs(data), axis, keepdims=True, initial=0.0)
    scale = np.where((greatest > 0.0) & np.isfinite(greatest), greatest, 1.0)
    length = np.sqrt(np.sum((data / scale) ** 2, axis)) * np.squeeze(scale, axis)
    # an infinity beside nan is infinite, as for hypot
    return length if np.isfinite(length).all() else np.where(np.isinf(data).any(axis), np.inf, length)


def _cosine(y: Value, x: Value) -> Value:
    return narrowed(at_point(is_zero(y), lambda: no_slope(x, y), lambda: div(x, y)), -1.0, 1.0)


def _towards(y: Value, x: Value, is_alone: Callable[[], Condition]) -> Value:
    """The slope of the norm y in x, which as in `hypot` is ±1 where x alone is infinite."""
    slope = _cosine(y, x)
    return at_point(same(y, INF), lambda: select(is_alone(), sign(x), slope), lambda: slope)


def _unit_vector(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    conditions: list[Condition] = []
    count: Value = 0.0

    def is_alone(i: int) -> Condition:
        nonlocal count
        if not conditions:
            conditions.extend(map(is_infinite, xs))
            for condition in conditions:
                count = add(count, select(condition, 1.0, 0.0))
        return both(conditions[i], same(count, 1.0))

    return tuple(_towards(y, x, partial(is_alone, i)) for i, x in enumerate(xs))


def _unit_vector_of(y: Value, x: Value, axis: int | None) -> Value:
    def is_alone() -> Condition:
        infinite = is_infinite(x)
        ones = select(infinite, broadcast_to(1.0, shape_of(x)), 0.0)
        return both(infinite, same(spread(total(ones, axis=axis), shape_of(x), axis), 1.0))

    return _towards(y, x, is_alone)


norm_of = of_arrays("norm", _norm_of, _unit_vector_of)

norm = reduction(
    "norm",
    sympy="sqrt(fold(a + x * x, 0.0))",
    behaviour=Together.NORM,
    doc="Euclidean norm of a tuple, a list or an array of reals, without overflow; 0 if there are none, and "
    "inf if one of them is infinite, also beside nan. Its gradient is the unit vector, which has ±1 for "
    "a real that alone is infinite, and nan for infinite ones if there are several. It is 0 at 0, the "
    "smallest subgradient; there are no second derivatives there.",
    example="norm([3, 4]), gradient(norm)([3, 4])",
    value=lambda xs: math.hypot(*xs),
    native="fold(hypot(a, x), abs(x))",
    partials=_unit_vector,
    probe=REAL,
    edges=(
        ((), 0.0, ()),
        ((0.0, 0.0), 0.0, (0.0, 0.0)),
        ((3e200, 4e200), 5e200, (0.6, 0.8)),
        ((-2.0,), 2.0, (-1.0,)),
        ((1.0, -INF, 2.0), INF, (0.0, -1.0, 0.0)),
        ((INF, NAN), INF, (1.0, NAN)),
        ((INF, 1.0, INF), INF, (NAN, 0.0, NAN)),
    ),
    pair="hypot",
    squared=("norm_squared",),
    along=along_axis("norm", norm_of),
    elementwise=by_elements("norm", norm_of),
)
