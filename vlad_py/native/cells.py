"""Takes lists apart, of known or unknown length: whether one is empty, its first item, and the rest."""

from __future__ import annotations

from vlad_py.native import list_ops
from vlad_py.native.exits import Fails
from vlad_py.native.kinds import refilled
from vlad_py.native.leaf_types import is_unknown_list
from vlad_py.native.unknown import NamedBoolean, NamedList, boolean
from vlad_py.values.values import Cons, Nil, Value


def is_nil(value: Value) -> Value:
    """Whether a value is the empty list."""
    if is_unknown_list(value):
        return boolean(value.builder, list_ops.is_nil(value.builder, value.name))
    return isinstance(value, Nil)


def is_cons(value: Value) -> Value:
    """Whether a value is a list with an item."""
    if not is_unknown_list(value):
        return type(value) is Cons
    empty = is_nil(value)
    return empty.negated() if isinstance(empty, NamedBoolean) else not empty


def head(value: NamedList) -> Value:
    """The first item."""
    return refilled(value.builder, value.item, value.parts()[0])


def tail(value: NamedList) -> NamedList:
    """The items behind the first."""
    return value.having(value.parts()[1])


def part(value: Value, which: int | str) -> Value:
    """A part of a tuple or of a list. Fails if it is neither, or has no such part."""
    if isinstance(which, int):
        if type(value) is not tuple or which >= len(value):
            raise Fails  # an option of a switch that the pattern does not fit
        return value[which]
    if which in ("head", "tail"):
        if is_unknown_list(value):
            return head(value) if which == "head" else tail(value)
        if type(value) is not Cons:
            raise Fails
        return getattr(value, which)
    raise TypeError(f"no part {which}")
