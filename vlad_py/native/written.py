"""What goes with object code on disk, as JSON can write it: what a call gives, and what it calls back.

A function is known by its text and its place there, a primitive by its name: nothing here is an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vlad_py.core.tree import Lambda
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import NotNative
from vlad_py.native.abstract import Switch
from vlad_py.native.arena import Lists
from vlad_py.native.back import Back
from vlad_py.native.builder import Builder
from vlad_py.native.closures import Linked, core_of, linked
from vlad_py.native.ir import Name, Use
from vlad_py.native.leaf_types import is_an_array
from vlad_py.native.types import BOOLEAN, REAL, ArrayType, ListType, Type, shape_of_type
from vlad_py.native.unknown import Named, NamedBoolean, NamedList
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.structure import parts
from vlad_py.values.values import NIL, Closure, Cons, Record, Value, list_items, make_list

DEEPEST = 50  # structures inside one another


class Unkept(Exception):
    """A value that is not kept on disk."""


# ── what a call gives ────────────────────────────────────────────────────────────────────────


class Values:
    """Writes and reads what a call gives, with unknown reals and lists inside. `texts` are those that the
    call reaches, in the order in which it reaches them: a function that it gives comes from one of them.
    """

    def __init__(self, texts: Sequence[Linked]) -> None:
        self.texts = texts

    def written(self, value: Value, depth: int = 0) -> Any:
        """A value as what JSON can write. Unkept for derivatives that are functions, and the like."""
        if depth > DEEPEST:
            raise Unkept

        def all_of(items: Iterable[Value]) -> list[Any]:
            return [self.written(item, depth + 1) for item in items]

        if type(value) is Named:
            return ["array", *shape_of_type(value.name.type)] if is_an_array(value) else "real"
        if type(value) is NamedBoolean:
            return "boolean"
        if type(value) is NamedList:
            return ["items", written_type(value.type), value.is_array, *all_of((value.item,))]
        if type(value) is float:
            return ["known", value.hex()]
        if type(value) is bool or type(value) is str:
            return ["plain", value]
        if value is NIL:
            return ["list"]
        if type(value) is Cons:
            return ["list", *all_of(list_items(value))]
        if type(value) is Record:
            return ["record", list(value.names), *all_of(parts(value) or ())]
        if type(value) is tuple:
            return ["tuple", *all_of(value)]
        if type(value) is Closure:
            return ["function", *self._place(value), *all_of(value.env)]
        if type(value) is Switch:
            return ["one of", list(value.keys), *all_of((value.number, *value.options))]
        if isinstance(value, Primitive):
            return ["primitive", _name(value)]
        raise Unkept

    def read(self, text: Any) -> Value:
        """The value that was `written`. LookupError where there is no such function."""
        if text == "real":
            return Named(_NOWHERE, Name(REAL))  # it only marks a place
        if text == "boolean":
            return NamedBoolean(_NOWHERE, Name(BOOLEAN))
        kind, *rest = text
        if kind == "array":
            return Named(_NOWHERE, Name(ArrayType(tuple(rest))))
        if kind == "items":
            type, is_array, item = rest
            return NamedList(_NOWHERE, Name(read_type(type)), self.read(item), is_array)
        if kind == "known":
            return float.fromhex(rest[0])
        if kind == "plain":
            return rest[0]
        if kind == "list":
            return make_list(tuple(map(self.read, rest)))
        if kind == "record":
            return Record(tuple(rest[0]), tuple(map(self.read, rest[1:])))
        if kind == "function":
            at, place, *env = rest
            text = self.texts[at]
            (found,) = (f for f in text.unit.lambdas.values() if _place_in_text(f) == place)
            return text.closure(found, tuple(map(self.read, env)))
        if kind == "one of":
            keys, *options = rest
            number, *options = map(self.read, options)
            return Switch(_NOWHERE.numbering, tuple(keys), number, options)
        if kind == "primitive":
            return PRIMITIVES[rest[0]]
        return tuple(map(self.read, rest))

    def _place(self, function: Closure) -> tuple[int, list[Any]]:
        """Which text a function is of, and where it stands there. Unkept where that says too little."""
        try:
            own = core_of(function)
        except NotNative:
            raise Unkept from None
        text = linked(function.enter)
        place = _place_in_text(own)
        if text not in self.texts or sum(_place_in_text(f) == place for f in text.unit.lambdas.values()) != 1:
            raise Unkept
        return self.texts.index(text), place


def _place_in_text(function: Lambda) -> list[Any]:
    code = function.code
    return [code.span.source.name, code.span.start, code.span.end, code.id]


_NOWHERE = Builder()  # that nothing is written into


# ── lists ────────────────────────────────────────────────────────────────────────────────────


def written_type(type: Type) -> Any:
    """A type as what JSON can write."""
    if isinstance(type, ListType):
        return ["list", *map(written_type, type.items)]
    return ["array", *type.shape] if isinstance(type, ArrayType) else type


def read_type(text: Any) -> Any:
    """The type that was written. ValueError for anything else."""
    if text in (REAL, BOOLEAN):
        return text
    kind, *rest = text
    if kind == "array":
        return ArrayType(tuple(rest))
    return ListType(tuple(map(read_type, rest)))


def written_lists(lists: Lists | None) -> Any:
    """Which results are lists."""
    return lists and [lists.slot, [[place, written_type(type)] for place, type in lists.results]]


def read_lists(text: Any) -> Lists | None:
    """What was written by `written_lists`."""
    return text and Lists(text[0], [(place, read_type(type)) for place, type in text[1]])


# ── what code calls back ─────────────────────────────────────────────────────────────────────


def written_back(backs: dict[str, Back]) -> Any:
    """The primitives of arrays that code calls back. Unkept where what they take besides is not plain."""
    return {
        name: [_name(b.use.primitive), _written_static(dict(b.use.statics)), b.shapes, b.shape]
        for name, b in backs.items()
    }


def read_back(text: Any) -> dict[str, Back]:
    """What was written by `written_back`. KeyError for a primitive that does not exist."""
    return {
        name: Back(Use(PRIMITIVES[primitive], _read_static(statics)), tuple(map(tuple, shapes)), tuple(shape))
        for name, (primitive, statics, shapes, shape) in text.items()
    }


def _name(primitive: Primitive) -> str:
    if PRIMITIVES.get(primitive.name) is not primitive:
        raise Unkept
    return primitive.name


def _written_static(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return ["plain", value]
    if kind is float:
        return ["known", value.hex()]
    if kind is tuple:
        return ["tuple", *map(_written_static, value)]
    if kind is slice:
        return ["slice", *map(_written_static, (value.start, value.stop, value.step))]
    if kind is dict and all(type(name) is str for name in value):
        return ["names", {name: _written_static(part) for name, part in value.items()}]
    raise Unkept


def _read_static(text: Any) -> Any:
    kind, *rest = text
    if kind == "plain":
        return rest[0]
    if kind == "known":
        return float.fromhex(rest[0])
    if kind == "tuple":
        return tuple(map(_read_static, rest))
    if kind == "slice":
        return slice(*map(_read_static, rest))
    return {name: _read_static(part) for name, part in rest[0].items()}
