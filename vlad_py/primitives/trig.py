"""Trigonometric and hyperbolic functions, their inverses, and the logistic ones; angles are in radians."""

from __future__ import annotations

import math

from vlad_py.primitives.arithmetic import (
    INF,
    NAN,
    REAL,
    add,
    direction,
    div,
    hypot,
    mul,
    neg,
    sqrt,
    sub,
)  # fmt: skip
from vlad_py.primitives.behaviour import ORIGIN, Angle, Branches, Wave, even, falling, rising
from vlad_py.primitives.choice import is_positive, share
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.primitive import Apply
from vlad_py.values.values import Value

UNIT = (-0.95, 0.95)


def _nan(x: float) -> float:
    return NAN


def _signed_infinity(x: float) -> float:
    return math.copysign(INF, x)


sin = elementwise(
    "sin",
    behaviour=Wave(math.pi / 2),
    vector="np.sin({0})",
    doc="Sine; nan at ±inf. Its derivative is cos(x).",
    value=math.sin,
    outside=_nan,
    partials=(lambda y, x: cos(x),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (1.0,)), ((INF,), NAN, (NAN,)), ((-0.0,), -0.0, (1.0,))),
    latex=r"\sin",
)

cos: Apply = elementwise(
    "cos",
    behaviour=Wave(0.0),
    vector="np.cos({0})",
    doc="Cosine; nan at ±inf. Its derivative is -sin(x).",
    value=math.cos,
    outside=_nan,
    partials=(lambda y, x: neg(sin(x)),),
    probe=(REAL,),
    edges=(((0.0,), 1.0, (0.0,)), ((INF,), NAN, (NAN,))),
    latex=r"\cos",
)

tan = elementwise(
    "tan",
    behaviour=Branches(math.pi / 2, math.pi),
    vector="np.tan({0})",
    doc="Tangent; nan at ±inf. Its derivative is 1 + tan(x)^2.",
    value=math.tan,
    outside=_nan,
    partials=(lambda y, x: add(1.0, mul(y, y)),),
    probe=((-1.3, 1.3),),
    edges=(((0.0,), 0.0, (1.0,)), ((INF,), NAN, (NAN,))),
    latex=r"\tan",
)


# The product has no cancellation near ±1, the derivative none near 0.
one_minus_square = elementwise(
    "one_minus_square",
    behaviour=even(falls=True, values=(-INF, 1.0), fixed=((0.0, 1.0), (1.0, 0.0))),
    vector="(1.0 - {0}) * (1.0 + {0})",
    doc="1 - x^2, accurate also near ±1. Its derivative is -2 x.",
    value=lambda x: (1.0 - x) * (1.0 + x),
    partials=(lambda y, x: mul(-2.0, x),),
    probe=(UNIT,),
    edges=(
        ((1.0,), 0.0, (-2.0,)),
        ((1 - 2**-52,), 4.440892098500626e-16, (-2 + 2**-51,)),
        ((INF,), -INF, (-INF,)),
    ),
    internal=True,
    spelt=lambda x: mul(sub(1.0, x), add(1.0, x)),
)

asin = elementwise(
    "asin",
    behaviour=rising(domain=(-1.0, 1.0), fixed=ORIGIN),
    vector="np.arcsin({0})",
    doc="Inverse sine, between -pi/2 and pi/2; nan outside [-1, 1]. "
    "Its derivative 1/sqrt(1 - x^2) is inf at ±1.",
    value=math.asin,
    outside=_nan,
    partials=(lambda y, x: div(1.0, sqrt(one_minus_square(x))),),
    probe=(UNIT,),
    edges=(
        ((1.0,), math.pi / 2, (INF,)),
        ((-1.0,), -math.pi / 2, (INF,)),
        ((2.0,), NAN, (NAN,)),
        ((1 - 2**-52,), 1.5707963057214724, (47453132.81212578,)),
    ),
    latex=r"\arcsin",
)

acos = elementwise(
    "acos",
    behaviour=falling(domain=(-1.0, 1.0), values=(0.0, INF), fixed=((1.0, 0.0),)),
    vector="np.arccos({0})",
    doc="Inverse cosine, between 0 and pi; nan outside [-1, 1]. "
    "Its derivative -1/sqrt(1 - x^2) is -inf at ±1.",
    value=math.acos,
    outside=_nan,
    partials=(lambda y, x: div(-1.0, sqrt(one_minus_square(x))),),
    probe=(UNIT,),
    edges=(((1.0,), 0.0, (-INF,)), ((-1.0,), math.pi, (-INF,)), ((2.0,), NAN, (NAN,))),
    latex=r"\arccos",
)

atan = elementwise(
    "atan",
    of_two="the angle of a point is `atan2(y, x)`",
    behaviour=rising(fixed=ORIGIN),
    vector="np.arctan({0})",
    doc="Inverse tangent, between -pi/2 and pi/2. Its derivative is 1/(1 + x^2).",
    value=math.atan,
    partials=(lambda y, x: _over_square(1.0, hypot(1.0, x)),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (1.0,)), ((INF,), math.pi / 2, (0.0,)), ((1e160,), math.pi / 2, (1e-320,))),
    latex=r"\arctan",
)


def _over_square(x: Value, y: Value) -> Value:
    return div(div(x, y), y)  # x / y² where y² alone would overflow


atan2 = elementwise(
    "atan2",
    behaviour=Angle(),
    vector="np.arctan2({0}, {1})",
    doc="atan2(y, x) is the angle of the point (x, y), in all four quadrants; 0 at the origin, "
    "where its derivative is nan. Its derivative is x/(x^2 + y^2) with respect to y and -y/(x^2 + y^2) "
    "with respect to x.",
    example="atan2(1, 1), gradient(atan2)(1, 1)",
    value=math.atan2,
    partials=(
        lambda _, y, x: _angular(x, y),
        lambda _, y, x: neg(_angular(y, x)),
    ),
    probe=(REAL, REAL),
    edges=(
        ((0.0, 1.0), 0.0, (1.0, 0.0)),
        ((1.0, 0.0), math.pi / 2, (0.0, -1.0)),
        ((0.0, -1.0), math.pi, (-1.0, 0.0)),
        ((-0.0, -1.0), -math.pi, (-1.0, 0.0)),
        ((-1.0, 0.0), -math.pi / 2, (0.0, 1.0)),
        ((1.0, -1.0), 3 * math.pi / 4, (-0.5, -0.5)),
        ((0.0, 0.0), 0.0, (NAN, NAN)),
        ((1e200, 1e200), math.pi / 4, (5e-201, -5e-201)),
        ((1.0, INF), 0.0, (0.0, 0.0)),
    ),
)


def _angular(x: Value, y: Value) -> Value:
    r = hypot(x, y)
    return div(direction(x, y, r), r)  # x / (x² + y²) where the squares would overflow


# ── hyperbolic ───────────────────────────────────────────────────────────────────────────────

sinh = elementwise(
    "sinh",
    behaviour=rising(fixed=ORIGIN),
    vector="np.sinh({0})",
    doc="Hyperbolic sine; ±inf beyond about ±710. Its derivative is cosh(x).",
    value=math.sinh,
    outside=_signed_infinity,
    partials=(lambda y, x: cosh(x),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (1.0,)), ((1000.0,), INF, (INF,)), ((-1000.0,), -INF, (INF,))),
    latex=r"\sinh",
)

cosh: Apply = elementwise(
    "cosh",
    behaviour=even(values=(1.0, INF), fixed=((0.0, 1.0),)),
    vector="np.cosh({0})",
    doc="Hyperbolic cosine; inf beyond about ±710. Its derivative is sinh(x).",
    value=math.cosh,
    outside=lambda x: INF,
    partials=(lambda y, x: sinh(x),),
    probe=(REAL,),
    edges=(((0.0,), 1.0, (0.0,)), ((1000.0,), INF, (INF,)), ((-1000.0,), INF, (-INF,))),
    latex=r"\cosh",
)


def _square(x: Value) -> Value:
    return mul(x, x)


tanh = elementwise(
    "tanh",
    behaviour=rising(values=(-1.0, 1.0), fixed=ORIGIN),
    vector="np.tanh({0})",
    doc="Hyperbolic tangent. Its derivative 1/cosh(x)^2 is accurate also where tanh(x) rounds to ±1.",
    value=math.tanh,
    partials=(lambda y, x: _square(sech(x)),),
    probe=(REAL,),
    edges=(
        ((0.0,), 0.0, (1.0,)),
        ((20.0,), 1.0, (1.6993417021166355e-17,)),
        ((400.0,), 1.0, (0.0,)),
        ((-INF,), -1.0, (0.0,)),
    ),
    latex=r"\tanh",
)

# With 1/cosh as a function of its own, all derivatives of tanh are polynomials in bounded
# functions: none of them meets the 0 · inf that the quotient rule makes of an overflowing cosh.
sech: Apply = elementwise(
    "sech",
    behaviour=even(falls=True, values=(0.0, 1.0), fixed=((0.0, 1.0),), ulps=8.0),
    vector="1.0 / np.cosh({0})",
    doc="1/cosh(x), without overflow. Its derivative is -sech(x) * tanh(x).",
    value=lambda x: 1.0 / math.cosh(x),
    outside=lambda x: 0.0,
    partials=(lambda y, x: neg(mul(y, tanh(x))),),
    probe=(REAL,),
    edges=(((0.0,), 1.0, (0.0,)), ((1000.0,), 0.0, (0.0,)), ((-INF,), 0.0, (0.0,))),
    internal=True,
    spelt=lambda x: div(1.0, cosh(x)),
)

asinh = elementwise(
    "asinh",
    behaviour=rising(fixed=ORIGIN),
    vector="np.arcsinh({0})",
    doc="Inverse hyperbolic sine. Its derivative is 1/sqrt(1 + x^2).",
    value=math.asinh,
    partials=(lambda y, x: div(1.0, hypot(1.0, x)),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (1.0,)), ((1e200,), math.asinh(1e200), (1e-200,)), ((INF,), INF, (0.0,))),
)

acosh = elementwise(
    "acosh",
    behaviour=rising(domain=(1.0, INF), values=(0.0, INF), fixed=((1.0, 0.0),)),
    vector="np.arccosh({0})",
    doc="Inverse hyperbolic cosine, 0 or more; nan below 1. Its derivative 1/sqrt(x^2 - 1) is inf at 1.",
    value=math.acosh,
    outside=_nan,
    partials=(lambda y, x: div(div(1.0, sqrt(sub(x, 1.0))), sqrt(add(x, 1.0))),),
    probe=((1.1, 5.0),),
    edges=(
        ((1.0,), 0.0, (INF,)),
        ((0.5,), NAN, (NAN,)),
        ((1e200,), math.acosh(1e200), (1e-200,)),
        ((INF,), INF, (0.0,)),
    ),
)

atanh = elementwise(
    "atanh",
    behaviour=rising(domain=(-1.0, 1.0), is_open=True, fixed=ORIGIN),
    vector="np.arctanh({0})",
    doc="Inverse hyperbolic tangent; ±inf at ±1, nan outside [-1, 1]. Its derivative is 1/(1 - x^2).",
    value=math.atanh,
    outside=lambda x: _signed_infinity(x) if math.fabs(x) == 1 else NAN,
    partials=(lambda y, x: div(1.0, one_minus_square(x)),),
    probe=(UNIT,),
    edges=(
        ((0.0,), 0.0, (1.0,)),
        ((1.0,), INF, (INF,)),
        ((-1.0,), -INF, (INF,)),
        ((1 - 2**-52,), math.atanh(1 - 2**-52), (2251799813685248.25,)),
    ),
)


# ── logistic: hyperbolic functions of x/2 ───────────────────────────────────────────────────────────────────


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


sigmoid = elementwise(
    "sigmoid",
    sympy="1.0 / (1.0 + exp(-{0}))",
    behaviour=rising(values=(0.0, 1.0), fixed=((0.0, 0.5),), ulps=8.0),
    vector="np.where({0} >= 0.0, 1.0, np.exp({0})) / (1.0 + np.exp(-np.abs({0})))",
    doc="1/(1 + exp(-x)), the logistic function, without overflow. "
    "Its derivative is sigmoid(x) * sigmoid(-x), without cancellation.",
    value=_sigmoid,
    partials=(lambda y, x: _square(mul(0.5, sech(mul(0.5, x)))),),
    probe=(REAL,),
    edges=(
        ((0.0,), 0.5, (0.25,)),
        ((1000.0,), 1.0, (0.0,)),
        ((-1000.0,), 0.0, (0.0,)),
        ((INF,), 1.0, (0.0,)),
        ((-INF,), 0.0, (0.0,)),
        ((NAN,), NAN, (NAN,)),
        ((40.0,), 1.0, (4.248354255291589e-18,)),
    ),
)

softplus = elementwise(
    "softplus",
    sympy="log(1.0 + exp({0}))",
    behaviour=rising(values=(0.0, INF), ulps=8.0),
    vector="np.logaddexp(0.0, {0})",
    native="where({0} > 0.0, {0}, 0.0) + log1p(exp(-abs({0})))",
    doc="ln(1 + exp(x)), without overflow. Its derivative is sigmoid(x).",
    value=lambda x: (x if x > 0 else 0.0) + math.log1p(math.exp(-math.fabs(x))),
    partials=(lambda y, x: sigmoid(x),),
    probe=(REAL,),
    edges=(
        ((0.0,), 0.6931471805599453, (0.5,)),
        ((1000.0,), 1000.0, (1.0,)),
        ((-1000.0,), 0.0, (0.0,)),
        ((INF,), INF, (1.0,)),
        ((-INF,), 0.0, (0.0,)),
        ((NAN,), NAN, (NAN,)),
    ),
)

relu = elementwise(
    "relu",
    behaviour=rising(values=(0.0, INF), ulps=0.0),
    vector="np.maximum({0}, 0.0)",
    native="where({0} <= 0.0, 0.0, {0})",
    doc="max(x, 0). Its derivative is 1 above 0. Elsewhere x is not taken, also at 0, where that is the "
    "smallest subgradient: the derivative is 0, whatever is computed from relu(x). At nan it is nan.",
    value=lambda x: 0.0 if x <= 0 else x,
    partials=(lambda y, x: share(is_positive(x), x),),
    drops=True,
    probe=((0.5, 3.0),),
    edges=(((0.0,), 0.0, (0.0,)), ((-2.0,), 0.0, (0.0,)), ((2.0,), 2.0, (1.0,)), ((NAN,), NAN, (NAN,))),
    cost=1,
)
