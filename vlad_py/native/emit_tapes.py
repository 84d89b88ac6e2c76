"""Tapes in LLVM: what a sweep saves and restores, in stack order, in memory that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.ir import Frame, Op, Region, Tape
from vlad_py.native.status import LEFT, NO_TAPE
from vlad_py.native.storage import is_large
from vlad_py.native.types import BOOLEAN, ListType, shape_of_type

if TYPE_CHECKING:
    from vlad_py.native.emit import Body

FIRST_TAPE = 1 << 16  # bytes

GROW = f"""
define internal i1 @grow(ptr %context, ptr %tape, i64 %bytes) noinline cold nounwind {{
  %most_at = getelementptr i64, ptr %context, i64 2
  %most = load i64, ptr %most_at
  %now_at = getelementptr i64, ptr %tape, i64 1
  %end_at = getelementptr i64, ptr %tape, i64 2
  %base = load i64, ptr %tape
  %now = load i64, ptr %now_at
  %end = load i64, ptr %end_at
  %used = sub i64 %now, %base
  %size = sub i64 %end, %base
  %twice = shl i64 %size, 1
  %needed = add i64 %used, %bytes
  %more = add i64 %needed, {FIRST_TAPE}
  %larger = icmp ugt i64 %twice, %more
  %wanted = select i1 %larger, i64 %twice, i64 %more
  %capped = icmp ugt i64 %wanted, %most
  %new = select i1 %capped, i64 %most, i64 %wanted
  %fits = icmp uge i64 %new, %needed
  br i1 %fits, label %ask, label %full
ask:
  %old = inttoptr i64 %base to ptr
  %memory = call ptr @realloc(ptr %old, i64 %new)
  %got = ptrtoint ptr %memory to i64
  %none = icmp eq i64 %got, 0
  br i1 %none, label %full, label %have
have:
  %now2 = add i64 %got, %used
  %end2 = add i64 %got, %new
  store i64 %got, ptr %tape
  store i64 %now2, ptr %now_at
  store i64 %end2, ptr %end_at
  ret i1 true
full:
  ret i1 false
}}
"""


def record(body: Body, tape: Tape) -> str:
    """The address of a tape's words in the context."""
    return body.write(f"getelementptr i64, ptr %context, i64 {body.module.slot(tape)}")


def rewind(body: Body, tape: Tape) -> None:
    """Empties a tape: its end is where it begins."""
    words = record(body, tape)
    base = body.write(f"load ptr, ptr {words}")
    end = body.write(f"getelementptr i64, ptr {words}, i64 1")
    body.line(f"store ptr {base}, ptr {end}")


def reload(body: Body) -> None:
    """The ends of the tapes from the context, where a call may have moved them."""
    for tape, local in body.tapes.items():
        end = body.write(f"getelementptr i64, ptr {record(body, tape)}, i64 1")
        body.line(f"store ptr {body.write(f'load ptr, ptr {end}')}, ptr {local}")


def flush(body: Body) -> None:
    """The ends of the tapes into the context, where others look."""
    for tape, local in body.tapes.items():
        end = body.write(f"getelementptr i64, ptr {record(body, tape)}, i64 1")
        body.line(f"store ptr {body.write(f'load ptr, ptr {local}')}, ptr {end}")


def words_of(frame: Frame) -> int:
    """How many words a frame has."""
    return sum(_words(shape_of_type(type)) for type in frame.types)


def _words(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def save(body: Body, op: Op) -> None:
    """Puts values onto a tape, after one test that there is room for all of them."""
    frame: Frame = op.what
    local, size = body.tapes[frame.tape], 8 * words_of(frame)
    if not size:
        return
    words = record(body, frame.tape)
    now = body.write(f"load ptr, ptr {local}")
    limit_at = body.write(f"getelementptr i64, ptr {words}, i64 2")
    limit = body.write(f"load i64, ptr {limit_at}")
    after = body.write(f"getelementptr i8, ptr {now}, i64 {size}")
    full = body.write(f"icmp ugt i64 {body.write(f'ptrtoint ptr {after} to i64')}, {limit}")
    grow, on = body.label(), body.label()
    body.line(f"br i1 {full}, label %{grow}, label %{on}, !prof !0")
    body.open(grow)
    end_at = body.write(f"getelementptr i64, ptr {words}, i64 1")
    body.line(f"store ptr {now}, ptr {end_at}")
    has_grown = body.write(f"call i1 @grow(ptr %context, ptr {words}, i64 {size})")
    body.leave_if(body.write(f"xor i1 {has_grown}, true"), NO_TAPE)
    body.line(f"store ptr {body.write(f'load ptr, ptr {end_at}')}, ptr {local}")
    body.line(f"br label %{on}")
    body.open(on)
    start = body.write(f"load ptr, ptr {local}")
    at = 0
    for operand in op.operands:
        if operand.type == BOOLEAN:
            place = body.write(f"getelementptr i64, ptr {start}, i64 {at}")
            body.line(f"store i64 {body.write(f'zext {body.typed(operand)} to i64')}, ptr {place}")
            at += 1
        elif is_large(operand.type):
            size = _words(shape_of_type(operand.type))
            body.copy(body.arrays.pointer(operand), body.at(start, at), size)
            at += size
        elif isinstance(operand.type, ListType):
            place = body.write(f"getelementptr i64, ptr {start}, i64 {at}")
            body.line(f"store i64 {body.value(operand)}, ptr {place}")
            at += 1
        else:
            for value in body.parts(operand):
                body.store(value, start, at)
                at += 1
    end = body.write(f"getelementptr i64, ptr {start}, i64 {at}")
    body.line(f"store ptr {end}, ptr {local}")


def restore(body: Body, op: Op) -> None:
    """Takes off a tape what was put there last."""
    frame: Frame = op.what
    if not op.results:
        return
    local = body.tapes[frame.tape]
    end = body.write(f"load ptr, ptr {local}")
    start = body.write(f"getelementptr i64, ptr {end}, i64 -{words_of(frame)}")
    expect_saved(body, frame.tape, start)
    at = 0
    for result in op.results:
        if result.type == BOOLEAN:
            place = body.write(f"getelementptr i64, ptr {start}, i64 {at}")
            body.names[result] = body.write(f"trunc i64 {body.write(f'load i64, ptr {place}')} to i1")
            at += 1
        elif isinstance(result.type, ListType):
            place = body.write(f"getelementptr i64, ptr {start}, i64 {at}")
            body.names[result] = body.write(f"load i64, ptr {place}")
            at += 1
        elif is_large(result.type):
            size = _words(shape_of_type(result.type))
            body.copy(body.at(start, at), body.arrays.fresh(result), size)
            at += size
        else:
            count = _words(shape_of_type(result.type))
            body.bind(result, [body.load(start, at + i) for i in range(count)])
            at += count
    body.line(f"store ptr {start}, ptr {local}")


def expect_saved(body: Body, tape: Tape, start: str) -> None:
    """Leaves the function where what is read would begin before the tape."""
    base = body.write(f"load ptr, ptr {record(body, tape)}")
    body.leave_if(body.write(f"icmp ult ptr {start}, {base}"), LEFT)


def tapes_of(region: Region) -> list[Tape]:
    """The tapes that a region itself uses, not by calls."""
    found: dict[Tape, None] = {}
    todo = [region]
    while todo:
        for op in todo.pop(0).ops:
            if op.kind in ("save", "restore"):
                found[op.what.tape] = None
            todo += op.regions
    return list(found)
