"""The functions of an LLVM module: how each is entered, gets its frame for arrays, and gives its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native import emit_lists, emit_signals, emit_tapes
from vlad_py.native.ir import Function, Region
from vlad_py.native.status import ARRAYS, DONE, NO_ROOM, NO_STACK, ROOM, ROOM_END
from vlad_py.native.storage import is_large, needs_memory
from vlad_py.native.types import BOOLEAN, REAL, ArrayType, ListType, Type

if TYPE_CHECKING:
    from vlad_py.native.emit import Body

LLVM: dict[Type, str] = {REAL: "double", BOOLEAN: "i1"}
HANDLE = "i64"  # of a list: see `emit_lists.py`
MOST_INLINED = 64  # operations of a function, together with the copies that replace its own calls


def entry(body: Body, region: Region) -> str:
    """The text of the entry."""
    for i, parameter in enumerate(region.parameters):
        place = body.write(f"getelementptr double, ptr %in, i64 {i}")
        if isinstance(parameter.type, ArrayType):
            where = body.write(f"load ptr, ptr {place}")
            body.arrays.borrow(parameter, body.write(f"load ptr, ptr {where}"))
            continue
        if isinstance(parameter.type, ListType):
            emit_lists.taken_in(body, parameter, body.write(f"load ptr, ptr {place}"))
            continue
        body.names[parameter] = body.write(f"load double, ptr {place}")
        if parameter.type == BOOLEAN:
            body.names[parameter] = body.write(f"fcmp une double {body.names[parameter]}, 0.0")
    if body.module.names:  # functions, which look where the stack ends
        frame = body.frame_address()
        budget = body.write("load i64, ptr %context")
        limit = body.write(f"sub i64 {frame}, {budget}")
        place = body.write("getelementptr i64, ptr %context, i64 1")
        body.line(f"store i64 {limit}, ptr {place}")
    for tape in dict.fromkeys([*body.module.tapes, *emit_tapes.tapes_of(region)]):
        if tape is not body.module.lists.arena:
            emit_tapes.rewind(body, tape)  # those of functions too: a call that was left has not emptied them
    body.body(region)
    slot = len(region.parameters)
    for i, result in enumerate(region.results):
        if isinstance(result.type, ArrayType):
            place = body.write(f"getelementptr ptr, ptr %in, i64 {slot}")
            where = body.write(f"load ptr, ptr {place}")
            body.arrays.fill(result, body.write(f"load ptr, ptr {where}"))
            slot += 1
            continue
        place = body.write(f"getelementptr double, ptr %out, i64 {i}")
        value = body.value(result)
        if result.type == BOOLEAN:
            value = body.write(f"uitofp i1 {value} to double")
        elif isinstance(result.type, ListType):
            value = body.write(f"sitofp {HANDLE} {value} to double")
        body.line(f"store double {value}, ptr {place}")
    body.line(f"ret i32 {DONE}")
    body.module.room = body.arrays.layout.size
    start = []
    if body.module.room or body.module.has_frames:
        start = [
            f"  %arrays_at = getelementptr ptr, ptr %context, i64 {ARRAYS}",
            "  %frame = load ptr, ptr %arrays_at",
            f"  %top = getelementptr i8, ptr %frame, i64 {body.module.room}",
            f"  %room_at = getelementptr ptr, ptr %context, i64 {ROOM}",
            "  store ptr %top, ptr %room_at",
        ]
    start += emit_lists.start(body.module)
    head = "define i32 @entry(ptr noalias %in, ptr noalias %out, ptr noalias %context) {"
    return "\n".join([head, "start:", *body.slots, *start, *body.lines, "}"])


def has_inner(function: Function) -> bool:
    """Whether a function is small and calls itself: then every second call of the recursion is inlined.

    LLVM does not inline a function that calls itself. So the function calls an inner copy, which LLVM does
    inline, and the copy calls the function. The copy has no frame of its own, so it does not check the stack.
    Nor does it count calls: counting every second one is enough.
    """
    region = function.region
    size, own = 0, 0
    regions = [region]
    while regions:
        for op in regions.pop().ops:
            size += 1
            own += op.kind == "call" and op.what is function
            regions += op.regions
    return own > 0 and size * (1 + own) <= MOST_INLINED and not needs_memory(region)


def function(body: Body, function: Function, is_inner: bool = False) -> str:
    """The text of a function of the IR, or of its inner copy: see `has_inner`."""
    region = function.region
    names = body.module.names
    if function in body.module.inner and not is_inner:
        body.calls = {**names, function: body.module.inner[function]}
    kind = structure(region)
    parameters = []
    for i, parameter in enumerate(region.parameters):
        if is_large(parameter.type):
            parameters.append(f"ptr %p{i}")
            body.arrays.borrow(parameter, f"%p{i}")
            continue
        types = kinds(parameter.type)
        parameters += [f"{each} %p{i}.{j}" for j, each in enumerate(types)]
        body.bind(parameter, [f"%p{i}.{j}" for j in range(len(types))])
    targets = [i for i, r in enumerate(region.results) if is_large(r.type)]
    head = ", ".join([*parameters, *(f"ptr %r{i}" for i in targets), "ptr noalias %context"])
    body.kind, body.status_at = kind, sum(len(kinds(r.type)) for r in region.results)
    if not is_inner:
        frame = body.frame_address()
        place = body.write("getelementptr i64, ptr %context, i64 1")
        limit = body.write(f"load i64, ptr {place}")
        body.leave_if(body.write(f"icmp ult i64 {frame}, {limit}"), NO_STACK)
        emit_signals.count_call(body)
    is_framed = needs_memory(region)
    if is_framed:
        body.line(f"%room_at = getelementptr ptr, ptr %context, i64 {ROOM}")
        body.line("%frame = load ptr, ptr %room_at")
        mark = len(body.lines)
        body.line(f"%room_end_at = getelementptr ptr, ptr %context, i64 {ROOM_END}")
        body.line("%room_end = load ptr, ptr %room_end_at")
        body.leave_if(body.write("icmp ugt ptr %top, %room_end"), NO_ROOM)
        body.line("store ptr %top, ptr %room_at")
    forgets = emit_lists.forgets(region)
    end_of_arena = emit_lists.mark(body) if forgets else ""
    body.body(region)
    if forgets:
        emit_lists.forget(body, end_of_arena)
    emit_tapes.flush(body)
    emit_signals.flush(body)
    for i in targets:
        body.arrays.fill(region.results[i], f"%r{i}")
    if is_framed:
        size = body.arrays.layout.size
        body.lines.insert(mark, f"  %top = getelementptr i8, ptr %frame, i64 {size}")
        body.line("store ptr %frame, ptr %room_at")
    value = "undef"
    for i, result in enumerate([*body.typed_parts(region.results), f"i32 {DONE}"]):
        value = body.write(f"insertvalue {kind} {value}, {result}, {i}")
    body.line(f"ret {kind} {value}")
    name, how = (body.module.inner[function], " alwaysinline") if is_inner else (names[function], "")
    define = f"define internal fastcc {kind} @{name}({head}){how} {{"
    return "\n".join([define, "start:", *body.slots, *body.lines, "}"])


def kinds(type: Type) -> list[str]:
    """The types of the values that a name of a type stands for."""
    if isinstance(type, ArrayType):
        return [] if is_large(type) else ["double"] * type.size
    return [HANDLE if isinstance(type, ListType) else LLVM[type]]


def structure(region: Region) -> str:
    """The type of what a function gives."""
    return f"{{ {', '.join([*(kind for r in region.results for kind in kinds(r.type)), 'i32'])} }}"
