"""Dead code: operations that nothing needs, state of loops that nothing reads, results that nobody takes.

Loops and recursions that may run forever stay: without them the code would go on where the program does not.
Only the state and the results that nobody reads are taken from them.
"""

from __future__ import annotations

from collections.abc import Iterator

from vlad_py.native.counters import ENDS, turns_of
from vlad_py.native.ir import Name, Op, Region, functions_of
from vlad_py.native.passes import seen
from vlad_py.native.shared import shared

EFFECTS = ("guard", "save", "restore", "call")


def slimmed(region: Region) -> Region:
    """A region without dead code, in which nothing is done twice."""
    # dead code goes first: two loops that differ only in dead code are the same
    return tidied(seen("sharing", shared(tidied(region))))


def tidied(region: Region) -> Region:
    """A region without what nothing needs; its functions are tidied in place."""
    for function in functions_of(region):
        function.region = _Needed(function.region).part()
    return _Needed(region).part()


class _Needed:
    """The operations of a region that are needed, and the places of the results that choices and loops need.

    Each operation is met once, however deep the loops: names are followed to what binds them, and the body of
    a loop is not walked again when another part of its state turns out to be needed.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.places: dict[Op, set[int]] = {}
        self._bound: dict[Name, tuple[Op, int]] = {}  # what binds a name, as a result or as a loop's state
        self._around: dict[Op, Op] = {}
        self._todo = list(region.results)
        for op in self._read():
            self._need(op)
        while self._todo:
            self._follow(self._todo.pop())

    def _read(self) -> list[Op]:
        """Notes where names are bound; gives the operations that are needed for their effects."""
        acting = []
        regions: list[tuple[Region, Op | None]] = [(self.region, None)]
        while regions:
            region, around = regions.pop()
            for op in region.ops:
                if around is not None:
                    self._around[op] = around
                self._bound.update((name, (op, i)) for i, name in enumerate(op.results))
                if op.kind in ("if", "loop"):
                    regions += [(inner, op) for inner in op.regions]
                if op.kind == "loop":
                    (inner,) = op.regions
                    self._bound.update((name, (op, i)) for i, name in enumerate(inner.parameters))
                if has_effect(op) if op.kind == "custom" else _acts(op):
                    acting.append(op)
        return acting

    def _need(self, op: Op | None) -> None:
        """Marks an operation as needed, and those around it."""
        while op is not None and op not in self.places:
            self.places[op] = set()
            self._todo += op.regions[0].results[:1] if op.kind == "loop" else op.operands
            op = self._around.get(op)

    def _follow(self, name: Name) -> None:
        """Marks what binds a name as needed."""
        op, i = self._bound.get(name, (None, 0))
        self._need(op)
        if op is None or op.kind not in ("if", "loop") or i in self.places[op]:
            return
        self.places[op].add(i)
        if op.kind == "if":
            self._todo += [inner.results[i] for inner in op.regions]
        else:
            self._todo += [op.regions[0].results[i + 1], op.operands[i]]

    def part(self) -> Region:
        """The region with what is needed."""
        return Region(self.region.parameters, self._ops(self.region.ops), self.region.results)

    def _ops(self, ops: list[Op]) -> list[Op]:
        return [self._op(op) for op in ops if op in self.places]

    def _op(self, op: Op) -> Op:
        places = sorted(self.places[op])
        if op.kind == "if":
            regions = [Region([], self._ops(r.ops), [r.results[i] for i in places]) for r in op.regions]
            return Op("if", op.operands, [op.results[i] for i in places], None, tuple(regions))
        if op.kind == "loop":
            (inner,) = op.regions
            region = Region(
                [inner.parameters[i] for i in places],
                self._ops(inner.ops),
                [inner.results[0], *(inner.results[i + 1] for i in places)],
            )
            results = [op.results[i] for i in places]
            return Op("loop", [op.operands[i] for i in places], results, op.what, (region,))
        return op


def has_effect(op: Op) -> bool:
    """Whether an operation does more than give its results: it may run for ever, leave the unit, or touch a
    tape. Functions are those that call themselves, so a call may do all of these.
    """
    return any(map(_acts, _all_in(op)))


def acts(op: Op) -> bool:
    """Whether an operation may do more than give its results, with whatever derivative it is given."""
    return any(each.kind == "custom" or _acts(each) for each in _all_in(op))


def _acts(op: Op) -> bool:
    if op.kind == "loop":
        return op.what != ENDS and turns_of(op) is None
    return op.kind in EFFECTS or (op.kind == "array" and op.what.may_fail)


def _all_in(op: Op) -> Iterator[Op]:
    ops = [op]
    while ops:
        each = ops.pop()
        yield each
        for region in each.regions:
            ops += region.ops
