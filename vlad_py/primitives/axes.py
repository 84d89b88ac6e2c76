"""Checks that functions of arrays share: sizes, dimensions, an axis that exists, a square matrix, a shape."""

from __future__ import annotations

import math
import sys
from typing import Any

from vlad_py.ground.asking import is_memory_limited
from vlad_py.ground.errors import Error, LimitError, RunError
from vlad_py.values.show import describe, describe_array, not_numbers, show
from vlad_py.values.values import Cons, Nil, Record, Value, is_array, list_items, plain, shape_of

MOST_DIMENSIONS = 32
UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def not_an_index(hint: str) -> RunError:
    """The error for an array of conditions as an index, which would mean the elements 0 and 1."""
    message = "an array of conditions cannot be an index: it holds 1 for true and 0 for false"
    return RunError(message, hint=hint)


def check_dimensions(count: int) -> None:
    """RunError for more dimensions than an array may have."""
    if count > MOST_DIMENSIONS:
        raise RunError(f"an array has at most {MOST_DIMENSIONS} dimensions, got {count}")


def split_axis(name: str, argument: Value) -> tuple[Value, int | None]:
    """The argument without its axis, and the axis: of `(a, {axis: 0})` they are a and 0.

    Raises RunError for another record, or an axis that is not a whole number.
    """
    x, options = split_options(name, argument)
    return x, None if options is None else axis_among(options)


def split_options(
    name: str, argument: Value, known: tuple[str, ...] = ("axis",)
) -> tuple[Value, Record | None]:
    """The argument without the record of options that comes last in a tuple, and that record, or None.

    What comes before it is one value, or a tuple of several. RunError for a field that is not `known`.
    """
    if type(argument) is not tuple or len(argument) < 2 or not isinstance(argument[-1], Record):
        return argument, None
    *rest, options = argument
    if not options.names or not set(options.names) <= set(known):
        first = "axis: i" if known[0] == "axis" else f"{known[0]}: …"
        message = f"`{name}` expects an array and `{{{first}}}`, got {describe(options)}"
        fields = f"{', '.join(f'`{field}`' for field in known[:-1])} and `{known[-1]}`"
        raise RunError(message, hint=f"its options are {fields}" if len(known) > 1 else "")
    return rest[0] if len(rest) == 1 else tuple(rest), options


def axis_among(options: Record) -> int | None:
    """The axis in a record of options, None where there is none. RunError unless it is a whole number."""
    axis = plain(options.get("axis"))
    if axis is None:
        return None
    if type(axis) is not float or not axis.is_integer():
        got = show(axis) if type(axis) is float else describe(axis)
        raise RunError(f"an axis must be a whole number, got {got}")
    return int(axis)


def axes_among(options: Record) -> int | tuple[int, ...] | None:
    """The axis, or a tuple of several, in a record of options. RunError unless they are whole numbers."""
    given = options.get("axis")
    if type(given) is not tuple or not given:
        return axis_among(options)
    found = [axis_among(Record(("axis",), (axis,))) for axis in given]
    return tuple([axis for axis in found if axis is not None])


def keeps_axes(options: Record) -> bool:
    """Whether a reduction should keep the axes that it reduces, with the size 1. RunError unless it is a
    boolean.
    """
    keeps = options.get("keepdims")
    if keeps is None or type(keeps) is bool:
        return keeps is True
    raise RunError(f"`keepdims` must be true or false, got {describe(keeps)}")


def kept_shape(x: Value, axes: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape of an array with the size 1 along an axis, along several, or along all."""
    shape = shape_of(x)
    if axes is None:
        return (1,) * len(shape)
    places = {axis % len(shape) for axis in ((axes,) if isinstance(axes, int) else axes)}
    return tuple(1 if i in places else size for i, size in enumerate(shape))


def checked_axis(name: str, x: Value, axis: int | None) -> int | None:
    """An axis of an array, from 0; None stays None. RunError if the array has no such axis."""
    if axis is None:
        return None
    dimensions = len(array_of(name, x))
    if -dimensions <= axis < dimensions:
        return axis % dimensions
    hint = f"its axes are {', '.join(map(str, range(dimensions)))}"
    message = f"`{name}`: axis {show(float(axis))} is out of range for {describe_array(shape_of(x))}"
    raise RunError(message, hint=hint)


def without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """A shape without one of its sizes."""
    return (*shape[:axis], *shape[axis + 1 :])


def array_of(name: str, x: Value) -> tuple[int, ...]:
    """The shape of an array. RunError for anything else."""
    if not is_array(x):
        hint = "`[x for x in xs]` makes an array from a list" if isinstance(x, (Cons, Nil)) else ""
        raise not_numbers(f"`{name}` expects an array", x, hint=hint)
    return shape_of(x)


def one_axis(name: str, x: Value, axis: int | None) -> int:
    """The axis to go along; a vector has only one. RunError if an array of more dimensions has none given."""
    if axis is None and len(array_of(name, x)) > 1:
        raise RunError(f"`{name}` of {describe(x)} needs an axis", hint=f"`{name}(a, {{axis: 0}})`")
    return checked_axis(name, x, axis or 0) or 0


def whole_number(name: str, what: str, x: Value, least: float = -(2.0**53)) -> int:
    """A whole number that a program gave. RunError for anything else, and below the `least`."""
    number = plain(x)
    if type(number) is not float or not number.is_integer() or not least <= number <= 2.0**53:
        got = show(number) if type(number) is float else describe(x)
        limit = f" from {least:.0f}" if least > -(2.0**53) else ""
        raise RunError(f"`{name}` expects {what}, a whole number{limit}, got {got}")
    return int(number)


def square_matrices(name: str, x: Value) -> int:
    """The number of rows of a square matrix, or of each in a stack of them. RunError for anything else."""
    shape = shape_of(x)
    if not is_array(x) or len(shape) < 2 or shape[-2] != shape[-1]:
        raise not_numbers(f"`{name}` expects a square matrix", x, hint=_as_matrix(x))
    return shape[-1]


def square_matrix(name: str, x: Value) -> int:
    """The number of rows of a square matrix. RunError for anything else."""
    shape = shape_of(x)
    if not is_array(x) or len(shape) != 2 or shape[0] != shape[1]:
        raise not_numbers(f"`{name}` expects a square matrix", x, hint=_as_matrix(x))
    return shape[0]


def _as_matrix(x: Value) -> str:
    """The hint for a structure, such as a Hessian with respect to one, where a matrix is wanted."""
    if not isinstance(x, Record) and not (type(x) is tuple and any(type(row) is tuple for row in x)):
        return ""
    of_hessian = "that of a Hessian is `vectors.hessian_matrix(f)(x)`, after `import vectors`"
    return f"a matrix is `[[a, b], [c, d]]`; {of_hessian}"


def check_size(shape: tuple[int, ...]) -> None:
    """An error where no memory, or not what is left of a limit, can hold an array of such a shape."""
    if 8 * math.prod(shape) > sys.maxsize:
        raise too_large(shape)


def too_large(shape: tuple[float, ...], what: str = "an array of {}", each: float = 8.0) -> Error:
    """The error for an array that memory, or what is left of a limit, cannot hold; or for something else, of
    which `each` element takes so many bytes.
    """
    sizes = "×".join(show(float(size)) for size in shape)
    size = each * math.prod(map(float, shape))
    takes = f": it takes {_bytes(size)}" if size < 1e21 else ""
    kind = LimitError if is_memory_limited() else RunError
    return kind(f"{what.format(sizes)} does not fit into memory{takes}")


def _bytes(count: float) -> str:
    """A number of bytes, in the unit that fits."""
    power = min(int(math.log10(count + 1.0)) // 3, len(UNITS) - 1)
    return f"{count / 1000**power:.3g} {UNITS[power]}"


def several(numbers: Value) -> tuple[Value, ...]:
    """The items of a tuple, a list or an array; anything else alone."""
    if type(numbers) is tuple:
        return numbers
    if isinstance(numbers, (Cons, Nil)):
        return tuple(list_items(numbers))
    data: Any = plain(numbers)
    return tuple(data.data.ravel().tolist()) if is_array(numbers) else (numbers,)


def as_shape(name: str, sizes: Value) -> tuple[int, ...]:
    """A shape that a program gave: a real, or a tuple, a list or an array of reals. RunError for others."""
    shape = []
    for item in several(sizes):
        size = plain(item)
        if type(size) is float and 2.0**53 < size < math.inf:
            raise too_large((size,))
        if type(size) is not float or not size.is_integer() or size < -1:
            got = show(size) if type(size) is float else describe(item)
            raise RunError(f"`{name}` expects sizes, whole numbers from 0, got {got}")
        shape.append(int(size))
    check_dimensions(len(shape))
    return tuple(shape)
