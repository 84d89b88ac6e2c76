"""Derivatives of operations on arrays: the entry's rules run on unknown arrays, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from vlad_py.ground.errors import NotNative
from vlad_py.native.activity import Renamed, copied
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name, Op, Use
from vlad_py.native.types import shape_of_type
from vlad_py.native.unknown import Named, name_of, real, with_name
from vlad_py.numbers.chain import partials, pushed
from vlad_py.numbers.reverse.terms import passed_on
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.kinds import Assembly, General, Rearranging
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.values.values import Array, Value, shape_of

MOST_KNOWN = 1 << 22  # elements of a direction that is moved when the code is made


def pushed_along(
    builder: Builder, use: Use, tangents: Sequence[Value], y: Value, numbers: Sequence[Value]
) -> Value:
    """The tangent of the result y of a primitive of arrays; None among the tangents, or as the result, stands
    for none. NotNative, with the primitive's name, if one of its rules looks at a real.
    """
    try:
        return _pushed_along(builder, use, tangents, y, numbers)
    except NotNative as reason:
        raise with_name(reason, use.primitive.called) from None


def _pushed_along(
    builder: Builder, use: Use, tangents: Sequence[Value], y: Value, numbers: Sequence[Value]
) -> Value:
    primitive, statics = use.primitive, use.statics
    dy: Value = None
    if isinstance(primitive, General):
        for tangent, rule in zip(tangents, primitive.rules, strict=True):
            if tangent is not None:
                # a known direction moves now: often nothing of it is left, which then costs nothing at all
                moves = isinstance(primitive, Rearranging) and type(tangent) is Array and is_short(y)
                builder.made_zeros = builder.made_zeros or (moves and bool(primitive.drops))
                # named, also where it is known: a choice by what is not known is written for names
                given = tangent if moves else Named(builder, name_of(tangent))
                term = rule.push(given, y, *numbers, **statics)
                dy = term if dy is None else add(dy, term)
    elif isinstance(primitive, Assembly):
        pairs = zip(tangents, numbers, strict=True)
        filled = [broadcast_to(0.0, shape_of(x)) if t is None else t for t, x in pairs]
        dy = primitive.apply(filled, **statics)
    else:
        dy = pushed(primitive, tangents, y, numbers)
    return None if dy is None else broadcast_to(dy, shape_of(y))


def is_short(x: Value) -> bool:
    """Whether an array of this shape may be known to the code."""
    return prod(shape_of(x)) <= MOST_KNOWN


def fills(op: Op) -> bool:
    """Whether an operation puts zeros where nothing came from."""
    if op.kind != "array":
        return op.kind == "put"
    return bool(op.what.primitive.drops or (isinstance(op.what.primitive, Assembly) and op.what.statics))


def pulled_back(
    builder: Builder, op: Op, active: list[int], cotangent: Name, value: Callable[[Name], Name]
) -> list[tuple[int, Name]]:
    """The cotangents of the operands at the active places, from that of the result. `value` is asked for the
    operands, and for the result, that the rule needs. NotNative as in `pushed_along`.
    """
    use: Use = op.what
    scratch = Builder(chooses_points=builder.chooses_points)
    given = Name(cotangent.type)
    y = Name(op.results[0].type)
    known = [o if o.constant is not None else Name(o.type) for o in op.operands]
    numbers = [real(scratch, name) for name in known]
    terms: list[tuple[int, Name]] = []
    try:
        found = partials(use.primitive, active, Named(scratch, y), numbers, use.statics)
        for i, partial in zip(active, found, strict=True):
            if partial is not None:
                shape = shape_of_type(op.operands[i].type)
                term = passed_on(shape, partial, Named(scratch, given))
                if term is not None:
                    terms.append((i, name_of(broadcast_to(term, shape) if shape else term)))
    except NotNative as reason:
        raise with_name(reason, use.primitive.called) from None
    originals = {given: cotangent, y: op.results[0], **dict(zip(known, op.operands, strict=True))}
    return replayed(builder, scratch, terms, originals, cotangent, value)


def replayed(
    builder: Builder,
    scratch: Builder,
    terms: list[tuple[int, Name]],
    originals: dict[Name, Name],
    cotangent: Name,
    value: Callable[[Name], Name],
) -> list[tuple[int, Name]]:
    """Writes what was recorded, as far as the terms need it, at the values of the names that it uses."""
    needed = {name for _, name in terms}
    ops = []
    for op in reversed(scratch.ops):
        if op.kind == "guard" or not needed.isdisjoint(op.results):
            ops.append(op)
            needed.update(op.operands)
    names = Renamed()
    for name, original in originals.items():
        if name in needed and name.constant is None:
            names[name] = cotangent if original is cotangent else value(original)
    builder.made_zeros = builder.made_zeros or scratch.made_zeros or any(map(fills, ops))
    for op in reversed(ops):
        copied(builder, op, names)
    return [(i, names[name]) for i, name in terms]
