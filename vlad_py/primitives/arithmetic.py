"""Arithmetic: + - * / ^, negation, and the functions that are made of pieces of lines."""

from __future__ import annotations

import math

from vlad_py.primitive import elementwise, step, structural
from vlad_py.values import Value, plain

REAL = (-3.0, 3.0)

add = elementwise(
    "+",
    doc="Sum of two reals.",
    value=lambda a, b: a + b,
    partials=(1.0, 1.0),
    probe=(REAL, REAL),
    inline="{0} + {1}",
)

sub = elementwise(
    "-",
    doc="Difference of two reals.",
    value=lambda a, b: a - b,
    partials=(1.0, -1.0),
    probe=(REAL, REAL),
    inline="{0} - {1}",
)

neg = elementwise(
    "neg", doc="The real with its sign changed.", value=lambda x: -x, partials=(-1.0,), probe=(REAL,), inline="-{0}"
)

mul = elementwise(
    "*",
    doc="Product of two reals.",
    value=lambda a, b: a * b,
    partials=(lambda y, a, b: b, lambda y, a, b: a),
    probe=(REAL, REAL),
    inline="{0} * {1}",
)


def divide(a: float, b: float) -> float:
    """IEEE-754 division: by zero it gives an infinity with the right sign, or nan."""
    if b:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


div = elementwise(
    "/",
    doc="Quotient of two reals; x / 0 is an infinity with the sign of x, 0 / 0 is nan.",
    value=divide,
    partials=(lambda y, a, b: div(1.0, b), lambda y, a, b: neg(div(y, b))),
    probe=(REAL, (0.5, 3.0)),
    edges=(((1.0, 0.0), math.inf, (math.inf, -math.inf)), ((1.0, -0.0), -math.inf, (-math.inf, -math.inf))),
    inline="({0} / {1} if {1} else divide({0}, {1}))",
)


def power(x: float, n: float) -> float:
    """IEEE-754 power: nan for a negative base with a fractional exponent, ±inf at overflow and at 0 ^ -n."""
    try:
        y = x**n
    except ZeroDivisionError:
        return math.copysign(math.inf, x) if n % 2 == 1 else math.inf
    except OverflowError:
        return -math.inf if x < 0 and n % 2 == 1 else math.inf
    return y if type(y) is float else math.nan


def select(condition: bool, yes: Value, no: Value) -> Value:
    """One of two values that have both been computed."""
    return yes if condition else no


def is_zero(x: Value) -> bool:
    """Whether a number's innermost primal is 0."""
    return plain(x) == 0.0


pow = elementwise(  # the language's own; nothing here wants the host's
    "^",
    doc="Power. x ^ 0 is 1, also at 0; nan for a negative base with a fractional exponent. "
    "The derivative by the base of x ^ 0 is 0 also at 0; that by the exponent is 0 at the base 0.",
    value=power,
    partials=(
        lambda y, x, n: select(is_zero(x) and is_zero(n), 0.0, mul(n, pow(x, sub(n, 1.0)))),
        lambda y, x, n: select(is_zero(x), 0.0, mul(y, pow_ln(x))),
    ),
    probe=((0.2, 3.0), REAL),
    edges=(
        ((0.0, 2.0), 0.0, (0.0, 0.0)),
        ((0.0, 1.0), 0.0, (1.0, 0.0)),
        ((0.0, 0.0), 1.0, (0.0, 0.0)),
        ((-2.0, 3.0), -8.0, (12.0, math.nan)),
    ),
)


def pow_ln(x: Value) -> Value:
    """ln of the base, late bound: logarithms stand on arithmetic, not the other way round."""
    from vlad_py.primitives.explog import ln

    return ln(x)


abs = elementwise(
    "abs",
    doc="Absolute value; its derivative at 0 is 0, the middle of the subgradients.",
    value=math.fabs,
    partials=(lambda y, x: sign(x),),
    probe=((0.5, 3.0),),
    edges=(((0.0,), 0.0, (0.0,)), ((-2.0,), 2.0, (-1.0,))),
)

sign = step(
    "sign",
    doc="-1, 0 or 1 with the sign of the real; nan for nan. Its derivative is 0.",
    value=lambda x: math.copysign(1.0, x) if x < 0 or x > 0 else x + 0.0,
    probe=((0.5, 3.0),),
    edges=(((0.0,), 0.0, (0.0,)), ((-2.0,), -1.0, (0.0,))),
)

where = structural(
    "where",
    3,
    doc="where(c, a, b): a if the boolean c is true, else b. Both are computed; only the chosen one counts.",
    value=lambda c, a, b: select(c, a, b),
)
