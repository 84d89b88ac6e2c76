"""Lists in LLVM: cells in an arena, each with the handle of the rest and the values of an item.

The arena is a tape of its own that nothing is taken off: it grows as tapes do, and is empty when a unit
begins. A handle says how many bytes after the arena's beginning a cell stands, for the arena moves when it
grows; that of the empty list is -1. Whoever reads a cell asks whether its handle lies in the arena, and reads
a cell of zeros where it does not: so no handle reads outside of it, and the empty list has items that are 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.emit_cells import (
    EMPTY,
    FULL,
    address,
    arena,
    fill,
    new_cell,
    pieces_of,
    read,
    words_of,
)
from vlad_py.native.emit_chains import fit, merge
from vlad_py.native.ir import Name, Op, Region, Tape, functions_of
from vlad_py.native.status import NO_TAPE
from vlad_py.native.storage import is_large
from vlad_py.native.types import ListType

if TYPE_CHECKING:
    from vlad_py.native.emit import Body, Module


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
            self.texts[name] = (merge if kind == "merge" else fit)(self, name, type)
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
            handle = new_cell(body, rest.type)
            body.leave_if(body.write(f"icmp eq i64 {handle}, {FULL}"), NO_TAPE)
            values = []
            for operand in item:
                values += [body.arrays.pointer(operand)] if is_large(operand.type) else body.parts(operand)
            fill(body, address(body, lists, handle), rest.type, values, body.value(rest))
            body.names[op.results[0]] = handle
        case "uncons":
            (whole,) = op.operands
            assert isinstance(whole.type, ListType)
            values, after = read(body, lists, body.value(whole), whole.type)
            large = [r for r in op.results if is_large(r.type)]
            pairs = list(zip(values, pieces_of(whole.type), strict=True))
            for result, pointer in zip(large, [v for v, (_, t) in pairs if is_large(t)], strict=True):
                body.copy(pointer, body.arrays.fresh(result), words_of(result.type))  # cells move
            body.bind_all(op.results, [*(v for v, (_, t) in pairs if not is_large(t)), after])
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
    return body.write(f"load i64, ptr {arena(body, body.module.lists)}")


def _end(body: Body) -> str:
    return body.write(f"getelementptr i64, ptr {arena(body, body.module.lists)}, i64 1")


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
