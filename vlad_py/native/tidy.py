"""Dead code: operations that nothing needs, state of loops that nothing reads, results that nobody takes."""

from __future__ import annotations

from vlad_py.native.ir import Function, Name, Op, Region, functions_of
from vlad_py.native.passes import seen
from vlad_py.native.shared import shared

EFFECTS = ("guard", "save", "restore")


def slimmed(region: Region) -> Region:
    """A region without what nothing needs, in which nothing is done twice."""
    # two loops are the same only without what nobody takes from either
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
        if op.kind == "loop" and (is_needed or has_effect(op) or _is_endless(op)):
            return self.loop(op)
        if is_needed or (op.kind in (*EFFECTS, "call", "custom", "array") and has_effect(op)):
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


def _is_endless(loop: Op) -> bool:
    """Whether a loop is known to run for ever: whoever reaches it does not get past it."""
    return loop.regions[0].results[0].constant is True


def has_effect(op: Op) -> bool:
    """Whether an operation does more than give its results: it may leave the unit, or touches a tape."""
    if op.kind in EFFECTS or (op.kind == "array" and op.what.may_fail):
        return True
    regions = list(op.regions)
    seen: set[Function] = set()
    if op.kind == "call":
        seen.add(op.what)
        regions.append(op.what.region)
    while regions:
        for inner in regions.pop().ops:
            if inner.kind in EFFECTS or (inner.kind == "array" and inner.what.may_fail):
                return True
            regions += inner.regions
            if inner.kind == "call" and inner.what not in seen:
                seen.add(inner.what)
                regions.append(inner.what.region)
    return False


def acts(op: Op) -> bool:
    """Whether an operation may do more than give its results, whatever the functions do that it calls."""
    return op.kind in ("guard", "call", "custom", "save", "restore") or any(
        acts(inner) for region in op.regions for inner in region.ops
    )
