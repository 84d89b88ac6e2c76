"""What an operation on arrays is, by the shape of its entry."""

from __future__ import annotations

from vlad_py.native.formulas import is_cheap_text
from vlad_py.native.ir import Name, Op, Use
from vlad_py.native.types import ArrayType, shape_of_type
from vlad_py.native.views import sources_of
from vlad_py.primitives.kinds import Assembly, Choosing, Elementwise, General, Predicate, Rearranging


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


def is_arithmetic(op: Op) -> bool:
    """Whether an element costs no more than a few sums, products and comparisons."""
    if op.kind != "array":
        return False
    primitive = op.what.primitive
    return isinstance(primitive, (Choosing, Predicate, Rearranging)) or is_cheap_text(primitive)


def is_assembly(op: Op) -> bool:
    """Whether an operation puts parts together."""
    return op.kind == "array" and isinstance(op.what.primitive, Assembly)


def moves_each_once(op: Op) -> bool:
    """Whether an operation moves elements in regular steps, none of them twice."""
    if op.kind != "array" or not isinstance(op.what.primitive, Rearranging):
        return False
    shape = shape_of_type(op.operands[0].type)
    return sources_of(op.what.primitive.places(shape, op.what.statics), shape) is not None


def is_repeated_real(name: Name) -> bool:
    """Whether an array is one real, everywhere."""
    op = name.op
    if op is None or op.kind != "array" or not isinstance(op.what.primitive, Rearranging):
        return False
    type_ = op.operands[0].type
    return not isinstance(type_, ArrayType) or type_.size == 1
