"""Data: lists, components of structures, and the text of a value."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

from vlad_py.declare import structural
from vlad_py.errors import RunError
from vlad_py.primitive import MANY, reals
from vlad_py.show import describe, show
from vlad_py.values import (
    NIL,
    UNIT,
    Cons,
    Nil,
    Record,
    Value,
    is_function,
    is_real,
    leaves,
    list_items,
    make_list,
    plain,
    transform,
)


def is_list(value: Value) -> bool:
    """Whether the value is a list, empty or not."""
    return isinstance(value, (Cons, Nil))


def _expect_list(name: str, value: Value) -> Value:
    if not is_list(value):
        raise RunError(f"`{name}` expects a list, got {describe(value)}")
    return value


def _expect_nonempty(name: str, value: Value) -> Cons:
    if isinstance(_expect_list(name, value), Cons):
        return value  # type: ignore[return-value]
    raise RunError(f"`{name}` of the empty list", hint="`match` tells `nil` and `first :: rest` apart")


# ── lists ────────────────────────────────────────────────────────────────────────────────────

structural(
    "list",
    MANY,
    doc="list(a, b, …) is the list of its arguments, list() is nil; list(x) holds x alone.",
    value=lambda x: make_list(x) if type(x) is tuple else Cons(x, NIL),
)


def _cons(head: Value, tail: Value) -> Value:
    if is_list(tail):
        return Cons(head, tail)
    hint = "`a :: b :: nil` is a list of two"
    raise RunError(f"`::` expects a list on its right, got {describe(tail)}", hint=hint)


structural("::", 2, doc="x :: xs is the list of x and then the elements of the list xs.", value=_cons)

structural(
    "head",
    1,
    doc="The first element of a list; an error on nil.",
    value=lambda xs: _expect_nonempty("head", xs).head,
)

structural(
    "tail",
    1,
    doc="A list without its first element; an error on nil.",
    value=lambda xs: _expect_nonempty("tail", xs).tail,
)


def _reverse(xs: Value) -> Value:
    result: Value = NIL
    for item in list_items(_expect_list("reverse", xs)):
        result = Cons(item, result)
    return result


def _sort(xs: Value) -> Value:
    items = reals("sort", xs)
    for item in items:
        if not is_real(item):
            raise RunError(f"`sort` expects reals, got {describe(item)} among them")
    order = sorted(items, key=lambda x: (plain(x) != plain(x), plain(x)))
    return tuple(order) if type(xs) is tuple else make_list(order)


structural(
    "sort",
    1,
    doc="The reals of a list or a tuple, least first; equal ones keep their order, nan comes last. "
    "The derivative follows each real to its place.",
    value=_sort,
)

structural("reverse", 1, doc="A list from its last element to its first.", value=_reverse)


def _concat(lists: Value) -> Value:
    result: Value = NIL
    for xs in reversed(lists if type(lists) is tuple else list(list_items(_expect_list("concat", lists)))):
        _expect_list("concat", xs)
        result = make_list(list_items(xs), result) if result is not NIL else xs  # the last one is shared
    return result


structural(
    "concat",
    MANY,
    doc="concat(xs, ys, …) joins lists, or the lists in a list, end to end.",
    value=_concat,
)


# ── size and components ──────────────────────────────────────────────────────────────────────


def _length(value: Value) -> Value:
    if isinstance(value, (tuple, str)):
        return float(len(value))
    if is_list(value):
        return float(sum(1 for _ in list_items(value)))
    if isinstance(value, Record):
        return float(len(value.names))
    raise RunError(f"`length` expects a list, a tuple, a record or a string, got {describe(value)}")


structural(
    "length",
    1,
    doc="How many elements a list, components a tuple, fields a record or characters a string has.",
    value=_length,
)


def _sequence(value: Value) -> tuple[tuple[Value, ...], str]:
    if type(value) is tuple and value:
        return value, f"a tuple of {len(value)}"
    if is_list(value):
        items = tuple(list_items(value))
        return items, f"a list of {len(items)}" if items else "the empty list"
    hint = "a field is taken by its name: `m.name`" if isinstance(value, Record) else ""
    raise RunError(f"only a list or a tuple has an index, this is {describe(value)}", hint=hint)


def _whole(position: Value) -> int:
    number = plain(position)
    if type(number) is not float:
        raise RunError(f"an index is a real, got {describe(position)}")
    if not number.is_integer():
        raise RunError(f"an index is a whole number, got {show(number)}")
    return int(number)


def _index(value: Value, position: Value) -> Value:
    i = _whole(position)
    if i >= 0:  # walks a list no further than it must
        for item in islice(list_items(value), min(i, sys.maxsize), None):
            return item
    items, name = _sequence(value)
    if -len(items) <= i < len(items):
        return items[i]
    hint = ""
    if len(items) > 1:
        which = f"0 to {len(items) - 1}" if i > 0 else f"-1 to -{len(items)}, from the end"
        hint = f"its elements have the indices {which}"
    raise RunError(f"index {show(float(i))} is out of range for {name}", hint=hint)


structural(
    "index",
    2,
    doc="index(a, i) is a[i]: element i of a list or a tuple, from 0, or from the end if i is negative.",
    value=_index,
    internal=True,
)


def _slice(value: Value, start: Value, stop: Value) -> Value:
    items, _ = _sequence(value)
    part = items[None if start == UNIT else _whole(start) : None if stop == UNIT else _whole(stop)]
    if is_list(value):
        return make_list(part)
    return part[0] if len(part) == 1 else part


structural(
    "slice",
    3,
    doc="slice(a, i, j) is a[i:j]: the elements from i up to, not including, j; () is an end left out. "
    "Of a tuple, one component alone is itself.",
    value=_slice,
    internal=True,
)


# ── the reals of a structure ─────────────────────────────────────────────────────────────────

structural(
    "flatten",
    1,
    doc="The list of all reals in a structure, in order; what is not a real is left out.",
    value=lambda x: make_list(leaf for leaf in leaves(x) if is_real(leaf)),
)


def _unflatten(template: Value, xs: Value) -> Value:
    supply: Iterator[Value] = list_items(_expect_list("unflatten", xs))
    needed = sum(1 for leaf in leaves(template) if is_real(leaf))
    given = sum(1 for _ in list_items(xs))
    if needed != given:
        raise RunError(f"`unflatten` needs as many reals as the template has, {needed}, got {given}")
    return transform(template, lambda leaf: next(supply) if is_real(leaf) else leaf)


structural(
    "unflatten",
    2,
    doc="unflatten(template, xs): the template with its reals replaced, in order, by those of the list xs. "
    "unflatten(x, flatten(x)) is x.",
    value=_unflatten,
)

structural(
    "zeros_like",
    1,
    doc="The structure with 0 in place of every real; what is not a real stays.",
    value=lambda x: transform(x, lambda leaf: 0.0 if is_real(leaf) else leaf),
)


# ── text and kinds ───────────────────────────────────────────────────────────────────────────

structural("show", 1, doc="The text of a value that reads back as the value.", value=show)

structural("is_real", 1, doc="Whether a value is a real.", value=is_real, gives_boolean=True)
structural(
    "is_boolean",
    1,
    doc="Whether a value is a boolean.",
    value=lambda x: isinstance(x, bool),
    gives_boolean=True,
)
structural(
    "is_string",
    1,
    doc="Whether a value is a string.",
    value=lambda x: isinstance(x, str),
    gives_boolean=True,
)
structural(
    "is_tuple",
    1,
    doc="Whether a value is a tuple of two or more.",
    value=lambda x: isinstance(x, tuple) and x != UNIT,
    gives_boolean=True,
)
structural(
    "is_record",
    1,
    doc="Whether a value is a record.",
    value=lambda x: isinstance(x, Record),
    gives_boolean=True,
)
structural("is_list", 1, doc="Whether a value is a list, nil included.", value=is_list, gives_boolean=True)
structural("is_function", 1, doc="Whether a value is a function.", value=is_function, gives_boolean=True)


# ── what functions of the library ask of their arguments ─────────────────────────────────────


def _count_of(name: str, number: Value) -> Value:
    count = plain(number)
    if type(count) is float and count.is_integer() and count >= 0:
        return count
    got = show(count) if type(count) is float else describe(number)
    raise RunError(f"`{name}` expects a whole number from 0, got {got}")


def _field_of(name: str, size: float, value: Value) -> Value:
    reals_ = [leaf for leaf in leaves(value) if is_real(leaf)]
    if len(reals_) == size:
        return make_list(reals_)
    raise RunError(
        f"`{name}` is of a function from {show(size)} reals to {show(size)} reals, here of {describe(value)}"
    )


structural(
    "list_of", 2, doc="list_of(name, xs): xs, which has to be a list.", value=_expect_list, internal=True
)
structural("count_of", 2, doc="count_of(name, n): n, a whole number from 0.", value=_count_of, internal=True)
structural(
    "field_of", 3, doc="field_of(name, n, x): the reals of x, n of them.", value=_field_of, internal=True
)


# ── output ───────────────────────────────────────────────────────────────────────────────────


def printed(value: Value) -> str:
    """What `print` writes: a tuple's components between spaces, strings as they are."""
    items = value if type(value) is tuple else (value,)
    return " ".join(item if isinstance(item, str) else show(item) for item in items)


def _print(value: Value) -> Value:
    sys.stdout.write(printed(value) + "\n")
    return UNIT


structural(
    "print",
    1,
    doc="print(a, b, …) writes its arguments on a line, between spaces; strings as they are. Gives ().",
    value=_print,
    pure=False,
)
