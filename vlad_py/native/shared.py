"""Common subexpression elimination: of equal operations the first is kept, and its results serve for all.

The derivatives along several directions ask for the same partial derivatives, each by its own operations. A
value and its gradient run the same search, which may fail: if the first has not left the unit, the second
would not leave it either.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import copysign

from vlad_py.native.activity import ON_TAPE, Renamed, uses_tape
from vlad_py.native.ir import Function, Name, Op, Region, functions_of
from vlad_py.values.values import Array

ALONE = ("prim", "compare", "and", "not", "same", "select", "guard", "array", "call")  # without regions

Seen = dict[Hashable, list[Op]]


def shared(region: Region) -> Region:
    """A region whose operations are done once, changed in place, as its functions are."""
    functions = functions_of(region)
    share = _Sharing({function for function in functions if uses_tape(function.region)})
    for inner in (*(function.region for function in functions), region):
        share.region(inner, {}, Renamed())
    return region


class _Sharing:
    """`on_tape` are the functions that save or restore: no two calls of them are the same."""

    def __init__(self, on_tape: set[Function]) -> None:
        self.on_tape = on_tape

    def region(self, region: Region, seen: Seen, names: Renamed) -> None:
        """Shares the operations of a region, which may take the results of earlier ones around it."""
        kept, own = [], []
        for op in region.ops:
            op.operands = names.all_of(op.operands)
            for inner in op.regions:
                self.region(inner, seen, names)
            key = self.key(op)
            if key is None:
                kept.append(op)
                continue
            before = seen.setdefault(key, [])
            first = next((other for other in before if self.is_same(other, op, Renamed())), None)
            if first is not None:
                names.update(zip(op.results, first.results, strict=True))
                continue
            before.append(op)
            own.append(key)
            kept.append(op)
        region.ops = kept
        region.results = names.all_of(region.results)
        for key in own:
            seen[key].pop()

    def key(self, op: Op) -> Hashable | None:
        """A key that equal operations have in common; None for an operation that is never shared."""
        if op.kind in ALONE:
            return (op.kind, _what(op), *map(_operand, op.operands))
        if op.kind in ("if", "loop"):
            return (op.kind, _outline(op), len(op.results), *map(_operand, op.operands))
        return None

    def is_same(self, first: Op, second: Op, names: Renamed) -> bool:
        """Whether two operations do the same; `names` takes names bound in the second to the first's."""
        if first.kind != second.kind or first.kind in ("custom", *ON_TAPE) or _what(first) != _what(second):
            return False
        if first.kind == "call" and first.what in self.on_tape:
            return False
        if [*map(_operand, first.operands)] != [_operand(names[name]) for name in second.operands]:
            return False
        for one, other in zip(first.regions, second.regions, strict=True):
            if not _bind(one.parameters, other.parameters, names) or len(one.ops) != len(other.ops):
                return False
            if not all(self.is_same(a, b, names) for a, b in zip(one.ops, other.ops, strict=True)):
                return False
            if [*map(_operand, one.results)] != [_operand(names[name]) for name in other.results]:
                return False
        return _bind(first.results, second.results, names)


def _bind(first: list[Name], second: list[Name], names: Renamed) -> bool:
    """Takes the second names to the first ones. Whether they are of the same types."""
    names.update(zip(second, first, strict=False))
    return [name.type for name in first] == [name.type for name in second]


def _outline(op: Op) -> int:
    """A hash of the operations inside an operation. Two operations that do the same have the same hash."""
    found: list[Hashable] = []
    todo = list(op.regions)
    while todo:
        for inner in todo.pop().ops:
            known = [_operand(name) for name in inner.operands if name.constant is not None]
            found.append((inner.kind, _what(inner), *known))
            todo += inner.regions
    return hash(tuple(found))


def _operand(name: Name) -> Hashable:
    """The key of an operand: its real or boolean, if that is known."""
    known = name.constant
    if type(known) is float:
        return ("nan", id(name)) if known != known else (known, copysign(1.0, known))
    if type(known) is bool:
        return ("boolean", known)
    return id(known) if type(known) is Array else name


def _what(op: Op) -> Hashable:
    """What tells an operation from others besides its kind and operands."""
    if op.kind == "array":
        return (op.what.primitive, _key(op.what.statics))
    return _key(op.what)


def _key(static: object) -> Hashable:
    """The key of a static; two arrays of indices have the same key only if they are one object."""
    if isinstance(static, Mapping):
        return tuple([(name, _key(part)) for name, part in static.items()])
    if isinstance(static, tuple | list):
        return (type(static), *map(_key, static))
    if isinstance(static, slice):
        return (slice, static.start, static.stop, static.step)
    return (type(static), static) if isinstance(static, Hashable) else id(static)
