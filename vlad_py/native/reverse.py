"""Reverse mode as a pass: the region again, its loops counting turns, and the sweep back that mirrors it.

What the sweep needs of a region that ran before is computed again if that is cheap, else saved once at the
region's end and restored at the beginning of its mirror image. A function becomes two: one saves, the other
restores and sweeps. The pass applies to its own output: what an inner sweep has saved and restored is swept
back through a tape of cotangents.
"""

from __future__ import annotations

from collections.abc import Callable

from vlad_py.native import list_ops
from vlad_py.native.activity import Active, copied, varying
from vlad_py.native.array_rules import pulled_back
from vlad_py.native.builder import Builder
from vlad_py.native.counters import ENDS, start_of, turns_of
from vlad_py.native.ir import Function, Name, Op, Region, constant, free_names, zero_of
from vlad_py.native.kept import Frames, Kept, Level, bound_in
from vlad_py.native.passes import seen, seen_written
from vlad_py.native.rules import partials_of, term, total
from vlad_py.native.sinking import sunk
from vlad_py.native.tidy import tidied
from vlad_py.native.types import BOOLEAN
from vlad_py.native.unknown import name_of, real
from vlad_py.primitives.arithmetic import sub

Adjoints = dict[Name, Name]  # cotangents by the names of the region that is differentiated
Pull = Callable[[list[Name | None]], list[Name]]


def reverse(builder: Builder, region: Region, points: list[Name]) -> tuple[list[Name], Pull]:
    """Writes a region with its parameters at `points`. Gives its results, and the sweep back: a function from
    their cotangents, or None for what has none, to those of the points. It may be called once, where the same
    region is open.
    """
    builder.sweeps = True
    region = seen("sinking", sunk(seen("tidying", tidied(region))))
    region, mark = seen("checkpointing", builder.before_sweep(region)), len(builder.ops)
    sweep = _Reverse(builder, Active(region, region.parameters))
    sweep.names.update(zip(region.parameters, points, strict=True))
    sweep.again(region)
    results = sweep.names.all_of(region.results)
    seen_written("running forward again", builder.ops[mark:], results)

    def pull(cotangents: list[Name | None]) -> list[Name]:
        adjoints: Adjoints = {}
        for result, cotangent in zip(region.results, cotangents, strict=True):
            if cotangent is not None and result in sweep.active:
                sweep.add(adjoints, result, cotangent)
        level = Level(None, bound_in(region), builder.ops, is_open=True)
        sweep.back(level, region, adjoints)
        found = [adjoints.get(p, zero_of(p.type)) for p in region.parameters]
        seen_written("the sweep back", builder.ops[mark:], [*results, *found])
        return found

    return results, pull


class _Reverse:
    def __init__(self, builder: Builder, active: Active) -> None:
        self.builder = builder
        self.active = active
        self.kept = Kept(builder)
        self.names = self.kept.names
        self.bodies = self.kept.bodies
        self.turns: dict[Op, Name] = {}  # of loops: the old name that stands for how many turns it took
        self.saving: dict[Function, Function] = {}
        self.sweeping: dict[Function, Function] = {}
        self.frames = Frames(active)

    # ── forward again ────────────────────────────────────────────────────────────────────────

    def again(self, region: Region) -> None:
        """Writes a region's operations into the open one."""
        for op in region.ops:
            match op.kind:
                case "if":
                    regions = tuple(self.body(inner) for inner in op.regions)
                    condition = self.names.all_of(op.operands)
                    self.builder.emit("if", condition, self.names.bind(op.results), regions=regions)
                case "loop":
                    self.counted(op)
                case "call" if op.what in self.active.functions:
                    operands = self.names.all_of(op.operands)
                    results = self.names.bind(op.results)
                    self.builder.emit("call", operands, results, self.saver(op.what))
                case _:
                    copied(self.builder, op, self.names)

    def body(self, region: Region) -> Region:
        parameters = self.names.bind(region.parameters)
        with self.builder.into([]) as ops:
            self.again(region)
        self.bodies[region] = ops
        return Region(parameters, ops, self.names.all_of(region.results))

    def counted(self, op: Op) -> None:
        """A loop that counts its turns, if their number is not known."""
        known = turns_of(op)
        if known is not None:
            self.turns[op] = constant(float(known))
            body = self.body(op.regions[0])
            operands = self.names.all_of(op.operands)
            self.builder.emit("loop", operands, self.names.bind(op.results), op.what, (body,))
            return
        inits = [*self.names.all_of(op.operands), constant(0.0)]
        body = self.body(op.regions[0])
        turn, last, old = Name(), Name(), Name()
        with self.builder.into(body.ops):
            following = total(self.builder, turn, constant(1.0))
        body.parameters.append(turn)
        body.results.append(following)
        self.turns[op] = old
        self.names[old] = last
        self.builder.emit("loop", inits, [*self.names.bind(op.results), last], op.what, (body,))

    def saver(self, function: Function) -> Function:
        """The function that also saves what its sweep needs."""
        if function not in self.saving:
            region = function.region
            parameters = self.names.bind(region.parameters)
            results = [Name(r.type) for r in region.results]  # known to calls inside it
            new = self.saving[function] = Function(f"{function.name}+", Region(parameters, [], results))
            with self.builder.into(new.region.ops, is_function=True):
                self.again(region)
            new.region.results = self.names.all_of(region.results)
            self.bodies[region] = new.region.ops
        return self.saving[function]

    # ── back ─────────────────────────────────────────────────────────────────────────────────

    def add(self, adjoints: Adjoints, name: Name, cotangent: Name) -> None:
        before = adjoints.get(name)
        adjoints[name] = cotangent if before is None else total(self.builder, before, cotangent)

    def add_all(self, adjoints: Adjoints, names: list[Name], cotangents: list[Name]) -> None:
        """Adds to the cotangents of those names that vary."""
        for name, cotangent in zip(names, cotangents, strict=False):
            if name in self.active:
                self.add(adjoints, name, cotangent)

    def zero(self, name: Name) -> Name:
        """A cotangent of what was not used on the way that was taken."""
        self.builder.made_zeros = True
        return zero_of(name.type)

    def taken(self, adjoints: Adjoints, names: list[Name]) -> list[Name]:
        """The cotangents of names, which are taken out."""
        return [a if (a := adjoints.pop(name, None)) is not None else self.zero(name) for name in names]

    def actives(self, names: list[Name]) -> list[Name]:
        return [n for n in names if n in self.active]

    def back(self, level: Level, region: Region, adjoints: Adjoints) -> None:
        """Writes the sweep back through a region's operations."""
        for op in reversed(region.ops):
            match op.kind:
                case "prim":
                    self.prim(level, op, adjoints)
                case "array":
                    self.array(level, op, adjoints)
                case "take":
                    self.take(level, op, adjoints)
                case "put":
                    self.put(level, op, adjoints)
                case "select":
                    self.select(level, op, adjoints)
                case "cons" | "merge" | "fit":
                    self.cons(op, adjoints)
                case "uncons":
                    self.uncons(op, adjoints)
                case "if":
                    self.choice(level, op, adjoints)
                case "loop":
                    self.loop(level, op, adjoints)
                case "call":
                    self.call(op, adjoints)
                case "custom":
                    self.given(level, op, adjoints)
                case "save":
                    self.unsave(op, adjoints)
                case "restore":
                    self.unrestore(op, adjoints)

    def prim(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        cotangent = adjoints.pop(op.results[0], None)
        if cotangent is None:
            return
        partials = partials_of(op.what, len(op.operands), self.builder)
        for i, operand in enumerate(op.operands):
            if operand in self.active and not partials.is_zero(i):
                slope = partials.write(
                    self.builder,
                    i,
                    lambda: self.kept.value(level, op.results[0]),
                    lambda j: self.kept.value(level, op.operands[j]),
                )
                self.add(adjoints, operand, term(self.builder, slope, cotangent))

    def array(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        cotangent = adjoints.pop(op.results[0], None)
        if cotangent is None:
            return
        vary = set(varying(op))
        active = [i for i, o in enumerate(op.operands) if o in self.active and o in vary]
        terms = pulled_back(self.builder, op, active, cotangent, lambda name: self.kept.value(level, name))
        for i, found in terms:
            self.add(adjoints, op.operands[i], found)

    def take(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        cotangent = adjoints.pop(op.results[0], None)
        array, *indices = op.operands
        if cotangent is not None and array in self.active:
            places = [self.kept.value(level, i) for i in indices]
            self.builder.made_zeros = True
            before = adjoints[array] if array in adjoints else zero_of(array.type)
            adjoints[array] = self.builder.put(before, cotangent, places)

    def put(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        cotangent = adjoints.pop(op.results[0], None)
        if cotangent is None:
            return
        array, part, *indices = op.operands
        if part in self.active:
            places = [self.kept.value(level, i) for i in indices]
            self.add(adjoints, part, self.builder.take(cotangent, places))
        if array in self.active:
            self.add(adjoints, array, cotangent)

    def select(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        cotangent = adjoints.pop(op.results[0], None)
        if cotangent is None:
            return
        condition, yes, no = op.operands
        chosen = self.kept.value(level, condition)
        if yes in self.active:
            self.add(adjoints, yes, self.builder.select(chosen, cotangent, self.zero(yes)))
        if no in self.active:
            self.add(adjoints, no, self.builder.select(chosen, self.zero(no), cotangent))

    def cons(self, op: Op, adjoints: Adjoints) -> None:
        """Also of a sum of lists, and of a list in another length: what has no item leaves its cotangent."""
        cotangent = adjoints.pop(op.results[0], None)
        if cotangent is None:
            return
        item, rest = [cotangent], cotangent
        if op.kind == "cons":
            item, rest = list_ops.uncons(self.builder, cotangent)
        self.add_all(adjoints, op.operands[:1] if op.kind == "fit" else op.operands, [*item, rest])

    def uncons(self, op: Op, adjoints: Adjoints) -> None:
        (whole,) = op.operands
        if whole in self.active and not adjoints.keys().isdisjoint(op.results):
            rest = iter(self.taken(adjoints, [r for r in op.results if r.type != BOOLEAN]))
            item = [constant(False) if r.type == BOOLEAN else next(rest) for r in op.results]
            self.add(adjoints, whole, list_ops.cons(self.builder, item[:-1], item[-1]))

    def choice(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        given = {i: adjoints.pop(r) for i, r in enumerate(op.results) if r in adjoints}
        if not given and not any(map(self.active.touches, op.regions)):
            return
        branches: list[tuple[Region, list[Op], Level, Adjoints]] = []
        for inner in op.regions:
            mine: Adjoints = {}
            with self.builder.into([]) as ops:
                below = Level(level, self.bound_in(inner), ops)
                for i, cotangent in given.items():
                    if inner.results[i] in self.active:
                        self.add(mine, inner.results[i], cotangent)
                self.back(below, inner, mine)
            branches.append((inner, ops, below, mine))
        outer = [n for inner in op.regions for n in free_names(inner)]
        reached = [n for n in dict.fromkeys(outer) if any(n in mine for *_, mine in branches)]
        regions = []
        for inner, ops, below, mine in branches:
            results = [mine[n] if n in mine else self.zero(n) for n in reached]
            self.kept.finish(below, inner)
            regions.append(Region([], ops, results))
        condition = self.kept.value(level, op.operands[0])
        results = [Name(n.type) for n in reached]
        self.builder.emit("if", [condition], results, regions=tuple(regions))
        for name, cotangent in zip(reached, results, strict=True):
            self.add(adjoints, name, cotangent)

    def loop(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        (inner,) = op.regions
        state = [i for i, p in enumerate(inner.parameters) if p in self.active]
        if not any(op.results[i] in adjoints for i in state) and not self.active.touches(inner):
            return
        outer = self.actives(free_names(inner))
        turns = self.kept.value(level, self.turns[op])
        inits = [
            name_of(sub(real(self.builder, turns), 1.0)),
            *self.taken(adjoints, [op.results[i] for i in state]),
            *(adjoints[n] if n in adjoints else zero_of(n.type) for n in outer),
        ]
        left = Name()  # turns, after this one
        cotangents = [Name(inner.parameters[i].type) for i in state]
        sums = [Name(n.type) for n in outer]
        with self.builder.into([]) as ops:
            below = Level(level, self.bound_in(inner), ops)
            for i, parameter in enumerate(inner.parameters):
                start = start_of(op, i)
                if start is not None:
                    below.counters[parameter] = start, left
            mine: Adjoints = dict(zip(outer, sums, strict=True))
            for i, cotangent in zip(state, cotangents, strict=True):
                if inner.results[i + 1] in self.active:
                    self.add(mine, inner.results[i + 1], cotangent)
            self.back(below, inner, mine)
            fewer = name_of(sub(real(self.builder, left), 1.0))
            again = self.builder.compare("<", constant(-1.0), fewer)
            results = [
                again,
                fewer,
                *self.taken(mine, [inner.parameters[i] for i in state]),
                *(mine[n] for n in outer),
            ]
        self.kept.finish(below, inner)
        last = [Name(n.type) for n in inits]
        region = Region([left, *cotangents, *sums], ops, results)
        self.builder.emit("loop", inits, last, ENDS, (region,))
        adjoints.update(zip(outer, last[1 + len(state) :], strict=True))
        self.add_all(adjoints, [op.operands[i] for i in state], last[1 : 1 + len(state)])

    def call(self, op: Op, adjoints: Adjoints) -> None:
        function: Function = op.what
        if function not in self.active.functions:
            return
        region = function.region
        given = [r for r, inner in zip(op.results, region.results, strict=True) if inner in self.active]
        operands = self.taken(adjoints, given)
        reached = [o for o, p in zip(op.operands, region.parameters, strict=True) if p in self.active]
        results = [Name(n.type) for n in reached]
        self.builder.emit("call", operands, results, self.sweeper(function))
        self.add_all(adjoints, reached, results)

    def sweeper(self, function: Function) -> Function:
        """The function from the cotangents of a function's results to those of its parameters."""
        if function not in self.sweeping:
            region = function.region
            given, reached = self.actives(region.results), self.actives(region.parameters)
            parameters = [Name(n.type) for n in given]
            new = self.sweeping[function] = Function(
                f"{function.name}-", Region(parameters, [], [Name(n.type) for n in reached])
            )
            mine: Adjoints = {}
            with self.builder.into(new.region.ops, is_function=True) as ops:
                below = Level(None, self.bound_in(region), ops)
                for name, cotangent in zip(given, parameters, strict=True):
                    self.add(mine, name, cotangent)
                self.back(below, region, mine)
            new.region.results = [mine[p] if p in mine else self.zero(p) for p in reached]
            self.kept.finish(below, region)
        return self.sweeping[function]

    def given(self, level: Level, op: Op, adjoints: Adjoints) -> None:
        if adjoints.keys().isdisjoint(op.results):
            return
        results = [r for r in op.results if r.type != BOOLEAN]
        if not adjoints.keys() >= set(self.actives(results)):
            self.builder.made_zeros = True
        cotangents = [adjoints.pop(r, zero_of(r.type)) for r in results]
        operands = [self.kept.value(level, o) for o in op.operands]
        active, points = [o in self.active for o in op.operands], op.what.points
        found: list[Name | None] = [None] * len(operands)
        if any(active[:points]):
            found[:points] = op.what.back(operands, active[:points], cotangents)
        varying = [i for i in range(points, len(operands)) if active[i]]
        if varying:
            for i, term_ in zip(
                varying, op.what.reverse(op.regions[0], operands, varying, cotangents), strict=True
            ):
                found[i] = term_
        for operand, cotangent in zip(op.operands, found, strict=True):
            if cotangent is not None:
                self.add(adjoints, operand, cotangent)

    def bound_in(self, region: Region) -> set[Name]:
        """The old names that a region itself binds, the counts of its loops among them."""
        return bound_in(region) | {self.turns[op] for op in region.ops if op in self.turns}

    # ── what an inner sweep has saved and restored ───────────────────────────────────────────

    def unsave(self, op: Op, adjoints: Adjoints) -> None:
        frame, places = self.frames.of(op.what)
        if places:
            cotangents = [Name(old) for old in frame.types]
            self.builder.emit("restore", [], cotangents, frame)
            for i, cotangent in zip(places, cotangents, strict=True):
                self.add(adjoints, op.operands[i], cotangent)

    def unrestore(self, op: Op, adjoints: Adjoints) -> None:
        frame, places = self.frames.of(op.what)
        if places:
            self.builder.emit("save", self.taken(adjoints, [op.results[i] for i in places]), [], frame)
