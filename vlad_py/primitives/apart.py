"""Arrays taken apart: how functions of reals act on arrays where their entries do not say it themselves.

Their primitives are in the table by the time that these functions are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.axes import axes_among, checked_axis, keeps_axes, kept_shape
from vlad_py.primitives.kinds import OfMany
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Record, Value, is_array, shape_of


def of_elements(x: Value) -> Iterator[Value]:
    """The elements of an array along its first dimension."""
    gather = PRIMITIVES["gather"].apply
    return (gather(x, index=i) for i in range(shape_of(x)[0]))


def row_by_row(
    name: str, primitive: OfMany
) -> tuple[Callable[[Value, int | None], Value], Callable[[tuple[Value, ...]], Value]]:
    """A reduction of an array along an axis (None: of all elements), and of values with arrays among them."""

    def along(x: Value, axis: int | None) -> Value:
        reshape, move, stack = (PRIMITIVES[each].apply for each in ("reshape_to", "move_axis", "stack_of"))
        axis = checked_axis(name, x, axis)
        shape = shape_of(x)
        if axis is None or len(shape) == 1:
            return primitive.many(tuple(of_elements(reshape(x, shape=(prod(shape),)))))
        left = (*shape[:axis], *shape[axis + 1 :])
        rows = reshape(move(x, source=axis, target=-1), shape=(prod(left), shape[axis]))
        found = [primitive.many(tuple(of_elements(row))) for row in of_elements(rows)]
        return reshape(stack(tuple(found)), shape=left)

    def elementwise(xs: tuple[Value, ...]) -> Value:
        shape = np.broadcast_shapes(*map(shape_of, xs))
        spread, stack = PRIMITIVES["broadcast_to"].apply, PRIMITIVES["stack_of"].apply
        return along(stack(tuple([spread(x, shape=shape) for x in xs])), 0)

    return along, elementwise


def with_options(
    name: str, function: Callable[[Value, int | None], Value], x: Value, options: Record | None
) -> Value:
    """What `function(x, axis)` makes of an array along the axis that a program gave, or along several as if
    they were one, and perhaps keeps with the size 1.
    """
    if options is None:
        return function(x, None)
    if not is_array(x):
        raise not_numbers(f"`{name}` along an axis expects an array", x)
    axes = axes_among(options)
    y = _along_several(name, function, x, axes) if isinstance(axes, tuple) else function(x, axes)
    return PRIMITIVES["reshape_to"].apply(y, shape=kept_shape(x, axes)) if keeps_axes(options) else y


def _along_several(
    name: str, function: Callable[[Value, int | None], Value], x: Value, axes: tuple[int, ...]
) -> Value:
    shape = shape_of(x)
    places = sorted(place for axis in axes if (place := checked_axis(name, x, axis)) is not None)
    if len(set(places)) < len(places):
        listed = ", ".join(map(str, axes))
        raise RunError(f"`{name}` expects different axes, got ({listed}) for {describe(x)}")
    rest = [i for i in range(len(shape)) if i not in places]
    rows = PRIMITIVES["permuted"].apply(x, axes=(*rest, *places))
    sizes = (*(shape[i] for i in rest), prod(shape[i] for i in places))
    return function(PRIMITIVES["reshape_to"].apply(rows, shape=sizes), len(rest))
