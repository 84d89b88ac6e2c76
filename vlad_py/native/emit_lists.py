"""Lists in LLVM: cells in an arena, each with the handle of the rest and the values of an item.

The arena is a tape of its own that nothing is taken off: it grows as tapes do, and is empty when a unit
begins. A handle says how many bytes after the arena's beginning a cell stands, for the arena moves when it
grows; that of the empty list is -1. Whoever reads a cell asks whether its handle lies in the arena, and reads
a cell of zeros where it does not: so no handle reads outside of it, and the empty list has items that are 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.ir import Name, Op, Region, Tape, functions_of
from vlad_py.native.status import NO_TAPE
from vlad_py.native.types import BOOLEAN, ListType, Type, shape_of_type
from vlad_py.native.writer import Writer

if TYPE_CHECKING:
    from vlad_py.native.emit import Body, Module

EMPTY = "-1"
FULL = "-2"  # in place of a handle if there is no memory
WORD = 8  # bytes


def words_of(type: Type) -> int:
    """The number of words that a value takes in a cell."""
    size = 1
    for n in shape_of_type(type):
        size *= n
    return size


def bytes_of(type: ListType) -> int:
    """The number of bytes that a cell takes."""
    return WORD * (1 + sum(map(words_of, type.items)))


class Lists:
    """A module's part for lists: the tape that is their arena, and functions by their names."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.arena = Tape()
        self.is_used = False
        self.texts: dict[str, str] = {}
        self.zeros: dict[ListType, str] = {}

    def slot(self) -> int:
        """The word of the context at which the arena begins."""
        if not self.is_used:
            self.is_used = True
            self.texts["cell"] = _CELL.format(slot=self.module.slot(self.arena))
        return self.module.slot(self.arena)

    def zero(self, type: ListType) -> str:
        """The name of a cell of zeros, which ends the list."""
        if type not in self.zeros:
            self.zeros[type] = f"@zero_cell_{len(self.zeros)}"
            words = [EMPTY]
            for item in type.items:
                words += [EMPTY if isinstance(item, ListType) else "0"] * words_of(item)
            cell = ", ".join(f"i64 {word}" for word in words)
            text = f"{self.zeros[type]} = internal constant [{len(words)} x i64] [{cell}]"
            self.module.constants.append(text)
        return self.zeros[type]

    def function(self, kind: str, type: ListType) -> str:
        """The name of the function that does an operation on two lists of a type."""
        self.slot()
        self.zero(type)
        name = f"{kind}_{list(self.zeros).index(type)}"
        if name not in self.texts:
            self.texts[name] = ""  # a name that is taken: lists inside lists have functions of their own
            self.texts[name] = (_merge if kind == "merge" else _fit)(self, name, type)
        return name


def start(module: Module) -> list[str]:
    """The lines that empty the arena where a unit begins."""
    if not module.lists.is_used:
        return []
    return [
        f"  %arena_at = getelementptr i64, ptr %context, i64 {module.lists.slot()}",
        "  %arena = load i64, ptr %arena_at",
        "  %arena_end_at = getelementptr i64, ptr %arena_at, i64 1",
        "  store i64 %arena, ptr %arena_end_at",
    ]


def op(body: Body, op: Op) -> None:
    """Writes an operation on lists."""
    lists = body.module.lists
    lists.slot()
    match op.kind:
        case "cons":
            *item, rest = op.operands
            assert isinstance(rest.type, ListType)
            handle = _cell(body, rest.type)
            body.leave_if(body.write(f"icmp eq i64 {handle}, {FULL}"), NO_TAPE)
            values = [value for operand in item for value in body.parts(operand)]
            _fill(body, _address(body, lists, handle), rest.type, values, body.value(rest))
            body.names[op.results[0]] = handle
        case "uncons":
            (whole,) = op.operands
            assert isinstance(whole.type, ListType)
            values, after = _read(body, lists, body.value(whole), whole.type)
            body.bind_all(op.results, [*values, after])
        case "is_nil":
            body.names[op.results[0]] = body.write(f"icmp slt i64 {body.value(op.operands[0])}, 0")
        case "length":
            lists.texts.setdefault("length_of", _LENGTH.format(slot=lists.slot()))
            call = f"call double @length_of(ptr %context, i64 {body.value(op.operands[0])})"
            body.names[op.results[0]] = body.write(call)
        case "merge" | "fit":
            type = op.results[0].type
            assert isinstance(type, ListType)
            given = ", ".join(f"i64 {body.value(o)}" for o in op.operands)
            handle = body.write(f"call i64 @{lists.function(op.kind, type)}(ptr %context, {given})")
            body.leave_if(body.write(f"icmp eq i64 {handle}, {FULL}"), NO_TAPE)
            body.names[op.results[0]] = handle


def taken_in(body: Body, parameter: Name, block: str) -> None:
    """Puts a list of reals into cells, from a block that has its length, then its reals."""
    lists = body.module.lists
    lists.texts.setdefault("list_of", _LIST.format(slot=lists.slot()))
    handle = body.names[parameter] = body.write(f"call i64 @list_of(ptr %context, ptr {block})")
    body.leave_if(body.write(f"icmp eq i64 {handle}, {FULL}"), NO_TAPE)


# ── cells that are no longer used ─────────────────────────────────────────────────────────────────────


def forgets(region: Region) -> bool:
    """Whether the lists that a turn of a loop, or a call of a function, makes are not used after it: none is
    among its results, and none is saved on a tape.
    """
    if any(isinstance(result.type, ListType) for result in region.results):
        return False
    makes = False
    regions = [region, *(function.region for function in functions_of(region))]
    while regions:
        for op in regions.pop().ops:
            if op.kind == "save" and any(isinstance(o.type, ListType) for o in op.operands):
                return False
            makes = makes or op.kind in ("cons", "merge", "fit")
            regions += op.regions
    return makes


def mark(body: Body) -> str:
    """The number of bytes in the arena now; an address would not do, since the arena may move."""
    end = body.write(f"load i64, ptr {_end(body)}")
    return body.write(f"sub i64 {end}, {_base(body)}")


def forget(body: Body, mark: str) -> None:
    """Ends the arena where it ended before, which frees the cells behind that."""
    end = body.write(f"add i64 {_base(body)}, {mark}")
    body.line(f"store i64 {end}, ptr {_end(body)}")


def _base(body: Body) -> str:
    return body.write(f"load i64, ptr {_arena(body, body.module.lists)}")


def _end(body: Body) -> str:
    return body.write(f"getelementptr i64, ptr {_arena(body, body.module.lists)}, i64 1")


# ── cells ────────────────────────────────────────────────────────────────────────────────────


def _cell(text: Writer, type: ListType) -> str:
    """The handle of a new cell, whose values are not written yet."""
    return text.write(f"call i64 @cell(ptr %context, i64 {bytes_of(type)})")


def _arena(text: Writer, lists: Lists) -> str:
    return text.write(f"getelementptr i64, ptr %context, i64 {lists.slot()}")


def _address(text: Writer, lists: Lists, handle: str) -> str:
    """The address of a cell that is there."""
    base = text.write(f"load ptr, ptr {_arena(text, lists)}")
    return text.write(f"getelementptr i8, ptr {base}, i64 {handle}")


def _fill(text: Writer, cell: str, type: ListType, values: list[str], rest: str) -> None:
    text.line(f"store i64 {rest}, ptr {cell}")
    for at, (value, item) in enumerate(zip(values, _words(type), strict=True), 1):
        place = text.write(f"getelementptr i64, ptr {cell}, i64 {at}")
        if item == BOOLEAN:
            text.line(f"store i64 {text.write(f'zext i1 {value} to i64')}, ptr {place}")
        else:
            text.line(f"store {_kind(item)} {value}, ptr {place}")


def _read(text: Writer, lists: Lists, handle: str, type: ListType) -> tuple[list[str], str]:
    """The values of an item and the rest; zeros and the empty list if the handle is not in the arena."""
    arena = _arena(text, lists)
    base = text.write(f"load i64, ptr {arena}")
    end = text.write(f"load i64, ptr {text.write(f'getelementptr i64, ptr {arena}, i64 1')}")
    inside = text.write(f"icmp ult i64 {handle}, {text.write(f'sub i64 {end}, {base}')}")
    there = text.write(f"inttoptr i64 {text.write(f'add i64 {base}, {handle}')} to ptr")
    cell = text.write(f"select i1 {inside}, ptr {there}, ptr {lists.zero(type)}")
    rest = text.write(f"load i64, ptr {cell}")
    values = []
    for at, item in enumerate(_words(type), 1):
        place = text.write(f"getelementptr i64, ptr {cell}, i64 {at}")
        word = text.write(f"load {'i64' if item == BOOLEAN else _kind(item)}, ptr {place}")
        values.append(text.write(f"trunc i64 {word} to i1") if item == BOOLEAN else word)
    return values, rest


def _words(type: ListType) -> list[Type]:
    """The type of each word of a cell but the first; for a word of an array, the type of the array."""
    return [item for item in type.items for _ in range(words_of(item))]


def _kind(type: Type) -> str:
    return "i64" if isinstance(type, ListType) else "double"


# ── functions ────────────────────────────────────────────────────────────────────────────────

_CELL = """
define internal i64 @cell(ptr %context, i64 %bytes) nounwind {{
  %words = getelementptr i64, ptr %context, i64 {slot}
  %end_at = getelementptr i64, ptr %words, i64 1
  %limit_at = getelementptr i64, ptr %words, i64 2
  %now = load i64, ptr %end_at
  %limit = load i64, ptr %limit_at
  %after = add i64 %now, %bytes
  %full = icmp ugt i64 %after, %limit
  br i1 %full, label %more, label %have, !prof !0
more:
  %grown = call i1 @grow(ptr %context, ptr %words, i64 %bytes)
  br i1 %grown, label %have, label %none
have:
  %base = load i64, ptr %words
  %start = load i64, ptr %end_at
  %stop = add i64 %start, %bytes
  store i64 %stop, ptr %end_at
  %handle = sub i64 %start, %base
  ret i64 %handle
none:
  ret i64 -2
}}
"""

_LENGTH = """
define internal double @length_of(ptr %context, i64 %list) nounwind {{
start:
  %words = getelementptr i64, ptr %context, i64 {slot}
  %base = load i64, ptr %words
  %end_at = getelementptr i64, ptr %words, i64 1
  %end = load i64, ptr %end_at
  %size = sub i64 %end, %base
  br label %turn
turn:
  %handle = phi i64 [ %list, %start ], [ %rest, %on ]
  %count = phi i64 [ 0, %start ], [ %next, %on ]
  %inside = icmp ult i64 %handle, %size
  br i1 %inside, label %on, label %done
on:
  %place = add i64 %base, %handle
  %cell = inttoptr i64 %place to ptr
  %rest = load i64, ptr %cell
  %next = add i64 %count, 1
  br label %turn
done:
  %found = sitofp i64 %count to double
  ret double %found
}}
"""


_LIST = """
define internal i64 @list_of(ptr %context, ptr %block) nounwind {{
start:
  %words = getelementptr i64, ptr %context, i64 {slot}
  %length = load double, ptr %block
  %count = fptosi double %length to i64
  br label %turn
turn:
  %left = phi i64 [ %count, %start ], [ %fewer, %on ]
  %list = phi i64 [ -1, %start ], [ %handle, %on ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %take, label %done
take:
  %handle = call i64 @cell(ptr %context, i64 16)
  %full = icmp eq i64 %handle, -2
  br i1 %full, label %done, label %on
on:
  %item_at = getelementptr double, ptr %block, i64 %left
  %item = load double, ptr %item_at
  %base = load ptr, ptr %words
  %cell = getelementptr i8, ptr %base, i64 %handle
  %value_at = getelementptr double, ptr %cell, i64 1
  store i64 %list, ptr %cell
  store double %item, ptr %value_at
  %fewer = sub i64 %left, 1
  br label %turn
done:
  %found = phi i64 [ %list, %turn ], [ -2, %take ]
  ret i64 %found
}}
"""


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
        place = self.write(f"select i1 {is_first}, ptr {self.whole}, ptr {_address(self, self.lists, last)}")
        self.line(f"store i64 {handle}, ptr {place}")

    def unless_full(self, handle: str) -> None:
        """Returns FULL if there is no memory."""
        out, on = self.label(), self.label()
        self.line(f"br i1 {self.write(f'icmp eq i64 {handle}, {FULL}')}, label %{out}, label %{on}, !prof !0")
        self.open(out)
        self.line(f"ret i64 {FULL}")
        self.open(on)

    def add(self, values: list[str], a: str, b: str) -> str:
        """One more cell, then the next turn. Gives the text of the function."""
        handle = _cell(self, self.type)
        self.unless_full(handle)
        _fill(self, _address(self, self.lists, handle), self.type, values, EMPTY)
        self.link(handle)
        self.line(f"store i64 {handle}, ptr {self.last}")
        self.line(f"store i64 {a}, ptr {self.a}")
        self.line(f"store i64 {b}, ptr {self.b}")
        self.line(f"br label %{self.again}")
        head = f"define internal i64 @{self.name}(ptr %context, i64 %a, i64 %b) nounwind {{"
        return "\n".join([head, "start:", *self.slots, *self.lines, "}"])

    def of_lists(self, kind: str, type: ListType, a: str, b: str) -> str:
        """Writes the operation on lists that are items."""
        function = self.lists.function(kind, type)
        found = self.write(f"call i64 @{function}(ptr %context, i64 {a}, i64 {b})")
        self.unless_full(found)
        return found


def _merge(lists: Lists, name: str, type: ListType) -> str:
    text = _Chain(lists, name, type)
    a, b = (text.write(f"load i64, ptr {slot}") for slot in (text.a, text.b))
    text.leave(text.write(f"icmp slt i64 {a}, 0"), b)
    text.leave(text.write(f"icmp slt i64 {b}, 0"), a)
    (left, rest_a), (right, rest_b) = (_read(text, lists, handle, type) for handle in (a, b))
    values = []
    for x, y, item in zip(left, right, _words(type), strict=True):
        if isinstance(item, ListType):
            values.append(text.of_lists("merge", item, x, y))
        else:
            values.append("false" if item == BOOLEAN else text.write(f"fadd double {x}, {y}"))
    return text.add(values, rest_a, rest_b)


def _fit(lists: Lists, name: str, type: ListType) -> str:
    text = _Chain(lists, name, type)
    a, like = (text.write(f"load i64, ptr {slot}") for slot in (text.a, text.b))
    text.leave(text.write(f"icmp slt i64 {like}, 0"), EMPTY)
    (own, rest_a), (other, rest_like) = (_read(text, lists, handle, type) for handle in (a, like))
    values = []
    for x, y, item in zip(own, other, _words(type), strict=True):
        values.append(text.of_lists("fit", item, x, y) if isinstance(item, ListType) else x)
    return text.add(values, rest_a, rest_like)
