"""The chain rule: a term, which every mode multiplies by, and the terms for each shape of entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.ground.nans import any_nan
from vlad_py.primitives.arithmetic import add, mul, neg
from vlad_py.primitives.choice import Share, choose
from vlad_py.primitives.kinds import Assembly, General, OfReals
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.values.values import Array, Statics, Value, is_array, shape_of


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


Values = Sequence[Value]


def pushed(primitive: Primitive, tangents: Values, y: Value, numbers: Values) -> Value:
    """The tangent of the result y of a primitive of reals, some of which have a tangent, others None.
    None where the result depends on none of them.
    """
    assert isinstance(primitive, OfReals)
    dy: Value = None
    active = [i for i, tangent in enumerate(tangents) if tangent is not None]
    for i, slope in zip(active, primitive.slopes(active, y, numbers), strict=True):
        if slope is not None:
            term = slope.of(tangents[i]) if type(slope) is Share else times(slope, tangents[i])
            dy = term if dy is None else add(dy, term)
    return None if dy is None else shaped(dy, y)


def partials(
    primitive: Primitive, active: Sequence[int], y: Value, numbers: Values, statics: Statics
) -> list[Value]:
    """The partial derivatives, or adjoints, of a primitive's result y by the numbers at the active places."""
    if isinstance(primitive, General):
        return [primitive.rules[i].pull(y, *numbers, **statics) for i in active]
    if isinstance(primitive, Assembly):
        return [primitive.part(i, numbers, **statics) for i in active]
    assert isinstance(primitive, OfReals)
    slopes = zip(active, primitive.slopes(active, y, numbers), strict=True)
    return [slope.back(numbers[i]) if type(slope) is Share else slope for i, slope in slopes]


def kept(items: Value, there: Any) -> Value:
    """A product with 0 where it is not there, whatever an infinite factor has made of it."""
    if type(items) is Array:
        return Array(np.where(there, items.data, 0.0)) if any_nan(items.data) else items
    return choose(Array(there.astype(np.float64)), items, 0.0)
