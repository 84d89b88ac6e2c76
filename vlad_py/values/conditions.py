"""Arrays of conditions: whether an array is one, and the error for one where a boolean belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.ground.errors import RunError

if TYPE_CHECKING:
    from vlad_py.values.values import Array


def is_condition(array: Array) -> bool:
    """Whether an array comes from a comparison. An array that is used as an index again is not asked anew."""
    try:
        return array.is_condition
    except AttributeError:
        array.is_condition = False
        return False


def many_conditions(array: Array, what: str) -> RunError:
    """The error for an array where a boolean belongs."""
    one = "`all(test, xs)` and `any(test, xs)` make one boolean of many"
    hint = f"{one}; `where(c, a, b)` chooses element by element"
    error = RunError(f"expected a boolean, got {what}", hint=hint)
    error.of_conditions = is_condition(array)
    return error
