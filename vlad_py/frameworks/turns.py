"""How often a loop of the IR runs, where that can be told without its data.

A framework that differentiates in reverse needs loops of known length. The test of a loop over a range
depends on its counter alone, and so does the test of the sweep over such a loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vlad_py.native.builder import compared, folded
from vlad_py.native.counters import Known, before, step_of, turns_of, whole
from vlad_py.native.ir import Name, Op

MOST_FOLLOWED = 1_000_000  # turns of a loop whose test is followed turn by turn

SCALAR = ("prim", "compare", "and", "not", "same", "select")  # operations that are followed


@dataclass(frozen=True, slots=True)
class Turns:
    """A loop runs `count` times; the parts of its state at the places of `last` are known after it."""

    count: int
    last: dict[int, Known]


def known_turns(op: Op, known: Mapping[Name, Known]) -> Turns | None:
    """How often a loop runs, from what is known before it; None where that depends on other things."""
    loop = _Loop(op, known)
    if loop.needed(loop.region.results[0]) is None:
        return None
    return loop.counted() or loop.followed()


class _Loop:
    """A loop whose data are not known. `state` has those parts, by place, that do not depend on data."""

    def __init__(self, op: Op, known: Mapping[Name, Known]) -> None:
        self.op = op
        (region,) = op.regions
        self.region = region
        start = [before(o, known) for o in op.operands]
        self.known = known
        self.place = {p: i for i, p in enumerate(region.parameters)}
        self.bound = {r: o for o in region.ops for r in o.results}
        self.state = {i: x for i, x in enumerate(start) if x is not None}
        while True:
            kept = {i: x for i, x in self.state.items() if self.needed(self.new(i)) is not None}
            if len(kept) == len(self.state):
                break
            self.state = kept

    def new(self, i: int) -> Name:
        """What a part of the state is after a turn."""
        return self.region.results[1 + i]

    def needed(self, name: Name) -> set[Op] | None:
        """The operations that compute a value from the state; None where it depends on data."""
        ops: set[Op] = set()
        todo = [name]
        while todo:
            name = todo.pop()
            if name in self.bound:
                op = self.bound[name]
                if op.kind not in SCALAR:
                    return None
                if op not in ops:
                    ops.add(op)
                    todo += op.operands
            elif name in self.place:
                if self.place[name] not in self.state:
                    return None
            elif before(name, self.known) is None:
                return None
        return ops

    def counted(self) -> Turns | None:
        """The turns of a loop whose state changes by the same whole numbers in each, up to a bound."""
        steps: dict[int, float] = {}
        for i, start in self.state.items():
            by = step_of(self.new(i), self.region.parameters[i], self.known)
            if by is None or (by and whole(start) is None):
                return None
            steps[i] = by
        count = turns_of(self.op, self.known)
        if count is None:
            return None
        return Turns(count, {i: x + count * by if (by := steps[i]) else x for i, x in self.state.items()})

    def followed(self) -> Turns | None:
        """The turns of a loop, its test followed turn by turn; None where there are too many."""
        goals = [self.region.results[0], *map(self.new, self.state)]
        ops = {op for goal in goals for op in self.needed(goal) or ()}
        order = [op for op in self.region.ops if op in ops]
        state = self.state
        for count in range(1, MOST_FOLLOWED + 1):
            values: dict[Name, Known] = {self.region.parameters[i]: x for i, x in state.items()}

            def value(name: Name, values: dict[Name, Known] = values) -> Known:
                found = values[name] if name in values else before(name, self.known)
                assert found is not None
                return found

            for op in order:
                values[op.results[0]] = scalar(op, [value(o) for o in op.operands])
            state = {i: value(self.new(i)) for i in state}
            if not value(self.region.results[0]):
                return Turns(count, state)
        return None


def scalar(op: Op, operands: list[Known]) -> Known:
    """The result of an operation on known reals and booleans."""
    match op.kind:
        case "prim":
            return folded(op.what, operands)
        case "compare":
            return compared(op.what, *operands)
        case "and":
            return bool(operands[0] and operands[1])
        case "not":
            return not operands[0]
        case "same":
            return operands[0] is operands[1]
    return operands[1] if operands[0] else operands[2]
