"""Intervals: a real, or an array of reals, of which a lower and an upper end are known.

A primitive's result contains its values at all reals of its arguments: ends are rounded outwards. An interval
is what a float is to every differentiation, the innermost number; a derivative at one encloses the
derivatives at all its reals. If a test asks what its reals do not agree on, that is an error in a program; a
partial derivative gets the hull of both answers.

Source: R. E. Moore, "Interval Analysis" (1966); terms of IEEE 1788-2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any, TypeAlias

from vlad_py.ground.errors import NothingKnown, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.interval.bundles import by_ends, together
from vlad_py.numbers.interval.enclosures import NOTHING, enclosure_of, refuse, spelling_of
from vlad_py.numbers.interval.rounding import INF, MOST, Ends, Found
from vlad_py.primitives.behaviour import Gamma, OfOrders
from vlad_py.primitives.choice import Condition, Mask, weighed
from vlad_py.primitives.kinds import Choosing, Elementwise, OfMany
from vlad_py.primitives.primitive import PLAIN, Primitive
from vlad_py.primitives.shapes import data_of, element, wrapped
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import show
from vlad_py.values.values import Array, Number, Statics, Value, is_numeric, shape_of

Data: TypeAlias = Any  # a float, or a numpy array
SPLIT = "split the interval: `intervals.halves(x)` gives two, and each may decide it"


class Bounds(Indefinite):
    """The ends, floats or numpy arrays of one shape; `continuous` says that what they were computed by is
    defined and continuous at all reals of its arguments.

    `is_part` says that the library cut it out of what a program asked about. What is defined nowhere on such
    a part has the ends inf and -inf, between which nothing lies, and so has what is computed from it.
    """

    __slots__ = ("continuous", "is_part", "lower", "upper")
    __hash__ = None  # type: ignore[assignment]
    noun = "an interval"
    plural = "intervals"
    hint = "`intervals.middle(x)` is one of its reals"

    def __init__(self, lower: Data, upper: Data, continuous: bool = True, is_part: bool = False) -> None:
        self.lower = lower + 0.0  # no end is -0
        self.upper = upper + 0.0
        self.continuous = continuous
        self.is_part = is_part
        self.shape: tuple[int, ...] = ()
        if type(lower) is not float:
            self.shape = self.lower.shape
            self.lower.flags.writeable = self.upper.flags.writeable = False

    def ends(self, digits: int | None) -> tuple[Value, Value]:
        """Both ends, rounded outwards, so that nothing is lost that they enclose."""
        if digits is None:
            return wrapped(self.lower), wrapped(self.upper)
        return _rounded(self.lower, digits, ROUND_FLOOR), _rounded(self.upper, digits, ROUND_CEILING)

    def text(self) -> str:
        """As a program writes it."""
        return f"interval({show(wrapped(self.lower))}, {show(wrapped(self.upper))})"

    def __repr__(self) -> str:
        return self.text()

    def is_nowhere(self) -> bool:
        """Whether some of it has no values, as what it was computed by is defined nowhere on a part."""
        return self.is_part and bool(np.any(self.lower > self.upper))

    def middle(self) -> Value:
        """The middle, rounded, and so one of its reals; of the whole line 0."""
        low, high = np.clip(self.lower, -MOST, MOST), np.clip(self.upper, -MOST, MOST)
        return wrapped(np.clip(0.5 * low + 0.5 * high, low, high))

    def between(self, low: float, high: float) -> Interval:
        """Those of its reals that lie between two others, between which some lie."""
        lower, upper = np.maximum(self.lower, low), np.minimum(self.upper, high)
        return interval(data_of(wrapped(lower)), data_of(wrapped(upper)), self.continuous, self.is_part)

    # ── what tests ask ──

    def apply(self, primitive: Primitive) -> Value:
        """A piecewise constant primitive."""
        return enclosed(primitive, self)

    def compare(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """`<` and its kin: what holds of all reals, of arrays as 1 and 0. RunError where they disagree."""
        x, y = bounds_of(a), bounds_of(b)
        require_one_shape(primitive, x, y)
        require_values(x, y)
        order: Any = primitive.value  # what it says of the nearest and of the farthest ends
        if order(0.0, 1.0):
            always, sometimes = _order(order, x.upper, y.lower), _order(order, x.lower, y.upper)
        else:
            always, sometimes = _order(order, x.lower, y.upper), _order(order, x.upper, y.lower)
        decided = verdict(sometimes, np.logical_not(always))
        if type(decided) is Doubt:
            raise undecided(primitive.name, a, b)
        return Array(decided.data.astype(np.float64)) if type(decided) is Mask else decided

    def equals(self, other: Value) -> bool:
        """Whether two primals are equal. RunError where they may be, and may not be."""
        require_values(self, bounds_of(other))
        if shape_of(other) != self.shape:
            return False
        found = self == other
        if type(found) is Doubt:
            raise undecided("==", self, other)
        return found if type(found) is bool else bool(found.data.all())

    def __eq__(self, other: object) -> Condition:
        if type(other) is not Bounds and not is_numeric(other):
            return NotImplemented  # so they are not equal
        x, y = self, bounds_of(other)
        if type(other) is float and not math.isfinite(other):
            return verdict(np.zeros(x.shape, bool), np.ones(x.shape, bool))  # no real is
        possible = np.logical_and(x.lower <= y.upper, y.lower <= x.upper)
        certain = np.logical_and(x.lower == y.upper, x.upper == y.lower)
        return verdict(possible, np.logical_not(certain))

    def __ne__(self, other: object) -> Condition:
        return False if other is self else not (self == other)

    def __gt__(self, other: Value) -> Condition:
        x, y = self, bounds_of(other)
        return verdict(np.greater(x.upper, y.lower), np.less_equal(x.lower, y.upper))

    def __lt__(self, other: Value) -> Condition:
        return bounds_of(other) > self


class Doubt:
    """A condition, or one for each element, that may hold (`holds`) and may not (`fails`)."""

    __slots__ = ("fails", "holds")

    def __init__(self, holds: Data, fails: Data) -> None:
        self.holds = holds
        self.fails = fails

    def __bool__(self) -> bool:
        raise RunError("the order of these intervals is undecided: they overlap", hint=SPLIT)

    def both(self, other: Condition) -> Condition:
        """Whether another condition holds as well."""
        if type(other) is not Doubt:
            data = other.data if type(other) is Mask else other
            other = Doubt(data, np.logical_not(data))
        return verdict(np.logical_and(self.holds, other.holds), np.logical_or(self.fails, other.fails))

    def negated(self) -> Condition:
        """Whether the condition does not hold."""
        return verdict(self.fails, self.holds)

    def select(self, yes: Value, no: Value) -> Value:
        """A value that encloses both where either is possible, part by part."""
        if yes is no:
            return yes
        return weighed(
            self._hull, self._weight(self.holds, self.fails), self._weight(self.fails, self.holds), yes, no
        )

    def _hull(self, yes: Value, no: Value) -> Value:
        x, y = bounds_of(_primal(yes)), bounds_of(_primal(no))
        lower = np.minimum(np.where(self.holds, x.lower, INF), np.where(self.fails, y.lower, INF))
        upper = np.maximum(np.where(self.holds, x.upper, -INF), np.where(self.fails, y.upper, -INF))
        return interval(data_of(wrapped(lower)), data_of(wrapped(upper)), *inherited((x, y)))

    def _weight(self, here: Data, there: Data) -> Interval:
        ends = np.where(there, 0.0, 1.0), np.where(here, 1.0, 0.0)
        return interval(*(data_of(wrapped(np.asarray(end))) for end in ends))


def verdict(holds: Data, fails: Data) -> Condition:
    """The condition that may hold where `holds` says so, and may fail where `fails` does."""
    if np.logical_and(holds, fails).any():
        return Doubt(holds, fails)
    return bool(holds) if np.ndim(holds) == 0 else Mask(np.asarray(holds))


def _order(order: Callable[..., Any], a: Data, b: Data) -> Any:
    return np.asarray(order(np.asarray(a), np.asarray(b)))


def undecided(name: str, a: Value, b: Value) -> RunError:
    """The error for a comparison on which the reals of intervals do not agree."""
    sides = f"{show(a)} {name} {show(b)}"
    return RunError(f"`{sides}` is true for some reals of an interval and false for others", hint=SPLIT)


class Interval(Number):
    """A number that lies within bounds, its primal. Its tag is below all others: it is what a float is."""

    __slots__ = ()
    primal: Bounds

    def __init__(self, primal: Bounds) -> None:
        self.tag = 0
        self.primal = primal

    def lift1(self, primitive: Elementwise) -> Value:
        """A primitive of one real, element by element."""
        if (spelt := spelling_of(primitive)) is not None:
            return spelt(self)
        return enclosed(primitive, self.primal)

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Value:
        """A primitive of two reals, element by element."""
        if (spelt := spelling_of(primitive)) is not None:
            return spelt(a, b)
        return enclosed(primitive, bounds_of(_primal(a)), bounds_of(_primal(b)))

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive of many reals, or of arrays."""
        if (spelt := spelling_of(primitive)) is not None:
            return spelt(*numbers, **statics)
        if isinstance(primitive, OfMany):
            parts = [bounds_of(_primal(x)) for x in numbers]
            found = together(primitive)([(x.lower, x.upper) for x in parts])
            return interval(*found, *inherited(parts))
        refuse(primitive)
        if isinstance(primitive.behaviour, (Gamma, OfOrders)):
            return enclosed(primitive, *(bounds_of(_primal(x)) for x in numbers))
        if isinstance(primitive, Choosing) and type(numbers[0]) is Interval:
            raise RunError("`where` cannot choose by intervals", hint=Bounds.hint)
        known = [_known(x) for x in numbers]
        own = [x for x in known if type(x) is Bounds]
        lower, upper = ([_end(x, end) for x in known] for end in ("lower", "upper"))
        ends = by_ends(primitive, lower, upper, statics)
        if ends is None:
            raise NothingKnown(f"`{primitive.called}` of intervals is unknown", hint=Bounds.hint)
        return interval(data_of(ends[0]), data_of(ends[1]), *inherited(own))

    def element(self, i: int) -> Interval:
        """The i-th element of an array."""
        x = self.primal
        low, high = element(Array(x.lower), i), element(Array(x.upper), i)
        return interval(data_of(low), data_of(high), x.continuous, x.is_part)


def _rounded(data: Data, digits: int, rounding: str) -> Value:
    context = Context(prec=digits, rounding=rounding)

    def each(x: float) -> float:
        return float(context.create_decimal(x)) if math.isfinite(x) else x

    if type(data) is float:
        return each(data)
    return wrapped(np.array([each(x) for x in data.ravel().tolist()], np.float64).reshape(data.shape))


def _known(x: Value) -> Value:
    """An interval as bounds, and so a constant that is not finite; another constant as it is."""
    if type(x) is Interval or (type(x) in PLAIN and not np.isfinite(data_of(x)).all()):
        return bounds_of(_primal(x))
    return x


def _end(x: Value, end: str) -> Value:
    return wrapped(getattr(x, end)) if type(x) is Bounds else x


def _primal(x: Value) -> Value:
    return x.primal if type(x) is Interval else x


def interval(lower: Data, upper: Data, continuous: bool = True, is_part: bool = False) -> Interval:
    """The reals between two ends, or the arrays between two arrays of one shape."""
    return Interval(Bounds(lower, upper, continuous, is_part))


def inherited(xs: Sequence[Bounds]) -> tuple[bool, bool]:
    """For a value computed from bounds: whether it is continuous so far, and whether it is of a part."""
    return all(x.continuous for x in xs), any(x.is_part for x in xs)


def require_values(*xs: Bounds) -> None:
    """RunError where some of these bounds have no values."""
    if any(x.is_nowhere() for x in xs):
        raise RunError(
            "there are no values here: a function is defined nowhere on this part",
            hint="call it on an interval where it is defined",
        )


def require_one_shape(primitive: Primitive, *xs: Bounds) -> None:
    """RunError where the shapes of bounds do not broadcast."""
    try:
        np.broadcast_shapes(*(x.shape for x in xs))
    except ValueError:
        primitive.on_arrays(*(wrapped(x.lower) for x in xs))  # says what is wrong


def bounds_of(primal: Any) -> Bounds:
    """Any innermost primal as bounds: nan may be any real, an infinity lies beyond the greatest float."""
    if type(primal) is Bounds:
        return primal
    if isinstance(primal, Indefinite):
        if primal.is_asked_first:
            raise primal.several()
        raise RunError(f"an interval and {primal.noun} cannot be combined")
    data = data_of(primal)
    if type(data) is float and math.isfinite(data):
        return Bounds(data, data)
    known = not np.isnan(data).any()
    lower = np.where(np.isnan(data), -INF, np.minimum(data, MOST))
    upper = np.where(np.isnan(data), INF, np.maximum(data, -MOST))
    return Bounds(data_of(wrapped(lower)), data_of(wrapped(upper)), known)


def enclosed(primitive: Primitive, *xs: Bounds) -> Value:
    """A primitive of one or two reals on bounds; an end that is nan may be anywhere. RunError where it is
    defined nowhere in them, unless they are a part.
    """
    enclose = enclosure_of(primitive)
    continuous, is_part = inherited(xs)

    def found_at(*given: Ends) -> Found:
        ends = [(low if low == low else -INF, high if high == high else INF) for low, high in given]
        found = None if is_part and any(low > high for low, high in ends) else enclose(*ends)
        if found is not None:
            return found
        if is_part:
            return *NOTHING, False
        raise RunError(f"`{primitive.called}` is defined nowhere on {', '.join(x.text() for x in xs)}")

    if all(x.shape == () for x in xs):
        found = found_at(*((x.lower, x.upper) for x in xs))
        return interval(found[0], found[1], found[2] and continuous, is_part)
    require_one_shape(primitive, *xs)
    columns = np.broadcast_arrays(*(end for x in xs for end in (x.lower, x.upper)))
    rows = zip(*(column.ravel().tolist() for column in columns), strict=True)
    pairs = [tuple(zip(row[::2], row[1::2], strict=True)) for row in rows]
    several = [found_at(*ends) for ends in pairs]
    shape = columns[0].shape
    low, high = (np.array([found[i] for found in several], np.float64).reshape(shape) for i in (0, 1))
    return interval(low, high, continuous and all(found[2] for found in several), is_part)
