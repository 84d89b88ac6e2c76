"""Widens values to a kind that has room for others: a loop's state over its turns, the items of a list."""

from __future__ import annotations

from collections.abc import Iterable

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, run
from vlad_py.native.abstract import MOST_OPTIONS, Switch
from vlad_py.native.builder import Builder
from vlad_py.native.kinds import (
    are_sequences,
    blank,
    form,
    generalised,
    has_derivative,
    items_of,
    name_of_list,
    names_like,
    options_of,
    parts,
    which,
    with_parts,
)
from vlad_py.native.leaf_types import is_a_boolean, is_a_number, is_an_array, is_unknown_array, type_of
from vlad_py.native.list_ops import nil
from vlad_py.native.types import ArrayType, ListType
from vlad_py.native.unknown import NamedList, real
from vlad_py.values.values import Value

DEEPEST = 8  # lists inside one another
LARGEST_ARRAY = 1024  # elements of one in a cell
OTHER_ITEMS = "a list of things of different kinds"


def widened(builder: Builder, before: Value, after: Value, grows: bool = False) -> Value:
    """The value before a turn, of a kind that has room for that after it.

    Where it `grows`, lists of different lengths become one of unknown length; elsewhere NotNative.
    """
    return run(_walk(builder, before, after, grows))


def _walk(builder: Builder, a: Value, b: Value, grows: bool) -> Walk[Value]:
    if a is b or (is_a_boolean(a) and is_a_boolean(b)):
        return a
    if is_a_number(a) and is_a_number(b) and type_of(a) == type_of(b):
        return a
    inner, other = parts(a), parts(b)
    if inner is not None and other is not None and type(a) is type(b) and form(a) == form(b):
        new = []
        for x, y in zip(inner, other, strict=True):
            new.append((yield _walk(builder, x, y, grows)))
        return with_parts(a, tuple(new))
    if are_sequences(a, b):
        if not grows:
            raise NotNative("a list that grows")
        return listed(builder, item_of(builder, (a, b)), a)
    numbering = builder.numbering
    old, others = options_of(numbering, a), options_of(numbering, b)
    keys = tuple(sorted({*old, *others}))
    if len(keys) > MOST_OPTIONS:
        raise NotNative("a loop whose state has too many kinds")
    options = []
    for key in keys:
        if key in old and key in others:
            options.append((yield _walk(builder, old[key], others[key], grows)))
        else:
            options.append(old[key] if key in old else blank(others[key]))
    return Switch(numbering, keys, real(builder, which(numbering, a)), options)


# ── lists of unknown length ──────────────────────────────────────────────────────────────────


def item_of(builder: Builder, lists: Iterable[Value]) -> Value:
    """The kind that all items of some lists share, with names for the unknown parts.

    Raises NotNative if they have too little in common, or if a cell cannot hold them.
    """
    found: Value = None
    for whole in lists:
        with builder.into([]):  # only their kinds are needed, so what is written is dropped
            items = [whole.item] if type(whole) is NamedList else items_of(whole)
        for item in items:
            if found is None:
                found = generalised(builder, item, False)[0]
            elif not _fits(builder, found, item):
                found = generalised(builder, widened(builder, found, item, True), False)[0]
    if found is None:
        raise NotNative("a list of unknown length and of unknown things")
    if has_derivative(found):
        raise NotNative("a list of derivatives that are functions")
    return found


def _fits(builder: Builder, template: Value, item: Value) -> bool:
    count = builder.count
    with builder.into([]):
        names = names_like(template, item)
    builder.count = count
    return names is not None


def listed(builder: Builder, item: Value, value: Value) -> NamedList:
    """A list or array as one of unknown length with such items. NotNative if its items are others."""
    type = ListType(tuple([name.type for name in generalised(builder, item)[1]]))
    if type.depth > DEEPEST:
        raise NotNative("a list nested too deeply")
    if any(isinstance(item, ArrayType) and item.size > LARGEST_ARRAY for item in type.items):
        raise NotNative("a list of large arrays")
    template = NamedList(builder, nil(type), item, is_unknown_array(value) or is_an_array(value))
    name = name_of_list(template, value)
    if name is None:
        raise NotNative(OTHER_ITEMS)
    return template.having(name)
