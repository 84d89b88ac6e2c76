"""Structures as vectors: sums, distances and lengths over all their reals, made of scalar primitives."""

from __future__ import annotations

import math
from collections.abc import Iterable

from vlad_py.differentiation.levels import aligned, all_reals, shaped_like
from vlad_py.ground.errors import RunError
from vlad_py.primitives.apart import with_options
from vlad_py.primitives.arithmetic import add, div, mul, square, sub
from vlad_py.primitives.axes import checked_axis, split_options
from vlad_py.primitives.by_parts import all_floats
from vlad_py.primitives.declare import structural
from vlad_py.primitives.layouts import Laid, by_layout
from vlad_py.primitives.many import reals
from vlad_py.primitives.reduce import norm
from vlad_py.primitives.reduce import sum as sum_of
from vlad_py.primitives.shapes import total
from vlad_py.values.show import describe
from vlad_py.values.structure import leaves, transform
from vlad_py.values.values import UNIT, Cons, Nil, Value, is_array, is_numeric, is_real


def _plus_scaled(point: Value, factor: Value, direction: Value) -> Value:
    if type(factor) is float and all_floats(point) and all_floats(direction) and len(point) == len(direction):
        return tuple([x + factor * d for x, d in zip(point, direction)])
    if all_reals(point) and all_reals(direction) and len(point) == len(direction):
        return tuple([add(x, mul(factor, d)) for x, d in zip(point, direction)])
    steps = aligned(point, direction)

    def leaf(value: Value) -> Value:
        step = next(steps)
        return value if step == UNIT else add(value, mul(factor, step))

    return transform(point, leaf)


def _plus_scaled_text(point: Laid, direction: Laid) -> str:
    return point.rebuilt(f"{x} + a1 * {d}" for x, d in zip(point.reals, direction.reals, strict=True))


structural(
    "plus_scaled",
    3,
    computes=True,
    doc="plus_scaled(x, a, v): x + a v, for a structure x and a structure v of its shape, as a gradient is.",
    example="plus_scaled({a: 1, b: 2}, -0.5, {a: 2, b: 4})",
    value=by_layout(_plus_scaled, structures=(0, 2), floats=(1,), value=_plus_scaled_text),
)


def _distance(left: Value, right: Value) -> Value:
    if all_floats(left) and all_floats(right) and len(left) == len(right):
        return math.dist(left, right)
    pairs = zip(leaves(left), aligned(left, right), strict=True)
    return _length(sub(a, b) for a, b in pairs if is_numeric(a) and b != UNIT)


def _magnitude(x: Value) -> Value:
    if all_floats(x):
        return math.hypot(*x)
    return norm(x) if all_reals(x) else _length(leaf for leaf in leaves(x) if is_numeric(leaf))


def _length(numbers: Iterable[Value]) -> Value:
    return norm(tuple(norm(x) if is_array(x) else x for x in numbers))


def _distance_text(left: Laid, right: Laid) -> str:
    return f"hypot({', '.join(f'{a} - {b}' for a, b in zip(left.reals, right.reals, strict=True))})"


structural(
    "distance",
    2,
    doc="distance(x, y): the Euclidean distance of two structures of one shape.",
    example="distance({a: 1, b: 1}, {a: 4, b: 5})",
    value=by_layout(_distance, structures=(0, 1), value=_distance_text, hypot=math.hypot),
    squared=("distance_squared",),
)

structural(
    "magnitude",
    1,
    doc="magnitude(x): the Euclidean norm of all reals in a structure.",
    example="magnitude({a: 3, b: [0, 4]})",
    value=by_layout(
        _magnitude, structures=(0,), value=lambda x: f"hypot({', '.join(x.reals)})", hypot=math.hypot
    ),
    squared=("magnitude_squared",),
)


def _squares_along(x: Value, axis: int | None) -> Value:
    return total(square(x), axis=checked_axis("norm", x, axis))


def _norm_squared(argument: Value) -> Value:
    if not isinstance(argument, (Cons, Nil)):
        x, options = split_options("norm", argument, ("axis", "keepdims"))
        if is_array(x):
            return with_options("norm", _squares_along, x, options)
    if not isinstance(argument, (tuple, Cons, Nil)):
        return norm(argument)  # says what is wrong
    xs = reals("norm", argument)
    arrays = [*map(is_array, xs)].count(True)
    if not all(map(is_numeric, xs)) or 0 < arrays < len(xs):
        return norm(argument)
    return sum_of(tuple(square(x) for x in xs))


structural(
    "norm_squared",
    1,
    doc="norm_squared(xs): what `norm(xs) ^ 2` is, a sum of squares.",
    value=_norm_squared,
    by_shape=True,
    internal=True,
)


def _sum_of_squares(numbers: Iterable[Value]) -> Value:
    result: Value = 0.0
    for x in numbers:
        result = add(result, total(square(x), axis=None) if is_array(x) else square(x))
    return result


structural(
    "distance_squared",
    2,
    doc="distance_squared(x, y): what `distance(x, y) ^ 2` is, a sum of squares.",
    value=lambda x, y: _sum_of_squares(
        sub(a, b) for a, b in zip(leaves(x), aligned(x, y), strict=True) if is_numeric(a) and b != UNIT
    ),
    internal=True,
)

structural(
    "magnitude_squared",
    1,
    doc="magnitude_squared(x): what `magnitude(x) ^ 2` is, a sum of squares.",
    value=lambda x: _sum_of_squares(leaf for leaf in leaves(x) if is_numeric(leaf)),
    internal=True,
)


def _difference_quotient(after: Value, before: Value, step: Value) -> Value:
    if is_real(after) and is_real(before):
        return div(sub(after, before), step)
    numbers = shaped_like(before, lambda leaf: leaf)
    try:
        pairs = [(a, b) for a, b in zip(leaves(after), aligned(after, numbers), strict=True) if is_numeric(a)]
        if len(pairs) != sum(map(is_numeric, leaves(before))) or any(b == UNIT for _, b in pairs):
            raise RunError(f"got {describe(after)} and {describe(before)}")
    except RunError as error:
        hint = "the structure of the function's result changes within a step"
        message = f"a difference needs two values of the same structure: {error.message}"
        raise RunError(message, hint=hint) from None
    quotients = iter([div(sub(a, b), step) for a, b in pairs])
    return shaped_like(after, lambda leaf: next(quotients))


structural(
    "difference_quotient",
    3,
    doc="difference_quotient(y, z, h): (y - z) / h as a tangent of y, for two structures of one shape.",
    value=_difference_quotient,
    internal=True,
)
