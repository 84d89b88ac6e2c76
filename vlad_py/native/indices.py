"""Indices that are not known: of arrays in memory, and of structures of a few reals.

An index is tested as a real, whole and in range, before anything is loaded with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.walk import done, run
from vlad_py.native.counters import is_within
from vlad_py.native.exits import Fails
from vlad_py.native.ir import Name, constant
from vlad_py.native.kinds import leaves
from vlad_py.native.leaf_types import is_a_real, is_an_array, is_unknown
from vlad_py.native.structural import rule, whole
from vlad_py.native.unknown import Named, boolean, name_of, real
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.indexing import index, indexed
from vlad_py.values.values import Cons, Value, list_items, shape_of

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

MOST_CHOSEN = 64  # elements among which an unknown index chooses


@rule(index)
def _index(s: Specialiser, value: Value, position: Value) -> Value:
    if type(position) is not Named or not is_a_real(position):
        try:
            return index(value, position)
        except RunError:
            if any(map(is_unknown, leaves(position))):
                raise
            raise Fails from None  # what is indexed is known but for its reals
    if is_an_array(value):
        return taken(s, value, (position,))
    items = value if type(value) is tuple else tuple(list_items(value)) if isinstance(value, Cons) else ()
    if not 0 < len(items) <= MOST_CHOSEN:
        raise NotNative("an unknown index of a structure that does not hold a few things")
    i = in_range(s, position, len(items))
    if not all(map(is_a_real, items)):
        return _chosen(s, items, i, 0)
    chosen: Name = name_of(items[-1])
    for k in range(len(items) - 2, -1, -1):
        is_here = s.builder.compare("==", i, constant(float(k)))
        chosen = s.builder.select(is_here, name_of(items[k]), chosen)
    return real(s.builder, chosen)


def _chosen(s: Specialiser, items: tuple[Value, ...], i: Name, k: int) -> Value:
    """The item at an index, which is at least k and in range; the items are not all reals."""
    if k == len(items) - 1:
        return items[k]
    here = boolean(s.builder, s.builder.compare("==", i, constant(float(k))))
    chosen = s.choice(here, lambda: done((items[k],)), lambda: done((_chosen(s, items, i, k + 1),)))
    return run(chosen)[0]


@rule(indexed)
def _indexed(s: Specialiser, value: Value, indices: Value) -> Value:
    assert isinstance(indices, tuple)
    are_unknown = any(type(i) is Named for i in indices)
    if not (are_unknown and is_an_array(value) and all(map(is_a_real, indices))):
        return indexed(value, indices)
    return taken(s, value, indices)


def taken(s: Specialiser, value: Value, indices: tuple[Value, ...]) -> Value:
    """The element or part of an array at indices of its first dimensions."""
    shape = shape_of(value)
    if len(indices) > len(shape):
        raise Fails
    places = [in_range(s, i, size) for i, size in zip(indices, shape, strict=False)]
    return real(s.builder, s.builder.take(name_of(value), places))


def in_range(s: Specialiser, position: Value, size: int) -> Name:
    """An index from 0, after guards that it is whole and in range; a negative one counts from the end."""
    builder = s.builder
    if type(position) is float:
        if not (position.is_integer() and -size <= position < size):
            raise Fails
        return constant(position % size)
    assert type(position) is Named
    if is_within(position.name, size):
        return position.name
    i = name_of(whole(s, position))
    is_from_end = builder.compare("<", i, constant(0.0))
    i = builder.select(is_from_end, name_of(add(real(builder, i), float(size))), i)
    inside = builder.both(
        builder.compare("<=", constant(0.0), i), builder.compare("<", i, constant(float(size)))
    )
    builder.guard(inside, "an index out of range")
    return i
