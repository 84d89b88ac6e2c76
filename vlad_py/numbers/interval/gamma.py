"""The logarithm of the gamma function and its derivatives on intervals.

Between two poles they either rise or are convex: ψ and its derivatives of even order rise everywhere, because
those of odd order are sums of even powers (Abramowitz and Stegun, 6.4.10); ln|Γ| and those of odd order are
convex, because their second derivatives are such sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from vlad_py.numbers.interval.rounding import INF, LINE, MOST, Ends, Found, above, below
from vlad_py.primitives.special import digamma, lgamma, polygamma

LEAST = (1.4616321449683623, -0.12148629053584961)  # where ln Γ has its minimum above 0, and that
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


def enclosure(order: int | None) -> Callable[..., Found | None]:
    """The logarithm of the gamma function (order -1), its derivative (0), or any of a higher order (None)."""
    if order is None:
        return _polygamma
    return _digamma if order == 0 else _lgamma
