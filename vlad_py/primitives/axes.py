"""What functions of arrays ask of them: not too many dimensions, an axis that is there, a square matrix."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.values.show import describe, describe_array
from vlad_py.values.values import Value, is_array, shape_of

MOST_DIMENSIONS = 32


def check_dimensions(count: int) -> None:
    """RunError for more dimensions than an array may have."""
    if count > MOST_DIMENSIONS:
        raise RunError(f"an array has at most {MOST_DIMENSIONS} dimensions, got {count}")


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
