"""Making arrays, and their shapes."""

from __future__ import annotations

import math
from itertools import chain
from math import prod
from typing import Any

from vlad_py.ground.asking import ask_elements
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.axes import as_shape, checked_axis, several, too_large, whole_number
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import axial
from vlad_py.primitives.primitive import MANY
from vlad_py.primitives.shapes import (
    cumulated,
    move_axis,
    permuted,
    reshape_to,
    stack_of,
    transpose_of,
)
from vlad_py.values.show import describe, not_numbers, show
from vlad_py.values.values import (
    Array,
    Cons,
    Nil,
    Range,
    Value,
    is_array,
    is_numeric,
    is_real,
    list_items,
    make_list,
    shape_of,
    size_of,
)

# ── literals, comprehensions, ranges ─────────────────────────────────────────────────────────


def _array(items: tuple[Value, ...]) -> Value:
    for item in items:
        if not is_numeric(item):
            hint = "a list holds values of any kind: `list(a, b)`"
            if type(item) is bool:
                hint = "`keep(a, a > 0)` has the elements where a condition holds; " + hint
            if type(item) is tuple and item:
                hint = "rows are arrays too: `[[a, b], [c, d]]`; " + hint
            raise RunError(f"an array holds reals only, got {describe(item)} among them", hint=hint)
    return stack_of(items) if items else Array(np.zeros(0))


structural(
    "array",
    1,
    doc="array((a, b, …)) is [a, b, …]: reals, or arrays of one shape, along a new first dimension.",
    value=_array,
    internal=True,
)


def _collected(values: Any, depth: float) -> Value:
    for _ in range(int(depth) - 1):
        values = tuple(chain.from_iterable(values))
    numbers = sum(map(is_numeric, values))
    if numbers == len(values):
        return stack_of(values) if values else Array(np.zeros(0))
    if numbers == 0:
        return make_list(values)
    number = next(x for x in values if is_numeric(x))
    other = next(x for x in values if not is_numeric(x))
    hint = "reals make an array, all other values a list; `map` gives a list of any values"
    got = f"{describe(number)} and {describe(other)}"
    raise RunError(f"a comprehension gives values of one kind, here {got}", hint=hint)


collected = structural(
    "collected",
    2,
    doc="collected(values, depth): what a comprehension of so many clauses makes of the values of its "
    "turns, which are tuples in tuples: an array of reals or of arrays of one shape, a list of other values.",
    value=_collected,
    internal=True,
)

structural(
    "is_array_of",
    2,
    doc="is_array_of(x, n): whether x is an array of n elements, or of n rows.",
    value=lambda x, n: is_array(x) and shape_of(x)[0] == n,
    internal=True,
    gives_boolean=True,
)


def _expected_array(x: Value, size: float, what: Value) -> Value:
    if is_array(x) and shape_of(x)[0] == size:
        return x
    hint = "a list is taken apart by `first :: rest`" if isinstance(x, (Cons, Nil)) else ""
    hint = "a tuple is taken apart by `(x, y)`" if type(x) is tuple else hint
    raise not_numbers(f"{what} expects an array of {show(size)}", x, hint=hint)


structural(
    "expected_array",
    3,
    doc="expected_array(x, n, what): x, which has to be an array of n elements, or of n rows.",
    value=_expected_array,
    internal=True,
)


def _of_range(sequence: Value) -> Value:
    assert type(sequence) is Range
    ask_elements(sequence.size)
    try:
        steps = np.arange(max(sequence.size, 0.0))
    except (ValueError, MemoryError):
        raise too_large((sequence.size,)) from None
    return add(sequence.low, Array(steps))


of_range = structural(
    "of_range", 1, doc="of_range(r): the reals of a range as an array.", value=_of_range, internal=True
)


# ── shapes ───────────────────────────────────────────────────────────────────────────────────


def _filled(name: str, sizes: Value, number: float) -> Value:
    shape = as_shape(name, sizes)
    if any(size < 0 for size in shape):
        raise RunError(f"`{name}` expects sizes, whole numbers from 0, got {min(shape)}")
    ask_elements(prod(shape))
    try:
        return Array(np.full(shape, number)) if shape else number
    except (ValueError, MemoryError):
        raise too_large(shape) from None


for _name, _number in (("zeros", 0.0), ("ones", 1.0)):
    structural(
        _name,
        MANY,
        doc=f"{_name}(n) is an array of n times {_number:.0f}, {_name}(n, m) one of n rows of m; "
        f"{_name}(shape(a)) has the shape of a.",
        example=f"{_name}(3), {_name}(2, 2), {_name}(shape([[1, 2], [3, 4]]))",
        value=lambda sizes, name=_name, number=_number: _filled(name, sizes, number),
    )


def _size(name: str, n: Value) -> int:
    (size,) = as_shape(name, n) if is_real(n) else (-1,)
    if size < 0:
        raise RunError(
            f"`{name}` expects a whole number from 0, got {show(n) if is_real(n) else describe(n)}"
        )
    return size


def _eye(n: Value) -> Value:
    size = _size("eye", n)
    ask_elements(size * size)
    try:
        return Array(np.eye(size))
    except (ValueError, MemoryError):
        raise too_large((size, size)) from None


structural("eye", 1, doc="eye(n) is the identity matrix of n rows.", example="eye(2)", value=_eye)


def _linspace(start: Value, stop: Value, count: Value) -> Value:
    n = _size("linspace", count)
    for end in (start, stop):
        if not is_real(end):
            raise not_numbers("`linspace` expects reals", end)
    if n == 0:
        return Array(np.zeros(0))
    ask_elements(n)
    try:
        steps = np.linspace(0.0, 1.0, n)
    except (ValueError, MemoryError):
        raise too_large((n,)) from None
    # both ends exactly: each is weighted by 1 or 0
    return add(mul(start, Array(1.0 - steps)), mul(stop, Array(steps)))


structural(
    "linspace",
    3,
    doc="linspace(a, b, n) is an array of n reals in equal steps from a to b, both included. "
    "It is differentiable in a and b.",
    example="linspace(0, 1, 5)",
    value=_linspace,
)


def _shape(x: Value) -> Value:
    if not is_numeric(x):
        hint = "`length(xs)` is the number of items" if isinstance(x, (tuple, Cons, Nil)) else ""
        raise not_numbers("`shape` expects an array or a real", x, hint=hint)
    sizes = tuple(map(float, shape_of(x)))
    return sizes[0] if len(sizes) == 1 else sizes


structural(
    "shape",
    1,
    by_shape=True,
    doc="The sizes of an array: a real for a vector, a pair (rows, columns) for a matrix, () for a real.",
    example="shape([[1, 2, 3], [4, 5, 6]]), shape([1, 2])",
    value=_shape,
)


def _reshape(x: Value, sizes: Value) -> Value:
    if not is_numeric(x):
        raise not_numbers("`reshape` expects an array", x)
    shape = as_shape("reshape", sizes)
    known = math.prod(size for size in shape if size >= 0)
    if shape.count(-1) == 1 and known and size_of(x) % known == 0:
        shape = tuple(size_of(x) // known if size < 0 else size for size in shape)
    if -1 in shape or math.prod(shape) != size_of(x):
        wanted = "×".join("?" if size < 0 else str(size) for size in shape)
        raise RunError(f"`reshape` cannot make {wanted} of {describe(x)}")
    return reshape_to(x, shape=shape)


structural(
    "reshape",
    2,
    by_shape=True,
    doc="reshape(a, (n, m)): the elements of a, row by row, in n rows of m; one size may be -1, and is "
    "computed "
    "from the others.",
    example="reshape([1, 2, 3, 4], (2, 2)), reshape([[1, 2], [3, 4]], -1)",
    value=_reshape,
)


def _transpose(argument: Value) -> Value:
    if is_array(argument):
        return transpose_of(argument)
    if type(argument) is not tuple or len(argument) != 2 or not is_array(argument[0]):
        hint = "an order of dimensions is a tuple: `transpose(a, (1, 0))`" if type(argument) is tuple else ""
        raise not_numbers("`transpose` expects an array", argument, hint=hint)
    x, order = argument
    numbers = [whole_number("transpose", "axes", axis) for axis in several(order)]
    axes = [checked_axis("transpose", x, axis) or 0 for axis in numbers]
    if sorted(axes) != list(range(len(shape_of(x)))):
        listed = ", ".join(str(axis) for axis in range(len(shape_of(x))))
        raise RunError(
            f"`transpose` expects each axis of {describe(x)} once, got {show(order)}",
            hint=f"its axes are {listed}",
        )
    return permuted(x, axes=tuple(axes))


structural(
    "transpose",
    MANY,
    by_shape=True,
    doc="A matrix with its rows as columns; for any array, its dimensions in reverse. "
    "transpose(a, (2, 0, 1)) has them in another order: first axis 2 of a, then axis 0, then axis 1.",
    example="transpose([[1, 2], [3, 4]]), shape(transpose(zeros(2, 3, 4), (2, 0, 1)))",
    value=_transpose,
)


def _stack(several: Value, axis: int | None) -> Value:
    items = several if type(several) is tuple else tuple(list_items(several))
    if not isinstance(several, (tuple, Cons)) or not items:
        raise not_numbers("`stack` expects a tuple or a list of arrays", several)
    stacked = _array(items)
    axis = checked_axis("stack", stacked, axis)
    return stacked if not axis else move_axis(stacked, source=0, target=axis)


axial(
    "stack",
    by_shape=True,
    doc="stack(xs, ys, …) or stack(list): arrays of one shape, or reals, along a new first dimension; "
    "along another: `stack(list, {axis: 1})`.",
    example="stack([1, 2], [3, 4]), stack(list([1, 2], [3, 4]), {axis: 1})",
    function=_stack,
)


def _cumsum(xs: Value, axis: int | None) -> Value:
    if not is_array(xs):
        hint = "`[x for x in xs]` makes an array from a list" if isinstance(xs, (Cons, Nil)) else ""
        raise not_numbers("`cumsum` expects an array", xs, hint=hint)
    if axis is None and len(shape_of(xs)) > 1:
        raise RunError(f"`cumsum` of {describe(xs)} needs an axis", hint="`cumsum(a, {axis: 0})`")
    return cumulated(xs, axis=checked_axis("cumsum", xs, axis or 0))


axial(
    "cumsum",
    by_shape=True,
    doc="The running sums of a vector; for a matrix, along an axis: `cumsum(m, {axis: 0})`. It is linear: "
    "its "
    "derivative along v is cumsum(v).",
    example="cumsum([1, 2, 3]), cumsum([[1, 2], [3, 4]], {axis: 0})",
    function=_cumsum,
)
