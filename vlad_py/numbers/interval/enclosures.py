"""What primitives make of intervals of reals: by name, a function of ends that gives ends.

It gives `(lower, upper, continuous)`: ends between which lie the values at all reals of the interval where
the primitive is defined, and whether it is defined and continuous at all of them; None where it is defined
nowhere. The values themselves are the primitive's own, with room for the error of the host's functions.

Sources: R. E. Moore, "Interval Analysis" (1966); the words and the restriction to where a function is defined
are those of IEEE 1788-2015, whose decoration `dac` is `continuous` here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from vlad_py.numbers.interval.rounding import (
    INF,
    above,
    add_down,
    add_up,
    below,
    div_down,
    div_up,
    mul_down,
    mul_up,
    sqrt_down,
    sqrt_up,
)
from vlad_py.primitives.primitive import PRIMITIVES

Ends: TypeAlias = tuple[float, float]
Found: TypeAlias = tuple[float, float, bool]
Enclose: TypeAlias = Callable[..., Found | None]

LINE: Found = (-INF, INF, False)
NOTHING: Ends = (INF, -INF)  # the ends of no reals at all, which no entry of the table has to know
ELEMENTARY = 4.0  # ulps that the host's elementary functions may be off; the usual ones stay below 2

ENCLOSURES: dict[str, Enclose] = {}
"""By name: the primitives of kind elementwise and step on intervals."""


def value_of(name: str, *xs: float) -> float:
    """A primitive at floats, as the language computes it."""
    return PRIMITIVES[name].value(*xs)  # type: ignore[return-value]


def magnitudes(x: Ends) -> Ends:
    """The ends of the absolute values of an interval's reals."""
    low, high = x
    if low > 0.0:
        return x
    return (-high, -low) if high < 0.0 else (0.0, max(-low, high))


# ── the four operations ──────────────────────────────────────────────────────────────────────


def _add(a: Ends, b: Ends) -> Found:
    return add_down(a[0], b[0]), add_up(a[1], b[1]), True


def _neg(x: Ends) -> Found:
    return -x[1], -x[0], True


def _sub(a: Ends, b: Ends) -> Found:
    return add_down(a[0], -b[1]), add_up(a[1], -b[0]), True


def _mul(a: Ends, b: Ends) -> Found:
    if a[0] >= 0.0 and b[0] >= 0.0:
        return mul_down(a[0], b[0]), mul_up(a[1], b[1]), True
    corners = [(x, y) for x in a for y in b]
    return min(mul_down(*c) for c in corners), max(mul_up(*c) for c in corners), True


def _div(a: Ends, b: Ends) -> Found:
    if b[0] > 0.0 or b[1] < 0.0:
        corners = [(x, y) for x in a for y in b]
        return min(div_down(*c) for c in corners), max(div_up(*c) for c in corners), True
    if b == (0.0, 0.0):
        return LINE  # as floats, which have quotients by 0
    if a == (0.0, 0.0):
        return 0.0, 0.0, False
    if b[0] == 0.0 and a[0] >= 0.0:
        return div_down(a[0], b[1]), INF, False
    if b[0] == 0.0 and a[1] <= 0.0:
        return -INF, div_up(a[1], b[1]), False
    if b[1] == 0.0:
        return _div((-a[1], -a[0]), (-b[1], -b[0])) if a[0] >= 0.0 or a[1] <= 0.0 else LINE
    return LINE


def _square(x: Ends) -> Found:
    low, high = magnitudes(x)
    return mul_down(low, low), mul_up(high, high), True


def _sqrt(x: Ends) -> Found | None:
    if x[1] < 0.0:
        return None
    return sqrt_down(max(x[0], 0.0)), sqrt_up(x[1]), x[0] >= 0.0


ENCLOSURES |= {"+": _add, "-": _sub, "neg": _neg, "*": _mul, "/": _div, "square": _square, "sqrt": _sqrt}

# ── powers ───────────────────────────────────────────────────────────────────────────────────

MOST_FACTORS = 64.0  # exponents up to which a power is a product, and exact where that is


def _pow(x: Ends, n: Ends) -> Found | None:
    if n[0] == n[1] and n[0].is_integer():
        return _whole_power(x, n[0])
    low, high = magnitudes(x)
    if x[1] < 0.0:
        low, high = INF, -INF
    elif x[0] <= 0.0:
        low, high = 0.0, x[1]
    found: Found | None = None
    if low <= high:
        found = (*_corners((low, high), n), x[0] > 0.0 or (x[0] == 0.0 and n[0] > 0.0))
    if x[0] < 0.0 and (
        n[1] - n[0] >= 1.0 or math.floor(n[1]) >= n[0]
    ):  # of negative reals there are powers with integers
        greatest = _corners(magnitudes((x[0], min(x[1], 0.0))), n)[1]
        found = (-greatest, max(greatest, found[1] if found else 0.0), False)
    elif x[0] < 0.0 and found:
        found = (found[0], found[1], False)
    return found


def _corners(x: Ends, n: Ends) -> Ends:
    # x^n is monotone in either of them
    powers = [value_of("^", a, b) for a in x for b in n]
    return max(below(min(powers), ELEMENTARY), 0.0), above(max(powers), ELEMENTARY)


def _whole_power(x: Ends, n: float) -> Found:
    if n == 0.0:
        return 1.0, 1.0, True
    if n < 0.0:
        return _div((1.0, 1.0), _whole_power(x, -n)[:2])
    odd = n % 2.0 == 1.0
    if not odd:
        x = magnitudes(x)
    return -_power_up(-x[0], n) if x[0] < 0.0 else _power_down(x[0], n), _signed_up(x[1], n), True


def _signed_up(x: float, n: float) -> float:
    return _power_up(x, n) if x >= 0.0 else -_power_down(-x, n)


def _power_down(x: float, n: float) -> float:
    """x^n for x from 0 on, rounded down."""
    if n > MOST_FACTORS:
        return max(below(value_of("^", x, n), ELEMENTARY), 0.0)
    result = 1.0
    for _ in range(int(n)):
        result = mul_down(result, x)
    return result


def _power_up(x: float, n: float) -> float:
    """x^n for x from 0 on, rounded up."""
    if n > MOST_FACTORS:
        return above(value_of("^", x, n), ELEMENTARY)
    result = 1.0
    for _ in range(int(n)):
        result = mul_up(result, x)
    return result


ENCLOSURES["^"] = _pow

# ── monotone functions ───────────────────────────────────────────────────────────────────────


def monotone(
    name: str,
    *,
    falls: bool = False,
    domain: Ends = (-INF, INF),
    is_open: bool = False,
    values: Ends = (-INF, INF),
    fixed: tuple[Ends, ...] = (),
    ulps: float = ELEMENTARY,
) -> None:
    """A function that rises (or falls) on its domain, with ends that belong to it unless it is open: there it
    has the infinite value that it has as a function of floats.

    `values` are the ends of its values, `fixed` pairs arguments with values that are exact.
    """
    exact = dict(fixed)

    def low(x: float) -> float:
        return exact[x] if x in exact else max(below(value_of(name, x), ulps), values[0])

    def high(x: float) -> float:
        return exact[x] if x in exact else min(above(value_of(name, x), ulps), values[1])

    def enclose(x: Ends) -> Found | None:
        first, last = max(x[0], domain[0]), min(x[1], domain[1])
        if first > last:
            return None
        inside = domain[0] <= x[0] and x[1] <= domain[1]
        if is_open:  # infinities are no reals, so that an infinite end is never in question
            inside = inside and all(math.isinf(d) or end != d for end, d in zip(x, domain, strict=True))
        return (low(last), high(first), inside) if falls else (low(first), high(last), inside)

    ENCLOSURES[name] = enclose


ORIGIN = ((0.0, 0.0),)
HALF_TURN = math.pi / 2

monotone("exp", values=(0.0, INF), fixed=((0.0, 1.0), (-INF, 0.0)))
monotone("expm1", values=(-1.0, INF), fixed=ORIGIN)
monotone("exp2", values=(0.0, INF), fixed=((0.0, 1.0), (1.0, 2.0), (-INF, 0.0)))
for _name in ("ln", "log2", "log10"):
    monotone(_name, domain=(0.0, INF), is_open=True, fixed=((1.0, 0.0),))
monotone("log1p", domain=(-1.0, INF), is_open=True, fixed=ORIGIN)
monotone("cbrt", fixed=((0.0, 0.0), (1.0, 1.0), (8.0, 2.0)))
monotone("asin", domain=(-1.0, 1.0), fixed=ORIGIN)
monotone("acos", domain=(-1.0, 1.0), falls=True, values=(0.0, INF), fixed=((1.0, 0.0),))
monotone("atan", fixed=ORIGIN)
monotone("sinh", fixed=ORIGIN)
monotone("tanh", values=(-1.0, 1.0), fixed=ORIGIN)
monotone("asinh", fixed=ORIGIN)
monotone("acosh", domain=(1.0, INF), values=(0.0, INF), fixed=((1.0, 0.0),))
monotone("atanh", domain=(-1.0, 1.0), is_open=True, fixed=ORIGIN)
monotone("sigmoid", values=(0.0, 1.0), fixed=((0.0, 0.5),), ulps=8.0)
monotone("softplus", values=(0.0, INF), ulps=8.0)
monotone("erf", values=(-1.0, 1.0), fixed=ORIGIN, ulps=8.0)
monotone("erfc", values=(0.0, 2.0), falls=True, fixed=((0.0, 1.0),), ulps=16.0)


def _log(x: Ends, base: Ends) -> Found | None:
    if base == (2.0, 2.0) or base == (10.0, 10.0):
        return ENCLOSURES[f"log{base[0]:.0f}"](x)
    above_line, below_line = ENCLOSURES["ln"](x), ENCLOSURES["ln"](base)
    if above_line is None or below_line is None:
        return None
    low, high, continuous = _div(above_line[:2], below_line[:2])
    return low, high, continuous and above_line[2] and below_line[2]


ENCLOSURES["log"] = _log

# ── functions of the absolute value ──────────────────────────────────────────────────────────


def _relu(x: Ends) -> Found:
    return max(x[0], 0.0), max(x[1], 0.0), True


def _abs(x: Ends) -> Found:
    return *magnitudes(x), True


def _one_minus_square(x: Ends) -> Found:
    low, high = magnitudes(x)
    one = (1.0, 1.0)

    def at(end: float) -> Found:
        return _mul(_sub(one, (end, end))[:2], _add(one, (end, end))[:2])

    return at(high)[0], at(low)[1], True


def _even(name: str, *, falls: bool, values: Ends, ulps: float = ELEMENTARY) -> None:
    def enclose(x: Ends) -> Found:
        low, high = magnitudes(x)
        if falls:
            low, high = high, low
        least = max(below(value_of(name, low), ulps), values[0])
        return least, min(above(value_of(name, high), ulps), values[1]), True

    ENCLOSURES[name] = enclose


_even("cosh", falls=False, values=(1.0, INF))
_even("sech", falls=True, values=(0.0, 1.0), ulps=8.0)


def _gauss(x: Ends) -> Found:
    low, high, _ = _square(x)
    found = ENCLOSURES["exp"]((-high, -low))
    assert found is not None
    return found


def _hypot(a: Ends, b: Ends) -> Found:
    (a_low, a_high), (b_low, b_high) = magnitudes(a), magnitudes(b)
    low = max(below(math.hypot(a_low, b_low), ELEMENTARY), a_low, b_low)
    high = above(math.hypot(a_high, b_high), ELEMENTARY)
    return low, a_high + b_high if a_high == 0.0 or b_high == 0.0 else high, True


ENCLOSURES |= {"relu": _relu, "abs": _abs, "one_minus_square": _one_minus_square, "gauss": _gauss}
ENCLOSURES["hypot"] = _hypot

# ── periodic functions ───────────────────────────────────────────────────────────────────────

FARTHEST = 1e9  # from 0, where the place of an extremum is still certain


def _contains(x: Ends, first: float, period: float) -> bool:
    """Whether first + k period may lie in an interval for an integer k."""
    low, high = (x[0] - first) / period, (x[1] - first) / period
    room = 1e-15 * (1.0 + max(math.fabs(low), math.fabs(high)))
    return math.floor(high + room) >= math.ceil(low - room)


def _wave(name: str, top: float) -> Enclose:
    def enclose(x: Ends) -> Found:
        if max(-x[0], x[1]) > FARTHEST or x[1] - x[0] >= 2.0 * math.pi:
            return -1.0, 1.0, True
        at_ends = [value_of(name, end) for end in x]
        low = max(below(min(at_ends), ELEMENTARY), -1.0)
        high = min(above(max(at_ends), ELEMENTARY), 1.0)
        if x == (0.0, 0.0):
            low = high = at_ends[0]
        if _contains(x, top, 2.0 * math.pi):
            high = 1.0
        return -1.0 if _contains(x, top + math.pi, 2.0 * math.pi) else low, high, True

    return enclose


def _tan(x: Ends) -> Found:
    if max(-x[0], x[1]) > FARTHEST or x[1] - x[0] >= math.pi or _contains(x, HALF_TURN, math.pi):
        return LINE
    if x == (0.0, 0.0):
        return 0.0, 0.0, True
    return below(math.tan(x[0]), ELEMENTARY), above(math.tan(x[1]), ELEMENTARY), True


def _atan2(y: Ends, x: Ends) -> Found:
    if x[0] < 0.0 and y[0] <= 0.0 <= y[1]:  # the cut along the negative axis
        return below(-math.pi, 1.0), above(math.pi, 1.0), False
    angles = [math.atan2(b, a) for b in y for a in x]
    around_origin = x[0] <= 0.0 <= x[1] and y[0] <= 0.0 <= y[1]
    if max(y) == 0.0 == min(y) and x[0] > 0.0:
        return 0.0, 0.0, True
    return below(min(angles), ELEMENTARY), above(max(angles), ELEMENTARY), not around_origin


ENCLOSURES |= {"sin": _wave("sin", HALF_TURN), "cos": _wave("cos", 0.0), "tan": _tan, "atan2": _atan2}

# ── steps ────────────────────────────────────────────────────────────────────────────────────


def _step(name: str) -> Enclose:
    def enclose(x: Ends) -> Found:
        low, high = value_of(name, x[0]), value_of(name, x[1])
        return low, high, low == high

    return enclose


for _name in ("sign", "floor", "ceil", "round"):
    ENCLOSURES[_name] = _step(_name)


def _mod(a: Ends, b: Ends) -> Found | None:
    if b == (0.0, 0.0):
        return None
    if b[0] > 0.0 or b[1] < 0.0:
        low, high, _ = _div(a, b)
        if math.isfinite(low) and math.isfinite(high) and math.floor(low) == math.floor(high):
            k = float(math.floor(low))
            low, high, _ = _sub(a, _mul((k, k), b)[:2])
            limits = (0.0, b[1]) if b[0] > 0.0 else (b[0], 0.0)
            return max(low, limits[0]), min(high, limits[1]), True
    return min(b[0], 0.0), max(b[1], 0.0), False


ENCLOSURES["mod"] = _mod
