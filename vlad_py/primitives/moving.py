"""Arrays rolled, repeated, padded and cut to a triangle: functions that only move elements about."""

from __future__ import annotations

from math import log2, prod
from typing import Any

from vlad_py.ground.asking import ask_elements, ask_work
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.apart import of_elements
from vlad_py.primitives.axes import (
    array_of,
    axis_among,
    check_dimensions,
    check_size,
    checked_axis,
    one_axis,
    split_options,
    whole_number,
)
from vlad_py.primitives.choice import choose
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import rearranging
from vlad_py.primitives.primitive import MANY, Adjoint, Apply
from vlad_py.primitives.shapes import broadcast_to, gather, reshape_to
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Array, Record, Value, is_real, shape_of


def _array_and(name: str, what: str, argument: Value) -> tuple[Value, Value, int | None]:
    """The array, the second argument, and perhaps the axis that a program gave. RunError for others."""
    given, options = split_options(name, argument)
    if type(given) is not tuple or len(given) != 2:
        raise not_numbers(f"`{name}` expects an array and {what}", given)
    array_of(name, given[0])
    return given[0], given[1], None if options is None else axis_among(options)


WORK_OF_SORTING = 5  # for each element and each halving


def gather_along(x: Value, places: np.ndarray, axis: int) -> Value:
    """The elements of an array along an axis, in another order in each row, as np.take_along_axis."""
    if places.ndim == 1:
        return gather(x, index=places)
    index: list[Any] = list(np.indices(places.shape, sparse=True))
    index[axis] = places
    return gather(x, index=tuple(index))


def order_along(data: np.ndarray, axis: int) -> np.ndarray:
    """The places of the elements along an axis, from the least to the greatest; equal ones keep their order,
    nan comes last. LimitError if the limits do not leave time for it.
    """
    ask_work(WORK_OF_SORTING * data.size * log2(data.shape[axis] + 2))
    found: np.ndarray = np.argsort(data, axis, kind="stable")
    return found


rolled: Apply = rearranging(
    "rolled",
    doc="rolled(x, by, axis): the array turned along an axis: what leaves at the end comes first.",
    value=lambda x, *, by, axis: Array(np.roll(x.data, by, axis)),
    adjoint=lambda x, *, by, axis: Adjoint(rolled, by=-by, axis=axis),
    batched=lambda items, *, by, axis: rolled(items, by=by, axis=axis + 1),
    text=lambda shapes, by, axis: f"roll({{0}}, {by}, {{{{axis: {axis}}}}})",
)


def _roll(argument: Value) -> Value:
    x, count, axis = _array_and("roll", "a number of places", argument)
    by = whole_number("roll", "a number of places", count)
    return rolled(x, by=by, axis=checked_axis("roll", x, axis or 0))


structural(
    "roll",
    MANY,
    doc="roll(a, n) is the array a with its elements n places further, and the last n first; for a matrix, "
    "with its rows; along another axis: `roll(m, n, {axis: 1})`.",
    example="roll([1, 2, 3], 1)",
    value=_roll,
)


def _repeat(argument: Value) -> Value:
    x, count, axis = _array_and("repeat", "a number of times", argument)
    if len(shape_of(count)) == 1:
        return _repeated_each(x, count, one_axis("repeat", x, axis))
    n = whole_number("repeat", "a number of times", count, 0.0)
    place = one_axis("repeat", x, axis)
    before, size, after = shape_of(x)[:place], shape_of(x)[place], shape_of(x)[place + 1 :]
    apart = reshape_to(x, shape=(*before, size, 1, *after))
    return reshape_to(broadcast_to(apart, (*before, size, n, *after)), shape=(*before, size * n, *after))


def _repeated_each(x: Value, counts: Value, axis: int) -> Value:
    """Each row along an axis as often as an array says."""
    times = [whole_number("repeat", "numbers of times", count, 0.0) for count in of_elements(counts)]
    size = shape_of(x)[axis]
    if len(times) != size:
        raise RunError(f"`repeat` expects {size} numbers of times for {describe(x)}, got {len(times)}")
    check_size((sum(times),))
    return gather(x, index=(*(slice(None),) * axis, np.repeat(np.arange(size), times)))


structural(
    "repeat",
    MANY,
    doc="repeat(a, n): each element of a vector n times, one after the other, or each as often as a vector n "
    "says; for a matrix along an axis: `repeat(m, n, {axis: 0})`. `tile` repeats the whole array.",
    example="repeat([1, 2], 3)",
    value=_repeat,
)


def _tile(x: Value, times: Value) -> Value:
    shape: Any = array_of("tile", x)
    given = times if type(times) is tuple else (times,)
    counts: Any = tuple([whole_number("tile", "numbers of times", count, 0.0) for count in given])
    dimensions = max(len(shape), len(counts))
    shape = (1,) * (dimensions - len(shape)) + shape
    counts = (1,) * (dimensions - len(counts)) + counts
    check_dimensions(2 * dimensions)
    check_size(tuple(count * size for count, size in zip(counts, shape)))
    apart = reshape_to(x, shape=tuple(size for own in shape for size in (1, own)))
    many = broadcast_to(apart, tuple(size for pair in zip(counts, shape) for size in pair))
    return reshape_to(many, shape=tuple(count * size for count, size in zip(counts, shape)))


structural(
    "tile",
    2,
    doc="tile(a, n): the array n times side by side, along its last dimension; tile(a, (n, m)) n times along "
    "the last but one and m times along the last.",
    example="tile([1, 2], 2), tile([1, 2], (2, 1))",
    value=_tile,
)


def _padded(x: Array, widths: Any) -> Array:
    sizes = zip(widths, x.data.shape, strict=True)
    ask_elements(prod(before + size + after for (before, after), size in sizes))
    return Array(np.pad(x.data, widths))


padded: Apply = rearranging(
    "padded",
    drops=True,
    doc="padded(x, widths): the array among zeros, so many before and after it along each dimension.",
    value=lambda x, *, widths: _padded(x, widths),
    adjoint=lambda x, *, widths: Adjoint(
        gather,
        index=tuple(
            slice(before, before + size) for (before, _), size in zip(widths, shape_of(x), strict=True)
        ),
    ),
    batched=lambda items, *, widths: padded(items, widths=((0, 0), *widths)),
)


PAD_MODES = ("zeros", "edge", "reflect", "wrap")


def _pad(argument: Value) -> Value:
    given, options = split_options("pad", argument, ("axis", "mode", "value"))
    if type(given) is not tuple or len(given) != 2:
        raise not_numbers("`pad` expects an array and a number of elements", given)
    x, width = given
    array_of("pad", x)
    axis = None if options is None else axis_among(options)
    place = checked_axis("pad", x, axis)
    widths = _widths(x, width, place)
    check_size(tuple(sum(ends) + size for ends, size in zip(widths, shape_of(x))))
    mode, value = _padding(options)
    if mode != "zeros":
        return _padded_by_own(x, widths, mode)
    zeros = padded(x, widths=widths)
    if value == 0.0:
        return zeros
    inside = np.pad(np.ones(shape_of(x)), widths)
    return choose(Array(inside), zeros, value)


def _widths(x: Value, width: Value, axis: int | None) -> tuple[tuple[int, int], ...]:
    """How many elements come before and after each dimension. RunError for what says no such numbers."""
    dimensions = len(shape_of(x))
    if type(width) is tuple and any(type(pair) is tuple for pair in width):
        if axis is not None or len(width) != dimensions:
            got = f"{describe(width)} for {describe(x)}" if axis is None else "these and an axis"
            hint = "`pad(a, ((1, 2), (0, 3)))` has a pair for each dimension of a matrix"
            raise RunError(f"`pad` expects a pair of numbers for each dimension, got {got}", hint=hint)
        return tuple([_ends(pair) for pair in width])
    ends = _ends(width)
    return tuple(ends if axis in (None, i) else (0, 0) for i in range(dimensions))


def _ends(width: Value) -> tuple[int, int]:
    both = width if type(width) is tuple and len(width) == 2 else (width, width)
    before, after = [whole_number("pad", "a number of elements", end, 0.0) for end in both]
    return before, after


def _padding(options: Record | None) -> tuple[str, Value]:
    """The mode, and the real that stands where that is "zeros". RunError for others, and for both."""
    mode = None if options is None else options.get("mode")
    value = None if options is None else options.get("value")
    if mode is not None and mode not in PAD_MODES[1:]:
        listed = ", ".join(f'"{each}"' for each in PAD_MODES[1:-1])
        got = f'"{mode}"' if isinstance(mode, str) else describe(mode)
        hint = "without a mode, zeros are put there, and with `{value: c}` the real c"
        raise RunError(f'the mode of `pad` is {listed} or "{PAD_MODES[-1]}", got {got}', hint=hint)
    if value is not None and not is_real(value):
        raise RunError(f"the value of `pad` must be a real, got {describe(value)}")
    if mode is not None and value is not None:
        raise RunError("`pad` takes a mode or a value, got both")
    return ("zeros", 0.0 if value is None else value) if mode is None else (str(mode), 0.0)


def _padded_by_own(x: Value, widths: tuple[tuple[int, int], ...], mode: str) -> Value:
    """The array with elements of its own around it, as np.pad has them. RunError where it has none."""
    for axis, (size, ends) in enumerate(zip(shape_of(x), widths, strict=True)):
        if ends == (0, 0):
            continue
        if not size:
            raise RunError(f'`pad` with the mode "{mode}" expects at least one element, got {describe(x)}')
        places = np.pad(np.arange(size), ends, mode)  # type: ignore[call-overload]
        x = gather(x, index=(*(slice(None),) * axis, places))
    return x


structural(
    "pad",
    MANY,
    doc="pad(a, n): the array with n zeros before and after it, along every dimension; pad(a, (n, m)) with n "
    "before it and m after it; pad(a, ((n, m), (k, l))) with a pair for each dimension; along one axis: "
    "`pad(a, n, {axis: 0})`. `{value: c}` puts the real c there. "
    '`{mode: "edge"}` repeats the last element, `{mode: "reflect"}` goes back from it, and `{mode: "wrap"}` '
    "goes on from the other end.",
    example='pad([1, 2], 1), pad([1, 2], (0, 2)), pad([1, 2, 3], 2, {mode: "reflect"})',
    value=_pad,
)

triangle: Apply = rearranging(
    "triangle",
    drops=True,
    doc="triangle(x, k, lower): a matrix with zeros above its k-th diagonal, or below it.",
    value=lambda x, *, k, lower: Array((np.tril if lower else np.triu)(x.data, k)),
    adjoint=lambda x, *, k, lower: Adjoint(triangle, k=k, lower=lower),
    batched=lambda items, *, k, lower: triangle(items, k=k, lower=lower),
    text=lambda shapes, k, lower: f"{'tril' if lower else 'triu'}({{0}}, {k})",
)


def _triangle(name: str, argument: Value, lower: bool) -> Value:
    x, k = argument if type(argument) is tuple and len(argument) == 2 else (argument, 0.0)
    if len(array_of(name, x)) < 2:
        raise not_numbers(f"`{name}` expects a matrix", x)
    return triangle(x, k=whole_number(name, "a diagonal", k), lower=lower)


for _name, _side, _lower in (("tril", "above", True), ("triu", "below", False)):
    structural(
        _name,
        MANY,
        doc=f"{_name}(m): the matrix with zeros {_side} its diagonal; {_name}(m, k) with zeros {_side} the "
        "k-th diagonal, counted upwards. For an array of more dimensions, each of its matrices.",
        example=f"{_name}([[1, 2], [3, 4]])",
        value=lambda argument, name=_name, lower=_lower: _triangle(name, argument, lower),
    )
