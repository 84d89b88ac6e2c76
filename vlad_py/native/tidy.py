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
        function.region = _Tidy().whole(function.region)
    return _Tidy().whole(region)


class _Tidy:
    def __init__(self) -> None:
        self.live: set[Name] = set()

    def whole(self, region: Region) -> Region:
        self.live.update(region.results)
        return Region(region.parameters, self.ops(region.ops), region.results)

    def ops(self, ops: list[Op]) -> list[Op]:
        kept = []
        for op in reversed(ops):
            new = self.op(op)
            if new is not None:
                self.live.update(new.operands)
                kept.append(new)
        return kept[::-1]

    def op(self, op: Op) -> Op | None:
        """The operation as far as it is needed."""
        is_needed = not self.live.isdisjoint(op.results)
        if op.kind == "if" and (is_needed or has_effect(op)):
            kept = [i for i, r in enumerate(op.results) if r in self.live]
            regions = []
            for inner in op.regions:
                results = [inner.results[i] for i in kept]
                self.live.update(results)
                regions.append(Region([], self.ops(inner.ops), results))
            return Op("if", op.operands, [op.results[i] for i in kept], None, tuple(regions))
        if op.kind == "loop" and (is_needed or has_effect(op)):
            return self.loop(op)
        if is_needed or (op.kind in (*EFFECTS, "custom", "array") and has_effect(op)):
            return op
        return None

    def loop(self, op: Op) -> Op:
        (inner,) = op.regions
        self.live.add(inner.results[0])
        kept = {i for i, r in enumerate(op.results) if r in self.live}
        while True:
            self.live.update(inner.results[i + 1] for i in kept)
            ops = self.ops(inner.ops)
            needed = kept | {i for i, p in enumerate(inner.parameters) if p in self.live}
            if needed == kept:
                break
            kept = needed
        order = sorted(kept)
        region = Region(
            [inner.parameters[i] for i in order],
            ops,
            [inner.results[0], *(inner.results[i + 1] for i in order)],
        )
        results = [op.results[i] for i in order]
        return Op("loop", [op.operands[i] for i in order], results, op.what, (region,))


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
