"""Special functions: the error functions, and the logarithm of the gamma function with its derivatives."""

from __future__ import annotations

import math

from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, exp, mul, neg, square
from vlad_py.primitives.behaviour import ORIGIN, Gamma, even, falling, rising
from vlad_py.primitives.choice import is_zero, select
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.primitive import Apply, not_differentiable

MOST_ORDER = 170.0  # of a derivative of digamma: the next factorial overflows
TWO_OVER_SQRT_PI = 1.1283791670955126
# B₂, B₄, B₆ … : the Bernoulli numbers of the asymptotic series
BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
    43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip

erf = elementwise(
    "erf",
    behaviour=rising(values=(-1.0, 1.0), fixed=ORIGIN, ulps=8.0),
    doc="Error function. Its derivative is 2/sqrt(pi) * exp(-x^2).",
    value=math.erf,
    native="erf({0})",
    partials=(lambda y, x: mul(TWO_OVER_SQRT_PI, gauss(x)),),
    probe=(REAL,),
    edges=(((0.0,), 0.0, (TWO_OVER_SQRT_PI,)), ((INF,), 1.0, (0.0,)), ((-INF,), -1.0, (0.0,))),
)

erfc = elementwise(
    "erfc",
    behaviour=falling(values=(0.0, 2.0), fixed=((0.0, 1.0),), ulps=16.0),
    doc="1 - erf(x), accurate also for large x. Its derivative is -2/sqrt(pi) * exp(-x^2).",
    value=math.erfc,
    native="erfc({0})",
    partials=(lambda y, x: mul(-TWO_OVER_SQRT_PI, gauss(x)),),
    probe=(REAL,),
    edges=(((0.0,), 1.0, (-TWO_OVER_SQRT_PI,)), ((INF,), 0.0, (0.0,)), ((-INF,), 2.0, (0.0,))),
)

# Where it has underflown, every derivative of it is 0 too, also at ±inf, where -2 x times it is nan.
gauss: Apply = elementwise(
    "gauss",
    behaviour=even(
        falls=True,
        values=(0.0, 1.0),
        fixed=((0.0, 1.0),),
        ulps=lambda x: 4.0 + min(x * x, 1e4),  # the square is rounded, and so is the exponent
    ),
    vector="np.exp(-({0} * {0}))",
    doc="exp(-x^2). Its derivative is -2 x exp(-x^2).",
    value=lambda x: math.exp(-(x * x)),
    partials=(lambda y, x: select(is_zero(y), y, mul(mul(-2.0, x), y)),),
    probe=(REAL,),
    edges=(((0.0,), 1.0, (0.0,)), ((30.0,), 0.0, (0.0,)), ((-INF,), 0.0, (0.0,))),
    internal=True,
    spelt=lambda x: exp(neg(square(x))),
)

lgamma = elementwise(
    "lgamma",
    sympy="loggamma({0})",
    behaviour=Gamma.LOGARITHM,
    doc="Logarithm of the absolute value of the gamma function; inf at 0 and the negative integers. "
    "Its derivative is digamma(x).",
    value=math.lgamma,
    outside=lambda x: INF,
    partials=(lambda y, x: digamma(x),),
    probe=((0.2, 5.0),),
    edges=(
        ((1.0,), 0.0, (-0.5772156649015329,)),
        ((0.0,), INF, (-INF,)),
        ((-2.0,), INF, (NAN,)),
        ((1e306,), math.lgamma(1e305) * 10 + 1e306 * 2.302585092994046, (math.log(1e306),)),
    ),
)


def _cot_pi(x: float) -> float:
    # x - round(x) is exact, so the angle is small and its tangent accurate
    return 1.0 / math.tan(math.pi * (x - round(x)))


def _digamma(x: float) -> float:
    """ψ(x), by reflection below 0, by recurrence to 10 or more, and there by the asymptotic series.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.5, 6.3.7 and 6.3.18.
    """
    if x <= 0.0:
        if x == 0.0:
            return -math.copysign(INF, x)
        if x == math.floor(x):
            return NAN
        return _digamma(1.0 - x) - math.pi * _cot_pi(x)
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / x
        x += 1.0
    square = 1.0 / (x * x)
    series = 0.0
    for k in range(8, 0, -1):
        series = (series + BERNOULLI[k - 1] / (2 * k)) * square
    return math.log(x) - 0.5 / x - series - shift


digamma: Apply = elementwise(
    "digamma",
    sympy="digamma({0})",
    behaviour=Gamma.DIGAMMA,
    doc="Derivative of lgamma; -inf at 0 and nan at the negative integers. "
    "Its derivatives are the polygamma functions.",
    value=_digamma,
    outside=lambda x: NAN,
    partials=(lambda y, x: polygamma(1.0, x),),
    probe=((0.2, 5.0),),
    edges=(
        ((1.0,), -0.5772156649015329, (math.pi**2 / 6,)),
        ((0.5,), -1.9635100260214235, (math.pi**2 / 2,)),
        ((-1.5,), 0.7031566406452432, (math.pi**2 / 2 + 4 + 4 / 9,)),
        ((0.0,), -INF, (INF,)),
        ((-1.0,), NAN, (INF,)),
        ((INF,), INF, (0.0,)),
    ),
)


def _polygamma(order: float, x: float) -> float:
    """ψ⁽ⁿ⁾(x), for n = 1, 2, … as (-1)ⁿ⁺¹ n! ζ(n + 1, x), with reflection below 0.

    Source: Abramowitz and Stegun, 6.4.7 (reflection) and 6.4.10 (the series over 1/(x + k)ⁿ⁺¹),
    summed by Euler and Maclaurin's formula, 23.1.30.
    """
    if not 0.0 <= order <= MOST_ORDER or order != math.floor(order):
        return NAN
    n = int(order)
    if n == 0:
        return _digamma(x)
    if x <= 0.0:
        if x == math.floor(x):
            return INF if n % 2 else NAN
        return (-1.0) ** n * _polygamma(order, 1.0 - x) - math.pi * _cot_pi_derivative(n, x)
    s = n + 1.0
    total = 0.0
    while x < n + 15.0:
        total += math.pow(x, -s)
        x += 1.0
    power = math.pow(x, -s)
    total += math.pow(x, 1.0 - s) / n + 0.5 * power
    factor = s * power / x
    for k, b in enumerate(BERNOULLI, 1):
        factor /= (2 * k - 1) * (2 * k)
        total += b * factor
        factor *= (s + 2 * k - 1) * (s + 2 * k) / (x * x)
    return math.factorial(n) * (total if n % 2 else -total)


def _cot_pi_derivative(n: int, x: float) -> float:
    """The n-th derivative of cot(πx): a polynomial in c = cot(πx), because c' = -π(1 + c²)."""
    coefficients = [0.0, 1.0]
    for _ in range(n):
        slope = [i * a for i, a in enumerate(coefficients)][1:]
        coefficients = [-(a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    c = _cot_pi(x)
    result = 0.0
    for a in reversed(coefficients):
        result = result * c + a
    return math.pi**n * result


polygamma: Apply = elementwise(
    "polygamma",
    sympy="polygamma({0}, {1})",
    behaviour=Gamma.POLYGAMMA,
    doc="polygamma(n, x) is the n-th derivative of digamma at x, for n = 0, 1, … 170, and nan for any other "
    "n; inf or nan at 0 and the negative integers. Its derivative with respect to x is polygamma(n + 1, x); "
    "n is not differentiable.",
    example="polygamma(1, 1)",
    value=_polygamma,
    outside=lambda n, x: INF if n % 2.0 == 1.0 else -INF,  # too large, near 0
    partials=(
        not_differentiable("polygamma", "its order is an integer"),
        lambda y, n, x: polygamma(add(n, 1.0), x),
    ),
    probe=((1.0, 1.0), (0.2, 5.0)),
    edges=(
        ((1.0, 0.0), INF, (NAN, NAN)),
        ((1.0, INF), 0.0, (NAN, 0.0)),
        ((1.5, 2.0), NAN, (NAN, NAN)),
        ((171.0, 2.0), NAN, (NAN, NAN)),
    ),
)
