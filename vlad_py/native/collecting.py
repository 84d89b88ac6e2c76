"""Comprehensions: their turns are written out, or collect in an array of known length, or in cells.

A comprehension of several clauses is one loop inside another. Its last step makes one array or list of all
items; until then a class says how each loop has collected its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from vlad_py.core.tree import For
from vlad_py.ground.errors import NotNative
from vlad_py.ground.late_numpy import np
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native import list_ops, loops
from vlad_py.native.abstract import Switch
from vlad_py.native.closures import Scope
from vlad_py.native.ir import Name, constant
from vlad_py.native.kinds import generalised, items_of, names_like
from vlad_py.native.leaf_types import is_a_number, is_an_array, is_unknown_array
from vlad_py.native.lists import onto, reversed_
from vlad_py.native.loops import FEW, Body
from vlad_py.native.structural import rule
from vlad_py.native.unknown import Named, NamedList, name_of, real
from vlad_py.native.widening import OTHER_ITEMS, item_of, listed
from vlad_py.primitives.arithmetic import add, sub
from vlad_py.primitives.array import collected, of_range
from vlad_py.primitives.shapes import element as element_of
from vlad_py.primitives.shapes import joined, reshape_to, stack_of
from vlad_py.values.values import NIL, Array, Range, Value, make_list, shape_of

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser, Values

LONGEST = 2.0**26  # items in cells: there is no memory for more


class OtherThings(NotNative):
    """The items of an array that a loop makes are not numbers, or not of one shape."""

    def __init__(self) -> None:
        super().__init__("an array that a loop makes of things that are not numbers")


class Turns(tuple[Value, ...]):
    """The items that a loop has collected, whose turns are written out."""

    __slots__ = ()


class InMemory:
    """The array that a loop has collected in memory."""

    __slots__ = ("items",)

    def __init__(self, items: Value) -> None:
        self.items = items


class InCells:
    """The list of unknown length that a loop, with the loops in it, has collected in cells."""

    __slots__ = ("items",)

    def __init__(self, items: NamedList) -> None:
        self.items = items


def for_loop(s: Specialiser, statement: For, scope: Scope) -> Walk[Values]:
    """A `for` loop: one that collects items here, any other in `loops`."""
    if not statement.collects:
        return (yield loops.for_loop(s, statement, scope))

    def body(_: Values, element: Value) -> Walk[Values]:
        scope.names[statement.element] = element
        return (yield s.block(statement.body, scope))

    sequence = s.atom(statement.sequence, scope)
    elements = loops.elements_of(sequence)
    if type(sequence) is Range and type(sequence.low) is float:
        low, size = sequence.low, sequence.size
        elements = [low + k for k in range(int(size))] if type(size) is float and size <= FEW else None
    if elements is None:
        return ((yield _looped(s, body, sequence)),)
    found = []
    for element in elements:
        (item,) = yield body((), element)
        found.append(item)
    return (Turns(found),)


def _looped(s: Specialiser, body: Body, sequence: Value) -> Walk[Value]:
    """The items of a loop of the IR: in memory if they are numbers and the length is known, else in cells."""
    if type(sequence) is NamedList:
        return (yield _in_cells(s, body, sequence))
    low, size, array = loops.places(sequence)
    if type(size) is float:
        mark = s.mark()
        try:
            return (yield _in_memory(s, body, low, size, array))
        except OtherThings:
            s.reset(mark)
    return (yield _in_cells(s, body, sequence))


# ── arrays of known length ───────────────────────────────────────────────────────────────────


def _in_memory(s: Specialiser, body: Body, low: Value, size: float, array: Name | None) -> Walk[InMemory]:
    """The array that a loop collects. Its first turn comes before the loop and shows the shape of the items.

    OtherThings unless all turns give numbers of one shape; NotNative for too many.
    """
    if not 0.0 < size < 2**31:
        raise NotNative("an array that a loop makes, of no elements or of too many")
    (item,) = yield body((), low if array is None else _taken(s, array, 0.0))
    item = _as_item(item)
    shape = (int(size), *shape_of(item))
    nothing = constant(Array(np.broadcast_to(-0.0, shape)))  # -0 + x is x, for 0 too
    filled = real(s.builder, s.builder.put(nothing, name_of(item), [constant(0.0)]))

    def put(state: Values, k: Value) -> Walk[Values]:
        (new,) = yield body((), add(low, k) if array is None else _taken(s, array, k))
        new = _as_item(new)
        if shape_of(new) != shape[1:]:
            raise OtherThings
        return (real(s.builder, s.builder.put(name_of(state[0]), name_of(new), [name_of(k)])),)

    (whole,) = yield loops.counted(s, put, (filled,), 1.0, size - 1.0, None)
    return InMemory(whole)


def _taken(s: Specialiser, array: Name, k: Value) -> Value:
    return real(s.builder, s.builder.take(array, [name_of(k)]))


def _as_item(value: Value) -> Value:
    """The item of a turn for an array in memory. OtherThings if it is not a number."""
    if type(value) is InMemory:
        value = value.items
    elif isinstance(value, Turns) and value:
        value = stack_of(tuple(map(_as_item, value)))
    if not is_a_number(value):
        raise OtherThings
    return value


# ── in cells ─────────────────────────────────────────────────────────────────────────────────


def _in_cells(s: Specialiser, body: Body, sequence: Value) -> Walk[InCells]:
    """The list of the items that a loop collects, with those of the loops in it one after the other.

    The body is followed once before the loop is written, to see what the items are.
    """
    builder = s.builder
    mark = s.mark()
    with builder.into([]):
        (given,) = yield body((), _any_of(s, sequence))
        nothing = _nothing(s, given)
    s.reset(mark)
    is_reversed = type(sequence) is NamedList

    def put(state: Values, element: Value) -> Walk[Values]:
        (given,) = yield body((), element)
        return (_in_front(s, given, state[0], is_reversed),)  # type: ignore[arg-type]

    if isinstance(sequence, NamedList):
        # its items come in order, so the last one ends up in front
        (found,) = loops.over_list(s, put, (nothing,), sequence.as_list())
        return InCells(reversed_(s, found))  # type: ignore[arg-type]
    low, size, array = loops.places(sequence)
    builder.guard(builder.compare("<=", name_of(size), constant(LONGEST)), "a list too long")
    end = sub(size, 1.0)

    def put_before(state: Values, k: Value) -> Walk[Values]:
        at = sub(end, k)
        return put(state, add(low, at) if array is None else _taken(s, array, at))

    (found,) = yield loops.counted(s, put_before, (nothing,), 0.0, size, None)
    return InCells(found)


def _any_of(s: Specialiser, sequence: Value) -> Value:
    """An arbitrary element of a sequence."""
    if type(sequence) is NamedList:
        return generalised(s.builder, sequence.item)[0]
    _, _, array = loops.places(sequence)
    return Named(s.builder, Name()) if array is None else _taken(s, array, real(s.builder, Name()))


def _nothing(s: Specialiser, given: Value) -> NamedList:
    """The empty list for items like those of a turn. NotNative if the turn has none."""
    return listed(s.builder, item_of(s.builder, (make_list(tuple(_items(given))),)), NIL)


def _items(given: Value) -> Iterator[Value]:
    """Items of a turn, at least one of each kind."""
    if type(given) is InCells:
        yield given.items.item
    elif type(given) is InMemory:
        yield element_of(given.items, 0)
    elif isinstance(given, Turns):
        for each in given:
            yield from _items(each)
    else:
        yield given


def _in_front(s: Specialiser, given: Value, rest: NamedList, is_reversed: bool = False) -> NamedList:
    """A list with the items of a turn in front, the last item first if the list is in reverse order."""
    if type(given) is InCells:
        return onto(s, given.items if is_reversed else reversed_(s, given.items), rest)
    if type(given) is InMemory:
        given = Turns(items_of(given.items))
    if isinstance(given, Turns):
        for each in given if is_reversed else given[::-1]:
            rest = _in_front(s, each, rest, is_reversed)
        return rest
    names = names_like(rest.item, given)
    if names is None:
        raise NotNative(OTHER_ITEMS)
    return rest.having(list_ops.cons(s.builder, names, rest.name))


# ── one array or list ────────────────────────────────────────────────────────────────────────


@rule(collected)
def _collected(s: Specialiser, values: Value, depth: Value) -> Value:
    assert type(depth) is float
    if type(values) is InCells:
        return _of_cells(s, values.items)
    marks = list(_marks(values, depth))
    in_cells = next((m for m in marks if type(m) is InCells), None)
    if in_cells is not None:
        return _of_cells(s, _in_front(s, values, _nothing(s, in_cells)))
    for item in _marks(values, depth + 1):
        _makes_array(item)  # or refuses
    return _flat(values, depth) if InMemory in map(type, marks) else collected(values, depth)


def _marks(values: Value, depth: float) -> Iterator[Value]:
    """The collections of the loops of a comprehension; for a loop that is written out, those of its turns."""
    if not isinstance(values, Turns):
        yield values
    elif depth > 1:
        for value in values:
            yield from _marks(value, depth - 1)


def _of_cells(s: Specialiser, whole: NamedList) -> Value:
    """A list that a comprehension has collected, as an array if its items are numbers."""
    if _makes_array(whole.item):
        return whole.as_array()
    # an empty comprehension is an array
    s.builder.guard(s.builder.negated(list_ops.is_nil(s.builder, whole.name)), "a comprehension of nothing")
    return whole


def _makes_array(item: Value) -> bool:
    """Whether a comprehension of such items is an array: they are numbers. NotNative if that is not known."""
    if is_unknown_array(item):
        raise NotNative("an array whose rows have an unknown length")
    if type(item) is Switch and any(is_a_number(x) or is_unknown_array(x) for x in item.options):
        raise NotNative("a comprehension of values that are one of several")
    return is_a_number(item)


@rule(of_range)
def _of_range(s: Specialiser, sequence: Value) -> Value:
    if type(sequence) is not Range or type(sequence.size) is float:
        return of_range(sequence)
    whole = run(_in_cells(s, lambda _, element: done((element,)), sequence))
    return whole.items.as_array()


def _flat(values: Value, depth: float) -> Value:
    """The elements of nested loops as one array."""
    if type(values) is InMemory:
        shape = shape_of(values.items)
        return reshape_to(values.items, shape=(prod(shape[: int(depth)]), *shape[int(depth) :]))
    assert isinstance(values, Turns)
    if depth == 1:
        found = collected(values, 1.0)
        if not is_an_array(found):
            raise OtherThings
        return found
    found = [_flat(v, depth - 1) for v in values]
    found = [part for part in found if shape_of(part)[0]] or found[:1]
    if len({shape_of(part)[1:] for part in found}) > 1:
        raise OtherThings
    return joined(tuple(found))
