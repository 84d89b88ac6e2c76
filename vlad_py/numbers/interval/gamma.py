"""The gamma function, its logarithm with the derivatives, the beta function's, and the gamma density on
intervals.

Between two poles ln|Γ| and its derivatives either rise or are convex: ψ and its derivatives of even order
rise everywhere, because those of odd order are sums of even powers (Abramowitz and Stegun, 6.4.10); ln|Γ| and
those of odd order are convex, because their second derivatives are such sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from vlad_py.numbers.interval.rounding import (
    INF,
    LINE,
    MOST,
    Ends,
    Found,
    above,
    below,
    div_down,
    div_up,
    mul_down,
    mul_up,
)
from vlad_py.primitives.behaviour import Gamma
from vlad_py.primitives.gammas import betaln, gamma, gamma_density
from vlad_py.primitives.special import digamma, lgamma, polygamma

LEAST = (1.4616321449683623, -0.12148629053584961)  # where Γ has its minimum above 0, and its logarithm
LEAST_GAMMA = 0.8856031944108887
# these functions are sums of terms that cancel: their error, in ulps and beside the size of the terms
ULPS, ROOM = 256.0, 1e-13


def _low(y: float, x: float) -> float:
    return below(y, ULPS, ROOM * (1.0 + math.fabs(x)))


def _high(y: float, x: float) -> float:
    return above(y, ULPS, ROOM * (1.0 + math.fabs(x)))


def _has_pole(x: Ends) -> bool:
    return x[0] <= 0.0 and (x[0] == -INF or math.floor(min(x[1], 0.0)) >= x[0])


def _rising(function: Callable[[float], float], x: Ends) -> Found:
    if _has_pole(x):
        return LINE
    return _low(function(x[0]), x[0]), _high(function(x[1]), x[1]), True


def _convex(function: Callable[[float], float], slope: Callable[[float], float], x: Ends) -> Found:
    """A convex function between poles: the greater end above, the tangents at both ends below."""
    a, b = x
    left, right = function(a), function(b)
    high = max(_high(left, a), _high(right, b))
    first, last = slope(a), slope(b)
    if last <= 0.0 or first >= 0.0 or not math.isfinite(first) or not math.isfinite(last):
        least = right if last <= 0.0 else left if first >= 0.0 else -INF
        return _low(least, max(-a, b)), high, True
    # where the tangents meet; off that point, one of them is too low, and still a bound
    t = (right - left + first * a - last * b) / (first - last)
    meet = min(left + first * (t - a), right + last * (t - b))
    return _low(meet, max(-a, b) + (1.0 + b - a) * max(-first, last)), high, True


def _lgamma(x: Ends) -> Found:
    if x[0] > 0.0 or x[0] == 0.0 < x[1]:
        ends = [INF if end == 0.0 else lgamma(end) for end in x]
        low = _low(min(ends), 0.0)
        if x[0] <= LEAST[0] <= x[1]:
            low = below(LEAST[1], ULPS)
        return low, _high(max(ends), 0.0), x[0] > 0.0
    if _has_pole(x):
        return LINE
    return _convex(lgamma, digamma, x)


def _digamma(x: Ends) -> Found:
    if x[0] == 0.0 < x[1]:
        return -INF, _high(digamma(x[1]), 0.0), False
    return _rising(digamma, x)


def _polygamma(order: Ends, x: Ends) -> Found | None:
    n = order[0]
    if n != order[1]:
        return LINE
    if math.isnan(polygamma(n, 1.0)):  # there is no such derivative
        return None
    if n == 0.0:
        return _digamma(x)

    def function(t: float) -> float:
        return polygamma(n, t)

    def slope(t: float) -> float:
        return polygamma(n + 1.0, t)

    if n % 2.0 == 0.0:
        return _rising(function, x)
    if x[0] > 0.0 or x[0] == 0.0 < x[1]:  # falls
        low = max(_low(0.0 if x[1] == INF else function(x[1]), 0.0), 0.0)
        return low, INF if x[0] == 0.0 else _high(min(function(x[0]), MOST), 0.0), x[0] > 0.0
    return (0.0, INF, False) if _has_pole(x) else _convex(function, slope, x)


def _gamma(x: Ends) -> Found:
    if x[0] > 0.0 or x[0] == 0.0 < x[1]:
        found = [INF if end == 0.0 else gamma(end) for end in x]
        low = max(below(min(found), ULPS), 0.0)
        return (
            below(LEAST_GAMMA, 4.0) if x[0] <= LEAST[0] <= x[1] else low,
            above(max(found), ULPS),
            x[0] > 0.0,
        )
    if _has_pole(x):
        return LINE
    low, high, _ = _lgamma(x)
    low, high = max(below(_exp(low), ULPS), 0.0), above(_exp(high), ULPS)
    return (low, high, True) if math.floor(x[0]) % 2 == 0 else (-high, -low, True)


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else INF


def _betaln(a: Ends, b: Ends) -> Found | None:
    """It falls in both arguments, since digamma rises."""
    if a[1] <= 0.0 or b[1] <= 0.0:
        return None
    low = -INF if INF in (a[1], b[1]) else _low(betaln(a[1], b[1]), 0.0)
    inside = a[0] > 0.0 and b[0] > 0.0
    return low, _high(betaln(a[0], b[0]), 0.0) if inside else INF, inside


# ── the density of the gamma distribution ────────────────────────────────────────────────────

MOST_STEPS = 200  # down to a from above 0


def room(a: float, x: float) -> float:
    """How many ulps the gamma density at (a, x), or what is computed from it, may be off: its exponent and
    the terms of a series are rounded.
    """
    size = x * gamma_density(a, x) if x < INF else 0.0
    exponent = math.fabs(math.log(size)) if 0.0 < size < INF else 745.0
    return 64.0 + 32.0 * math.sqrt(min(a + x, 1e300)) + 128.0 * exponent


def density(a: Ends, x: Ends) -> Found | None:
    """xᵃ⁻¹ e⁻ˣ / Γ(a): for a > 0 its logarithm has no minimum inside, neither in a nor in x, so it is least
    at a corner. It is greatest on an edge: inside, both slopes would be 0, x = a - 1 and ψ(a) = ln x, but
    ψ(a) > ln(a - 1/2). Below 0 it is that at a + 1, times a / x.
    """
    if x[1] < 0.0:
        return None
    if x[1] == 0.0 and a[1] <= 0.0:
        return LINE
    start = max(x[0], 0.0), x[1]
    if a[0] < 0.0:
        if a[0] < -MOST_STEPS or start[0] == 0.0 or a[1] == INF:
            return LINE
        found = density((a[0] + 1.0, a[1] + 1.0), start)
        assert found is not None
        corners = [(p, q) for p in found[:2] for q in a]
        low, high = min(mul_down(*c) for c in corners), max(mul_up(*c) for c in corners)
        quotients = [(p, q) for p in (low, high) for q in start]
        return min(div_down(*q) for q in quotients), max(div_up(*q) for q in quotients), x[0] > 0.0
    low = min(_density_below(p, q) for p in a for q in start)
    if start[0] == 0.0 and a[0] < 1.0:
        high = INF
    else:
        places = [(p, min(max(p - 1.0, start[0]), start[1])) for p in a]
        places += [(_steepest(q, a), q) for q in start]
        high = max(_density_above(p, q) for p, q in places)
    certain = start[0] > 0.0 or a[0] > 1.0 or a == (1.0, 1.0)
    return low, high, x[0] >= 0.0 and certain


def _density_below(a: float, x: float) -> float:
    return 0.0 if INF in (a, x) else max(below(gamma_density(a, x), room(a, x)), 0.0)


def _density_above(a: float, x: float) -> float:
    return 0.0 if INF in (a, x) else above(gamma_density(a, x), room(a, x))


def _steepest(x: float, a: Ends) -> float:
    """The a at which the density at x is greatest: ψ(a) = ln x, or the nearer end if that is outside."""
    low, high = a[0], min(a[1], x + 1.0)  # ψ(x + 1) > ln x
    if x == 0.0 or high <= low:
        return low
    for _ in range(100):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if digamma(middle) < math.log(x) else (low, middle)
    return high


def enclosure(known: Gamma) -> Callable[..., Found | None]:
    """The enclosure of a function of this family, from the ends of its arguments."""
    found: dict[Gamma, Callable[..., Found | None]] = {
        Gamma.GAMMA: _gamma,
        Gamma.LOGARITHM: _lgamma,
        Gamma.DIGAMMA: _digamma,
        Gamma.POLYGAMMA: _polygamma,
        Gamma.LOGARITHM_OF_BETA: _betaln,
        Gamma.DENSITY: density,
    }
    return found[known]
