"""What functions of arrays ask of them: not too many dimensions, an axis that is there, a square matrix."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.values.show import describe, describe_array, show
from vlad_py.values.values import Record, Value, is_array, plain, shape_of

MOST_DIMENSIONS = 32


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
    if type(argument) is not tuple or len(argument) != 2 or not isinstance(argument[1], Record):
        return argument, None
    x, options = argument
    if options.names != ("axis",):
        raise RunError(f"`{name}` expects an array and `{{axis: i}}`, got {describe(options)}")
    axis = plain(options.values[0])
    if type(axis) is not float or not axis.is_integer():
        got = show(axis) if type(axis) is float else describe(axis)
        raise RunError(f"an axis must be a whole number, got {got}")
    return x, int(axis)


def checked_axis(name: str, x: Value, axis: int | None) -> int | None:
    """An axis of an array, from 0; None stays None. RunError if the array has no such axis."""
    if axis is None:
        return None
    dimensions = len(shape_of(x))
    if -dimensions <= axis < dimensions:
        return axis % dimensions
    hint = f"its axes are {', '.join(map(str, range(dimensions)))}"
    raise RunError(f"`{name}`: axis {axis} is out of range for {describe_array(shape_of(x))}", hint=hint)


def square_matrix(name: str, x: Value) -> int:
    """The number of rows of a square matrix. RunError for anything else."""
    shape = shape_of(x)
    if not is_array(x) or len(shape) != 2 or shape[0] != shape[1]:
        raise RunError(f"`{name}` expects a square matrix, got {describe(x)}")
    return shape[0]
