"""Functions that oscillate and decay: the derivatives of sin(x)/x, and Bessel functions.

Each family holds the derivatives of its members, so those of every order are right everywhere, at 0 too.
"""

from __future__ import annotations

import math

from vlad_py.primitives.arithmetic import INF, NAN, add, mul, sub
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.primitive import Apply, not_differentiable

OSCILLATES = ("it rises and falls between its zeros", "for one point: `intervals.middle(x)`")
AN_INTEGER = "its order is an integer"
MOST_ORDER = 10_000.0


def _sinc_derivative(order: float, x: float) -> float:
    """By the recurrence x sₙ + n sₙ₋₁ = sin(x + nπ/2), or near 0 by the series of its integral."""
    if not 0.0 <= order <= MOST_ORDER or order != math.floor(order) or x != x:
        return NAN
    n = int(order)
    if math.isinf(x):
        return 0.0
    if math.fabs(x) >= max(1.0, 0.5 * n):
        sines = math.sin(x), math.cos(x), -math.sin(x), -math.cos(x)
        result = sines[0] / x
        for k in range(1, n + 1):
            result = (sines[k % 4] - k * result) / x
        return result
    total, term = 0.0, 1.0  # term is xʲ / j!
    for j in range(2 * n + 40):
        turn = (1.0, 0.0, -1.0, 0.0)[(n + j) % 4]
        total += turn * term / (n + j + 1)
        term *= x / (j + 1)
    return total


sinc_derivative: Apply = elementwise(
    "sinc_derivative",
    without_sympy=("SymPy has no function for the derivatives of sin(x)/x", "`sin(x) / x` is one"),
    doc="sinc_derivative(n, x): the n-th derivative of sin(x) / x at x, for n = 0, 1, …; nan for any other "
    "n. Its derivative with respect to x is sinc_derivative(n + 1, x); n is not differentiable.",
    example="sinc_derivative(0, 0), sinc_derivative(2, 0)",
    value=_sinc_derivative,
    partials=(
        not_differentiable("sinc_derivative", AN_INTEGER),
        lambda y, n, x: sinc_derivative(add(n, 1.0), x),
    ),
    probe=((1.0, 1.0), (-3.0, 3.0)),
    edges=(
        ((0.0, 0.0), 1.0, (NAN, 0.0)),
        ((1.0, 0.0), 0.0, (NAN, -1 / 3)),
        ((4.0, 0.0), 0.2, (NAN, 0.0)),
        ((0.0, INF), 0.0, (NAN, 0.0)),
        ((0.5, 1.0), NAN, (NAN, NAN)),
    ),
    without_intervals=OSCILLATES,
)

FAR = 25.0  # from here on Hankel's series has all digits


def _hankel(n: int, x: float) -> float:
    """J₀(x) or J₁(x) for x ≥ FAR. Source: Abramowitz and Stegun, 9.2.5, 9.2.9 and 9.2.10."""
    parts = [0.0, 0.0]
    term = 1.0
    for k in range(40):
        parts[k % 2] += term if k % 4 < 2 else -term
        term *= (4 * n * n - (2 * k + 1) ** 2) / ((k + 1) * 8.0 * x)
        if math.fabs(term) < 1e-18:
            break
    sine, cosine = math.sin(x), math.cos(x)
    turned = (cosine + sine, sine - cosine) if n == 0 else (sine - cosine, -cosine - sine)
    return (parts[0] * turned[0] - parts[1] * turned[1]) / math.sqrt(math.pi * x)


def _backward(n: int, x: float) -> float:
    """Jₙ(x) by J. Miller's backward recurrence, scaled by J₀ + 2 J₂ + 2 J₄ + … = 1 (9.1.46)."""
    start = 2 * int((max(n, x) + 30.0 + math.sqrt(60.0 * max(n, x))) / 2.0)
    after, current, total, result = 0.0, 1e-300, 0.0, 0.0
    for k in range(start, 0, -1):
        if k == n:
            result = current
        if k % 2 == 0:
            total += 2.0 * current
        after, current = current, 2.0 * k / x * current - after
        if math.fabs(current) > 1e200:
            after, current, total, result = (y * 1e-200 for y in (after, current, total, result))
    total += current
    return (current if n == 0 else result) / total


def _bessel_j(order: float, x: float) -> float:
    if not -MOST_ORDER <= order <= MOST_ORDER or order != math.floor(order) or x != x:
        return NAN
    n = int(math.fabs(order))
    sign = -1.0 if n % 2 and (order < 0.0) != (x < 0.0) else 1.0  # J₋ₙ(x) and Jₙ(-x) are (-1)ⁿ Jₙ(x)
    x = math.fabs(x)
    if x < 1e-100 or x == INF:
        return 0.0 if n > 1 or x == INF else 1.0 if n == 0 else sign * 0.5 * x
    if x < FAR or n > x:
        return sign * _backward(n, x)
    before, current = _hankel(0, x), _hankel(1, x)
    for k in range(1, n):
        before, current = current, 2.0 * k / x * current - before
    return sign * (before if n == 0 else current)


bessel_j: Apply = elementwise(
    "bessel_j",
    sympy="besselj({0}, {1})",
    doc="bessel_j(n, x): the Bessel function of the first kind of a whole order n, from -10000 to 10000; nan "
    "for any other n. Its derivative with respect to x is (bessel_j(n - 1, x) - bessel_j(n + 1, x)) / 2; n "
    "is not differentiable.",
    example="bessel_j(0, 0), bessel_j(1, 2)",
    value=_bessel_j,
    partials=(
        not_differentiable("bessel_j", AN_INTEGER),
        lambda y, n, x: mul(0.5, sub(bessel_j(sub(n, 1.0), x), bessel_j(add(n, 1.0), x))),
    ),
    probe=((1.0, 1.0), (0.2, 3.0)),
    edges=(
        ((0.0, 0.0), 1.0, (NAN, 0.0)),
        ((1.0, 0.0), 0.0, (NAN, 0.5)),
        ((2.0, 0.0), 0.0, (NAN, 0.0)),
        ((0.0, INF), 0.0, (NAN, 0.0)),
        ((0.5, 1.0), NAN, (NAN, NAN)),
    ),
    without_intervals=OSCILLATES,
    latex="J_{{{0}}}({1})",
)
