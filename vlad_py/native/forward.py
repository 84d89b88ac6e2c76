"""Forward mode as a pass: tangents beside primals, in several directions at once.

State and results of loops, choices and functions are widened by the tangents of what varies. What the region
captures is free in it, hence constant; so no tag is needed, and the pass applies to its own output.
"""

from __future__ import annotations

from collections.abc import Sequence

from vlad_py.native import list_ops
from vlad_py.native.activity import Active, Renamed, copied, varying
from vlad_py.native.array_rules import fills, pushed_along
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Frame, Function, Name, Op, Region, constant, is_zero, zero_of
from vlad_py.native.passes import seen_written
from vlad_py.native.rules import partials_of, term, total
from vlad_py.native.types import BOOLEAN
from vlad_py.native.unknown import name_of, real, written
from vlad_py.primitives.kinds import Assembly
from vlad_py.values.values import NIL


def forward(
    builder: Builder, region: Region, points: list[Name], directions: Sequence[Sequence[Name | None]]
) -> tuple[list[Name], list[list[Name]]]:
    """Writes a region with its parameters at `points`, and its derivatives along directions.

    A direction has a tangent for each parameter, or None where that does not change. Gives the region's
    results and, for each direction, their tangents.
    """
    seeds = [
        [p for p, t in zip(region.parameters, direction, strict=True) if t is not None]
        for direction in directions
    ]
    sweep, mark = _Forward(builder, [Active(region, each) for each in seeds]), len(builder.ops)
    sweep.names.update(zip(region.parameters, points, strict=True))
    for d, direction in enumerate(directions):
        sweep.tangents[d].update(
            (p, t) for p, t in zip(region.parameters, direction, strict=True) if t is not None
        )
    sweep.region(region)
    results = sweep.names.all_of(region.results)
    tangents = [[sweep.tangent(d, r) for r in region.results] for d in range(len(directions))]
    seen_written("forward mode", builder.ops[mark:], [*results, *(t for row in tangents for t in row)])
    return results, tangents


class _Forward:
    def __init__(self, builder: Builder, active: list[Active]) -> None:
        self.builder = builder
        self.active = active  # by direction
        self.names = Renamed()
        self.tangents: list[dict[Name, Name]] = [{} for _ in active]  # by direction, of the old names
        self.functions: dict[Function, Function] = {}
        self.frames: dict[Frame, Frame] = {}

    def tangent(self, d: int, name: Name) -> Name:
        """The tangent of a name; 0 where it does not vary on the way that was taken."""
        found = self.tangents[d].get(name)
        return zero_of(name.type) if found is None else found

    def widened(self, names: list[Name]) -> list[tuple[int, int]]:
        """Direction and position of the tangents that stand beside names, in order."""
        return [(d, i) for d, active in enumerate(self.active) for i, n in enumerate(names) if n in active]

    def at(self, places: list[tuple[int, int]], names: list[Name]) -> list[Name]:
        """The tangents at such places."""
        found = []
        for d, i in places:
            if names[i] not in self.tangents[d] and names[i].constant is not NIL:
                self.builder.made_zeros = True
            found.append(self.tangent(d, names[i]))
        return found

    def bind(self, places: list[tuple[int, int]], names: list[Name]) -> list[Name]:
        """Fresh tangents at such places."""
        new = [Name(names[i].type) for _, i in places]
        for (d, i), name in zip(places, new, strict=True):
            self.tangents[d][names[i]] = name
        return new

    def region(self, region: Region) -> None:
        """Writes a region's operations into the open one."""
        for op in region.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        match op.kind:
            case "prim":
                self.prim(op)
            case "array":
                self.array(op)
            case "take":
                self.take(op)
            case "put":
                self.put(op)
            case "select":
                self.select(op)
            case "cons":
                self.cons(op)
            case "uncons":
                self.uncons(op)
            case "merge" | "fit":
                self.merge(op)
            case "if":
                self.choice(op)
            case "loop":
                self.loop(op)
            case "call":
                self.call(op)
            case "custom":
                self.given(op)
            case "save":
                frame, places = self.frame(op.what)
                self.builder.emit(
                    "save", [*self.names.all_of(op.operands), *self.at(places, op.operands)], [], frame
                )
            case "restore":
                frame, places = self.frame(op.what)
                results = self.names.bind(op.results)
                self.builder.emit("restore", [], [*results, *self.bind(places, op.results)], frame)
            case _:
                copied(self.builder, op, self.names)

    def prim(self, op: Op) -> None:
        operands = self.names.all_of(op.operands)
        result = op.results[0]
        y = self.names[result] = self.builder.prim(op.what, operands)
        for d, active in enumerate(self.active):
            if result not in active:
                continue
            partials = partials_of(op.what, len(operands), self.builder)
            terms: Name | None = None
            for i, operand in enumerate(op.operands):
                t = self.tangents[d].get(operand)
                if t is not None and not partials.is_zero(i):
                    slope = partials.write(self.builder, i, lambda: y, operands.__getitem__)
                    product = term(self.builder, slope, t)
                    terms = product if terms is None else total(self.builder, terms, product)
            if terms is not None:
                self.tangents[d][result] = terms

    def array(self, op: Op) -> None:
        (result,) = op.results
        numbers = [real(self.builder, self.names[o]) for o in op.operands]
        y = self.names[result] = name_of(
            written(self.builder, op.what.primitive, tuple(numbers), op.what.statics)
        )
        for d, active in enumerate(self.active):
            if result not in active:
                continue
            found = [self.tangents[d].get(o) if o in varying(op) else None for o in op.operands]
            tangents = [None if t is None else real(self.builder, t) for t in found]
            if None in tangents and isinstance(op.what.primitive, Assembly):
                self.builder.made_zeros = True
            mark = len(self.builder.ops)
            tangent = pushed_along(self.builder, op.what, tangents, real(self.builder, y), numbers)
            if any(map(fills, self.builder.ops[mark:])):
                self.builder.made_zeros = True
            if tangent is None:
                continue
            if is_zero(name_of(tangent)):  # of a direction with zeros that are known
                self.builder.made_zeros = True
            else:
                self.tangents[d][result] = name_of(tangent)

    def take(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        array, *indices = op.operands
        for tangents in self.tangents:
            if array in tangents:
                tangents[op.results[0]] = self.builder.take(tangents[array], self.names.all_of(indices))

    def put(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        array, part, *indices = op.operands
        for tangents in self.tangents:
            if part in tangents:
                self.builder.made_zeros = True
                whole = tangents[array] if array in tangents else zero_of(array.type)
                places = self.names.all_of(indices)
                tangents[op.results[0]] = self.builder.put(whole, tangents[part], places)
            elif array in tangents:
                tangents[op.results[0]] = tangents[array]

    def select(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        condition, *sides = op.operands
        for d, active in enumerate(self.active):
            if op.results[0] in active:
                yes, no = self.at([(d, 0), (d, 1)], sides)
                chosen = self.builder.select(self.names[condition], yes, no)
                self.tangents[d][op.results[0]] = chosen

    def cons(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        (result,) = op.results
        for d, active in enumerate(self.active):
            if result in active:
                item = [
                    constant(False) if o.type == BOOLEAN else self.at([(d, 0)], [o])[0] for o in op.operands
                ]
                self.tangents[d][result] = list_ops.cons(self.builder, item[:-1], item[-1])

    def uncons(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        for tangents in self.tangents:
            if op.operands[0] in tangents:
                item, rest = list_ops.uncons(self.builder, tangents[op.operands[0]])
                pairs = zip(op.results, [*item, rest], strict=True)
                tangents.update((r, t) for r, t in pairs if r.type != BOOLEAN)

    def merge(self, op: Op) -> None:
        """A sum of lists, or a list in another length: the items past its end have no tangents to be read."""
        copied(self.builder, op, self.names)
        terms = op.operands if op.kind == "merge" else op.operands[:1]
        for tangents in self.tangents:
            found = [tangents[o] for o in terms if o in tangents]
            if found:
                tangents[op.results[0]] = (
                    found[0] if len(found) == 1 else list_ops.merge(self.builder, *found)
                )

    def choice(self, op: Op) -> None:
        places = self.widened(op.results)
        regions = []
        for inner in op.regions:
            with self.builder.into([]) as ops:
                self.region(inner)
                results = [*self.names.all_of(inner.results), *self.at(places, inner.results)]
            regions.append(Region([], ops, results))
        condition = self.names[op.operands[0]]
        results = [*self.names.bind(op.results), *self.bind(places, op.results)]
        self.builder.emit("if", [condition], results, regions=tuple(regions))

    def loop(self, op: Op) -> None:
        (inner,) = op.regions
        places = self.widened(inner.parameters)
        inits = [*self.names.all_of(op.operands), *self.at(places, op.operands)]
        parameters = [*self.names.bind(inner.parameters), *self.bind(places, inner.parameters)]
        with self.builder.into([]) as ops:
            self.region(inner)
            results = [*self.names.all_of(inner.results), *self.at(places, inner.results[1:])]
        last = [*self.names.bind(op.results), *self.bind(places, op.results)]
        self.builder.emit("loop", inits, last, op.what, (Region(parameters, ops, results),))

    def call(self, op: Op) -> None:
        function: Function = op.what
        if not any(function in active.functions for active in self.active):
            copied(self.builder, op, self.names)
            return
        region = function.region
        before, after = self.widened(region.parameters), self.widened(region.results)
        if function not in self.functions:
            self.functions[function] = self.function(function, before, after)
        operands = [*self.names.all_of(op.operands), *self.at(before, op.operands)]
        results = [*self.names.bind(op.results), *self.bind(after, op.results)]
        self.builder.emit("call", operands, results, self.functions[function])

    def given(self, op: Op) -> None:
        copied(self.builder, op, self.names)
        operands, points = self.names.all_of(op.operands), op.what.points
        for d in range(len(self.active)):
            found = [self.tangents[d].get(o) for o in op.operands]
            reals = [r for r in op.results if r.type != BOOLEAN]
            terms: list[Name] = []
            if any(found[points:]):
                terms = op.what.forward(op.regions[0], operands, [*[None] * points, *found[points:]])
            if any(found[:points]):
                if not all(found[:points]):
                    self.builder.made_zeros = True
                by_rule = op.what.along(operands, [f or constant(0.0) for f in found[:points]])
                pairs = zip(terms, by_rule, strict=True)
                terms = [total(self.builder, a, b) for a, b in pairs] if terms else by_rule
            self.tangents[d].update(zip(reals, terms, strict=bool(terms)))

    def function(
        self, function: Function, before: list[tuple[int, int]], after: list[tuple[int, int]]
    ) -> Function:
        region = function.region
        parameters = [*self.names.bind(region.parameters), *self.bind(before, region.parameters)]
        # a call inside it needs what it takes and gives; its results are filled in below
        tangents = [Name(region.results[i].type) for _, i in after]
        results = [*(Name(r.type) for r in region.results), *tangents]
        new = self.functions[function] = Function(f"{function.name}'", Region(parameters, [], results))
        with self.builder.into(new.region.ops, is_function=True):
            self.region(region)
            new.region.results = [*self.names.all_of(region.results), *self.at(after, region.results)]
        return new

    def frame(self, old: Frame) -> tuple[Frame, list[tuple[int, int]]]:
        """A frame widened by the tangents of what varies, and where they stand.

        One in which nothing varies stays the same: what is only copied saves or restores it as well.
        """
        places = [
            (d, i)
            for d, active in enumerate(self.active)
            for i in range(len(old.types))
            if (old, i) in active.saved
        ]
        if old not in self.frames:
            wider = [*old.types, *(old.types[i] for _, i in places)]
            self.frames[old] = Frame(old.tape, wider) if places else old
        return self.frames[old], places
