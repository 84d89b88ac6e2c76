"""Primals that the reverse sweep needs: it computes cheap ones again; others are saved on a tape."""

from __future__ import annotations

from vlad_py.ground.walk import Walk, run
from vlad_py.native.activity import Active, Renamed, copied
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Frame, Name, Op, Region, Tape, free_names
from vlad_py.native.rules import rewritten
from vlad_py.native.unknown import name_of, real
from vlad_py.primitives.arithmetic import add


class Level:
    """A region being swept: the old names that it binds, the operations of its mirror image so far, and which
    values are available there or must be restored. In the outermost region (`is_open`) all are available.
    """

    def __init__(self, parent: Level | None, bound: set[Name], ops: list[Op], is_open: bool = False) -> None:
        self.parent = parent
        self.bound = bound
        self.ops = ops
        self.is_open = is_open
        self.known: dict[Name, Name] = {}
        self.saved: list[tuple[Name, Name]] = []  # the old name, and that of its value once restored
        self.counters: dict[Name, tuple[float, Name]] = {}  # where they start, and the turns left after this


class Kept:
    """The values of one sweep: their names on the way forward, and where its regions were written to."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.names = Renamed()  # of the way forward, by the old names
        self.tape = Tape()
        self.bodies: dict[Region, list[Op]] = {}  # what a region has become on the way forward

    def value(self, level: Level, name: Name) -> Name:
        """A value of the way forward, at hand on the way back."""
        if name.constant is not None:
            return name
        return run(self._value(level, name))

    def _value(self, level: Level, name: Name) -> Walk[Name]:
        if name.constant is not None:
            return name
        home: Level | None = level
        while home is not None and name not in home.bound:
            home = home.parent
        if home is None or home.is_open:
            return self.names[name]
        if name in home.known:
            return home.known[name]
        if name in home.counters:
            start, left = home.counters[name]
            found = left
            if start:
                with self.builder.into(home.ops):
                    found = name_of(add(real(self.builder, left), start))
            found.within = name.within
            home.known[name] = found
            return found
        op = name.op
        if op is not None and is_cheap(op):
            values = Renamed()
            for needed in _needs(op):
                values[needed] = yield self._value(home, needed)
            with self.builder.into(home.ops):
                if op.regions or op.kind in ("uncons", "is_nil"):
                    copied(self.builder, op, values)
                else:
                    values[name] = rewritten(self.builder, op, values.all_of(op.operands))
            for result in op.results:
                home.known[result] = values[result]
            return home.known[name]
        restored = home.known[name] = Name(name.type)
        home.saved.append((name, restored))
        return restored

    def finish(self, level: Level, region: Region) -> None:
        """Saves what a swept region needs at its end, and restores it where its sweep begins."""
        if level.saved:
            frame = Frame(self.tape, [name.type for name, _ in level.saved])
            with self.builder.into(self.bodies[region]):
                self.builder.emit("save", [self.names[name] for name, _ in level.saved], [], frame)
            restore = Op("restore", [], [restored for _, restored in level.saved], frame)
            level.ops.insert(0, restore)


def bound_in(region: Region) -> set[Name]:
    return {*region.parameters, *(r for op in region.ops for r in op.results)}


def _needs(op: Op) -> list[Name]:
    return [*op.operands, *(n for region in op.regions for n in free_names(region))]


def is_cheap(op: Op) -> bool:
    """Whether an operation is computed again rather than saved: arithmetic, tests, choices between such."""
    match op.kind:
        case "prim":
            return bool(op.what.inline)
        case "compare" | "and" | "not" | "same" | "select":
            return True
        case "array":
            return op.what.primitive.cost == 0 or bool(op.what.primitive.inline)
        case "take" | "uncons" | "is_nil":
            return True
        case "if":
            return all(is_cheap(inner) for region in op.regions for inner in region.ops)
    return False


class Frames:
    """The frames of the cotangents of what inner sweeps have saved, each on a tape that belongs to theirs."""

    def __init__(self, active: Active) -> None:
        self.active = active
        self.tapes: dict[Tape, Tape] = {}
        self.known: dict[Frame, Frame] = {}

    def of(self, old: Frame) -> tuple[Frame, list[int]]:
        """The frame of the cotangents of what is active in a frame, and which these are."""
        places = [i for i in range(len(old.types)) if (old, i) in self.active.saved]
        if old not in self.known:
            tape = self.tapes.setdefault(old.tape, Tape())
            self.known[old] = Frame(tape, [old.types[i] for i in places])
        return self.known[old], places
