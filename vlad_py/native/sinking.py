"""Sinking: what one branch of a choice alone needs is computed there.

So the sweep back through the other branch never meets it: a cotangent 0 that is there only because the other
branch was taken, times an infinite partial derivative, would be nan. A `select` with such operands becomes an
`if` for the same reason.
"""

from __future__ import annotations

from vlad_py.native.ir import Name, Op, Region

SUNK = ("prim", "compare", "and", "not", "same", "select", "array", "take", "cons", "uncons", "is_nil")

Place = tuple[Op, int] | None  # a branch of a choice; None: this region, outside of branches


def sunk(region: Region) -> Region:
    """The region with operations moved into the branches that alone need them, at every level."""
    places: dict[Name, set[Place]] = {}

    def use(names: list[Name], place: Place) -> None:
        for name in names:
            places.setdefault(name, set()).add(place)

    def inside(inner: Region, place: Place) -> None:
        for op in inner.ops:
            use(op.operands, place)
            for each in op.regions:
                inside(each, place)
        use(inner.results, place)

    use(region.results, None)
    moved: dict[Place, list[Op]] = {}
    kept: list[Op] = []
    for op in reversed(region.ops):
        users = set().union(*(places.get(r, set()) for r in op.results))
        if op.kind in SUNK and len(users) == 1 and None not in users:
            (place,) = users
            moved.setdefault(place, []).append(op)
            use(op.operands, place)
            continue
        kept.append(op)
        if op.kind == "select":
            use(op.operands[:1], None)
            use(op.operands[1:2], (op, 0))
            use(op.operands[2:], (op, 1))
            continue
        use(op.operands, None)
        for i, inner in enumerate(op.regions):
            inside(inner, (op, i) if op.kind == "if" else None)
    ops = []
    for op in reversed(kept):
        if op.kind == "select" and ((op, 0) in moved or (op, 1) in moved):
            condition, *sides = op.operands
            regions = tuple(
                sunk(Region([], moved.get((op, i), [])[::-1], [side])) for i, side in enumerate(sides)
            )
            op = Op("if", [condition], op.results, None, regions)
        elif op.regions:
            regions = tuple(
                sunk(Region(inner.parameters, [*moved.get((op, i), [])[::-1], *inner.ops], inner.results))
                for i, inner in enumerate(op.regions)
            )
            op = Op(op.kind, op.operands, op.results, op.what, regions)
        ops.append(op)
    return Region(region.parameters, ops, region.results)
