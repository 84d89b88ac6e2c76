"""The gamma function and its relatives: beta and the incomplete gamma functions.

Derivatives with respect to an order are those of the terms of its series, so they are exact; each is a
function of its own, with derivatives of its own.
"""

from __future__ import annotations

import math
from functools import cache

from vlad_py.primitives.arithmetic import INF, NAN, add, ln, mul, neg, sub
from vlad_py.primitives.behaviour import Gamma, OfOrders
from vlad_py.primitives.choice import is_above, is_zero, select
from vlad_py.primitives.declare import elementwise, unlisted
from vlad_py.primitives.primitive import Apply
from vlad_py.primitives.series import constant, exponential, over, plus, scaled, times
from vlad_py.primitives.special import BERNOULLI, digamma, lgamma, polygamma
from vlad_py.primitives.words import PRODUCT, Pattern
from vlad_py.values.values import Value

LARGE = 10.0  # from here on Stirling's series has all digits
LOG_ROOT_TWO_PI = 0.9189385332046728  # ln √(2π)

gamma: Apply = elementwise(
    "gamma",
    sympy="gamma({0})",
    doc="The gamma function, (x - 1)! at the natural numbers; ±inf at 0, nan at the negative integers. Its "
    "derivative is gamma(x) digamma(x).",
    example="gamma(5), gamma(0.5) ^ 2",
    value=math.gamma,
    outside=lambda x: math.copysign(INF, x) if x == 0.0 else INF if x > 0.0 else NAN,
    partials=(lambda y, x: mul(y, digamma(x)),),
    probe=((0.2, 5.0),),
    edges=(
        ((5.0,), 24.0, (24.0 * 1.5061176684318004,)),
        ((0.0,), INF, (-INF,)),
        ((-1.0,), NAN, (NAN,)),
        ((200.0,), INF, (INF,)),
    ),
    behaviour=Gamma.GAMMA,
    latex=r"\Gamma",
)


def stirling(x: float) -> float:
    """What ln Γ(x) is beyond (x - 1/2) ln x - x + ln √(2π), for x ≥ LARGE.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.40.
    """
    total, power = 0.0, 1.0 / x
    for k, b in enumerate(BERNOULLI[:10], 1):
        total += b / (2 * k * (2 * k - 1)) * power
        power /= x * x
    return total


def _betaln(a: float, b: float) -> float:
    # of large arguments the logarithms of gamma functions cancel, Stirling's series do not (TOMS 708)
    a, b = (a, b) if a <= b else (b, a)
    if not a >= 0.0 or b != b:
        return NAN
    if a == 0.0 or b == INF:
        return INF if a == 0.0 and b < INF else NAN if a == 0.0 else -INF
    if b < LARGE:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    ratio = a / b
    share = -math.log1p(ratio)  # ln(b / (a + b))
    rest = stirling(b) - stirling(a + b)
    if a < LARGE:
        return math.lgamma(a) + rest + a - a * (math.log(b) - share) + (b - 0.5) * share
    logs = (a - 0.5) * (math.log(ratio) + share) + b * share
    return stirling(a) + rest + logs - 0.5 * math.log(b) + LOG_ROOT_TWO_PI


betaln: Apply = elementwise(
    "betaln",
    commutes=True,
    doc="betaln(a, b): the logarithm of the beta function of positive reals, lgamma(a) + lgamma(b) - "
    "lgamma(a + b), accurate also for large ones; inf at 0, nan below. Its partial derivatives are "
    "digamma(a) - digamma(a + b) and digamma(b) - digamma(a + b).",
    example="betaln(2, 3), betaln(1e10, 1e10)",
    value=_betaln,
    partials=(
        lambda y, a, b: sub(digamma(a), digamma(add(a, b))),
        lambda y, a, b: sub(digamma(b), digamma(add(a, b))),
    ),
    probe=((0.2, 5.0), (0.2, 5.0)),
    edges=(
        ((1.0, 1.0), 0.0, (-1.0, -1.0)),
        ((2.0, 3.0), -math.log(12.0), (-13 / 12, -7 / 12)),
        ((1.0, 0.0), INF, (0.0, -INF)),
    ),
    spelt=lambda a, b: sub(add(lgamma(a), lgamma(b)), lgamma(add(a, b))),
    behaviour=Gamma.LOGARITHM_OF_BETA,
    cost=14,  # three lgamma and two additions
)

# ── incomplete gamma functions ───────────────────────────────────────────────────────────────


def excess(off: float) -> float:
    """off - ln(1 + off), without the cancellation near 0."""
    if math.fabs(off) > 0.2:
        return off - math.log1p(off)
    total, power = 0.0, off
    for k in range(2, 30):
        power *= -off
        total -= power / k
    return total


def _below(a: float, x: float) -> float:
    """x - a - a ln(x / a), without the cancellation for x near a."""
    off = (x - a) / a
    return x - a - a * math.log(x / a) if math.fabs(off) > 0.2 else a * excess(off)


def _weight(a: float, x: float) -> float:
    """xᵃ e⁻ˣ / Γ(a), for positive finite x."""
    if x / a == 0.0 and a > LARGE:
        return 0.0
    if a > LARGE:
        return math.exp(-_below(a, x) - stirling(a)) * math.sqrt(a / (2.0 * math.pi))
    if a > 1e-300 and x < 700.0:
        return math.pow(x, a) * math.exp(-x) / math.gamma(a)
    size = math.exp(a * math.log(x) - x - math.lgamma(a))
    return size if a > 0.0 or math.floor(a) % 2 == 0 else -size


def _density(a: float, x: float) -> float:
    """xᵃ⁻¹ e⁻ˣ / Γ(a), for a ≤ 0 too, where derivatives meet it."""
    if not x >= 0.0 or a != a:
        return NAN
    if a <= 0.0 and a == math.floor(a):
        return 0.0
    if x == 0.0:
        return 0.0 if a > 1.0 else 1.0 if a == 1.0 else math.copysign(INF, math.gamma(a))
    if x == INF or a == INF:
        return 0.0
    return _weight(a, x) / x


gamma_density: Apply = elementwise(
    "gamma_density",
    sympy="power({1}, {0} - 1.0) * exp(-{1}) / gamma({0})",
    doc="gamma_density(a, x): x^(a - 1) exp(-x) / gamma(a), the density of a gamma distribution. Its "
    "derivative with respect to x is that at a - 1 less itself.",
    value=_density,
    outside=lambda a, x: INF,
    partials=(
        lambda y, a, x: select(is_zero(y), 0.0, mul(y, sub(ln(x), digamma(a)))),
        lambda y, a, x: sub(gamma_density(sub(a, 1.0), x), y),
    ),
    probe=((0.5, 5.0), (0.2, 8.0)),
    edges=(
        ((1.0, 0.0), 1.0, (-INF, -1.0)),
        ((2.0, 0.0), 0.0, (0.0, 1.0)),
        ((3.0, 0.0), 0.0, (0.0, 0.0)),
        ((2.0, INF), 0.0, (0.0, 0.0)),
    ),
    internal=True,
    behaviour=Gamma.DENSITY,
    text=Pattern("sign(gamma({0})) * exp(({0} - 1) * ln({1}) - {1:product} - lgamma({0}))", PRODUCT),
    latex=r"\frac{{{1:atom}^{{{0} - 1}} e^{{-{1:product}}}}}{{\Gamma\left({0}\right)}}",
)
MOST_TERMS = 100_000  # where more would be needed, about a > 10⁸ with x beside it, there is no value: nan
MOST_OF_SLOPES = 10_000  # for derivatives, where a term is a power series: about a > 10⁶ with x beside it


def _too_many(a: float, x: float, most: int) -> bool:
    """Whether far more terms than `most` are needed, so that looking for them would only take time.

    The logarithm of the n-th term of the series is about -n (a - x) / a - n² / 2a, and the last one that
    counts is e⁻⁴⁰; the fraction takes fewer.
    """
    return math.sqrt(80.0 * a) > 10.0 * most and 40.0 * a > 10.0 * most * math.fabs(x - a)


def _series(a: float, x: float) -> tuple[float, int]:
    """P(a, x) a / (xᵃ e⁻ˣ / Γ(a)), and how many terms it takes (Abramowitz and Stegun, 6.5.29)."""
    if _too_many(a, x, MOST_TERMS):
        return NAN, MOST_TERMS
    term = total = 1.0
    n = 0
    while term >= total * 1e-17 and n < MOST_TERMS:
        n += 1
        term *= x / (a + n)
        total += term
    return total, n


def _fraction(a: float, x: float) -> tuple[float, int]:
    """Q(a, x) / (xᵃ e⁻ˣ / Γ(a)), and how many levels it takes: the even part of the continued fraction 6.5.31
    there, by Lentz's method.
    """
    if _too_many(a, x, MOST_TERMS):
        return NAN, MOST_TERMS
    b = x + 1.0 - a
    c, d = 1e300, 1.0 / (b or 1e-300)
    result, change, n = d, 0.0, 0
    while math.fabs(change - 1.0) > 4e-16 and n < MOST_TERMS:
        n += 1
        step = n * (a - n)
        b += 2.0
        d = 1.0 / (b + step * d or 1e-300)
        c = b + step / c or 1e-300
        change = c * d
        result *= change
    return result, n


def takes_series(a: float, x: float) -> bool:
    """Whether P(a, x) comes from its series, and Q(a, x) as 1 - P; elsewhere it is the other way round."""
    return x < a + 1.0 and (a >= 1.0 or x < 0.5)


def _incomplete(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x)."""
    if not a > 0.0 or not x >= 0.0 or a == INF:
        return NAN, NAN
    if x == 0.0 or x == INF:
        return (0.0, 1.0) if x == 0.0 else (1.0, 0.0)
    weight = _weight(a, x)
    if takes_series(a, x):
        total, terms = _series(a, x)
        lower = min(weight / a * total, 1.0) if terms < MOST_TERMS else NAN
        return lower, 1.0 - lower
    result, terms = _fraction(a, x)
    upper = min(weight * result, 1.0) if terms < MOST_TERMS else NAN
    return 1.0 - upper, upper


def _derivative(order: int, a: float, x: float) -> float:
    """The derivative of P(a, x) of an order with respect to a: its series or fraction, of power series."""
    if not 0.0 < a < INF or not x >= 0.0:
        return NAN
    if x == 0.0 or x == INF:
        return 0.0
    size = order + 1, 1
    logs = constant(0.0, size, math.log(x) - digamma(a))
    for k in range(2, order + 1):
        logs[k][0] = -polygamma(k - 1.0, a) / math.factorial(k)
    weight = exponential(_weight(a, x), logs)
    if takes_series(a, x):
        terms = _series(a, x)[1]
        if terms > MOST_OF_SLOPES:
            return NAN
        term = total = constant(1.0, size)
        for n in range(1, 2 * terms + 12):
            term = over(scaled(term, x), constant(a + n, size, 1.0))
            total = plus(total, term)
        found = over(times(weight, total), constant(a, size, 1.0))
    else:
        # at whole a the fraction ends, and its derivatives do not
        terms = _fraction(math.floor(a) + 0.5, x)[1]
        if terms > MOST_OF_SLOPES:
            return NAN
        levels = 2 * terms + 12
        level = constant(x + 1.0 - a + 2.0 * levels, size, -1.0)
        for n in range(levels, 0, -1):
            step = over(constant(n * (a - n), size, float(n)), level)
            level = plus(constant(x - 1.0 - a + 2.0 * n, size, -1.0), step)
        found = scaled(over(weight, level), -1.0)
    return math.factorial(order) * found[order][0]


@cache
def _by_order(order: int) -> Apply:
    """The derivative of gammainc of an order with respect to a, as a function."""
    name, text = "order'", "gammainc(order', {1})"  # a name that is hardly in the text of an argument
    for _ in range(order - 1):
        text = f"jvp(fn {name} => {text}, {name}, 0 * {name} + 1)[1]"
    return unlisted(
        f"gammainc_{order}",
        doc=f"The derivative of gammainc of the order {order} with respect to its first argument.",
        value=lambda a, x: _derivative(order, a, x),
        partials=(
            lambda y, a, x: _by_order(order + 1)(a, x),
            lambda y, a, x: _density_by_order(order, a, x),
        ),
        text=f"jvp(fn {name} => {text}, {{0}}, 0 * {{0:atom}} + 1)[1]",
        latex=rf"\partial_1^{{{{{order}}}}} P\left({{0}}, {{1}}\right)",
        without_sympy=("SymPy has no function for derivatives of gammainc with respect to its order", ""),
        behaviour=OfOrders((order,)),
    )


def _density_by_order(order: int, a: Value, x: Value) -> Value:
    """The derivative of the density of an order with respect to a, by those of its logarithm."""
    density = gamma_density(a, x)
    slopes = [sub(ln(x), digamma(a)), *(neg(polygamma(float(k), a)) for k in range(1, order))]
    found: list[Value] = [density]
    for n in range(order):
        total: Value = 0.0
        for k in range(n + 1):
            total = add(total, mul(float(math.comb(n, k)), mul(found[n - k], slopes[k])))
        found.append(total)
    return select(is_zero(density), 0.0, found[order]) if order else density


def _by_point(y: Value, a: Value, x: Value) -> Value:
    return select(is_above(a, 0.0), gamma_density(a, x), NAN)


gammainc: Apply = elementwise(
    "gammainc",
    sympy="lowergamma({0}, {1}) / gamma({0})",
    doc="gammainc(a, x): the regularised lower incomplete gamma function, the integral of t^(a - 1) "
    "exp(-t) from 0 to x over gamma(a), for a above 0; nan elsewhere. `gammaincc` is 1 less it. Its "
    "derivatives with respect to both arguments, of every order, come from its series. With x "
    "beside a, the value is nan from an a of about 10^8 on, and the derivatives from 10^6 on.",
    example="gammainc(1, 2), gradient(gammainc)(2, 1)",
    value=lambda a, x: _incomplete(a, x)[0],
    outside=lambda a, x: 0.0 if x < a else 1.0,
    partials=(lambda y, a, x: _by_order(1)(a, x), _by_point),
    probe=((0.3, 4.0), (0.2, 8.0)),
    edges=(
        ((1.0, 0.0), 0.0, (0.0, 1.0)),
        ((0.5, 0.0), 0.0, (0.0, INF)),
        ((2.0, 0.0), 0.0, (0.0, 0.0)),
        ((2.0, INF), 1.0, (0.0, 0.0)),
        ((-1.0, 1.0), NAN, (NAN, NAN)),
        ((1.0, -1.0), NAN, (NAN, NAN)),
    ),
    behaviour=Gamma.LOWER,
    latex="P",
)

gammaincc: Apply = elementwise(
    "gammaincc",
    sympy="uppergamma({0}, {1}) / gamma({0})",
    doc="gammaincc(a, x): the regularised upper incomplete gamma function, 1 - gammainc(a, x), accurate also "
    "where it is small. Its derivatives are those of gammainc with the other sign.",
    example="gammaincc(1, 2), gammaincc(2, 100)",
    value=lambda a, x: _incomplete(a, x)[1],
    outside=lambda a, x: 1.0 if x < a else 0.0,
    partials=(lambda y, a, x: neg(_by_order(1)(a, x)), lambda y, a, x: neg(_by_point(y, a, x))),
    probe=((0.3, 4.0), (0.2, 8.0)),
    edges=(
        ((1.0, 0.0), 1.0, (0.0, -1.0)),
        ((2.0, INF), 0.0, (0.0, 0.0)),
        ((0.0, 1.0), NAN, (NAN, NAN)),
    ),
    behaviour=Gamma.UPPER,
    latex="Q",
)
