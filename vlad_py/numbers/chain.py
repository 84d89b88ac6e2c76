"""One term of the chain rule, which every mode multiplies by."""

from __future__ import annotations

from vlad_py.primitives.arithmetic import mul, neg
from vlad_py.primitives.primitive import Adjoint
from vlad_py.primitives.shapes import broadcast_to, sum_to
from vlad_py.values.values import Value, is_array, shape_of


def times(partial: Value, tangent: Value) -> Value:
    """partial · tangent; ±1, of `+` and `-` or as what a sweep starts from, costs nothing on tags."""
    if type(partial) is float:
        if type(tangent) is float:
            return partial * tangent
        if partial == 1.0:
            return tangent
        if partial == -1.0:
            return neg(tangent)
    elif type(tangent) is float:
        if tangent == 1.0:
            return partial
        if tangent == -1.0:
            return neg(partial)
    return mul(partial, tangent)


def shaped(tangent: Value, y: Value) -> Value:
    """A tangent in the shape of what it belongs to: an operand's may have to be broadcast."""
    if type(y) is float or not is_array(y):
        return tangent
    return broadcast_to(tangent, shape_of(y))


def pulled(partial: Value, cotangent: Value, shape: tuple[int, ...]) -> Value:
    """An argument's part of a cotangent, in the argument's shape."""
    if type(partial) is Adjoint:
        return partial(cotangent)
    return sum_to(times(partial, cotangent), shape)
