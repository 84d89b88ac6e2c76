"""The kinds of values: what of a value the native code is made for, and what two branches have in common.

A kind is all that is known of a value but its reals: how it is built, its strings, the code of its functions,
those of its booleans that are known. An abstract value is a value of the language with unknown reals and
booleans inside.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, run
from vlad_py.native.abstract import MOST_OPTIONS, UNDEFINED, Applied, Backward, Numbering, Slope, Switch
from vlad_py.native.ir import Builder, Name, zero_of
from vlad_py.native.types import BOOLEAN, REAL
from vlad_py.native.unknown import (
    Named,
    NamedBoolean,
    boolean,
    is_a_boolean,
    is_a_number,
    is_a_real,
    is_an_array,
    name_of,
    real,
    type_of,
)
from vlad_py.values import structure, values
from vlad_py.values.values import Array, Binder, Closure, Cons, Number, Pullback, Range, Record, Value

LARGEST = 1000  # parts of what goes into native code


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
            return ("list", sum(1 for _ in values.list_items(value)))
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
    """The structure with every leaf replaced."""

    def walk(item: Value) -> Walk[Value]:
        inner = parts(item)
        if inner is None:
            return leaf(item)
        new = []
        for part in inner:
            new.append(leaf(part) if parts(part) is None else (yield walk(part)))
        return with_parts(item, tuple(new))

    return run(walk(value))


def leaves(value: Value) -> Iterator[Value]:
    """Every leaf of a structure, in order."""
    todo = [value]
    while todo:
        item = todo.pop()
        inner = parts(item)
        if inner is None:
            yield item
        else:
            todo.extend(inner[::-1])


def has_derivative(value: Value) -> bool:
    """Whether a structure holds a derivative that is a function."""
    todo = [value]
    while todo:
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
        else:
            inner = parts(item)
            if inner is None:
                found.append(item)  # what it is, itself: compared by identity
            else:
                found.append(form(item))
                todo.extend(inner[::-1])
    return tuple(found)


def kind_of_plain(value: Value) -> tuple[Hashable, ...] | None:
    """The kind of a value that native code may be given; None where another number is in it, or more parts
    than code is made for.
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
        elif kind is Array:
            found.append(item.data.shape)  # type: ignore[attr-defined]
        else:
            inner = structure.parts(item)
            if inner is not None:
                found.append(form(item))
                todo.extend(inner[::-1])
            elif isinstance(item, (Number, Binder, Pullback)):
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
        return item

    return transform(value, leaf), new, old


def refilled(builder: Builder, template: Value, names: list[Name]) -> Value:
    """A generalised value with other names, in order."""
    rest = iter(names)

    def leaf(item: Value) -> Value:
        if is_a_number(item):
            return real(builder, next(rest))
        return boolean(builder, next(rest)) if type(item) is NamedBoolean else item

    return transform(template, leaf)


def names_like(template: Value, value: Value) -> list[Name] | None:
    """The names that a value has where a generalised one has its own; None where their kinds differ."""
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


# ── one of several ───────────────────────────────────────────────────────────────────────────


def options_of(numbering: Numbering, value: Value) -> dict[int, Value]:
    """What a value may be, by the numbers of the kinds: of one that is no switch, that one."""
    if type(value) is Switch:
        return dict(zip(value.keys, value.options, strict=True))
    return {numbering.of(_key(value)): value}


def which(numbering: Numbering, value: Value) -> Name:
    """The number of what a value is."""
    return name_of(value.number if type(value) is Switch else float(numbering.of(_key(value))))


def _key(value: Value) -> Hashable:
    if is_a_number(value) or is_a_boolean(value):
        return type_of(value)
    if type(value) is str:
        return ("string", value)
    return (id(value), value) if parts(value) is None else form(value)


def blank(option: Value) -> Value:
    """An option that is not taken: its reals are 0."""

    def leaf(item: Value) -> Value:
        is_unknown = is_a_number(item) or type(item) is NamedBoolean
        return zero_of(type_of(item)).constant if is_unknown else item

    return transform(option, leaf)


# ── joins ────────────────────────────────────────────────────────────────────────────────────


class Join:
    """What two branches give, as one value: what they have in common stays known, the rest are results."""

    def __init__(self, builder: Builder, inside: set[Name]) -> None:
        self.builder = builder
        self.inside = inside  # the names that the branches bind
        self.results: list[Name] = []
        self.yes: list[Name] = []
        self.no: list[Name] = []
        self.known: dict[tuple[Name, Name], Name] = {}

    def __call__(self, a: Value, b: Value) -> Value:
        """The value that is a or b. NotNative where no one kind is both."""
        return run(self._walk(a, b))

    def _walk(self, a: Value, b: Value) -> Walk[Value]:
        if a is b:
            return a
        if a is UNDEFINED or b is UNDEFINED:
            return (yield self._one_sided(b if a is UNDEFINED else a, a is UNDEFINED))
        if is_a_number(a) and is_a_number(b) and type_of(a) == type_of(b):
            if is_same_real(a, b):
                return a
            return real(self.builder, self._result(name_of(a), name_of(b)))
        if is_a_boolean(a) and is_a_boolean(b):
            if type(a) is bool and a is b:
                return a
            return boolean(self.builder, self._result(name_of(a), name_of(b)))
        if type(a) is str and a == b:
            return a
        inner, other = parts(a), parts(b)
        if inner is None or other is None or type(a) is not type(b) or form(a) != form(b):
            return (yield self._switch(a, b))
        new = []
        for x, y in zip(inner, other, strict=True):
            new.append((yield self._walk(x, y)))
        return with_parts(a, tuple(new))

    def _switch(self, a: Value, b: Value) -> Walk[Value]:
        """A switch between values of different kinds."""
        numbering = self.builder.numbering
        yes, no = options_of(numbering, a), options_of(numbering, b)
        keys = tuple(sorted({*yes, *no}))
        if len(keys) > MOST_OPTIONS or {type(x) for x in (*yes.values(), *no.values())} & {Cons, values.Nil}:
            raise NotNative(f"a choice between {noun(a)} and {noun(b)}")
        number = real(self.builder, self._result(which(numbering, a), which(numbering, b)))
        options = []
        for key in keys:
            if key in yes and key in no:
                options.append((yield self._walk(yes[key], no[key])))
            else:
                options.append((yield self._one_sided(yes[key] if key in yes else no[key], key not in yes)))
        return Switch(numbering, keys, number, options)

    def _one_sided(self, value: Value, is_no: bool) -> Walk[Value]:
        """A value that one branch alone defines."""
        if is_a_number(value) or is_a_boolean(value):
            name = name_of(value)
            if name not in self.inside:
                return value  # it is there whichever branch was taken
            filler = zero_of(name.type)
            joined = self._result(filler, name) if is_no else self._result(name, filler)
            return (boolean if name.type == BOOLEAN else real)(self.builder, joined)
        inner = parts(value)
        if inner is None:
            return value
        new = []
        for part in inner:
            new.append((yield self._one_sided(part, is_no)))
        return with_parts(value, tuple(new))

    def _result(self, yes: Name, no: Name) -> Name:
        result = self.known.get((yes, no))
        if result is not None:
            return result
        result = self.known[yes, no] = Name(yes.type)
        self.results.append(result)
        self.yes.append(yes)
        self.no.append(no)
        return result


def is_same_real(a: Value, b: Value) -> bool:
    """Whether two reals are known to be the same, bit by bit."""
    if type(a) is float and type(b) is float:
        return a.hex() == b.hex()
    return type(a) is Named and type(b) is Named and a.name is b.name


def noun(value: Value) -> str:
    """What a value is, in a reason."""
    if type(value) is Closure:
        return f"the function {value.code.name}"
    if isinstance(value, (Slope, Applied, Backward)):
        return "a derivative that is a function"
    if is_a_real(value):
        return "a real"
    if is_an_array(value):
        return f"an array of {type_of(value)}"
    if is_a_boolean(value):
        return "a boolean"
    words: dict[type, str] = {tuple: "a tuple", Record: "a record", Cons: "a list", str: "a string"}
    return words.get(type(value), "the empty list" if value is values.NIL else "another value")
