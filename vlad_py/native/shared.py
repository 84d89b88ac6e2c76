"""Operations on arrays that were written twice: the second takes the result of the first.

The derivatives along several directions ask for the same partial derivatives, each by its own operations.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import copysign

from vlad_py.native.activity import Renamed
from vlad_py.native.ir import Name, Op, Region, functions_of
from vlad_py.values.values import Array

Seen = dict[Hashable, Op]


def shared(region: Region) -> Region:
    """A region whose operations on arrays are done once, changed in place, as its functions are."""
    for inner in (*(function.region for function in functions_of(region)), region):
        _share(inner, {}, Renamed())
    return region


def _share(region: Region, seen: Seen, names: Renamed) -> None:
    """Shares the operations of a region, which may take the results of those around it, written before."""
    kept, own = [], []
    for op in region.ops:
        op.operands = names.all_of(op.operands)
        for inner in op.regions:
            _share(inner, seen, names)
        if op.kind == "array":
            key = (op.what.primitive, _key(op.what.statics), *map(_operand, op.operands))
            if key in seen:
                names[op.results[0]] = seen[key].results[0]
                continue
            seen[key] = op
            own.append(key)
        kept.append(op)
    region.ops = kept
    region.results = names.all_of(region.results)
    for key in own:
        del seen[key]


def _operand(name: Name) -> Hashable:
    """What tells an operand from others: the real, if it is known."""
    if type(name.constant) is float:
        x = name.constant
        return ("nan", id(name)) if x != x else (x, copysign(1.0, x))
    return id(name.constant) if type(name.constant) is Array else name


def _key(static: object) -> Hashable:
    """What tells a static from others: an array of indices is only the same as itself."""
    if isinstance(static, Mapping):
        return tuple([(name, _key(part)) for name, part in static.items()])
    if isinstance(static, tuple | list):
        return (type(static), *map(_key, static))
    if isinstance(static, slice):
        return (slice, static.start, static.stop, static.step)
    return (type(static), static) if isinstance(static, Hashable) else id(static)
