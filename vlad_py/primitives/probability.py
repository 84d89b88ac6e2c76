"""Functions of probabilities and their logarithms: the normal distribution, log-odds, log-sums."""

from __future__ import annotations

import math

from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, div, exp, ln, mul, neg, square, sub
from vlad_py.primitives.behaviour import ORIGIN, falling, rising
from vlad_py.primitives.choice import is_above, is_zero, same_infinity, select
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.explog import expm1
from vlad_py.primitives.primitive import Apply
from vlad_py.primitives.special import gauss
from vlad_py.primitives.trig import sigmoid
from vlad_py.values.values import Value

ROOT_HALF = 0.7071067811865476  # 1/√2
PEAK = 0.3989422804014327  # of the normal density: 1/√(2π)
LOG_ROOT_TWO_PI = 0.9189385332046728  # ln √(2π)
HALF_ROOT_PI = 0.886226925452758  # √π/2
LN2 = 0.6931471805599453
FAR = -20.0  # below it the asymptotic series of the normal distribution has all digits
TERMS = 12  # of that series


def _tail(x: float) -> float:
    """Φ(x) / φ(x) · (−x) for x ≤ FAR: 1 − 1/x² + 3/x⁴ − 15/x⁶ + ….

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.12.
    """
    total, term = 1.0, 1.0
    for k in range(1, TERMS):
        term *= -(2 * k - 1) / (x * x)
        total += term
    return total


normal_cdf: Apply = elementwise(
    "normal_cdf",
    sympy="erfc(-{0} / sqrt(2.0)) / 2.0",
    behaviour=rising(values=(0.0, 1.0), fixed=((0.0, 0.5),), ulps=lambda x: 16.0 + min(2.0 * x * x, 1e4)),
    doc="The distribution function of the standard normal distribution: the probability that it is below x. "
    "Its derivative is the density exp(-x^2/2)/sqrt(2 pi).",
    value=lambda x: 0.5 * math.erfc(x * -ROOT_HALF),
    native="0.5 * erfc({0} * -0.7071067811865476)",
    partials=(lambda y, x: mul(PEAK, gauss(mul(ROOT_HALF, x))),),
    probe=(REAL,),
    edges=(((0.0,), 0.5, (PEAK,)), ((INF,), 1.0, (0.0,)), ((-INF,), 0.0, (0.0,))),
)


def _log_normal_cdf(x: float) -> float:
    if x > 0.0:
        return math.log1p(-0.5 * math.erfc(x * ROOT_HALF))
    if x > FAR:
        return math.log(0.5 * math.erfc(x * -ROOT_HALF))
    if x == -INF:
        return -INF
    return -0.5 * x * x - LOG_ROOT_TWO_PI - math.log(-x) + math.log(_tail(x))


log_normal_cdf: Apply = elementwise(
    "log_normal_cdf",
    sympy="log(erfc(-{0} / sqrt(2.0)) / 2.0)",
    behaviour=rising(values=(-INF, 0.0), ulps=16.0),
    doc="Logarithm of normal_cdf, accurate also for very negative x. Its derivative is the density over the "
    "distribution function.",
    value=_log_normal_cdf,
    outside=lambda x: NAN,
    partials=(lambda y, x: inverse_mills(x),),
    probe=(REAL,),
    edges=(
        ((0.0,), -LN2, (2 * PEAK,)),
        ((INF,), 0.0, (0.0,)),
        ((-INF,), -INF, (INF,)),
        ((-1e4,), -50000010.12927891, (10000.000099999997,)),
    ),
)


def _inverse_mills(x: float) -> float:
    if x > FAR:
        return PEAK * math.exp(-0.5 * x * x) / (0.5 * math.erfc(x * -ROOT_HALF))
    return INF if x == -INF else -x / _tail(x)


# of x + m, for the value m, in powers of -1/x: A000698 of the OEIS with alternating signs
GAP = (1.0, -2.0, 10.0, -74.0, 706.0, -8162.0, 110410.0, -1708394.0, 29752066.0)


def _slope(m: Value, x: Value) -> Value:
    """-m (x + m): 0 where m has underflowed, -1 at -inf. Where x and m cancel, their sum is a series."""
    u = div(-1.0, x)
    gap: Value = 0.0
    for coefficient in reversed(GAP):
        gap = add(mul(gap, square(u)), coefficient)
    rest = select(is_above(m, -FAR), mul(gap, u), add(x, m))
    return select(is_zero(m), m, select(same_infinity(x, neg(m)), -1.0, neg(mul(m, rest))))


inverse_mills: Apply = elementwise(
    "inverse_mills",
    behaviour=falling(values=(0.0, INF), ulps=lambda x: 16.0 + min(4.0 * x * x, 1e4)),
    doc="The normal density over the distribution function, the inverse of Mills' ratio at -x. "
    "Its derivative is -m (x + m), for its value m.",
    value=_inverse_mills,
    outside=lambda x: NAN,
    partials=(_slope,),
    probe=(REAL,),
    edges=(((0.0,), 2 * PEAK, (-4 * PEAK * PEAK,)), ((INF,), 0.0, (0.0,)), ((-INF,), INF, (-1.0,))),
    internal=True,
    spelt=lambda x: div(mul(PEAK, gauss(mul(ROOT_HALF, x))), normal_cdf(x)),
)


def _erfinv(x: float) -> float:
    """Two steps of Halley's method from S. Winitzki's approximation (2008), which has three digits."""
    size = math.fabs(x)
    if size >= 1.0:
        return math.copysign(INF, x) if size == 1.0 else NAN
    if size < 1e-3:
        z = size * HALF_ROOT_PI * (1.0 + math.pi * size * size / 12.0)
    else:
        log = math.log1p(-size) + math.log1p(size)
        half = 2.0 / (math.pi * 0.147) + 0.5 * log
        z = math.sqrt(math.sqrt(half * half - log / 0.147) - half)
    for _ in range(2):
        # of the two sides the smaller one has the digits
        error = math.erf(z) - size if size < 0.5 else (1.0 - size) - math.erfc(z)
        step = error * HALF_ROOT_PI * math.exp(z * z)
        z -= step / (1.0 + z * step)
    return math.copysign(z, x)


erfinv: Apply = elementwise(
    "erfinv",
    sympy="erfinv({0})",
    behaviour=rising(domain=(-1.0, 1.0), is_open=True, fixed=ORIGIN, ulps=16.0),
    doc="Inverse of the error function; inf at 1, -inf at -1, nan beyond. Its derivative is "
    "sqrt(pi)/2 * exp(y^2), for its value y.",
    value=_erfinv,
    outside=lambda x: NAN,
    partials=(lambda y, x: mul(HALF_ROOT_PI, exp(square(y))),),
    probe=((-0.95, 0.95),),
    edges=(
        ((0.0,), 0.0, (HALF_ROOT_PI,)),
        ((1.0,), INF, (INF,)),
        ((-1.0,), -INF, (INF,)),
        ((1e-300,), 1e-300 * HALF_ROOT_PI, (HALF_ROOT_PI,)),
    ),
)


def _logit(p: float) -> float:
    if 0.25 < p < 0.75:
        return math.log1p((2.0 * p - 1.0) / (1.0 - p))
    if p == 1.0:
        return INF
    return math.log(p / (1.0 - p))


logit: Apply = elementwise(
    "logit",
    sympy="log({0} / (1.0 - {0}))",
    behaviour=rising(domain=(0.0, 1.0), is_open=True, fixed=((0.5, 0.0),), ulps=8.0),
    doc="The logarithm of the odds, ln(p/(1 - p)), the inverse of sigmoid; -inf at 0, inf at 1, nan beyond. "
    "Its derivative is 1/(p (1 - p)).",
    value=_logit,
    outside=lambda p: -INF if p == 0.0 else NAN,
    native="where(0.25 < {0} and {0} < 0.75, log1p((2.0 * {0} - 1.0) / (1.0 - {0})), log({0} / (1.0 - {0})))",
    # 1/p and 1/(1 - p) apart: the derivative of their product is nan at the ends
    partials=(lambda y, p: add(div(1.0, p), div(1.0, sub(1.0, p))),),
    probe=((0.05, 0.95),),
    edges=(
        ((0.5,), 0.0, (4.0,)),
        ((0.0,), -INF, (INF,)),
        ((1.0,), INF, (INF,)),
        ((1e-100,), -230.25850929940458, (1e100,)),
    ),
)

log1mexp: Apply = elementwise(
    "log1mexp",
    sympy="log(1.0 - exp(-{0}))",
    behaviour=rising(domain=(0.0, INF), is_open=True, values=(-INF, 0.0), ulps=8.0),
    doc="ln(1 - exp(-x)), accurate for all x; -inf at 0, nan below. Its derivative is 1/(exp(x) - 1).",
    # M. Mächler, "Accurately computing log(1 - exp(-|a|))", 2012
    value=lambda x: math.log(-math.expm1(-x)) if x <= LN2 else math.log1p(-math.exp(-x)),
    outside=lambda x: -INF if x == 0.0 else NAN,
    native="where({0} <= 0.6931471805599453, log(-expm1(-{0})), log1p(-exp(-{0})))",
    # a product: at 0 all terms of its derivatives have one sign, where those of a quotient are inf - inf
    partials=(lambda y, x: mul(exp(neg(x)), div(1.0, neg(expm1(neg(x))))),),
    probe=((0.1, 5.0),),
    edges=(
        ((0.0,), -INF, (INF,)),
        ((INF,), 0.0, (0.0,)),
        ((1e-20,), -46.051701859880914, (1e20,)),
        ((-1.0,), NAN, (1.0 / math.expm1(-1.0),)),
    ),
)


def _logaddexp(a: float, b: float) -> float:
    if a == b:
        return a + LN2
    return max(a, b) + math.log1p(math.exp(-math.fabs(a - b)))


def _share(a: Value, b: Value) -> Value:
    return sigmoid(select(same_infinity(a, b), 0.0, sub(a, b)))


logaddexp: Apply = elementwise(
    "logaddexp",
    commutes=True,
    sympy="log(exp({0}) + exp({1}))",
    doc="ln(exp(a) + exp(b)) without overflow. Its partial derivatives are sigmoid(a - b) and "
    "sigmoid(b - a), 1/2 each where both are the same infinity.",
    example="logaddexp(0, 0), gradient(logaddexp)(0, 0)",
    value=_logaddexp,
    native="where({0} == {1}, {0} + 0.6931471805599453, "
    "where({0} > {1}, {0}, {1}) + log1p(exp(-abs({0} - {1}))))",
    partials=(
        lambda y, a, b: _share(a, b),
        lambda y, a, b: _share(b, a),
    ),
    probe=(REAL, REAL),
    edges=(
        ((1000.0, 1000.0), 1000.0 + LN2, (0.5, 0.5)),
        ((-INF, 2.0), 2.0, (0.0, 1.0)),
        ((INF, 2.0), INF, (1.0, 0.0)),
        ((-INF, -INF), -INF, (0.5, 0.5)),
        ((INF, INF), INF, (0.5, 0.5)),
    ),
    spelt=lambda a, b: ln(add(exp(a), exp(b))),
)


def _over(x: float, y: float) -> float:
    if x == 0.0 and not math.isnan(y):
        return 0.0
    return x / y if y != 0.0 else x * math.copysign(INF, y)


share: Apply = elementwise(
    "share",
    sympy="{0} / {1}",
    doc="x/y, and 0 where x is 0. Its partial derivatives are 1/y and -x/y^2, which is 0 where x is 0.",
    value=_over,
    native="where({0} == 0.0 and {1} == {1}, 0.0, {0} / {1})",
    partials=(lambda z, x, y: div(1.0, y), lambda z, x, y: neg(share(z, y))),
    probe=(REAL, (0.1, 10.0)),
    edges=(
        ((0.0, 0.0), 0.0, (INF, 0.0)),
        ((1.0, 0.0), INF, (INF, -INF)),
        ((0.0, NAN), NAN, (NAN, NAN)),
    ),
    spelt=div,
    internal=True,
)

xlogy: Apply = elementwise(
    "xlogy",
    sympy="{0} * log({1})",
    doc="x ln y, and 0 where x is 0 and y is not negative. Its partial derivatives are ln y and x/y; the "
    "latter is 0 where both are 0.",
    example="xlogy(0, 0), xlogy(2, exp(1))",
    value=lambda x, y: 0.0 if x == 0.0 and y >= 0.0 else x * math.log(y),
    outside=lambda x, y: x * -INF if y == 0.0 else NAN,
    native="where({0} == 0.0 and {1} >= 0.0, 0.0, {0} * log({1}))",
    partials=(lambda z, x, y: ln(y), lambda z, x, y: share(x, y)),
    probe=(REAL, (0.1, 10.0)),
    edges=(
        ((0.0, 0.0), 0.0, (-INF, 0.0)),
        ((0.0, 2.0), 0.0, (LN2, 0.0)),
        ((1.0, 0.0), -INF, (-INF, INF)),
        ((0.0, INF), 0.0, (INF, 0.0)),
    ),
    spelt=lambda x, y: mul(x, ln(y)),
)
