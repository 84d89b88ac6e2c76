"""Data: lists, components of structures, kinds of values."""

from __future__ import annotations

from collections.abc import Iterator

from vlad_py.ground.errors import RunError
from vlad_py.primitives.by_parts import matched
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import MANY
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.primitives.structures import elements, reals_of, refilled
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, show
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import (
    NIL,
    UNIT,
    Cons,
    Nil,
    Record,
    Value,
    is_array,
    is_function,
    is_numeric,
    is_real,
    list_items,
    make_list,
    plain,
    shape_of,
    size_of,
)


def is_list(value: Value) -> bool:
    """Whether the value is a list, empty or not."""
    return isinstance(value, (Cons, Nil))


# for a tuple where a list is wanted, and what works on tuples in place of a function of lists
OF_A_TUPLE = "a list is written `list(a, b)`"
OF_ARRAYS = {"head": "a[0]", "tail": "a[1:]"}
ON_TUPLES = {"map": "`map_reals(f, t)` is f at each real of a tuple"}


def _expect_list(name: str, value: Value) -> Value:
    if not is_list(value):
        besides = f"{ON_TUPLES[name]}; " if name in ON_TUPLES else ""
        hint = f"{besides}{OF_A_TUPLE}" if type(value) is tuple and value else ""
        if name in OF_ARRAYS and is_array(value):
            hint = f"of an array it is `{OF_ARRAYS[name]}`"
        raise RunError(f"`{name}` expects a list, got {describe(value)}", hint=hint)
    return value


def _expect_nonempty(name: str, value: Value) -> Cons:
    xs = _expect_list(name, value)
    if isinstance(xs, Cons):
        return xs
    raise RunError(f"`{name}` of the empty list", hint="`match` tells `nil` and `first :: rest` apart")


# ── lists ────────────────────────────────────────────────────────────────────────────────────

structural(
    "list",
    MANY,
    doc="list(a, b, …) is the list of its arguments, list() is nil; list(x) holds x alone.",
    example='list(1, "two", [3, 4]), list()',
    value=lambda x: make_list(x) if type(x) is tuple else Cons(x, NIL),
    by_sort=True,
)


def _cons(head: Value, tail: Value) -> Value:
    if is_list(tail):
        return Cons(head, tail)
    hint = "`a :: b :: nil` is a list of two"
    raise RunError(f"`::` expects a list on its right, got {describe(tail)}", hint=hint)


structural(
    "::",
    2,
    doc="x :: xs is the list of x and then the elements of the list xs.",
    example="1 :: 2 :: nil",
    value=_cons,
    word="cons",
    usual=("type({1}) is Cons or type({1}) is Nil", "Cons({0}, {1})"),
)

structural(
    "head",
    1,
    doc="The first element of a list; an error on nil.",
    example="head(list(1, 2, 3))",
    value=lambda xs: _expect_nonempty("head", xs).head,
    usual=("type({0}) is Cons", "{0}.head"),
)

structural(
    "tail",
    1,
    doc="A list without its first element; an error on nil.",
    example="tail(list(1, 2, 3))",
    value=lambda xs: _expect_nonempty("tail", xs).tail,
    usual=("type({0}) is Cons", "{0}.tail"),
)


# ── the reals of a structure ─────────────────────────────────────────────────────────────────

structural(
    "flatten",
    1,
    doc="The list of all reals in a structure, in order, arrays row by row; everything else is left out.",
    example="flatten({a: 1, b: [2, 3]})",
    value=lambda x: make_list(reals_of(x)),
)


def _unflatten(template: Value, xs: Value) -> Value:
    supply: Iterator[Value] = list_items(_expect_list("unflatten", xs))
    needed = sum(map(size_of, leaves(template)))
    given = sum(1 for _ in list_items(xs))
    if needed != given:
        raise RunError(f"`unflatten` needs as many reals as the template has, {needed}, got {given}")
    return transform(template, lambda leaf: refilled(leaf, supply) if is_numeric(leaf) else leaf)


structural(
    "unflatten",
    2,
    doc="unflatten(template, xs): the template with its reals replaced, in order, by those of the list xs. "
    "unflatten(x, flatten(x)) is x.",
    example="unflatten({a: 1, b: (2, 3)}, list(7, 8, 9))",
    value=_unflatten,
)


def _zero(leaf: Value) -> Value:
    return broadcast_to(0.0, shape_of(leaf)) if is_numeric(leaf) else leaf


structural(
    "zeros_like",
    1,
    doc="The structure with 0 in place of every real; everything else stays.",
    example="zeros_like({a: 1, b: [2, 3]})",
    value=lambda x: transform(x, _zero, once=True),
)


# ── functions of all reals (see stdlib/prelude/structures.adl) ───────────────────────────────


def _corresponding(name: str, arguments: Value) -> Value:
    if type(arguments) is not tuple or len(arguments) < 2:
        hint = f"write `{name}(f, x)`, or `{name}(f, x, y)` for a function of two reals"
        raise RunError(f"`{name}` takes a function and one or more structures", hint=hint)
    function, first, *others = arguments
    numbers: list[Value] = []
    if not others:
        transform(first, lambda leaf: numbers.append(leaf) if is_numeric(leaf) else None, data_parts)
        return function, first, make_list(numbers)
    for places in zip(*(matched(name, first, other) for other in others), strict=True):
        if places[0][2]:
            numbers.append((places[0][0], *(other for _, other, _ in places)))
    return function, first, make_list(numbers)


structural(
    "corresponding",
    2,
    doc="corresponding(name, (f, x, y, …)): (f, x, numbers), where `numbers` is the list of the reals and "
    "arrays of x, each with those of the other structures in the same place, in the order of x.",
    value=_corresponding,
    internal=True,
)


def _with_numbers(template: Value, numbers: Value) -> Value:
    supply = list_items(numbers)
    return transform(template, lambda leaf: next(supply) if is_numeric(leaf) else leaf, data_parts)


structural(
    "with_numbers",
    2,
    doc="with_numbers(x, numbers): x with its reals and arrays replaced, in order, by the values in a list.",
    value=_with_numbers,
    internal=True,
)


# ── kinds ───────────────────────────────────────────────────────────────────────────

structural(
    "is_real",
    1,
    doc="Whether a value is a real.",
    example="is_real(1), is_real([1])",
    value=is_real,
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_array",
    1,
    doc="Whether a value is an array.",
    example="is_array([1]), is_array(1)",
    value=is_array,
    gives_boolean=True,
    by_sort=True,
    usual=("type({0}) is tuple", "False"),
)
is_boolean = structural(
    "is_boolean",
    1,
    doc="Whether a value is a boolean.",
    example="is_boolean(1 < 2), is_boolean(1)",
    value=lambda x: isinstance(x, bool) or (isinstance(x, Indefinite) and x.is_condition),
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_string",
    1,
    doc="Whether a value is a string.",
    example='is_string("a"), is_string(1)',
    value=lambda x: isinstance(x, str),
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_tuple",
    1,
    doc="Whether a value is a tuple of two or more.",
    example="is_tuple(1, 2), is_tuple([1, 2])",
    value=lambda x: isinstance(x, tuple) and x != UNIT,
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_record",
    1,
    doc="Whether a value is a record.",
    example="is_record({a: 1}), is_record(1)",
    value=lambda x: isinstance(x, Record),
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_list",
    1,
    doc="Whether a value is a list, nil included.",
    example="is_list(nil), is_list([1, 2])",
    value=is_list,
    gives_boolean=True,
    by_sort=True,
)
structural(
    "is_function",
    1,
    doc="Whether a value is a function.",
    example="is_function(sin), is_function(1)",
    value=is_function,
    gives_boolean=True,
    by_sort=True,
)


# ── what functions of the library ask of their arguments ─────────────────────────────────────


def _count_of(name: str, number: Value) -> Value:
    count = plain(number)
    if type(count) is float and count.is_integer() and count >= 0:
        return count
    got = show(count) if type(count) is float else describe(number)
    raise RunError(f"`{name}` expects a whole number from 0, got {got}")


def _list_of(name: str, xs: Value) -> Value:
    return make_list(elements(xs)) if is_array(xs) else _expect_list(name, xs)


def _field_of(name: str, size: float, value: Value) -> Value:
    found = list(reals_of(value))
    if len(found) == size:
        return make_list(found)
    size_of = f"{show(size)} reals"
    raise RunError(f"`{name}` needs a function from {size_of} to {size_of}, here it gave {describe(value)}")


structural(
    "list_of",
    2,
    doc="list_of(name, xs): xs, which has to be a list; of an array the list of its elements.",
    value=_list_of,
    internal=True,
)
count_of = structural(
    "count_of", 2, doc="count_of(name, n): n, a whole number from 0.", value=_count_of, internal=True
)
structural(
    "field_of", 3, doc="field_of(name, n, x): the reals of x, n of them.", value=_field_of, internal=True
)
