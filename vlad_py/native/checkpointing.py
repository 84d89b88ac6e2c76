"""Splits loops whose tape would be too long: they keep every k-th state and run the turns between again.

A loop becomes a loop over its pieces. Each piece is a `custom` operation without rules, like the call of a
checkpointed function: its sweep runs the piece again and sweeps that. So a tape holds the states at the
beginnings of n / k pieces, and what one piece saves.
"""

from __future__ import annotations

from vlad_py.native.activity import Renamed, copied, uses_tape
from vlad_py.native.builder import Builder
from vlad_py.native.counters import turns_of
from vlad_py.native.given import Ruled
from vlad_py.native.ir import Name, Op, Region, constant, free_names, fresh
from vlad_py.native.types import BOOLEAN, ListType, shape_of_type
from vlad_py.native.unknown import name_of, real
from vlad_py.primitives.arithmetic import add

PIECE = "piece"  # marks a loop that is in pieces already
TURNS, FEWER_TURNS = 4096.0, 256.0  # of a piece
MANY_WORDS = 64  # of the state; with more, pieces have fewer turns


def in_pieces(builder: Builder, region: Region) -> Region:
    """The region with its loops in pieces. Loops inside them follow when a piece is swept."""
    ops: list[Op] = []
    for op in region.ops:
        if op.kind not in ("if", "loop") or any(map(uses_tape, op.regions)):  # it may not run again
            ops.append(op)
        elif op.kind == "loop" and _is_long(op):
            with builder.into([]) as written:
                _write(builder, op)
            ops += written
        else:
            regions = tuple(in_pieces(builder, inner) for inner in op.regions)
            ops.append(Op(op.kind, op.operands, op.results, op.what, regions))
    return Region(region.parameters, ops, region.results)


def _is_long(loop: Op) -> bool:
    known = turns_of(loop)
    return loop.what != PIECE and (known is None or known > TURNS)


def _write(builder: Builder, op: Op) -> None:
    """The loop over pieces, with the results of the loop."""
    (body,) = op.regions
    outside = free_names(body)
    state = fresh(body.parameters)
    with builder.into([]) as ops:
        more, after = Name(BOOLEAN), fresh(body.parameters)
        piece = _piece(builder, op, outside)
        builder.emit("custom", [*state, *outside], [more, *after], Ruled(builder, 0), (piece,))
    builder.emit("loop", op.operands, op.results, PIECE, (Region(state, ops, [more, *after]),))


def _piece(builder: Builder, op: Op, outside: list[Name]) -> Region:
    """Some turns of the loop, closed: whether to go on, and the state."""
    (body,) = op.regions
    names = Renamed()
    inits = fresh(body.parameters)
    parameters = [*inits, *names.bind(outside)]
    words = sum(_words(p) for p in body.parameters)
    most = FEWER_TURNS if words > MANY_WORDS else TURNS
    more = Name(BOOLEAN)
    with builder.into([]) as ops:
        state = names.bind(body.parameters)
        count, was = Name(), Name(BOOLEAN)
        count.within = (0.0, most)
        with builder.into([]) as turn:
            for each in body.ops:
                copied(builder, each, names)
            again, *new = names.all_of(body.results)
            following = name_of(add(real(builder, count), 1.0))
            goes_on = builder.both(again, builder.compare("<", following, constant(most)))
        region = Region([*state, count, was], turn, [goes_on, *new, following, again])
        last = fresh(body.parameters)
        begin = [*inits, constant(0.0), constant(True)]
        builder.emit("loop", begin, [*last, Name(), more], PIECE, (region,))
    return Region(parameters, ops, [more, *last])


def _words(name: Name) -> int:
    size = 1
    for n in () if isinstance(name.type, ListType) else shape_of_type(name.type):
        size *= n
    return size
