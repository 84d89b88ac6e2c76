"""Ends of intervals: the four operations and the root rounded down or up, and room for functions that err.

Host arithmetic rounds to nearest. The rounding error of a sum, a product, a quotient and a root is itself a
float, so its sign says whether the next float is needed: what is exact stays as it is. Where that could
underflow or overflow, the next float is taken without asking.

Sources: the errors are those of D. E. Knuth (TAOCP 2, 4.2.2) and T. J. Dekker, "A floating-point technique
for extending the available precision" (1971).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

INF = math.inf

Ends: TypeAlias = tuple[float, float]
Found: TypeAlias = tuple[float, float, bool]  # ends, and whether a function is continuous between them

LINE: Found = (-INF, INF, False)
MOST = 1.7976931348623157e308
SAFE = (1e-250, 1e250)  # sizes between which products of products' halves neither under- nor overflow


def down(x: float) -> float:
    """The next float below; what overflowed upwards is above the greatest float."""
    return math.nextafter(x, -INF)


def _error_of_product(a: float, b: float, product: float) -> float:
    t = 134217729.0 * a  # 2^27 + 1: splits the significand in halves
    a1 = t - (t - a)
    t = 134217729.0 * b
    b1 = t - (t - b)
    a2, b2 = a - a1, b - b1
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _is_safe(*xs: float) -> bool:
    low, high = SAFE
    return all(low < math.fabs(x) < high for x in xs)


def add_down(a: float, b: float) -> float:
    """a + b rounded down. For opposite infinities it is the one below: neither is reached."""
    s = a + b
    if math.isinf(a) or math.isinf(b):
        return -INF if s != s else s
    if math.isinf(s):
        return down(s)
    t = s - a
    error = (a - (s - t)) + (b - t)
    return s if error >= 0.0 else down(s)


def mul_down(a: float, b: float) -> float:
    """a b rounded down; 0 times an end that is infinite is 0, since no real of the interval is infinite."""
    if a == 0.0 or b == 0.0:
        return 0.0
    p = a * b
    if math.isinf(a) or math.isinf(b):
        return p
    if _is_safe(a, b, p) and _error_of_product(a, b, p) >= 0.0:
        return p
    return 0.0 if p == 0.0 and (a > 0.0) == (b > 0.0) else down(p)


def div_down(a: float, b: float) -> float:
    """a / b rounded down, for b that is not 0; 0 where b is infinite."""
    if a == 0.0 or math.isinf(b):
        return 0.0
    q = a / b
    if math.isinf(a):
        return q
    if _is_safe(a, b, q):
        p = q * b
        rest = (a - p) - _error_of_product(q, b, p)
        if rest == 0.0 or (rest > 0.0) == (b > 0.0):
            return q
    return 0.0 if q == 0.0 and (a > 0.0) == (b > 0.0) else down(q)


def sqrt_down(x: float) -> float:
    """The square root of a real from 0 on, rounded down."""
    r = math.sqrt(x)
    if x == 0.0 or x == INF:
        return r
    if _is_safe(x, r) and (x - r * r) - _error_of_product(r, r, r * r) >= 0.0:
        return r
    return down(r)


def sqrt_up(x: float) -> float:
    """The square root of a real from 0 on, rounded up."""
    r = math.sqrt(x)
    if x == 0.0 or x == INF:
        return r
    if _is_safe(x, r) and (x - r * r) - _error_of_product(r, r, r * r) <= 0.0:
        return r
    return -down(-r)


def add_up(a: float, b: float) -> float:
    """a + b rounded up."""
    return -add_down(-a, -b)


def mul_up(a: float, b: float) -> float:
    """a b rounded up."""
    return -mul_down(-a, b)


def div_up(a: float, b: float) -> float:
    """a / b rounded up, for b that is not 0."""
    return -div_down(-a, b)


def sum_down(xs: Iterable[float]) -> float:
    """The sum of lower ends, rounded down once."""
    terms = list(xs)
    if -INF in terms:
        return -INF
    try:
        s = math.fsum(terms)
        return s if math.fsum([*terms, -s]) >= 0.0 else down(s)
    except OverflowError:
        return -INF


def sum_up(xs: Iterable[float]) -> float:
    """The sum of upper ends, rounded up once."""
    return -sum_down([-x for x in xs])


def below(y: float, ulps: float, absolute: float = 0.0) -> float:
    """A float that is certainly below what was computed as y, which may be off by so many ulps."""
    if y == INF:
        return MOST
    return y if y == -INF else down(y - ulps * math.ulp(y) - absolute)


def above(y: float, ulps: float, absolute: float = 0.0) -> float:
    """A float that is certainly above what was computed as y, which may be off by so many ulps."""
    return -below(-y, ulps, absolute)
