"""Elements of lists, tuples and arrays: length, index, slice, order, joining."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any, TypeGuard

from vlad_py.ground.asking import ask_elements
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.axes import axis_among, checked_axis, not_an_index, one_axis, split_options, without
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import axial
from vlad_py.primitives.many import no_reals, reals
from vlad_py.primitives.moving import gather_along, order_along
from vlad_py.primitives.positions import not_whole, out_of_range, sequence, slice_of, whole
from vlad_py.primitives.primitive import MANY, PRIMITIVES, numeric
from vlad_py.primitives.shapes import (
    element,
    flip,
    gather,
    joined,
    move_axis,
    plain_data,
    reshape_to,
    stack_of,
    wrapped,
)
from vlad_py.values.conditions import is_condition
from vlad_py.values.show import describe, describe_array, not_numbers, where_numbers_belong
from vlad_py.values.values import (
    NIL,
    Array,
    Cons,
    Nil,
    Record,
    Value,
    is_array,
    is_function,
    is_real,
    list_items,
    make_list,
    plain,
    shape_of,
    size_of,
)

# ── length, index, slice ─────────────────────────────────────────────────────────────────────


def _length(value: Value) -> Value:
    if isinstance(value, (tuple, str)):
        return float(len(value))
    if isinstance(value, (Cons, Nil)):
        return float(sum(1 for _ in list_items(value)))
    if isinstance(value, Record):
        return float(len(value.names))
    if is_array(value):
        return float(shape_of(value)[0])
    raise not_numbers("`length` expects a list, a tuple, a record, an array or a string", value)


structural(
    "length",
    1,
    by_shape=True,
    doc="The number of elements of a list, rows of an array, components of a tuple, fields of a record or "
    "characters of a string.",
    example='length(list(1, 2, 3)), length([[1, 2], [3, 4]]), length("text")',
    value=_length,
)


def _index(value: Value, position: Value) -> Value:
    if type(position) is float and position.is_integer():  # the short way: loops are full of indices
        i = int(position)
        if type(value) is tuple and -len(value) <= i < len(value):
            return value[i]
        if type(value) is Array and -len(value.data) <= i < len(value.data):
            return value.data.item(i) if value.data.ndim == 1 else Array(value.data[i])
        shape = shape_of(value)
        if shape and -shape[0] <= i < shape[0]:
            return element(value, i if i >= 0 else i + shape[0])
    if is_array(value):
        return _element(value, (position if is_array(position) else float(whole(position)),))
    i = whole(position)
    if i >= 0:  # walks a list no further than it must
        for item in islice(list_items(value), min(i, sys.maxsize), None):
            return item
    items, name = sequence(value, position)
    if -len(items) <= i < len(items):
        return items[i]
    raise out_of_range(i, len(items), name)


index = structural(
    "index",
    2,
    doc="index(a, i) is a[i]: element i of an array, a list or a tuple, from 0, or from the end if i is "
    "negative.",
    value=_index,
    internal=True,
)


def _sliced(value: Value, ends: tuple[Value, ...]) -> Value:
    if is_array(value):
        return _element(value, ((ends,),))
    part = sequence(value, ends)[0][slice_of(ends)]
    if type(value) is tuple:
        return part[0] if len(part) == 1 else part
    return make_list(part)


structural(
    "slice",
    2,
    doc="slice(a, (i, j)) is a[i:j]: the elements from i up to, not including, j; () means no "
    "limit. slice(a, (i, j, k)) is a[i:j:k], every k-th of them. A single component of a tuple is itself.",
    value=_sliced,
    internal=True,
)


def _element(array: Value, indices: tuple[Value, ...]) -> Value:
    """Elements of an array by an index for each of its first dimensions: reals, arrays, and slices."""
    shape = shape_of(array)
    if len(indices) > len(shape):
        hint = f"it has {len(shape)} dimension{'s' * (len(shape) > 1)}; `a[[i, j]]` takes several elements"
        raise RunError(f"{len(indices)} indices are too many for {describe_array(shape)}", hint=hint)
    parts = tuple([_part(index, size, shape) for index, size in zip(indices, shape)])
    if len(parts) == 1:
        return gather(array, index=parts[0])
    several = [i for i, part in enumerate(parts) if isinstance(part, np.ndarray)]
    if not several:
        return gather(array, index=parts)
    if len(several) > 1:
        raise RunError(
            "only one of several indices can be an array",
            hint="`a[rows][:, columns]` takes rows and then columns",
        )
    (place,) = several
    every = slice(None)
    others = (*parts[:place], every, *parts[place + 1 :])
    if any(part != every for part in others):
        array = gather(array, index=others)
    axis = sum(type(part) is slice for part in parts[:place])  # a real takes its dimension away
    return gather(array, index=(*(every,) * axis, parts[place]) if axis else parts[place])


def _part(index: Value, size: int, shape: tuple[int, ...]) -> Any:
    if type(index) is float and index.is_integer():
        i = int(index)
    elif _is_slice(index):
        return slice_of(index[0])
    elif is_array(index):
        return _positions(index, size, shape)
    else:
        i = whole(index)
    if -size <= i < size:
        return i % size
    raise out_of_range(i, size, describe_array(shape))


def _positions(index: Value, size: int, shape: tuple[int, ...]) -> Any:
    if type(index) is Array and is_condition(index):
        raise not_an_index("`keep(x, c)` has the elements where it holds; `where(c, x, 0)` keeps the shape")
    data = plain_data(index)
    wrong = data[~((data == np.floor(data)) & (data >= -size) & (data < size))]
    if wrong.size:
        first = float(wrong.flat[0])
        if first.is_integer():
            raise out_of_range(int(first), size, describe_array(shape))
        raise not_whole(first)
    return data.astype(np.intp) % max(size, 1)


def _indexed(value: Value, indices: tuple[Value, ...]) -> Value:
    """One index after another; an array takes as many at once as are left."""
    if is_function(value):
        sequence(value, *indices)
    for i, index in enumerate(indices):
        if is_array(value):
            return _element(value, indices[i:])
        value = _sliced(value, index[0]) if _is_slice(index) else _index(value, index)
    return value


def _is_slice(index: Value) -> TypeGuard[tuple[tuple[Value, ...]]]:
    """Whether an index among several is a slice: a tuple of one, the pair of its ends. A tuple of a program
    has two components or more.
    """
    return type(index) is tuple and len(index) == 1


indexed = structural(
    "indexed",
    2,
    doc="indexed(a, (i, j)) is a[i, j], where a slice is a tuple of one, the pair of its ends.",
    value=_indexed,
    internal=True,
)


def _keep(x: Value, condition: Value) -> Value:
    if not is_array(x):
        hint = "for a list: `filter(fn x => x > 0, xs)`" if isinstance(x, (Cons, Nil)) else ""
        raise not_numbers("`keep` expects an array", x, hint=hint)
    mask: Any = plain(condition)
    if type(mask) is not Array:
        hint = "`>` of arrays gives one, as in `keep(x, x > 5)`; `==` gives one boolean"
        raise not_numbers("`keep` expects an array as its second argument", condition, hint=hint)
    shape = shape_of(x)
    if mask.data.shape not in (shape, shape[:1]):
        hint = "the condition needs the shape of the array, or one element for each of its rows"
        got = f"{describe_array(shape)} by {describe_array(mask.data.shape)}"
        raise RunError(f"`keep` cannot choose from {got}", hint=hint)
    if mask.data.shape == shape and len(shape) > 1:
        x = reshape_to(x, shape=(size_of(x),))
    return gather(x, index=np.flatnonzero(mask.data))


structural(
    "keep",
    2,
    doc="keep(a, c): the vector of the elements of an array a, row by row, where c, an array of the same "
    "shape, is not 0, as comparisons give it; if c is a vector with an element for each row of a, the "
    "array of those rows. keep(a, 1 - c) has the others. The derivative is that of the kept elements.",
    example="keep([5, 6, 7], [1, 0, 1]), keep([5, -6, 7], [5, -6, 7] > 0)",
    value=_keep,
)

# ── order ────────────────────────────────────────────────────────────────────────────────────


def _reverse(xs: Value) -> Value:
    if is_array(xs):
        return flip(xs, axis=0)
    if not isinstance(xs, (Cons, Nil)):
        raise not_numbers("`reverse` expects a list or an array", xs)
    result: Value = NIL
    for item in list_items(xs):
        result = Cons(item, result)
    return result


structural(
    "reverse",
    1,
    doc="A list from its last element to its first; for an array, its rows in reverse.",
    example="reverse(list(1, 2, 3)), reverse([1, 2, 3])",
    value=_reverse,
)


def _sort(xs: Value, axis: int | None) -> Value:
    if is_array(xs):
        axis = one_axis("sort", xs, axis)
        return gather_along(xs, order_along(plain_data(xs), axis), axis)
    items = reals("sort", xs)
    for item in items:
        if not is_real(item):
            raise not_numbers("`sort` expects reals", item, among=True)
    order = sorted(items, key=lambda x: (plain(x) != plain(x), plain(x)))
    return tuple(order) if type(xs) is tuple else make_list(order)


axial(
    "sort",
    item_by_item="the order of elements differs between items",
    doc="The reals of a list, a tuple or an array, least first; equal ones keep their order, nan comes last. "
    "The derivative follows each real to its place. For a matrix: `sort(m, {axis: 0})`.",
    example="sort([3, 1, 2]), sort(list(3, 1, 2))", function=_sort,
)  # fmt: skip


def _extreme(name: str, greatest: bool) -> Any:
    def function(xs: Value, axis: int | None) -> Value:
        if not is_array(xs):
            items = tuple([numeric(PRIMITIVES[name], i, x) for i, x in enumerate(reals(name, xs))])
            xs = stack_of(items) if items else Array(np.zeros(0))
        axis = checked_axis(name, xs, axis)
        data = plain_data(xs)
        if data.size == 0:
            raise no_reals(name, describe(xs))
        return wrapped(np.asarray((np.argmax if greatest else np.argmin)(data, axis), np.float64))

    return function


for _name, _greatest, _adjective in (("argmax", True, "greatest"), ("argmin", False, "least")):
    axial(
        _name, reduces=True, item_by_item="the order of elements differs between items",
        doc=f"The index of the first {_adjective} of a tuple, a list or an array of reals; for a matrix, "
        f"among all its elements, row by row, or along an axis, as in `{_name}(m, {{axis: 0}})`. It has "
        "no derivative.",
        example=f"{_name}([3, 5, 1]), {_name}([[1, 2], [4, 3]], {{axis: 1}})",
        function=_extreme(_name, _greatest),
    )  # fmt: skip

# ── joining ──────────────────────────────────────────────────────────────────────────────────


def _concat(argument: Value) -> Value:
    several, options = split_options("concat", argument)
    axis = None if options is None else axis_among(options)
    if axis is not None and is_array(several):
        several = (several,)
    parts = several if type(several) is tuple else tuple(list_items(several))
    if not isinstance(several, (tuple, Cons, Nil)) or any(not _joins(x, parts[0]) for x in parts):
        wrong = next((x for x in parts if not _joins(x, parts[0])), several)
        got = describe(wrong)
        if parts and is_array(wrong) != is_array(parts[0]):
            got = f"{describe(parts[0])} and {got}"
        hint = "`concat(xs, ys)` joins two of a kind; `[x for x in xs]` makes an array from a list"
        error = RunError(f"`concat` expects lists, or arrays, got {got}", hint=hint)
        raise where_numbers_belong(error, *parts)
    if parts and is_array(parts[0]):
        axis = checked_axis("concat", parts[0], axis or 0) or 0
        rest = without(shape_of(parts[0]), axis)
        ask_elements(sum(map(size_of, parts)))
        for x in parts:
            if len(shape_of(x)) != len(rest) + 1 or without(shape_of(x), axis) != rest:
                raise RunError(f"`concat` cannot join {describe(parts[0])} and {describe(x)}")
        if axis:
            rows = joined(tuple([move_axis(x, source=axis, target=0) for x in parts]))
            return move_axis(rows, source=0, target=axis)
        return joined(parts)
    if axis is not None:
        raise not_numbers("`concat` along an axis expects arrays", parts[0])
    result: Value = NIL
    for xs in reversed(parts):
        result = make_list(list_items(xs), result) if result is not NIL else xs  # the last one is shared
    return result


def _joins(x: Value, first: Value) -> bool:
    return is_array(x) if is_array(first) else isinstance(x, (Cons, Nil))


structural(
    "concat",
    MANY,
    doc="concat(xs, ys, …) joins lists, or the lists in a list, end to end; or arrays, along their first "
    "dimension, or along another: `concat(a, b, {axis: 1})`.",
    example="concat(list(1), list(2, 3)), concat([1, 2], [3]), concat([[1, 2]], [[3]], {axis: 1})",
    value=_concat,
)
