"""Exponentials, logarithms and roots beyond exp, ln and sqrt."""

from __future__ import annotations

import math

from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, div, exp, ln, mul, neg
from vlad_py.primitives.behaviour import ORIGIN, LogToBase, rising
from vlad_py.primitives.declare import elementwise

LN2 = 0.6931471805599453
LN10 = 2.302585092994046
POSITIVE = (0.1, 10.0)


def _log_outside(x: float) -> float:
    return -INF if x == 0 else NAN


def _cbrt(x: float) -> float:
    y = math.cbrt(x)
    # one step of Newton's method makes the roots of cubes exact, which Python's math library does not
    return y - (y * y * y - x) / (3.0 * y * y) if 1e-100 < math.fabs(y) < 1e100 else y


cbrt = elementwise(
    "cbrt",
    sympy="cbrt({0})",
    behaviour=rising(fixed=((0.0, 0.0), (1.0, 1.0), (8.0, 2.0))),
    vector="np.cbrt({0})",
    native="(lambda y: where(1e-100 < abs(y) and abs(y) < 1e100, y - (y * y * y - {0}) / (3.0 * y * y), y))"
    "(cbrt({0}))",
    doc="Cube root, of negative reals too. Its derivative at 0 is inf.",
    value=_cbrt,
    # two divisions: the square would be 0 times infinity in the second derivative at 0 and inf
    partials=(lambda y, x: div(div(1 / 3, y), y),),
    probe=((0.1, 10.0),),
    edges=(
        ((0.0,), 0.0, (INF,)),
        ((-8.0,), -2.0, (1 / 12,)),
        ((27.0,), 3.0, (1 / 27,)),
        ((INF,), INF, (0.0,)),
    ),
)

expm1 = elementwise(
    "expm1",
    behaviour=rising(values=(-1.0, INF), fixed=ORIGIN),
    vector="np.expm1({0})",
    doc="exp(x) - 1, exact also for small x. Its derivative is exp(x).",
    value=math.expm1,
    outside=lambda x: INF,
    partials=(lambda y, x: exp(x),),
    probe=(REAL,),
    edges=(((1e-20,), 1e-20, (1.0,)), ((1000.0,), INF, (INF,)), ((-1000.0,), -1.0, (0.0,))),
)

exp2 = elementwise(
    "exp2",
    behaviour=rising(values=(0.0, INF), fixed=((0.0, 1.0), (1.0, 2.0), (-INF, 0.0))),
    vector="np.exp2({0})",
    doc="2 to the power of the real, exact at integers; inf from 1024 on. Its derivative is ln(2) * 2^x.",
    value=math.exp2,
    outside=lambda x: INF,
    partials=(lambda y, x: mul(LN2, y),),
    probe=(REAL,),
    edges=(((10.0,), 1024.0, (1024 * LN2,)), ((1024.0,), INF, (INF,)), ((-INF,), 0.0, (0.0,))),
)

log1p = elementwise(
    "log1p",
    behaviour=rising(domain=(-1.0, INF), is_open=True, fixed=ORIGIN),
    vector="np.log1p({0})",
    doc="ln(1 + x), exact also for small x; -inf at -1, nan below. Its derivative is 1/(1 + x).",
    value=math.log1p,
    outside=lambda x: -INF if x == -1 else NAN,
    partials=(lambda y, x: div(1.0, add(1.0, x)),),
    probe=((-0.9, 9.0),),
    edges=(
        ((1e-20,), 1e-20, (1.0,)),
        ((-1.0,), -INF, (INF,)),
        ((-2.0,), NAN, (-1.0,)),
        ((INF,), INF, (0.0,)),
    ),
)

log2 = elementwise(
    "log2",
    behaviour=rising(domain=(0.0, INF), is_open=True, fixed=((1.0, 0.0),)),
    vector="np.log2({0})",
    doc="Logarithm to the base 2, exact at powers of 2; -inf at 0, nan below. Its derivative is 1/(x ln 2).",
    value=math.log2,
    outside=_log_outside,
    partials=(lambda y, x: div(1 / LN2, x),),
    probe=(POSITIVE,),
    edges=(((8.0,), 3.0, (0.125 / LN2,)), ((0.0,), -INF, (INF,)), ((-1.0,), NAN, (-1 / LN2,))),
)

log10 = elementwise(
    "log10",
    behaviour=rising(domain=(0.0, INF), is_open=True, fixed=((1.0, 0.0),)),
    vector="np.log10({0})",
    doc="Logarithm to the base 10, exact at powers of 10; -inf at 0, nan below. "
    "Its derivative is 1/(x ln 10).",
    value=math.log10,
    outside=_log_outside,
    partials=(lambda y, x: div(1 / LN10, x),),
    probe=(POSITIVE,),
    edges=(((1000.0,), 3.0, (1e-3 / LN10,)), ((0.0,), -INF, (INF,)), ((-1.0,), NAN, (-1 / LN10,))),
)


def _log(x: float, base: float) -> float:
    if base == 2.0:
        return math.log2(x) if x > 0 else _log_outside(x)
    if base == 10.0:
        return math.log10(x) if x > 0 else _log_outside(x)
    quotient: float = div(ln(x), ln(base))
    return quotient


log = elementwise(
    "log",
    sympy="log({0}) / log({1})",
    behaviour=LogToBase(),
    doc="log(x) is the natural logarithm, log(x, base) the logarithm to a base, exact at powers of 2 and "
    "of 10. "
    ""
    "The derivative with respect to x is 1/(x ln base), with respect to the base -log(x, base)/(base ln "
    "base).",
    example="log(8, 2), log(100, 10), log(1)",
    value=_log,
    native="where({1} == 2.0, log2({0}), where({1} == 10.0, log10({0}), log({0}) / log({1})))",
    alone=ln,
    partials=(
        lambda y, x, b: div(div(1.0, ln(b)), x),
        lambda y, x, b: neg(div(div(y, ln(b)), b)),
    ),
    probe=(POSITIVE, (1.5, 12.0)),
    edges=(
        ((8.0, 2.0), 3.0, (0.125 / LN2, -1.5 / LN2)),
        ((1000.0, 10.0), 3.0, (1e-3 / LN10, -0.3 / LN10)),
        ((math.e, math.e), 1.0, (1 / math.e, -1 / math.e)),
        ((-1.0, 2.0), NAN, (-1 / LN2, NAN)),
        ((0.0, 10.0), -INF, (INF, INF)),
        ((2.0, 1.0), INF, (INF, -INF)),
    ),
    cost=9,  # two logarithms and a quotient
)
