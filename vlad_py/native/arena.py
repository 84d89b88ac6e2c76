"""Reads the lists of unknown length that a unit returns from its arena (see `emit_lists.py`)."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.native.emit_cells import WORD, words_of
from vlad_py.native.ir import Unit
from vlad_py.native.kinds import transform
from vlad_py.native.leaf_types import is_nan
from vlad_py.native.types import BOOLEAN, REAL, ArrayType, ListType, Type
from vlad_py.native.unknown import Named, NamedBoolean, NamedList
from vlad_py.primitives.array import collected
from vlad_py.values.values import Array, Value, make_list

if TYPE_CHECKING:
    from vlad_py.native import emit_lists

Words: TypeAlias = "memoryview[Any]"  # the arena, as doubles or as whole numbers


class Lists(NamedTuple):
    """Which results of a unit are lists, and the word of the context where its arena begins."""

    slot: int
    results: list[tuple[int, ListType]]

    def read(self, words: Any, out: Sequence[float]) -> list[Any]:
        """The results, with the rows of each list in the place of its handle: a row has a list's values."""
        begin, end = words[self.slot], words[self.slot + 1]
        memory = memoryview(ctypes.string_at(begin, end - begin) if end > begin else b"")
        reals: Words = memory.cast("d")
        handles: Words = memory.cast("q")
        found: list[Any] = list(out)
        for place, type in self.results:
            found[place] = _rows(reals, handles, int(out[place]), type)
        return found


def lists_of(unit: Unit, lists: emit_lists.Lists) -> Lists | None:
    """Which results of a unit are lists; None if none of them is."""
    results = [(i, r.type) for i, r in enumerate(unit.region.results) if isinstance(r.type, ListType)]
    return Lists(lists.slot(), results) if results else None


def _rows(reals: Words, handles: Words, handle: int, type: ListType) -> list[Any]:
    """The rows of a list. IndexError if a handle is not in the arena."""
    rows: list[Any] = []
    if type.items == (REAL,):
        while handle >= 0:
            at = handle // WORD
            rows.append(reals[at + 1])
            handle = handles[at]
        return rows
    readers = list(_readers(reals, handles, type))
    while handle >= 0:
        at = handle // WORD
        rows.append([read(at) for read in readers])
        handle = handles[at]
    return rows


def _readers(reals: Words, handles: Words, type: ListType) -> Iterator[Callable[[int], Any]]:
    """For each value of a cell, a function that reads it, given the number of the cell's first word."""
    place = 1
    for item in type.items:
        yield _reader(reals, handles, place, item)
        place += words_of(item)


def _reader(reals: Words, handles: Words, place: int, item: Type) -> Callable[[int], Any]:
    if isinstance(item, ListType):
        return lambda at: _rows(reals, handles, handles[at + place], item)
    if isinstance(item, ArrayType):
        size, shape = item.size, item.shape
        return lambda at: Array(np.array(reals[at + place : at + place + size]).reshape(shape))
    if item == BOOLEAN:
        return lambda at: bool(handles[at + place])
    return lambda at: reals[at + place]


def has_nan(rows: list[Any]) -> bool:
    """Whether a nan is among the reals of some rows, or of lists in them."""
    todo = [rows]
    while todo:
        for item in todo.pop():
            if type(item) is list:
                todo.append(item)
            elif is_nan(item):
                return True
    return False


def filled(template: Value, values: Iterator[Any]) -> Value:
    """A value whose names are replaced by what was read."""

    def leaf(item: Value) -> Value:
        if type(item) is NamedList:
            return _list(item, next(values))
        if type(item) is NamedBoolean:
            return bool(next(values))
        return next(values) if type(item) is Named else item

    return transform(template, leaf)


def _list(template: NamedList, rows: list[Any]) -> Value:
    if template.type.items == (REAL,):
        if type(template.item) is Named:
            return Array(np.array(rows, np.float64)) if template.is_array else make_list(rows)
        rows = [[real] for real in rows]
    items = [filled(template.item, iter(row)) for row in rows]
    return collected(tuple(items), 1.0) if template.is_array else make_list(items)
