"""Enclosures of primitives at intervals, from the facts in their entries: functions from ends to ends.

Each returns `(lower, upper, continuous)`: two ends with all values between them, at the reals of the interval
where the primitive is defined, and whether it is defined and continuous at all reals of the interval; None if
it is defined nowhere. The values themselves are the primitive's own, with room for the error of Python's
functions.

Sources: R. E. Moore, "Interval Analysis" (1966); the words and the restriction to where a function is defined
are those of IEEE 1788-2015, whose decoration `dac` is `continuous` here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from vlad_py.ground.errors import NothingKnown, RunError
from vlad_py.numbers.interval import incomplete
from vlad_py.numbers.interval.rounding import (
    INF,
    LINE,
    Ends,
    Found,
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
from vlad_py.primitives.arithmetic import pow
from vlad_py.primitives.behaviour import (
    ELEMENTARY,
    Angle,
    Behaviour,
    Branches,
    Even,
    Gamma,
    LogToBase,
    Monotone,
    OfOrders,
    Remainder,
    Ulps,
    Wave,
    Within,
)
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import OfReals, Step
from vlad_py.primitives.primitive import PRIMITIVES, Primitive

Enclose: TypeAlias = Callable[..., Found | None]

NOTHING: Ends = (INF, -INF)  # the ends of no reals at all, which no entry of the table has to know


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


def product(a: Ends, b: Ends) -> Found:
    """The products of two intervals' reals."""
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


def square(x: Ends) -> Found:
    """The squares of an interval's reals."""
    low, high = magnitudes(x)
    return mul_down(low, low), mul_up(high, high), True


def root(x: Ends) -> Found | None:
    """The square roots of an interval's reals; None if they have none."""
    if x[1] < 0.0:
        return None
    return sqrt_down(max(x[0], 0.0)), sqrt_up(x[1]), x[0] >= 0.0


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
    return found


def value_of_power(x: float, n: float) -> float:
    """x^n, as the language computes it."""
    found: float = pow(x, n)
    return found


def _corners(x: Ends, n: Ends) -> Ends:
    # x^n is monotone in either of them
    powers = [value_of_power(a, b) for a in x for b in n]
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
        return max(below(value_of_power(x, n), ELEMENTARY), 0.0)
    result = 1.0
    for _ in range(int(n)):
        result = mul_down(result, x)
    return result


def _power_up(x: float, n: float) -> float:
    """x^n for x from 0 on, rounded up."""
    if n > MOST_FACTORS:
        return above(value_of_power(x, n), ELEMENTARY)
    result = 1.0
    for _ in range(int(n)):
        result = mul_up(result, x)
    return result


# ── by what is known of a function ───────────────────────────────────────────────────────────

Value: TypeAlias = Callable[..., float]


def _room(ulps: Ulps, x: float) -> float:
    return ulps(x) if callable(ulps) else ulps


def _monotone(value: Value, known: Monotone) -> Enclose:
    exact = dict(known.fixed)
    domain, values = known.domain, known.values

    def low(x: float) -> float:
        return exact[x] if x in exact else max(below(value(x), _room(known.ulps, x)), values[0])

    def high(x: float) -> float:
        return exact[x] if x in exact else min(above(value(x), _room(known.ulps, x)), values[1])

    def enclose(x: Ends) -> Found | None:
        first, last = max(x[0], domain[0]), min(x[1], domain[1])
        if first > last:
            return None
        inside = domain[0] <= x[0] and x[1] <= domain[1]
        if known.is_open:  # infinities are not reals, so an infinite end is never in question
            inside = inside and all(math.isinf(d) or end != d for end, d in zip(x, domain, strict=True))
        return (low(last), high(first), inside) if known.falls else (low(first), high(last), inside)

    return enclose


def _even(value: Value, known: Even) -> Enclose:
    """For several arguments, each by itself; for two it is exact if one is 0, and the other is that value."""
    exact = dict(known.fixed)
    values = known.values

    def room(xs: tuple[float, ...]) -> float:
        return 0.0 if len(xs) > 1 and min(xs) == 0.0 else _room(known.ulps, xs[0])

    def enclose(*args: Ends) -> Found:
        sizes = [magnitudes(x) for x in args]
        near, far = (tuple(size[i] for size in sizes) for i in (0, 1))
        if known.falls:
            near, far = far, near
        low = exact[near[0]] if near[0] in exact else max(below(value(*near), room(near)), values[0])
        high = exact[far[0]] if far[0] in exact else min(above(value(*far), room(far)), values[1])
        return low, high, True

    return enclose


# ── periodic functions ───────────────────────────────────────────────────────────────────────

FARTHEST = 1e9  # from 0, where the place of an extremum is still certain


def _contains(x: Ends, first: float, period: float) -> bool:
    """Whether first + k period may lie in an interval for an integer k."""
    low, high = (x[0] - first) / period, (x[1] - first) / period
    room = 1e-15 * (1.0 + max(math.fabs(low), math.fabs(high)))
    return math.floor(high + room) >= math.ceil(low - room)


def _wave(value: Value, known: Wave) -> Enclose:
    def enclose(x: Ends) -> Found:
        if max(-x[0], x[1]) > FARTHEST or x[1] - x[0] >= 2.0 * math.pi:
            return -1.0, 1.0, True
        at_ends = [value(end) for end in x]
        low = max(below(min(at_ends), ELEMENTARY), -1.0)
        high = min(above(max(at_ends), ELEMENTARY), 1.0)
        if x == (0.0, 0.0):
            low = high = at_ends[0]
        if _contains(x, known.top, 2.0 * math.pi):
            high = 1.0
        return -1.0 if _contains(x, known.top + math.pi, 2.0 * math.pi) else low, high, True

    return enclose


def _branches(value: Value, known: Branches) -> Enclose:
    def enclose(x: Ends) -> Found:
        if max(-x[0], x[1]) > FARTHEST or x[1] - x[0] >= known.period:
            return LINE
        if _contains(x, known.pole, known.period):
            return LINE
        if x == (0.0, 0.0):
            return 0.0, 0.0, True
        return below(value(x[0]), ELEMENTARY), above(value(x[1]), ELEMENTARY), True

    return enclose


# ── functions of two reals ───────────────────────────────────────────────────────────────────


def _log(x: Ends, base: Ends) -> Found | None:
    if base == (2.0, 2.0) or base == (10.0, 10.0):
        return enclosure_of(PRIMITIVES[f"log{base[0]:.0f}"])(x)
    logarithm = enclosure_of(PRIMITIVES["ln"])
    above_line, below_line = logarithm(x), logarithm(base)
    if above_line is None or below_line is None:
        return None
    low, high, continuous = _div(above_line[:2], below_line[:2])
    return low, high, continuous and above_line[2] and below_line[2]


def _atan2(y: Ends, x: Ends) -> Found:
    if x[0] < 0.0 and y[0] <= 0.0 <= y[1]:  # the cut along the negative axis
        return below(-math.pi, 1.0), above(math.pi, 1.0), False
    angles = [math.atan2(b, a) for b in y for a in x]
    around_origin = x[0] <= 0.0 <= x[1] and y[0] <= 0.0 <= y[1]
    if max(y) == 0.0 == min(y) and x[0] > 0.0:
        return 0.0, 0.0, True
    return below(min(angles), ELEMENTARY), above(max(angles), ELEMENTARY), not around_origin


def _mod(a: Ends, b: Ends) -> Found | None:
    if b == (0.0, 0.0):
        return None
    if b[0] > 0.0 or b[1] < 0.0:
        low, high, _ = _div(a, b)
        if math.isfinite(low) and math.isfinite(high) and math.floor(low) == math.floor(high):
            k = float(math.floor(low))
            low, high, _ = _sub(a, product((k, k), b)[:2])
            limits = (0.0, b[1]) if b[0] > 0.0 else (b[0], 0.0)
            return max(low, limits[0]), min(high, limits[1]), True
    return min(b[0], 0.0), max(b[1], 0.0), False


def _step(value: Value) -> Enclose:
    def enclose(x: Ends) -> Found:
        low, high = value(x[0]), value(x[1])
        return low, high, low == high

    return enclose


# ── every primitive of reals, element by element ─────────────────────────────────────────────

_BY_FORM: dict[Form, Enclose] = {
    Form.SUM: _add,
    Form.DIFFERENCE: _sub,
    Form.NEGATIVE: _neg,
    Form.PRODUCT: product,
    Form.QUOTIENT: _div,
    Form.SQUARE: square,
    Form.ROOT: root,
    Form.POWER: _pow,
}


def spelling_of(primitive: Primitive) -> Callable[..., Any] | None:
    """The expression of a primitive by others, if its entry has nothing else to say about it."""
    if primitive.behaviour is not None or primitive.form is not None or isinstance(primitive, Step):
        return None
    if primitive.without_intervals is not None:
        return None
    return primitive.spelt if isinstance(primitive, OfReals) else None


def enclosure_of(primitive: Primitive) -> Enclose:
    """The enclosure of an elementwise primitive. RunError if its entry has no facts for one."""
    return _enclosure(primitive, primitive.behaviour)


@cache
def _enclosure(primitive: Primitive, known: Behaviour | None) -> Enclose:
    value: Any = primitive.value
    match known:
        case Monotone():
            return _monotone(value, known)
        case Even():
            return _even(value, known)
        case Wave():
            return _wave(value, known)
        case Branches():
            return _branches(value, known)
        case Gamma() | OfOrders():
            return incomplete.enclosure(known, primitive)
        case LogToBase():
            return _log
        case Angle():
            return _atan2
        case Remainder():
            return _mod
        case Within():
            return lambda *_: (*known.values, False)
    if primitive.form in _BY_FORM:
        return _BY_FORM[primitive.form]
    if isinstance(primitive, Step):
        return _step(value)
    refuse(primitive)
    raise NothingKnown(
        f"`{primitive.called}` of intervals is unknown", hint="an entry with a `behaviour` says what it is"
    )


def refuse(primitive: Primitive) -> None:
    """RunError with the reason why a primitive has no enclosure, if its entry has one."""
    if primitive.without_intervals is not None:
        reason, hint = primitive.without_intervals
        raise RunError(f"`{primitive.called}` of intervals is not defined: {reason}", hint=hint)
