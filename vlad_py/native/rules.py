"""Partial derivatives as templates: an entry's `partials` run once on unknown reals, then are copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vlad_py.ground.errors import NotNative, RunError
from vlad_py.native import list_ops
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name, Op
from vlad_py.native.types import ListType
from vlad_py.native.unknown import Named, name_of, real, written
from vlad_py.numbers.chain import times
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.kinds import OfReals, Pairing, Reduction
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Value


class Partials:
    """The partial derivatives of a primitive of so many arguments: operations on `y` and `xs`."""

    def __init__(self, primitive: Primitive, count: int, chooses_points: bool) -> None:
        builder = Builder(chooses_points=chooses_points)
        self.y = Name()
        self.xs = [Name() for _ in range(count)]
        y, xs = Named(builder, self.y), tuple(Named(builder, x) for x in self.xs)
        if not isinstance(primitive, OfReals):
            raise NotNative(f"a primitive without derivatives: `{primitive.called}`")
        partials = primitive.partials
        given: Iterable[Value]
        if isinstance(primitive, (Reduction, Pairing)):
            given = partials[0](y, xs)  # type: ignore[operator, assignment]
        else:
            given = [p if type(p) is float else _evaluated(p, y, xs) for p in partials]
        self.makes_zeros = builder.made_zeros
        self.slopes = [None if p is None else name_of(p) for p in given]
        self.ops = [_needed(builder.ops, slope) for slope in self.slopes]

    def is_zero(self, i: int) -> bool:
        """Whether the result does not depend on its i-th argument, to first order."""
        slope = self.slopes[i]
        return slope is not None and slope.constant == 0.0

    def write(self, builder: Builder, i: int, y: Callable[[], Name], x: Callable[[int], Name]) -> Name:
        """The partial derivative with respect to the i-th argument; asks for y and the xs if needed."""
        slope = self.slopes[i]
        if slope is None:
            raise NotNative("a derivative that there is not")
        if slope.constant is not None:
            return slope
        builder.made_zeros = builder.made_zeros or self.makes_zeros
        names: dict[Name, Name] = {}

        def name(old: Name) -> Name:
            if old.constant is not None:
                return old
            if old not in names:
                names[old] = y() if old is self.y else x(self.xs.index(old))
            return names[old]

        for op in self.ops[i]:
            operands = [name(o) for o in op.operands]
            names[op.results[0]] = rewritten(builder, op, operands)
        return name(slope)


def rewritten(builder: Builder, op: Op, operands: list[Name]) -> Name:
    """The same operation at other operands, for operations that give one value and do nothing else."""
    match op.kind:
        case "prim":
            return builder.prim(op.what, operands)
        case "compare":
            return builder.compare(op.what, *operands)
        case "and":
            return builder.both(*operands)
        case "not":
            return builder.negated(*operands)
        case "same":
            return builder.same(*operands)
        case "select":
            return builder.select(*operands)
        case "take":
            return builder.take(operands[0], operands[1:])
        case "array":
            return name_of(
                written(
                    builder, op.what.primitive, tuple(real(builder, o) for o in operands), op.what.statics
                )
            )
    raise TypeError(f"{op.kind} does not give one value")


def term(builder: Builder, slope: Name, tangent: Name) -> Name:
    """One term of the chain rule: partial derivative times tangent, or cotangent."""
    return name_of(times(real(builder, slope), real(builder, tangent)))


def total(builder: Builder, a: Name, b: Name) -> Name:
    """The sum of two terms."""
    if isinstance(a.type, ListType):
        return list_ops.merge(builder, a, b)
    return name_of(add(real(builder, a), real(builder, b)))


def _evaluated(partial: Any, y: Value, xs: tuple[Value, ...]) -> Value:
    """What a partial derivative gives; None where it is a decision that there is none."""
    try:
        return partial(y, *xs)
    except RunError:
        return None


def _needed(ops: list[Op], slope: Name | None) -> list[Op]:
    wanted = {slope}
    kept = []
    for op in reversed(ops):
        if op.results[0] in wanted:
            kept.append(op)
            wanted.update(op.operands)
    return kept[::-1]


_known: dict[tuple[str, int, int, bool], Partials] = {}


def partials_of(primitive: Primitive, count: int, builder: Builder) -> Partials:
    """The partial derivatives of a primitive at so many arguments, for a builder. NotNative where there are
    none.
    """
    key = (primitive.name, primitive.arity, count, builder.chooses_points)
    if key not in _known:
        _known[key] = Partials(primitive, count, builder.chooses_points)
    return _known[key]
