"""LLVM functions that make a list from two others: their sum, and one cut to the length of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.emit_cells import EMPTY, FULL, address, fill, new_cell, pieces_of, read, words_of
from vlad_py.native.storage import is_large
from vlad_py.native.types import BOOLEAN, ListType
from vlad_py.native.writer import Writer

if TYPE_CHECKING:
    from vlad_py.native.emit_lists import Lists


class _Chain(Writer):
    """A function that makes a list from its first cell to its last."""

    def __init__(self, lists: Lists, name: str, type: ListType) -> None:
        super().__init__()
        self.lists = lists
        self.type = type
        self.name = name
        self.whole, self.last = self.slot("i64"), self.slot("i64")
        self.a, self.b = self.slot("i64"), self.slot("i64")
        self.line(f"store i64 {EMPTY}, ptr {self.whole}")
        self.line(f"store i64 {EMPTY}, ptr {self.last}")
        self.line(f"store i64 %a, ptr {self.a}")
        self.line(f"store i64 %b, ptr {self.b}")
        self.again = self.label()
        self.line(f"br label %{self.again}")
        self.open(self.again)

    def leave(self, condition: str, last: str) -> None:
        """Ends the list with another where a condition holds."""
        out, on = self.label(), self.label()
        self.line(f"br i1 {condition}, label %{out}, label %{on}")
        self.open(out)
        self.link(last)
        self.line(f"ret i64 {self.write(f'load i64, ptr {self.whole}')}")
        self.open(on)

    def link(self, handle: str) -> None:
        """Puts a list behind the last cell."""
        last = self.write(f"load i64, ptr {self.last}")
        is_first = self.write(f"icmp slt i64 {last}, 0")
        place = self.write(f"select i1 {is_first}, ptr {self.whole}, ptr {address(self, self.lists, last)}")
        self.line(f"store i64 {handle}, ptr {place}")

    def unless_full(self, handle: str) -> None:
        """Returns FULL if there is no memory."""
        out, on = self.label(), self.label()
        self.line(f"br i1 {self.write(f'icmp eq i64 {handle}, {FULL}')}, label %{out}, label %{on}, !prof !0")
        self.open(out)
        self.line(f"ret i64 {FULL}")
        self.open(on)

    def cell(self) -> str:
        """The handle of a new cell, or an end with FULL."""
        handle = new_cell(self, self.type)
        self.unless_full(handle)
        return handle

    def end(self, handle: str, a: str, b: str) -> str:
        """Puts a filled cell behind the others and starts the next turn. Returns the function's text."""
        self.link(handle)
        self.line(f"store i64 {handle}, ptr {self.last}")
        self.line(f"store i64 {a}, ptr {self.a}")
        self.line(f"store i64 {b}, ptr {self.b}")
        self.line(f"br label %{self.again}")
        head = f"define internal i64 @{self.name}(ptr %context, i64 %a, i64 %b) nounwind {{"
        return "\n".join([head, "start:", *self.slots, *self.lines, "}"])

    def inner(self, kind: str, type: ListType, a: str, b: str) -> str:
        """Writes the operation on lists that are items."""
        function = self.lists.function(kind, type)
        found = self.write(f"call i64 @{function}(ptr %context, i64 {a}, i64 {b})")
        self.unless_full(found)
        return found


def merge(lists: Lists, name: str, type: ListType) -> str:
    """The text of a function that adds two lists, item by item."""
    text = _Chain(lists, name, type)
    a, b = (text.write(f"load i64, ptr {slot}") for slot in (text.a, text.b))
    text.leave(text.write(f"icmp slt i64 {a}, 0"), b)
    text.leave(text.write(f"icmp slt i64 {b}, 0"), a)
    (left, rest_a), (right, rest_b) = (read(text, lists, handle, type) for handle in (a, b))
    values = []
    for x, y, (_, item) in zip(left, right, pieces_of(type), strict=True):
        if isinstance(item, ListType):
            values.append(text.inner("merge", item, x, y))
        elif is_large(item):
            values.append("")
        else:
            values.append("false" if item == BOOLEAN else text.write(f"fadd double {x}, {y}"))
    handle = text.cell()
    values, right = _with_arrays(text, values, a, b)
    cell = address(text, lists, handle)
    fill(text, cell, type, values, EMPTY)
    for y, (at, item) in zip(right, pieces_of(type), strict=True):
        if is_large(item):
            target = text.write(f"getelementptr i64, ptr {cell}, i64 {at}")
            with text.counting(words_of(item)) as i:
                both = f"fadd double {text.load(target, i)}, {text.load(y, i)}"
                text.store(text.write(both), target, i)
    return text.end(handle, rest_a, rest_b)


def fit(lists: Lists, name: str, type: ListType) -> str:
    """The text of a function that cuts a list to the length of another, or continues it with zeros."""
    text = _Chain(lists, name, type)
    a, like = (text.write(f"load i64, ptr {slot}") for slot in (text.a, text.b))
    text.leave(text.write(f"icmp slt i64 {like}, 0"), EMPTY)
    (own, rest_a), (other, rest_like) = (read(text, lists, handle, type) for handle in (a, like))
    values = []
    for x, y, (_, item) in zip(own, other, pieces_of(type), strict=True):
        values.append(text.inner("fit", item, x, y) if isinstance(item, ListType) else x)
    handle = text.cell()
    values, _ = _with_arrays(text, values, a, like)
    fill(text, address(text, lists, handle), type, values, EMPTY)
    return text.end(handle, rest_a, rest_like)


def _with_arrays(text: _Chain, values: list[str], a: str, b: str) -> tuple[list[str], list[str]]:
    """The values of a cell with the addresses of the large arrays of list a, and the values of list b. They
    are read again, because making a cell may have moved them.
    """
    pieces = pieces_of(text.type)
    if not any(is_large(item) for _, item in pieces):
        return values, values
    (left, _), (right, _) = (read(text, text.lists, handle, text.type) for handle in (a, b))
    return [x if is_large(item) else v for v, x, (_, item) in zip(values, left, pieces, strict=True)], right
