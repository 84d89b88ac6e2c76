"""What an operation on arrays is, by the shape of its entry."""

from __future__ import annotations

from vlad_py.native.ir import Op, Use
from vlad_py.native.types import shape_of_type
from vlad_py.primitives.kinds import Choosing, Elementwise, General, Predicate


def is_elementwise(op: Op) -> bool:
    """Whether each element of the result is made of one element of each operand."""
    return op.kind == "array" and isinstance(op.what.primitive, (Elementwise, Predicate, Choosing))


def subscripts(use: Use, shapes: list[tuple[int, ...]]) -> str:
    """The sum of products that it is, in einsum's words; empty for others."""
    primitive = use.primitive
    if isinstance(primitive, General) and primitive.subscripts is not None:
        return primitive.subscripts(shapes, **use.statics)
    return ""


def sums_one(op: Op) -> bool:
    """Whether an operation is a sum of elements of one array."""
    if op.kind != "array" or len(op.operands) != 1:
        return False
    return bool(subscripts(op.what, [shape_of_type(o.type) for o in op.operands]))
