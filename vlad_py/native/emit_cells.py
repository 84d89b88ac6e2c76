"""Cells in LLVM: the handle of the rest, then the values of an item; how they are made, written and read."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from vlad_py.native.storage import is_large
from vlad_py.native.types import BOOLEAN, ListType, Type, shape_of_type
from vlad_py.native.writer import Writer

if TYPE_CHECKING:
    from vlad_py.native.emit_lists import Lists

EMPTY = "-1"
FULL = "-2"  # in place of a handle if there is no memory
WORD = 8  # bytes


def words_of(type: Type) -> int:
    """The number of words that a value takes in a cell."""
    return prod(shape_of_type(type))


def bytes_of(type: ListType) -> int:
    """The number of bytes that a cell takes."""
    return WORD * (1 + sum(map(words_of, type.items)))


def new_cell(text: Writer, type: ListType) -> str:
    """The handle of a new cell, whose values are not written yet."""
    return text.write(f"call i64 @cell(ptr %context, i64 {bytes_of(type)})")


def arena(text: Writer, lists: Lists) -> str:
    """The address of the words of the context that say where the arena is."""
    return text.write(f"getelementptr i64, ptr %context, i64 {lists.slot()}")


def address(text: Writer, lists: Lists, handle: str) -> str:
    """The address of a cell that is there."""
    base = text.write(f"load ptr, ptr {arena(text, lists)}")
    return text.write(f"getelementptr i8, ptr {base}, i64 {handle}")


def fill(text: Writer, cell: str, type: ListType, values: list[str], rest: str) -> None:
    """Writes the values of a cell; a large array is given by its address."""
    text.line(f"store i64 {rest}, ptr {cell}")
    for value, (at, item) in zip(values, pieces_of(type), strict=True):
        place = text.write(f"getelementptr i64, ptr {cell}, i64 {at}")
        if is_large(item):
            text.copy(value, place, words_of(item))
        elif item == BOOLEAN:
            text.line(f"store i64 {text.write(f'zext i1 {value} to i64')}, ptr {place}")
        else:
            text.line(f"store {_kind(item)} {value}, ptr {place}")


def read(text: Writer, lists: Lists, handle: str, type: ListType) -> tuple[list[str], str]:
    """The values of an item and the rest; zeros and the empty list if the handle is not in the arena. A
    large array is given by its address, which holds until the next cell is made.
    """
    words = arena(text, lists)
    base = text.write(f"load i64, ptr {words}")
    end = text.write(f"load i64, ptr {text.write(f'getelementptr i64, ptr {words}, i64 1')}")
    inside = text.write(f"icmp ult i64 {handle}, {text.write(f'sub i64 {end}, {base}')}")
    there = text.write(f"inttoptr i64 {text.write(f'add i64 {base}, {handle}')} to ptr")
    cell = text.write(f"select i1 {inside}, ptr {there}, ptr {lists.zero(type)}")
    rest = text.write(f"load i64, ptr {cell}")
    values = []
    for at, item in pieces_of(type):
        place = text.write(f"getelementptr i64, ptr {cell}, i64 {at}")
        if is_large(item):
            values.append(place)
            continue
        word = text.write(f"load {'i64' if item == BOOLEAN else _kind(item)}, ptr {place}")
        values.append(text.write(f"trunc i64 {word} to i1") if item == BOOLEAN else word)
    return values, rest


def pieces_of(type: ListType) -> list[tuple[int, Type]]:
    """The pieces in which an item is read and written: the word of each, and its type. A large array is one
    piece; of other arrays, each element is one.
    """
    found: list[tuple[int, Type]] = []
    at = 1
    for item in type.items:
        count = 1 if is_large(item) else words_of(item)
        found += [(at + i, item) for i in range(count)]
        at += words_of(item)
    return found


def _kind(type: Type) -> str:
    return "i64" if isinstance(type, ListType) else "double"
