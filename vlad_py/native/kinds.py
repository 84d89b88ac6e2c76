"""The kinds of values: what of a value the native code is made for.

A kind is all that is known of a value but its reals: how it is built, its strings, the code of its functions,
those of its booleans that are known. An abstract value is a value of the language with unknown reals and
booleans inside.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, run
from vlad_py.native import list_ops
from vlad_py.native.abstract import Applied, Backward, Numbering, Slope, Switch
from vlad_py.native.builder import Builder
from vlad_py.native.exits import Parts
from vlad_py.native.ir import Name, zero_of
from vlad_py.native.leaf_types import (
    is_a_boolean,
    is_a_number,
    is_an_array,
    is_unknown_array,
    is_unknown_list,
    type_of,
)
from vlad_py.native.list_ops import nil
from vlad_py.native.long_lists import LARGEST, is_long
from vlad_py.native.types import BOOLEAN, REAL
from vlad_py.native.unknown import Named, NamedBoolean, NamedList, boolean, name_of, real
from vlad_py.plots.plot import Plot
from vlad_py.primitives.shapes import element
from vlad_py.values import structure
from vlad_py.values.values import (
    Array,
    Binder,
    Closure,
    Cons,
    Key,
    Nil,
    Number,
    Pullback,
    Range,
    Record,
    Value,
    list_items,
    shape_of,
)

LONG = "a long list of reals"  # its kind, whatever its length is
MOST_ELEMENTS = 64  # of an array of known length that go into cells one by one


# ── parts ────────────────────────────────────────────────────────────────────────────────────


def parts(value: Value) -> tuple[Value, ...] | None:
    """The values that a structure holds, functions of every sort included; None for a leaf."""
    if type(value) is Slope:
        return (value.function, value.point, value.direction)
    if type(value) is Applied:
        return (value.function, value.argument)
    if type(value) is Backward:
        return (value.function, value.point)
    if type(value) is Switch:
        return (value.number, *value.options)
    if type(value) is Range:
        return (value.low, value.size, value.done)
    return structure.parts(value)


def with_parts(value: Value, new: tuple[Value, ...]) -> Value:
    """The same structure with other parts."""
    if type(value) is Slope:
        function, point, direction = new
        return Slope(value.operator, function, point, direction, value.index)
    if type(value) is Applied:
        return Applied(new[0], new[1], value.index)
    if type(value) is Backward:
        return Backward(new[0], new[1])
    if type(value) is Switch:
        switch = Switch(value.numbering, value.keys, new[0], new[1:])
        return switch.chosen() if type(new[0]) is float else switch
    if type(value) is Range:
        return Range(*new)  # type: ignore[arg-type]
    return structure.with_parts(value, new)


def form(value: Value) -> Hashable:
    """What a structure is besides its parts."""
    match value:
        case tuple():
            return ("tuple", len(value))
        case Record():
            return ("record", value.names)
        case Cons():
            return ("list", sum(1 for _ in list_items(value)))
        case Closure():
            return ("closure", value.code)  # not its segment: a session forgets a text that nothing refers to
        case Slope():
            return ("slope", value.operator, value.index)
        case Applied():
            return ("applied", value.index)
        case Backward():
            return "backward"
        case Switch():
            return ("switch", value.keys)
        case Range():
            return "range"
    raise TypeError(f"no structure: {type(value).__name__}")


def transform(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """The structure with every leaf replaced. Oversized where it has too many parts."""
    count = Parts()

    def walk(item: Value) -> Walk[Value]:
        count.follow()
        inner = parts(item)
        if inner is None:
            return leaf(item)
        new = []
        for part in inner:
            new.append(leaf(part) if parts(part) is None else (yield walk(part)))
        return with_parts(item, tuple(new))

    return run(walk(value))


def leaves(value: Value) -> Iterator[Value]:
    """Every leaf of a structure, in order. Oversized where it has too many parts."""
    todo, count = [value], Parts()
    while todo:
        count.follow()
        item = todo.pop()
        inner = parts(item)
        if inner is None:
            yield item
        else:
            todo.extend(inner[::-1])


def has_derivative(value: Value) -> bool:
    """Whether a structure holds a derivative that is a function. Oversized where it has too many parts."""
    todo, count = [value], Parts()
    while todo:
        count.follow()
        item = todo.pop()
        if isinstance(item, (Slope, Applied, Backward)):
            return True
        todo.extend(parts(item) or ())
    return False


def reals_in(value: Value) -> list[Name]:
    """The reals and arrays of a structure, those that its functions capture included."""
    return [name_of(leaf) for leaf in leaves(value) if is_a_number(leaf)]


def kind_of(value: Value, booleans_known: bool = True) -> tuple[Hashable, ...]:
    """The kind of a value; where not `booleans_known`, all booleans count as unknown."""
    found: list[Hashable] = []
    todo = [value]
    while todo:
        item = todo.pop()
        if is_a_number(item):
            found.append(type_of(item))
        elif type(item) is NamedBoolean or (type(item) is bool and not booleans_known):
            found.append(BOOLEAN)
        elif type(item) is bool or type(item) is str:
            found.append((type(item), item))
        elif type(item) is NamedList:
            found.append(("array" if item.is_array else "list", item.type, kind_of(item.item, False)))
        else:
            inner = parts(item)
            if inner is None:
                found.append(item)  # what it is, itself: compared by identity
            else:
                found.append(form(item))
                todo.extend(inner[::-1])
    return tuple(found)


def kind_of_plain(value: Value) -> tuple[Hashable, ...] | None:
    """The kind of a value that native code may be given; None where another number, a key or a plot is in it,
    or more parts than code is made for.
    """
    found: list[Hashable] = []
    todo = [value]
    while todo:
        item = todo.pop()
        kind = type(item)
        if len(found) > LARGEST:
            return None
        if kind is float:
            found.append(REAL)
        elif kind is bool or kind is str:
            found.append((kind, item))
        elif isinstance(item, Array):
            found.append(item.data.shape)
        else:
            inner = None if is_long(item) else structure.parts(item)
            if inner is not None:
                found.append(form(item))
                todo.extend(inner[::-1])
            elif type(item) is Cons:
                found.append(LONG)
            elif isinstance(item, (Number, Key, Plot, Binder, Pullback)):
                return None
            else:
                found.append(item)
    return tuple(found)


# ── unknown reals in the place of known ones ─────────────────────────────────────────────────


def generalised(
    builder: Builder, value: Value, booleans_known: bool = True
) -> tuple[Value, list[Name], list[Name]]:
    """The value with fresh names for its reals and its unknown booleans (all, where not `booleans_known`);
    these names; and those that the value has in their place.
    """
    new: list[Name] = []
    old: list[Name] = []

    def leaf(item: Value) -> Value:
        if is_a_number(item):
            new.append(Name(type_of(item)))
            old.append(name_of(item))
            return Named(builder, new[-1])
        if type(item) is NamedBoolean or (type(item) is bool and not booleans_known):
            new.append(Name(BOOLEAN))
            old.append(name_of(item))
            return NamedBoolean(builder, new[-1])
        if type(item) is NamedList:
            new.append(Name(item.type))
            old.append(item.name)
            return item.having(new[-1])
        return item

    return transform(value, leaf), new, old


def refilled(builder: Builder, template: Value, names: list[Name]) -> Value:
    """A generalised value with other names, in order."""
    rest = iter(names)

    def leaf(item: Value) -> Value:
        if is_a_number(item):
            return real(builder, next(rest))
        if type(item) is NamedList:
            return item.having(next(rest))
        return boolean(builder, next(rest)) if type(item) is NamedBoolean else item

    return transform(template, leaf)


def names_like(template: Value, value: Value) -> list[Name] | None:
    """The names that a value has where a generalised one has its own; None where their kinds differ.

    A list of known length that is to be one of unknown length is put into cells, in the region that is open.
    """
    found: list[Name] = []
    todo = [(template, value)]
    while todo:
        a, b = todo.pop()
        if type(a) is Switch:
            given = options_of(a.numbering, b)
            if not given.keys() <= set(a.keys):
                return None
            found.append(which(a.numbering, b))
            unused = [(option, blank(option)) for option in a.options]
            todo += [(o, given.get(k, u)) for k, (o, u) in zip(a.keys, unused, strict=True)][::-1]
        elif is_a_number(a):
            if not is_a_number(b) or type_of(a) != type_of(b):
                return None
            found.append(name_of(b))
        elif type(a) is NamedBoolean:
            if not is_a_boolean(b):
                return None
            found.append(name_of(b))
        elif type(a) is NamedList:
            name = name_of_list(a, b)
            if name is None:
                return None
            found.append(name)
        elif type(a) is bool or type(a) is str:
            if type(a) is not type(b) or a != b:
                return None
        else:
            inner, other = parts(a), parts(b)
            if inner is None or other is None:
                if a is not b:
                    return None
            elif type(a) is not type(b) or form(a) != form(b):
                return None
            else:
                todo.extend(reversed(list(zip(inner, other, strict=True))))
    return found


def name_of_list(template: NamedList, value: Value) -> Name | None:
    """The name of a list whose items are of a template's kind; None where they are not."""
    if type(value) is NamedList:
        is_alike = value.is_array == template.is_array and value.type == template.type
        return value.name if is_alike and kind_of(value.item) == kind_of(template.item) else None
    if template.is_array != is_an_array(value) or not (template.is_array or is_a_list(value)):
        return None
    name = nil(template.type)
    for item in reversed(items_of(value)):
        names = names_like(template.item, item)
        if names is None:
            return None
        name = list_ops.cons(template.builder, names, name)
    return name


def is_a_list(value: Value) -> bool:
    """Whether a value is a list, of known length or not."""
    return isinstance(value, (Cons, Nil)) or is_unknown_list(value)


def are_sequences(a: Value, b: Value) -> bool:
    """Whether two values are lists, or arrays of which one has an unknown length: one list or array of
    unknown length can stand for both.
    """
    if is_unknown_array(a) or is_unknown_array(b):
        return all(is_unknown_array(x) or is_an_array(x) for x in (a, b))
    return is_a_list(a) and is_a_list(b)


def items_of(value: Value) -> list[Value]:
    """The items of a list, or the elements or rows of an array, of known length. NotNative if an array has
    more than MOST_ELEMENTS.
    """
    if not is_an_array(value):
        return list(list_items(value))
    size = shape_of(value)[0]
    if size > MOST_ELEMENTS:
        raise NotNative("an array of known length that becomes one of unknown length")
    return [element(value, i) for i in range(size)]


# ── one of several ───────────────────────────────────────────────────────────────────────────


def options_of(numbering: Numbering, value: Value) -> dict[int, Value]:
    """What a value may be, by the numbers of the kinds; a value that is not a switch can only be itself."""
    if type(value) is Switch:
        return dict(zip(value.keys, value.options, strict=True))
    return {numbering.of(_key(value)): value}


def which(numbering: Numbering, value: Value) -> Name:
    """The number of what a value is."""
    return name_of(value.number if type(value) is Switch else float(numbering.of(_key(value))))


def _key(value: Value) -> Hashable:
    if is_a_number(value) or is_a_boolean(value):
        return type_of(value)
    if is_a_list(value):
        return "list"  # of any length: there would be one option for each
    if is_unknown_array(value):
        return "array"
    if type(value) is str:
        return ("string", value)
    return (id(value), value) if parts(value) is None else form(value)


def blank(option: Value) -> Value:
    """An option that is not taken: its reals are 0."""

    def leaf(item: Value) -> Value:
        if type(item) is NamedList:
            return item.having(nil(item.type))
        is_unknown = is_a_number(item) or type(item) is NamedBoolean
        return zero_of(type_of(item)).constant if is_unknown else item

    return transform(option, leaf)
