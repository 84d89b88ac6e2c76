"""The rules of primitives for lists of unknown length.

A list of known length is a value of the language, with its items in it. One of unknown length is a
`NamedList`: a name, and one value that says what each of its items is. In the IR, `cons` makes it and
`uncons` takes it apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native import indices, list_ops, loops
from vlad_py.native.abstract import Switch
from vlad_py.native.cells import head, is_cons, is_nil, tail
from vlad_py.native.exits import Fails
from vlad_py.native.ir import Name, constant
from vlad_py.native.kinds import is_a_list, names_like
from vlad_py.native.leaf_types import is_a_number, is_a_real, is_unknown_array, is_unknown_list
from vlad_py.native.list_ops import nil
from vlad_py.native.structural import rule, rule_of, whole
from vlad_py.native.unknown import Named, NamedBoolean, NamedList, boolean, name_of, real
from vlad_py.native.widening import OTHER_ITEMS, item_of, listed
from vlad_py.primitives.arithmetic import add, div, sub
from vlad_py.primitives.kinds import Structural
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.structure import data_parts, distinct_leaves
from vlad_py.values.values import NIL, Value

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

Rule = Callable[..., Value]
AFTER = (indices,)  # imported first: rules here fall back on its rules of the same primitives
MOST_STEPS = 8  # to an item; with more, a loop takes them
MOST_WALKED = 64.0  # elements of an array of unknown length through which an index may walk

_TAKES: dict[object, bool] = {}
"""The values of the primitives that have a rule for lists, and whether they look at texts."""


def of_lists(*names: str, looks_at_texts: bool = False) -> Callable[[Rule], Rule]:
    """Makes a function the rule of primitives, given by name, for arguments with a list of unknown length.

    Where the function gives NotImplemented, the primitive does what it does for other values.
    """

    def declare(function: Rule) -> Rule:
        for name in names:
            primitive = PRIMITIVES[name]

            rule(primitive.value)(_before(function, primitive))
            _TAKES[primitive.value] = looks_at_texts
        return function

    return declare


def _before(function: Rule, primitive: Primitive) -> Rule:
    """The rule of a primitive, after a function that comes before it."""
    other = rule_of(primitive)

    def found(s: Specialiser, *arguments: Value) -> Value:
        value = function(s, *arguments) if any(map(holds_one, arguments)) else NotImplemented
        if value is not NotImplemented:
            return value
        return primitive.apply(*arguments) if other is None else other(s, *arguments)

    return found


def refuse(primitive: Primitive, arguments: tuple[Value, ...]) -> None:
    """NotNative where a list of unknown length, or a structure with a part that is one of several values,
    goes into a primitive that looks inside and has no rule.
    """
    if primitive.value in _TAKES or (isinstance(primitive, Structural) and primitive.by_sort):
        return
    if any(map(holds_one, arguments)):
        sort = "an array" if any(map(is_unknown_array, arguments)) else "a list"
        raise NotNative(f"{sort} of unknown length, taken by `{primitive.called}`")
    has_switch = any(type(leaf) is Switch for x in arguments for leaf in distinct_leaves(x, data_parts))
    if has_switch and rule_of(primitive) is None:
        raise NotNative(f"a primitive that looks at values that are one of several: `{primitive.called}`")


def looks_at_no_text(primitive: Primitive) -> bool:
    """Whether a primitive takes lists of unknown length and looks at no text in them."""
    return _TAKES.get(primitive.value) is False


def holds_one(value: Value) -> bool:
    """Whether a list of unknown length is a value, or a part of it as data."""
    if type(value) is NamedList:
        return True
    return data_parts(value) is not None and any(
        type(leaf) is NamedList for leaf in distinct_leaves(value, data_parts)
    )


# ── primitives ───────────────────────────────────────────────────────────────────────────────


def expect_item(s: Specialiser, value: NamedList) -> None:
    """Writes a guard that a list is not empty. Fails if it is known to be empty."""
    holds = name_of(is_cons(value.as_list()))
    if holds.constant is False:
        raise Fails
    s.builder.guard(holds, "an item of the empty list")


@of_lists("::")
def _cons(s: Specialiser, first: Value, rest: Value) -> Value:
    return consed(s, first, rest) if is_unknown_list(rest) else NotImplemented


def consed(s: Specialiser, first: Value, rest: NamedList) -> NamedList:
    """A list with an item in front. NotNative if the item's kind differs from that of the others."""
    names = names_like(rest.item, first)
    if names is None:
        raise NotNative(OTHER_ITEMS)
    return rest.having(list_ops.cons(s.builder, names, rest.name))


def _part(part: Callable[[NamedList], Value]) -> Callable[[Specialiser, Value], Value]:
    """A part of a list that has items."""

    def hook(s: Specialiser, value: Value) -> Value:
        if not is_unknown_list(value):
            return NotImplemented
        expect_item(s, value)
        return part(value)

    return hook


of_lists("head")(_part(head))
of_lists("tail")(_part(tail))


@of_lists("==", looks_at_texts=True)
def _is_equal(s: Specialiser, a: Value, b: Value) -> Value:
    for x, other in ((a, b), (b, a)):
        if is_unknown_list(x) and other is NIL:
            return is_nil(x)
    raise NotNative("a list of unknown length, which is compared")


@of_lists("!=", looks_at_texts=True)
def _is_different(s: Specialiser, a: Value, b: Value) -> Value:
    equal = _is_equal(s, a, b)
    return equal.negated() if isinstance(equal, NamedBoolean) else not equal


@of_lists("list_of")
def _list_of(s: Specialiser, name: Value, value: Value) -> Value:
    return value.as_list() if type(value) is NamedList else NotImplemented


@of_lists("is_list")
def _is_list(s: Specialiser, value: Value) -> Value:
    return is_unknown_list(value) or NotImplemented


@of_lists("is_array")
def _is_array(s: Specialiser, value: Value) -> Value:
    return is_unknown_array(value) or NotImplemented


@of_lists("error")
def _error(s: Specialiser, says: Value) -> Value:
    return NotImplemented


@of_lists("length")
def _length(s: Specialiser, value: Value) -> Value:
    return (
        real(s.builder, list_ops.length(s.builder, value.name))
        if type(value) is NamedList
        else NotImplemented
    )


@of_lists("reverse")
def _reverse(s: Specialiser, value: Value) -> Value:
    return reversed_(s, value) if is_unknown_list(value) else NotImplemented


def reversed_(s: Specialiser, value: NamedList) -> NamedList:
    """The items of a list, the last one first."""
    return onto(s, value, value.having(nil(value.type)))


def onto(s: Specialiser, value: NamedList, rest: NamedList) -> NamedList:
    """The items of a list, the last one first, in front of another."""

    def put(found: Value, item: Value) -> NamedList:
        assert isinstance(found, NamedList)
        return consed(s, item, found)

    whole = folded(s, value, rest, put)
    assert isinstance(whole, NamedList)
    return whole


@of_lists("concat")
def _concat(s: Specialiser, value: Value) -> Value:
    parts = value if type(value) is tuple else None
    if not parts or not all(map(is_a_list, parts)):
        raise NotNative("a list of unknown length, taken by `concat`")
    item = item_of(s.builder, parts)
    result = listed(s.builder, item, parts[-1])
    for part in parts[-2::-1]:
        result = onto(s, reversed_(s, listed(s.builder, item, part)), result)
    return result


@of_lists("sum")
def _sum(s: Specialiser, value: Value) -> Value:
    if type(value) is not NamedList or not is_a_real(value.item):
        raise NotNative("a list of unknown length, taken by `sum`")
    return folded(s, value, 0.0, add)


@of_lists("mean")
def _mean(s: Specialiser, value: Value) -> Value:
    found = _sum(s, value)
    assert type(value) is NamedList  # or its sum is refused
    expect_item(s, value)
    return div(found, _length(s, value))


@of_lists("index")
def _index(s: Specialiser, value: Value, position: Value) -> Value:
    if type(value) is not NamedList:
        return NotImplemented
    if not is_a_real(position):
        if value.is_array and (is_a_number(position) or is_unknown_array(position)):
            raise NotNative("an array of unknown length, indexed by more than one real")
        raise Fails
    if type(position) is float:
        if not position.is_integer():
            raise Fails
        i: Value = position
    else:
        assert type(position) is Named
        i = position if position.name.within is not None else whole(s, position)
    from_end = _less(s, name_of(i), constant(0.0))
    if from_end is not False:
        at = s.choice(from_end, lambda: done((add(i, _length(s, value)),)), lambda: done((i,)))
        i = run(at)[0]
        s.builder.guard(s.builder.compare("<=", constant(0.0), name_of(i)), "an index out of range")
    found = value.as_list()
    if type(i) is float and i <= MOST_STEPS:
        for _ in range(int(i)):
            found = tail(found)
    else:
        if value.is_array and type(position) is not float:
            few = s.builder.compare("<=", list_ops.length(s.builder, value.name), constant(MOST_WALKED))
            s.builder.guard(few, "an index into a long array")
        more = _less(s, constant(0.0), name_of(i))
        whole_list = found
        rest = s.choice(more, lambda: done((_behind(s, whole_list, i),)), lambda: done((whole_list,)))
        last = run(rest)[0]
        assert type(last) is NamedList
        found = last
    expect_item(s, found)
    return head(found)


def _behind(s: Specialiser, value: NamedList, count: Value) -> Value:
    """The rest of a list behind a number of items, 1 or more; the empty list if it has fewer."""

    def turn(state: tuple[NamedList, Value]) -> Walk[tuple[Value, Value, Value]]:
        rest, left = tail(state[0]), sub(state[1], 1.0)
        more = s.builder.both(name_of(_less(s, constant(0.0), name_of(left))), name_of(is_cons(rest)))
        return done((boolean(s.builder, more), (rest, left), ()))

    return loops.loop(s, (value, count), turn, ends=True)[0][0]  # type: ignore[index]


def _less(s: Specialiser, a: Name, b: Name) -> Value:
    return boolean(s.builder, s.builder.compare("<", a, b))


def folded(s: Specialiser, value: NamedList, start: Value, step: Callable[[Value, Value], Value]) -> Value:
    """fold(step, start, value)."""

    def body(state: tuple[Value, ...], element: Value) -> Walk[tuple[Value, ...]]:
        return done((step(state[0], element),))

    return loops.over_list(s, body, (start,), value.as_list())[0]
