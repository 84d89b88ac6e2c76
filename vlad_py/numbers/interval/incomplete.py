"""The incomplete gamma and beta functions on intervals, and their derivatives with respect to parameters.

The functions themselves rise or fall in each argument. Their derivatives with respect to the parameters are
enclosed by Taylor's formula around the middle, of first and of second order. Its remainders are bounded by
Cauchy's estimates, since the functions are analytic in parameters with a positive real part: for |z - a| ≤ r,

    |P(z, x)| ≤ P(a - r, x) E,    E = Γ(Re z) / |Γ(z)| ≤ exp(r² ψ'(a - r) / 2),    |P⁽ⁿ⁾(a, x)| ≤ n! |P| / rⁿ,

because |tᶻ⁻¹| = t^(Re z - 1) under the integral, and |Γ(z)|² / Γ(Re z)² is the product of 1 / (1 + (Im z)² /
(Re z + k)²) for k = 0, 1, … (Abramowitz and Stegun, 6.1.25). The same holds for 1 - P, for their densities in
x, and, in each parameter, for the incomplete beta function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vlad_py.numbers.interval import gamma
from vlad_py.numbers.interval.rounding import INF, LINE, Ends, Found, down
from vlad_py.primitives.behaviour import Gamma, OfOrders
from vlad_py.primitives.beta import share, takes_rest
from vlad_py.primitives.gammas import betaln, gammainc, gammaincc, takes_series
from vlad_py.primitives.kinds import General, OfReals
from vlad_py.primitives.primitive import Primitive

EPSILON = 2.0**-52
LEAST = math.ulp(0.0)
ROUNDED = 1.0 + 1e-12  # more than bounds lose by being rounded

At: TypeAlias = Callable[..., float]
Slopes: TypeAlias = Callable[..., Sequence[float]]
Enclose: TypeAlias = Callable[..., Found | None]

# ── the functions themselves ─────────────────────────────────────────────────────────────────


def _ends(value: float, room: float, is_rest: bool) -> Ends:
    """Ends of a share of 1 around a computed one; the rest of another share is off by the error of that."""
    if value != value:
        return 0.0, 1.0
    off = room * EPSILON * (1.0 if is_rest else value) + 1e-320
    return max(value - off, 0.0), min(value + off, 1.0)


def _lower(a: float, x: float) -> Ends:
    """Ends of P(a, x), also where a is 0 or infinite: its limits."""
    if x == 0.0 or a == INF:
        return (0.0, 1.0) if x == INF else (0.0, 0.0)
    if x == INF or a == 0.0:
        return 1.0, 1.0
    return _ends(gammainc(a, x), gamma.room(a, x), not takes_series(a, x))


def _upper(a: float, x: float) -> Ends:
    """Ends of 1 - P(a, x)."""
    if x == 0.0 or a == INF:
        return (0.0, 1.0) if x == INF else (1.0, 1.0)
    if x == INF or a == 0.0:
        return 0.0, 0.0
    return _ends(gammaincc(a, x), gamma.room(a, x), takes_series(a, x))


def _share(a: float, b: float, x: float) -> Ends:
    """Ends of the incomplete beta function, at limits of its parameters too."""
    if x in (0.0, 1.0):
        return x, x
    if a == 0.0 or b == 0.0 or INF in (a, b):
        one, zero = a == 0.0 or b == INF, b == 0.0 or a == INF
        return (0.0, 1.0) if one and zero else (1.0, 1.0) if one else (0.0, 0.0)
    logs = a * math.fabs(math.log(x)) + b * math.fabs(math.log1p(-x)) + math.fabs(betaln(a, b))
    return _ends(share(a, b, x), 64.0 + 32.0 * math.sqrt(a + b) + 16.0 * logs, takes_rest(a, b, x))


def _within(parameters: Sequence[Ends], x: Ends, last: float) -> tuple[list[Ends], Ends, bool] | None:
    """The parameters and x where the functions are defined, and whether these are all; None if nowhere."""
    if any(a[1] <= 0.0 for a in parameters) or x[1] < 0.0 or x[0] > last:
        return None
    inside = all(a[0] > 0.0 for a in parameters) and x[0] >= 0.0 and x[1] <= last
    return [(max(a[0], 0.0), a[1]) for a in parameters], (max(x[0], 0.0), min(x[1], last)), inside


def _of_gamma(a: Ends, x: Ends, is_upper: bool) -> Found | None:
    found = _within([a], x, INF)
    if found is None:
        return None
    (a,), x, inside = found
    if is_upper:
        return _upper(a[0], x[1])[0], _upper(a[1], x[0])[1], inside
    return _lower(a[1], x[0])[0], _lower(a[0], x[1])[1], inside


def lower(a: Ends, x: Ends) -> Found | None:
    """P(a, x), which falls in a and rises in x."""
    return _of_gamma(a, x, False)


def upper(a: Ends, x: Ends) -> Found | None:
    """Q(a, x), which rises in a and falls in x."""
    return _of_gamma(a, x, True)


def of_beta(a: Ends, b: Ends, x: Ends) -> Found | None:
    """I(a, b, x), which falls in a and rises in b and x."""
    found = _within([a, b], x, 1.0)
    if found is None:
        return None
    (a, b), x, inside = found
    return _share(a[1], b[0], x[0])[0], _share(a[0], b[1], x[1])[1], inside


# ── their derivatives with respect to parameters ─────────────────────────────────────────────


def _radius(a: Ends) -> float:
    return min(0.5 * a[0], math.sqrt(a[0]))


def _excess(a: Ends, r: float) -> float:
    """E for all parameters within r of an interval: ψ'(s) ≤ 1/s + 1/s²."""
    s = a[0] - r
    return math.exp(0.5 * r * r * (1.0 / s + 1.0 / (s * s)))


def _cauchy(orders: Sequence[int], radii: Sequence[float]) -> float:
    # by logarithms, because rⁿ and n! may overflow; the quotient is never 0
    logarithm = math.fsum(math.lgamma(n + 1.0) - n * math.log(r) for n, r in zip(orders, radii, strict=True))
    return math.exp(logarithm + 1e-9) + LEAST if logarithm < 709.0 else INF


def _density(parameters: Sequence[Ends], x: Ends) -> float:
    """The greatest slope in x, for real parameters."""
    if len(parameters) == 1:
        found = gamma.density(parameters[0], x)
        return found[1] if found else INF
    a, b = parameters
    parts = [_most_power(a, x), _most_power(b, (1.0 - x[1], 1.0 - x[0])), -betaln(a[1], b[1])]
    total = math.fsum(parts) if all(math.isfinite(part) for part in parts) else INF
    return math.exp(total + 1e-9) if total < 700.0 else INF


def _most_power(a: Ends, x: Ends) -> float:
    """The greatest (a - 1) ln x."""
    if x[0] <= 0.0:
        return INF if a[0] < 1.0 else (a[0] - 1.0) * math.log(x[1]) if x[1] > 0.0 else INF
    return max((p - 1.0) * math.log(q) for p in a for q in x)


def _steepness(parameters: Sequence[Ends], radii: Sequence[float], x: Ends) -> float:
    """The greatest slope of the logarithm of the density in x, for parameters within these radii."""
    sizes = [max(math.fabs(a[0] - 1.0), math.fabs(a[1] - 1.0)) + r for a, r in zip(parameters, radii)]
    distances = [x[0], 1.0 - x[1]] if len(sizes) == 2 else [x[0]]
    if min(distances) <= 0.0:
        return INF
    return math.fsum(a / d for a, d in zip(sizes, distances)) + (1.0 if len(sizes) == 1 else 0.0)


def of_orders(value: At, slopes: Slopes, orders: tuple[int, ...]) -> Enclose:
    """The derivative of P or of I of these orders; its value and its slopes at reals are given."""
    whole: Enclose = lower if len(orders) == 1 else of_beta
    rest: Callable[..., bool] = _is_rest if len(orders) == 1 else takes_rest
    last = INF if len(orders) == 1 else 1.0
    count = len(orders)

    def enclose(*ends: Ends) -> Found | None:
        found = _within(ends[:-1], ends[-1], last)
        if found is None:
            return None
        parameters, x, inside = found
        if not all(a[0] > 1e-100 and a[1] < 1e100 for a in parameters):
            return LINE
        radii = [_radius(a) for a in parameters]
        wide = [(a[0] - r, a[1] + r) for a, r in zip(parameters, radii, strict=True)]
        most = whole(*wide, x)
        assert most is not None
        excess = math.prod(map(_excess, parameters, radii)) * ROUNDED
        size = excess * min(most[1], 1.0 - most[0])
        bound = max(size * _cauchy(orders, radii), min(size, LEAST))
        if not math.isfinite(bound):
            return LINE
        if x[1] == INF:
            return -bound, bound, inside
        steep = excess * _density(wide, x)
        once = [size * _cauchy(_raised(orders, i), radii) for i in range(count)]
        once.append(steep * _cauchy(orders, radii))
        twice = [
            [size * _cauchy(_raised(_raised(orders, i), j), radii) for j in range(count)]
            + [steep * _cauchy(_raised(orders, i), radii)]
            for i in range(count)
        ]
        twice.append([row[-1] for row in twice] + [once[-1] * _steepness(parameters, radii, x)])
        box = [*parameters, x]
        at = [0.5 * (end[0] + end[1]) for end in box]
        reach = [max(m - end[0], end[1] - m) for m, end in zip(at, box, strict=True)]
        middle, error = value(*at), _error(at)
        linear = _product(once, reach)
        steps = [math.fabs(slope) + 1e-3 * high for slope, high in zip(slopes(*at), once, strict=True)]
        second = _product(steps, reach) + 0.5 * _product([_product(row, reach) for row in twice], reach)
        computed = excess * (1.0 - most[0] if rest(*at) else most[1])  # which of both shares has the error
        off = (_least(linear, second) + error * computed * _cauchy(orders, radii)) * ROUNDED
        if not math.isfinite(middle) or not math.isfinite(off):
            return -bound, bound, inside
        return max(-bound, down(middle - off)), min(bound, -down(-middle - off)), inside

    return enclose


def _product(a: Sequence[float], b: Sequence[float]) -> float:
    """The scalar product of bounds, where 0 times an infinite one is 0."""
    return sum(p * q for p, q in zip(a, b, strict=True) if p and q)  # fsum must not overflow, sum may


def _is_rest(a: float, x: float) -> bool:
    return not takes_series(a, x)


def _least(*bounds: float) -> float:
    return min((b for b in bounds if b == b), default=INF)


def _raised(orders: Sequence[int], i: int) -> list[int]:
    return [n + (k == i) for k, n in enumerate(orders)]


def _error(at: Sequence[float]) -> float:
    """The error of a computed derivative, relative to Cauchy's bound for it."""
    return EPSILON * (
        1024.0 + 64.0 * math.fsum(math.sqrt(a) * (1.0 + math.fabs(math.log(a))) for a in at[:-1])
    )


def _slopes(primitive: Primitive) -> Slopes:
    """The partial derivatives of a function of reals, by its own entry, as a function of them."""

    def at(*xs: float) -> Any:
        y = primitive.value(*xs)
        if isinstance(primitive, OfReals):
            return primitive.slopes(range(len(xs)), y, xs)
        assert isinstance(primitive, General)
        return [rule.push(1.0, y, *xs) for rule in primitive.rules]

    return at


def enclosure(known: Gamma | OfOrders, primitive: Primitive) -> Enclose:
    """The ends of a function of this family, from the ends of its arguments."""
    if isinstance(known, OfOrders):
        value: Any = primitive.value
        return of_orders(value, _slopes(primitive), known.orders)
    incomplete: dict[Gamma, Enclose] = {Gamma.LOWER: lower, Gamma.UPPER: upper, Gamma.SHARE: of_beta}
    return incomplete.get(known) or gamma.enclosure(known)
