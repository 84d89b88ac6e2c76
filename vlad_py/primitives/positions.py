"""What an index or a slice stands for, and the errors of those that fit nothing."""

from __future__ import annotations

from math import isfinite

from vlad_py.ground.errors import RunError
from vlad_py.values.show import describe, function_name, show
from vlad_py.values.values import UNIT, Cons, Nil, Record, Value, is_function, is_real, list_items, plain

ONE_STRING = "a string is one value: no program takes it apart"


def sequence(value: Value, *indices: Value) -> tuple[tuple[Value, ...], str]:
    """The items of a list or a tuple, and its name. RunError for anything else, with the indices that stand
    after it.
    """
    if type(value) is tuple and value:
        return value, f"a tuple of {len(value)}"
    if isinstance(value, (Cons, Nil)):
        items = tuple(list_items(value))
        return items, f"a list of {len(items)}" if items else "the empty list"
    hint = "take a field by its name: `m.name`" if isinstance(value, Record) else ""
    if type(value) is str:
        hint = ONE_STRING
    if is_function(value):
        name = function_name(value)
        called = name if name.isidentifier() and name != "fn" else "f"
        shown = "…" if any(type(index) is tuple for index in indices) else ", ".join(map(show, indices))
        hint = f"call it with parentheses: `{called}([{shown}])`; brackets alone take an element"
    error = RunError(f"only an array, a list or a tuple can be indexed, this is {describe(value)}", hint=hint)
    error.of_index = is_real(value)
    raise error


def whole(position: Value) -> int:
    """The number that an index is. RunError unless it is a whole real."""
    number = plain(position)
    if type(number) is not float:
        hint = ""
        if type(number) is bool:
            hint = "`==` gives one boolean, also for arrays; `keep(x, c)` has the elements where c is not 0"
        elif type(number) is tuple and number:
            hint = (
                "write a slice as `a[i:j]`, an element of a row as `a[i, j]`, and several rows as `a[[i, j]]`"
            )
        elif number == UNIT:
            hint = NEW_DIMENSION
        raise RunError(f"an index must be a real, got {describe(position)}", hint=hint)
    if not number.is_integer():
        raise not_whole(number)
    return int(number)


NEW_DIMENSION = "`reshape(a, (1, n))` and `reshape(a, (n, 1))` add a dimension of the size 1"


def not_whole(index: float) -> RunError:
    """The error of an index that is not a whole number."""
    hint = "`floor(i)` is a whole number" if isfinite(index) else ""
    return RunError(f"an index must be a whole number, got {show(index)}", hint=hint)


def out_of_range(i: int, size: int, name: str) -> RunError:
    """The error of index i of a sequence with a size and a name."""
    hint = ""
    if size > 1:
        which = f"0 to {size - 1}" if i > 0 else f"-1 to -{size}, from the end"
        hint = f"its elements have the indices {which}"
    return RunError(f"index {show(float(i))} is out of range for {name}", hint=hint)


def slice_of(ends: tuple[Value, ...]) -> slice:
    """The slice of a pair or a triple, in which `()` is no limit. RunError for anything else."""
    if len(ends) not in (2, 3):
        raise RunError(f"an index must be a real, got {describe(ends)}")
    limits = [None if end == UNIT else whole(end) for end in ends]
    if limits[2:] == [0]:
        raise RunError("the step of a slice cannot be 0", hint="`a[::-1]` is the array from its end")
    return slice(*limits)
