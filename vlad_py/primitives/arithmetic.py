"""Arithmetic: + - * / ^, what their derivatives stand on (exp, ln, sqrt, hypot), and pieces of lines."""

from __future__ import annotations

import math

from vlad_py.primitives import by_parts
from vlad_py.primitives.behaviour import Remainder, even, rising
from vlad_py.primitives.choice import alone_infinite, both_zero, is_finite, is_zero, narrowed, select
from vlad_py.primitives.declare import elementwise, step
from vlad_py.primitives.form import Form
from vlad_py.primitives.primitive import INLINE_NAMES, Apply
from vlad_py.primitives.singular import at_point, no_slope
from vlad_py.primitives.words import MINUS, POWER, PRODUCT, SUM, Pattern
from vlad_py.primitives.zero_powers import power_at_zero
from vlad_py.values.values import Number, Value

REAL = (-3.0, 3.0)
INF, NAN = math.inf, math.nan


# ── the four operations ──────────────────────────────────────────────────────────────────────

add = elementwise(
    "+",
    word="add",
    form=Form.SUM,
    commutes=True,
    vector="{0} + {1}",
    structures=by_parts.together,
    doc="Sum of two reals, or of two structures of one shape, real by real.",
    example="1 + 2, [1, 2] + 3, {a: 1} + {a: 2}",
    value=lambda a, b: a + b,
    partials=(1.0, 1.0),
    probe=(REAL, REAL),
    edges=(((INF, -INF), NAN, (1.0, 1.0)),),
    inline="{0} + {1}",
    text=Pattern("{0} + {1:product}", SUM),
    cost=1,
)

sub = elementwise(
    "-",
    word="sub",
    form=Form.DIFFERENCE,
    vector="{0} - {1}",
    structures=by_parts.together,
    doc="Difference of two reals, or of two structures of one shape, real by real.",
    example="3 - 1, [1, 2] - 3",
    value=lambda a, b: a - b,
    partials=(1.0, -1.0),
    probe=(REAL, REAL),
    inline="{0} - {1}",
    text=Pattern("{0} - {1:product}", SUM),
    cost=1,
)

neg = elementwise(
    "neg",
    form=Form.NEGATIVE,
    vector="-{0}",
    structures=by_parts.alone,
    doc="The real with its sign changed; for a structure, that of all its reals.",
    value=lambda x: -x,
    partials=(-1.0,),
    probe=(REAL,),
    inline="-{0}",
    text=Pattern("-{0:product}", MINUS),
    cost=1,
)

mul = elementwise(
    "*",
    word="mul",
    of_conditions=True,
    form=Form.PRODUCT,
    commutes=True,
    vector="{0} * {1}",
    structures=by_parts.scaled,
    doc="Product of two reals; 0 times an infinity is nan. The product of a real and a structure "
    "has each real of the structure times that real.",
    example="2 * 3, [1, 2] * 3, 2 * {a: 1, b: 2}",
    value=lambda a, b: a * b,
    partials=(lambda y, a, b: b, lambda y, a, b: a),
    probe=(REAL, REAL),
    edges=(((0.0, INF), NAN, (INF, 0.0)),),
    inline="{0} * {1}",
    text=Pattern("{0:product} * {1:power}", PRODUCT),
    cost=1,
)


square = elementwise(
    "square",
    form=Form.SQUARE,
    vector="{0} * {0}",
    doc="The real times itself: what `x ^ 2` is. Its derivative is 2 x.",
    value=lambda x: x * x,
    partials=(lambda y, x: mul(2.0, x),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (0.0,)), ((1e200,), INF, (2e200,))),
    inline="{0} * {0}",
    internal=True,
    text=Pattern("{0:atom} ^ 2", POWER),
    latex=Pattern("{0:atom}^{{2}}", POWER),
    cost=1,
)


def divide(a: float, b: float) -> float:
    """IEEE-754 division: by zero it gives an infinity with the right sign, or nan."""
    if b:
        return a / b
    if a == 0 or math.isnan(a):
        return NAN
    return math.copysign(INF, a) * math.copysign(1.0, b)


INLINE_NAMES["divide"] = divide

div: Apply = elementwise(
    "/",
    word="div",
    form=Form.QUOTIENT,
    vector="{0} / {1}",
    structures=by_parts.divided,
    doc="Quotient of two reals. x / 0 is an infinity with the sign of x (and of the zero), 0 / 0 is nan. "
    "A structure divided by a real has each of its reals divided by it.",
    example="1 / 4, [1, 2] / 2, 1 / 0",
    value=divide,
    partials=(lambda y, a, b: div(1.0, b), lambda y, a, b: neg(div(y, b))),
    probe=(REAL, (0.5, 3.0)),
    edges=(
        ((1.0, 0.0), INF, (INF, -INF)),
        ((1.0, -0.0), -INF, (-INF, -INF)),
        ((0.0, 0.0), NAN, (INF, NAN)),
        ((1.0, INF), 0.0, (0.0, 0.0)),
        ((1e200, 1e200), 1.0, (1e-200, -1e-200)),
    ),
    inline="({0} / {1} if {1} else divide({0}, {1}))",
    text=Pattern("{0:product} / {1:power}", PRODUCT),
    cost=2,
)


# ── exponential, logarithm, roots ────────────────────────────────────────────────────────────

exp = elementwise(
    "exp",
    behaviour=rising(values=(0.0, INF), fixed=((0.0, 1.0), (-INF, 0.0))),
    vector="np.exp({0})",
    doc="e to the power of the real; inf from about 709.78 on. It is its own derivative.",
    value=math.exp,
    outside=lambda x: INF,
    partials=(lambda y, x: y,),
    probe=(REAL,),
    edges=(((1000.0,), INF, (INF,)), ((-1000.0,), 0.0, (0.0,)), ((-INF,), 0.0, (0.0,))),
    latex=Pattern("e^{{{0}}}", POWER),
)

ln = elementwise(
    "ln",
    behaviour=rising(domain=(0.0, INF), is_open=True, fixed=((1.0, 0.0),)),
    vector="np.log({0})",
    doc="Natural logarithm; -inf at 0, nan below. Its derivative is 1/x.",
    value=math.log,
    outside=lambda x: -INF if x == 0 else NAN,
    partials=(lambda y, x: div(1.0, x),),
    probe=((0.1, 10.0),),
    edges=(((0.0,), -INF, (INF,)), ((-1.0,), NAN, (-1.0,)), ((INF,), INF, (0.0,))),
    latex=r"\ln",
)

sqrt = elementwise(
    "sqrt",
    form=Form.ROOT,
    vector="np.sqrt({0})",
    doc="Square root; nan below 0. Its derivative at 0 is inf.",
    value=math.sqrt,
    outside=lambda x: NAN,
    partials=(lambda y, x: div(0.5, y),),
    probe=((0.1, 10.0),),
    edges=(((0.0,), 0.0, (INF,)), ((-1.0,), NAN, (NAN,)), ((INF,), INF, (0.0,))),
    latex=r"\sqrt{{{0}}}",
)


def _power_outside(x: float, n: float) -> float:
    odd = n % 2.0 == 1.0
    if x == 0.0:  # a pole: n is negative
        return math.copysign(INF, x) if odd else INF
    if x < 0.0 and n != math.floor(n):
        return NAN
    return -INF if x < 0.0 and odd else INF


# The choice acts at the base 0 only: anywhere else it would cut off what the derivative by the other
# argument still has to see (∂²(x^n)/∂x∂n at n = 0 is 1/x).
def _by_base(y: Value, x: Value, n: Value) -> Value:
    if not isinstance(n, Number) and is_finite(n):
        return select(both_zero(x, n), 0.0, mul(n, pow(x, sub(n, 1.0))))
    return at_point(is_zero(x), lambda: power_at_zero(1, 0)(x, n), lambda: mul(n, pow(x, sub(n, 1.0))))


def _by_exponent(y: Value, x: Value, n: Value) -> Value:
    return at_point(is_zero(x), lambda: power_at_zero(0, 1)(x, n), lambda: mul(y, ln(x)))


pow: Apply = elementwise(
    "^",
    word="pow",
    form=Form.POWER,
    vector="np.power({0}, {1})",
    doc="Power. x ^ 0 is 1, also at 0; nan for a negative base with a fractional exponent, ±inf at 0 ^ -n. "
    "The derivative of x ^ 0 with respect to x is 0, also at 0; that with respect to the exponent is 0 at "
    "the base 0 "
    "where the exponent is positive, and -inf elsewhere.",
    example="2 ^ 10, [1, 2, 3] ^ 2, derivative(fn x => x ^ 3)(2)",
    value=math.pow,
    outside=_power_outside,
    partials=(_by_base, _by_exponent),
    probe=((0.2, 3.0), REAL),
    edges=(
        ((0.0, 2.5), 0.0, (0.0, 0.0)),
        ((0.0, 2.0), 0.0, (0.0, 0.0)),
        ((0.0, 1.0), 0.0, (1.0, 0.0)),
        ((0.0, 0.0), 1.0, (0.0, -INF)),
        ((0.0, 0.5), 0.0, (INF, 0.0)),
        ((0.0, -1.0), INF, (-INF, -INF)),
        ((-0.0, -1.0), -INF, (-INF, INF)),
        ((23.0, 0.0), 1.0, (0.0, math.log(23.0))),
        ((-2.0, 3.0), -8.0, (12.0, NAN)),
        ((-8.0, 1 / 3), NAN, (NAN, NAN)),
        ((-1e200, 3.0), -INF, (INF, NAN)),
    ),
    text=Pattern("{0:atom} ^ {1:power}", POWER),
    latex=Pattern("{0:atom}^{{{1}}}", POWER),
)


def direction(x: Value, other: Value, length: Value) -> Value:
    """The cosine x / hypot(x, other): 0 at the origin, ±1 where x alone is infinite."""
    cosine = at_point(is_zero(length), lambda: no_slope(x, other), lambda: div(x, length))
    cosine = narrowed(cosine, -1.0, 1.0)
    return select(alone_infinite(x, other), sign(x), cosine)


hypot = elementwise(
    "hypot",
    commutes=True,
    behaviour=even(values=(0.0, INF)),
    vector="np.hypot({0}, {1})",
    doc="sqrt(a ^ 2 + b ^ 2) without overflow. Its gradient is the unit vector towards (a, b), "
    "and 0 at the origin, where the smallest subgradient is taken and there is no second derivative.",
    example="hypot(3, 4), gradient(hypot)(3, 4)",
    value=math.hypot,
    squared=("square", "+"),
    partials=(lambda y, a, b: direction(a, b, y), lambda y, a, b: direction(b, a, y)),
    probe=(REAL, REAL),
    edges=(
        ((0.0, 0.0), 0.0, (0.0, 0.0)),
        ((1e200, 1e200), 1.414213562373095e200, (0.7071067811865475, 0.7071067811865475)),
        ((3e-200, 4e-200), 5e-200, (0.6, 0.8)),
        ((-INF, 1.0), INF, (-1.0, 0.0)),
        ((INF, NAN), INF, (1.0, NAN)),
    ),
)


# ── made of pieces of lines ──────────────────────────────────────────────────────────────────

INLINE_NAMES["fabs"] = math.fabs

abs = elementwise(
    "abs",
    behaviour=even(values=(0.0, INF), ulps=0.0),
    vector="np.abs({0})",
    doc="Absolute value; its derivative at 0 is 0, the middle of the subgradients.",
    value=math.fabs,
    squared=("square",),
    partials=(lambda y, x: sign(x),),
    probe=((0.5, 3.0),),
    edges=(((0.0,), 0.0, (0.0,)), ((-2.0,), 2.0, (-1.0,)), ((-INF,), INF, (-1.0,))),
    inline="fabs({0})",
    latex=r"\left|{0}\right|",
    cost=1,
)

sign: Apply = step(
    "sign",
    vector="np.sign({0})",
    doc="-1, 0 or 1 with the sign of the real; nan for nan. Its derivative is 0.",
    value=lambda x: math.copysign(1.0, x) if x < 0 or x > 0 else x + 0.0,
    probe=((0.5, 3.0),),
    edges=(((0.0,), 0.0, (0.0,)), ((-2.0,), -1.0, (0.0,)), ((NAN,), NAN, (0.0,))),
)


def _floor(x: float) -> float:
    # the sign of a zero is that of x, as IEEE-754 has it
    return float(math.floor(x)) or math.copysign(0.0, x) if math.isfinite(x) else x


floor = step(
    "floor",
    vector="np.floor({0})",
    doc="The greatest integer not above the real. Its derivative is 0, also at the jumps.",
    value=_floor,
    probe=((0.1, 0.9),),
    edges=(((-0.5,), -1.0, (0.0,)), ((2.0,), 2.0, (0.0,)), ((-INF,), -INF, (0.0,)), ((NAN,), NAN, (0.0,))),
    latex=r"\lfloor {0} \rfloor",
)

ceil = step(
    "ceil",
    vector="np.ceil({0})",
    doc="The least integer not below the real. Its derivative is 0, also at the jumps.",
    value=lambda x: -_floor(-x),
    probe=((0.1, 0.9),),
    edges=(((-0.5,), -0.0, (0.0,)), ((2.0,), 2.0, (0.0,)), ((INF,), INF, (0.0,)), ((NAN,), NAN, (0.0,))),
    latex=r"\lceil {0} \rceil",
)

round = step(
    "round",
    without_sympy=("SymPy has no function that rounds halves to even", "`floor(x + 0.5)` rounds them up"),
    vector="np.rint({0})",
    of_two="`fixed(x, 2)` is a text with two digits after the point, `round(100 * x) / 100` a number",
    doc="The nearest integer; the even one if two are equally near. Its derivative is 0, also at the jumps.",
    value=lambda x: x.__round__(0),
    probe=((-0.4, 0.4),),
    edges=(
        ((0.5,), 0.0, (0.0,)),
        ((1.5,), 2.0, (0.0,)),
        ((2.5,), 2.0, (0.0,)),
        ((-0.5,), -0.0, (0.0,)),
        ((INF,), INF, (0.0,)),
        ((NAN,), NAN, (0.0,)),
    ),
)

# The quotient comes from the remainder, not from floor(a / b), which may round up to the next integer.
mod = elementwise(
    "mod",
    behaviour=Remainder(),
    vector="{0} % {1}",
    doc="Remainder a - b * floor(a / b), with the sign of b; nan for b = 0. "
    "Its derivative is 1 with respect to a and -floor(a / b) with respect to b, also at the jumps.",
    example="mod(7, 3), mod(-7, 3)",
    value=lambda a, b: a % b if b else NAN,
    partials=(1.0, lambda y, a, b: round(div(sub(y, a), b))),
    probe=((5.1, 5.9), (1.0, 1.2)),
    edges=(
        ((-7.0, 3.0), 2.0, (1.0, 3.0)),
        ((7.0, -3.0), -2.0, (1.0, 3.0)),
        ((7.0, 3.0), 1.0, (1.0, -2.0)),
        ((1.0, 0.1), 0.09999999999999995, (1.0, -9.0)),
        ((1.0, 0.0), NAN, (1.0, NAN)),
        ((INF, 1.0), NAN, (1.0, NAN)),
        ((5.0, INF), 5.0, (1.0, 0.0)),
    ),
)
