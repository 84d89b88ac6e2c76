"""Passes long lists of reals into a unit, which is compiled for every length."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Any

from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name
from vlad_py.native.list_ops import nil
from vlad_py.native.types import REAL, ListType
from vlad_py.native.unknown import Named, NamedList
from vlad_py.values import structure
from vlad_py.values.values import Cons, Value, list_items

LARGEST = 1000  # parts of a value that goes into native code part by part
TYPE = ListType((REAL,))


def is_long(value: Value) -> bool:
    """Whether a value is a list of too many reals to go in one by one."""
    if type(value) is not Cons or type(value.head) is not float:
        return False
    if sum(1 for _ in islice(list_items(value), LARGEST + 1)) <= LARGEST:
        return False
    return all(type(item) is float for item in list_items(value))


def parts(value: Value) -> tuple[Value, ...] | None:
    """The parts of a plain value; None for a leaf, and for a long list."""
    return None if is_long(value) else structure.parts(value)


def shortened(builder: Builder, value: Value) -> Value:
    """A value whose long lists are replaced by lists of unknown length."""
    item = Named(builder, Name())

    def leaf(x: Value) -> Value:
        return NamedList(builder, nil(TYPE), item) if is_long(x) else x

    return structure.transform(value, leaf, parts)


def numbers(value: Value) -> Iterator[float | array[float]]:
    """The reals of a plain value in order, and a block for each long list: its length, then its reals."""
    todo = [value]
    while todo:
        item = todo.pop()
        inner = parts(item)
        if inner is not None:
            todo.extend(inner[::-1])
        elif type(item) is float:
            yield item
        elif type(item) is Cons:
            reals: list[Any] = [0.0, *list_items(item)]
            block = array("d", reals)
            block[0] = len(block) - 1.0
            yield block
