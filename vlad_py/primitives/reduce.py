"""Reductions: functions of a tuple or a list of reals that give one real."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable

from vlad_py.declare import pairing, reduction
from vlad_py.primitives.arithmetic import (
    INF,
    NAN,
    REAL,
    add,
    constant,
    div,
    exp,
    is_zero,
    mul,
    same,
    same_infinity,
    select,
    sub,
)  # fmt: skip
from vlad_py.values import Value


def _sum(xs: Iterable[float]) -> float:
    # first to last, rounding each time: the host's sum() rounds otherwise from version to version
    total = 0.0
    for x in xs:
        total += x
    return total


sum = reduction(
    "sum",
    pair="+",
    doc="Sum of a tuple or a list of reals, added first to last; 0 of none. Every partial derivative is 1.",
    value=_sum,
    partials=lambda y, xs: (1.0,) * len(xs),
    probe=REAL,
    edges=(((), 0.0, ()), ((1.0, INF), INF, (1.0, 1.0)), ((INF, -INF), NAN, (1.0, 1.0))),
)

mean = reduction(
    "mean",
    doc="Arithmetic mean of a tuple or a list of at least one real. Every partial derivative is 1/n.",
    value=lambda xs: _sum(xs) / len(xs),
    partials=lambda y, xs: (1.0 / len(xs),) * len(xs),
    probe=REAL,
    edges=(((1.0, 2.0, 6.0), 3.0, (1 / 3, 1 / 3, 1 / 3)),),
    nonempty=True,
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


prod = reduction(
    "prod",
    pair="*",
    doc="Product of a tuple or a list of reals; 1 of none. "
    "Each partial derivative is the product of the others, right also at zeros.",
    value=_prod,
    partials=_products_of_others,
    probe=REAL,
    edges=(
        ((), 1.0, ()),
        ((0.0, 2.0, 3.0), 0.0, (6.0, 0.0, 0.0)),
        ((0.0, 0.0, 3.0), 0.0, (0.0, 0.0, 0.0)),
    ),
)


def _has_nan(xs: tuple[float, ...]) -> bool:
    for x in xs:  # noqa: SIM110 - twice as fast as any() on the two arguments that are usual
        if x != x:
            return True
    return False


def _shares(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Equal shares of 1 for those that equal y, 0 for the others."""
    hits = [select(same(x, y), 1.0, 0.0) for x in xs]
    count: Value = 0.0
    for hit in hits:
        count = add(count, hit)
    return tuple(div(hit, count) for hit in hits)


max = reduction(
    "max",
    doc="The greatest of a tuple or a list of at least one real; nan if one of them is nan. "
    "Its derivative is that of the greatest; those at a tie share it equally.",
    value=lambda xs: NAN if _has_nan(xs) else builtins.max(xs),
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
)

min = reduction(
    "min",
    doc="The least of a tuple or a list of at least one real; nan if one of them is nan. "
    "Its derivative is that of the least; those at a tie share it equally.",
    value=lambda xs: NAN if _has_nan(xs) else builtins.min(xs),
    partials=_shares,
    probe=REAL,
    edges=(
        ((1.0, 3.0), 1.0, (1.0, 0.0)),
        ((3.0, 3.0), 3.0, (0.5, 0.5)),
        ((1.0, -INF), -INF, (0.0, 1.0)),
        ((1.0, NAN), NAN, (NAN, NAN)),
    ),
    nonempty=True,
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


logsumexp = reduction(
    "logsumexp",
    doc="Logarithm of the sum of the exponentials of a tuple or a list of reals, without overflow; -inf of "
    "none. Its gradient is the softmax; at an infinite value, the infinite ones share it equally.",
    value=_logsumexp,
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
)

norm = reduction(
    "norm",
    pair="hypot",
    doc="Euclidean norm of a tuple or a list of reals, without overflow; 0 of none. "
    "Its gradient is the unit vector, and 0 at 0, the smallest subgradient.",
    value=lambda xs: math.hypot(*xs),
    partials=lambda y, xs: tuple(select(is_zero(y), 0.0, div(x, y)) for x in xs),
    probe=REAL,
    edges=(
        ((), 0.0, ()),
        ((0.0, 0.0), 0.0, (0.0, 0.0)),
        ((3e200, 4e200), 5e200, (0.6, 0.8)),
        ((-2.0,), 2.0, (-1.0,)),
    ),
)


def _dot(xs: tuple[float, ...]) -> float:
    half = len(xs) // 2
    return _sum(a * b for a, b in zip(xs[:half], xs[half:], strict=True))


dot = pairing(
    "dot",
    doc="Scalar product of two tuples or lists of as many reals, added first to last. "
    "The derivative by one of them is the other.",
    value=_dot,
    partials=lambda y, xs: xs[len(xs) // 2 :] + xs[: len(xs) // 2],
    probe=REAL,
    edges=(((), 0.0, ()), ((0.0, INF), NAN, (INF, 0.0))),
)
