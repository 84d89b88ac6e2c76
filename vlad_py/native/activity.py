"""Activity: which names depend on the reals of a derivative. A pass copies all operations on other names."""

from __future__ import annotations

from collections.abc import Iterable

from vlad_py.ground.errors import NotNative
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Frame, Function, Name, Op, Region, fresh, functions_of
from vlad_py.native.types import BOOLEAN
from vlad_py.primitives.kinds import Choosing, OfReals, Predicate, Step

ON_TAPE = ("save", "restore")


class Active:
    """The names that depend on some reals, through all loops, choices, calls and tapes of a region.

    A name that is not active has the derivative 0, and no operation is spent on it.
    """

    def __init__(self, region: Region, seeds: Iterable[Name]) -> None:
        self.names = set(seeds)
        self.saved: set[tuple[Frame, int]] = set()  # what is active on a tape
        self.functions: set[Function] = set()  # that a call has something active in
        before = -1
        while before != len(self.names) + len(self.saved) + len(self.functions):
            before = len(self.names) + len(self.saved) + len(self.functions)
            self.seen: set[Function] = set()
            self._region(region)

    def __contains__(self, name: Name) -> bool:
        return name in self.names

    def _along(self, given: list[Name], taken: list[Name]) -> None:
        self.names.update(t for g, t in zip(given, taken, strict=True) if g in self.names)

    def _region(self, region: Region) -> None:
        names = self.names
        for op in region.ops:
            match op.kind:
                case "prim" | "select" | "take" | "put" | "cons" | "merge":
                    if op.results[0].type != BOOLEAN and not names.isdisjoint(op.operands):
                        names.add(op.results[0])
                case "array":
                    if not names.isdisjoint(varying(op)):
                        names.add(op.results[0])
                case "uncons" | "fit":
                    if op.operands[0] in names:
                        names.update(r for r in op.results if r.type != BOOLEAN)
                case "if":
                    for inner in op.regions:
                        self._region(inner)
                        self._along(inner.results, op.results)
                case "loop":
                    (inner,) = op.regions
                    self._along(op.operands, inner.parameters)
                    self._region(inner)
                    self._along(inner.results[1:], inner.parameters)
                    self._along(inner.parameters, op.results)
                case "call":
                    function: Function = op.what
                    if not function.is_written:
                        if not names.isdisjoint(op.operands):
                            raise NotNative("the derivative of a recursive function within itself")
                        continue
                    self._along(op.operands, function.region.parameters)
                    if function not in self.seen:
                        self.seen.add(function)
                        self._region(function.region)
                    self._along(function.region.results, op.results)
                    if self.is_active(function):
                        self.functions.add(function)
                case "custom" if op.what.points == 0:
                    (inner,) = op.regions
                    self._along(op.operands, inner.parameters)
                    self._region(inner)
                    self._along(inner.results, op.results)
                case "custom":
                    # by its body or by its rules, whose own derivatives another pass may ask for
                    if not names.isdisjoint(op.operands):
                        names.update(r for r in op.results if r.type != BOOLEAN)
                case "save":
                    for i, operand in enumerate(op.operands):
                        if operand in names:
                            self.saved.add((op.what, i))
                case "restore":
                    for i, result in enumerate(op.results):
                        if (op.what, i) in self.saved:
                            names.add(result)

    def is_active(self, function: Function) -> bool:
        """Whether calls of a function take, give, save or restore anything active."""
        region = function.region
        return not self.names.isdisjoint((*region.parameters, *region.results)) or self.touches(region)

    def touches(self, region: Region) -> bool:
        """Whether a region saves or restores anything active, or calls a function that is active."""
        for op in region.ops:
            if op.kind in ON_TAPE:
                if any((op.what, i) in self.saved for i in range(len(op.what.types))):
                    return True
            elif (op.kind == "call" and op.what in self.functions) or any(map(self.touches, op.regions)):
                return True
        return False


def uses_tape(region: Region) -> bool:
    """Whether a region, or what it calls, saves or restores."""
    todo = [region, *(function.region for function in functions_of(region))]
    while todo:
        for op in todo.pop().ops:
            if op.kind in ON_TAPE:
                return True
            todo += op.regions
    return False


def varying(op: Op) -> list[Name]:
    """The operands of an operation on arrays that its result depends on, to first order."""
    primitive = op.what.primitive
    if isinstance(primitive, (Predicate, Step)):
        return []
    if isinstance(primitive, OfReals):
        pairs = zip(op.operands, primitive.partials, strict=True)
        return [operand for operand, partial in pairs if partial != 0.0]
    return op.operands[1:] if isinstance(primitive, Choosing) else op.operands


class Renamed(dict[Name, Name]):
    """New names for old ones; those that have none stand for themselves."""

    def __missing__(self, name: Name) -> Name:
        return name

    def all_of(self, names: Iterable[Name]) -> list[Name]:
        """The new names of several."""
        return [self[n] for n in names]

    def bind(self, names: list[Name]) -> list[Name]:
        """Fresh names for old ones."""
        new = fresh(names)
        for before, after in zip(names, new, strict=True):
            after.within, after.told = before.within, before.told
        self.update(zip(names, new, strict=True))
        return new


def copied(builder: Builder, op: Op, names: Renamed) -> None:
    """Writes an operation again, with all in it, under new names."""
    operands = names.all_of(op.operands)
    regions = tuple(copied_region(builder, region, names) for region in op.regions)
    builder.emit(op.kind, operands, names.bind(op.results), op.what, regions)


def copied_region(builder: Builder, region: Region, names: Renamed) -> Region:
    """A region again, under new names."""
    parameters = names.bind(region.parameters)
    with builder.into([]) as ops:
        for op in region.ops:
            copied(builder, op, names)
    return Region(parameters, ops, names.all_of(region.results))


def with_fixed(builder: Builder, region: Region, fixed: dict[Name, Name]) -> Region:
    """A region again, without some of its parameters: other names stand in their place."""
    names = Renamed(fixed)
    parameters = names.bind([p for p in region.parameters if p not in fixed])
    with builder.into([]) as ops:
        for op in region.ops:
            copied(builder, op, names)
    return Region(parameters, ops, names.all_of(region.results))
