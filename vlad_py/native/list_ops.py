"""Writes operations on lists of unknown length into a unit. Those on the empty list give constants."""

from __future__ import annotations

from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name, constant, zero_of
from vlad_py.native.types import ListType
from vlad_py.values.values import NIL


def nil(type: ListType) -> Name:
    """The empty list of a type."""
    return Name(type, NIL)


def cons(builder: Builder, item: list[Name], rest: Name) -> Name:
    """A list with an item in front."""
    result = Name(rest.type)
    builder.emit("cons", [*item, rest], [result])
    return result


def uncons(builder: Builder, whole: Name) -> tuple[list[Name], Name]:
    """The first item of a list and the rest; for the empty list, zeros and the empty list."""
    assert isinstance(whole.type, ListType)
    if whole.constant is NIL:
        return [zero_of(type) for type in whole.type.items], whole
    results = [Name(type) for type in (*whole.type.items, whole.type)]
    builder.emit("uncons", [whole], results)
    return results[:-1], results[-1]


def is_nil(builder: Builder, whole: Name) -> Name:
    """Whether a list is empty."""
    return constant(True) if whole.constant is NIL else builder.boolean("is_nil", [whole])


def merge(builder: Builder, a: Name, b: Name) -> Name:
    """The sum of two lists, item by item; the other items of the longer one stay as they are."""
    for x, other in ((a, b), (b, a)):
        if x.constant is NIL:
            return other
    result = Name(a.type)
    builder.emit("merge", [a, b], [result])
    return result


def fit(builder: Builder, whole: Name, like: Name) -> Name:
    """A list cut to the length of another, or continued with zeros."""
    result = Name(whole.type)
    builder.emit("fit", [whole, like], [result])
    return result


def length(builder: Builder, whole: Name) -> Name:
    """How many items a list has."""
    result = Name()
    builder.emit("length", [whole], [result])
    return result
