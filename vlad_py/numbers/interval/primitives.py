"""Primitives that make intervals and take them apart. They carry no derivative, and refuse to lose one."""

from __future__ import annotations

from typing import Any

from vlad_py.ground.errors import NoDerivative, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.interval.interval import Bounds, bounds_of, enclosed, interval, require_values
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.primitives.shapes import data_of, wrapped
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, describe_array, not_numbers, show
from vlad_py.values.structure import leaves, transform
from vlad_py.values.values import Number, Value, is_numeric, plain


def _ends_of(name: str, x: Value) -> Bounds:
    if not is_numeric(x):
        raise not_numbers(f"`{name}` expects a real or an interval", x)
    _refuse_tagged(name, x)
    primal: Any = plain(x)
    if type(primal) is Bounds:
        require_values(primal)
        return primal
    if isinstance(primal, Indefinite):
        raise not_numbers(f"`{name}` expects a real or an interval", x)
    data = data_of(primal)
    return Bounds(data, data)


def _refuse_tagged(name: str, x: Value) -> None:
    if isinstance(x, Number) and x.tag:
        raise NoDerivative(
            f"`{name}` has no derivative, but its argument is being differentiated",
            hint="`stop_gradient(x)` is x as a constant",
        )


def _interval(lower: Value, upper: Value) -> Value:
    ends = []
    for position, x in (("lower", lower), ("upper", upper)):
        if not is_numeric(x) or isinstance(plain(x), Indefinite):
            hint = "`intervals.hull(x, y)` encloses two intervals" if type(plain(x)) is Bounds else ""
            raise not_numbers(f"`interval` expects a real as its {position} end", x, hint=hint)
        _refuse_tagged("interval", x)
        ends.append(data_of(plain(x)))
    low, high = ends
    if np.shape(low) != np.shape(high):
        got = f"{describe(lower)} and {describe(upper)}"
        raise RunError(f"`interval` expects ends of the same shape, got {got}")
    if not (np.all(low <= high) and np.all(low < np.inf) and np.all(high > -np.inf)):
        got = f"`{show(lower)}` and `{show(upper)}`"
        raise RunError(
            f"`interval` expects a lower end and an upper end that is not below it, got {got}",
            hint="an end may be infinite only outwards: `interval(0, inf)`",
        )
    return interval(low, high)


structural(
    "interval",
    2,
    doc="interval(a, b) stands for a real known to lie between a and b, or an array between "
    "two arrays. Functions of intervals contain all values at their reals; a test on which these disagree "
    "is an error. See `import intervals`.",
    example="interval(1, 2) ^ 2, derivative(fn x => x ^ 3)(interval(1, 2))",
    value=_interval,
)


def _lower(x: Value) -> Value:
    return wrapped(_ends_of("lower", x).lower)


def _upper(x: Value) -> Value:
    return wrapped(_ends_of("upper", x).upper)


def _middle(x: Value) -> Value:
    return _ends_of("middle", x).middle()


def _width(x: Value) -> Value:
    ends = _ends_of("width", x)
    low, high = (Bounds(end, end) for end in (ends.lower, ends.upper))
    if np.isinf(ends.lower).any() or np.isinf(ends.upper).any():
        return wrapped(np.nextafter(ends.upper - ends.lower, np.inf))
    found: Any = plain(enclosed(PRIMITIVES["-"], high, low))
    return wrapped(found.upper)


def _continuous(x: Value) -> Value:
    found = (plain(leaf) for leaf in leaves(x))
    return all(primal.continuous for primal in found if type(primal) is Bounds)


def _meet(x: Value, y: Value) -> Value:
    a, b = _of_one_shape("meet", _ends_of("meet", x), _ends_of("meet", y))
    low, high = np.maximum(a.lower, b.lower), np.minimum(a.upper, b.upper)
    if not np.all(low <= high):
        raise RunError(f"no real is in both {a.text()} and {b.text()}", hint="ask `intervals.overlap(x, y)`")
    return interval(data_of(wrapped(low)), data_of(wrapped(high)), a.continuous and b.continuous)


def _hull(x: Value, y: Value) -> Value:
    a, b = _of_one_shape("hull", *(bounds_of(plain(_checked("hull", side))) for side in (x, y)))
    low, high = np.minimum(a.lower, b.lower), np.maximum(a.upper, b.upper)
    return interval(data_of(wrapped(low)), data_of(wrapped(high)), a.continuous and b.continuous)


def _of_one_shape(name: str, a: Bounds, b: Bounds) -> tuple[Bounds, Bounds]:
    if a.shape != b.shape and () not in (a.shape, b.shape):
        raise RunError(
            f"`{name}` expects intervals of the same shape, got {describe_array(a.shape)} and "
            f"{describe_array(b.shape)}"
        )
    return a, b


def _checked(name: str, x: Value) -> Value:
    _ends_of(name, x)
    return x


def _point(x: Value) -> Value:
    """A structure with its reals as intervals of one real each, for rounding to be enclosed."""

    def leaf(value: Value) -> Value:
        if not is_numeric(value):
            return value
        _refuse_tagged("point", value)
        primal: Any = plain(value)
        if type(primal) is Bounds:
            return value
        ends = _ends_of("point", value)
        return interval(ends.lower, ends.upper)

    return transform(x, leaf)


def _part(x: Value) -> Value:
    """A structure of reals and intervals, as a part of one that a program asked about."""

    def leaf(value: Value) -> Value:
        if not is_numeric(value):
            return value
        ends = _ends_of("part", value)
        return interval(ends.lower, ends.upper, ends.continuous, is_part=True)

    return transform(x, leaf)


def _is_nowhere(x: Value) -> Value:
    found = (plain(leaf) for leaf in leaves(x))
    return any(primal.is_nowhere() for primal in found if type(primal) is Bounds)


def _defined_nowhere(x: Value) -> Value:
    raise RunError(f"the function is defined nowhere on {show(x)}")


def _is_interval(x: Value) -> Value:
    return is_numeric(x) and type(plain(x)) is Bounds


for _name, _arity, _doc, _value in (
    ("interval_lower", 1, "interval_lower(x): the lower end; of a real itself.", _lower),
    ("interval_upper", 1, "interval_upper(x): the upper end; of a real itself.", _upper),
    ("interval_middle", 1, "interval_middle(x): a real in the middle.", _middle),
    ("interval_width", 1, "interval_width(x): the distance of the ends, rounded up.", _width),
    ("interval_meet", 2, "interval_meet(x, y): the reals in both.", _meet),
    ("interval_hull", 2, "interval_hull(x, y): all reals between those of both.", _hull),
    ("interval_point", 1, "interval_point(x): x, its reals as intervals of one real each.", _point),
    ("interval_part", 1, "interval_part(x): x, where being defined nowhere is not an error.", _part),
    ("is_nowhere", 1, "is_nowhere(y): whether some of y has no values on a part.", _is_nowhere),
    (
        "defined_nowhere",
        1,
        "defined_nowhere(x): the error of a function without values on x.",
        _defined_nowhere,
    ),
    ("is_interval", 1, "is_interval(x): whether x is an interval.", _is_interval),
    ("is_continuous", 1, "is_continuous(x): whether all that made x is continuous there.", _continuous),
):
    structural(_name, _arity, doc=_doc, value=_value, internal=True, gives_boolean=_name.startswith("is_"))
