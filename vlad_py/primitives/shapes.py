"""Shapes: what moves the elements of arrays about, and sums them; each is linear, and has its adjoint here.

The base of all array primitives. Shapes and axes are Python's tuples and integers here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

from vlad_py.ground.asking import ask_elements
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives import items
from vlad_py.primitives.axes import check_dimensions
from vlad_py.primitives.declare_arrays import assembly, linear, rearranging
from vlad_py.primitives.form import Form
from vlad_py.primitives.primitive import Adjoint, Apply, sparse
from vlad_py.primitives.sum_texts import MANY_ELEMENTS, code_of_sum_to, code_of_total, of_sum_to, of_total
from vlad_py.primitives.words import SUM, Pattern
from vlad_py.values.show import describe_array
from vlad_py.values.values import Array, Number, Value, is_array, plain, shape_of

Shape: TypeAlias = tuple[int, ...]


def data_of(value: Value) -> Any:
    """The numpy array of an array, the float of a real: what numpy computes with."""
    return value.data if type(value) is Array else value


def plain_data(x: Value) -> np.ndarray:
    """The numpy array of an array's innermost primal. RunError where it is not known."""
    innermost: Any = plain(x)
    data: np.ndarray = innermost.data
    return data


def wrapped(result: Any) -> Value:
    """What numpy gave, as a value: an array, or a float where it has no dimension."""
    if isinstance(result, np.ndarray):
        if result.ndim:
            return Array(result)
        result = result.item()
    return float(result) if isinstance(result, (float, int)) else result


# ── sums over dimensions, and their adjoints ─────────────────────────────────────────────────

_spread_to: Apply = rearranging(
    "broadcast_to",
    form=Form.COPIES,
    doc="broadcast_to(x, shape): x repeated along new dimensions and those of size 1.",
    value=lambda x, *, shape: Array(np.broadcast_to(data_of(x), shape)),
    adjoint=lambda x, *, shape: Adjoint(sum_to, shape=shape_of(x)),
    batched=lambda items, *, shape: _items_spread_to(items, shape),
    text=Pattern("{0} + zeros({shape})", SUM),
)


def _items_spread_to(items: Value, shape: Shape) -> Value:
    count, *own = shape_of(items)
    padded = reshape_to(items, shape=(count, *(1,) * (len(shape) - len(own)), *own))
    return broadcast_to(padded, (count, *shape))


@sparse
def broadcast_to(x: Value, shape: Shape) -> Value:
    """A real or array repeated to a shape that it broadcasts to."""
    if shape_of(x) == shape:
        return x
    if type(x) is float:
        data = np.empty(shape)
        data.fill(x)
        return Array(data)
    return _spread_to(x, shape=shape)


def _summed(data: np.ndarray, axis: int | None) -> Any:
    """The sums along an axis. For short rows a product with ones is 3 to 6 times as fast, and as exact."""
    if data.ndim == 2 and data.size >= MANY_ELEMENTS:
        rows, columns = data.shape
        if axis == 0:
            return np.ones(rows).dot(data)
        if axis == 1 and columns <= 64:
            return data.dot(np.ones(columns))
    return np.add.reduce(data, axis)


def _sum_to(x: Array, *, shape: Shape) -> Value:
    data = x.data
    if not shape:
        return wrapped(np.add.reduce(data, None))
    new = data.ndim - len(shape)
    if new == 1 and shape == data.shape[1:]:
        return wrapped(_summed(data, 0))
    axes = tuple(i for i in range(data.ndim) if i < new or (shape[i - new] == 1 != data.shape[i]))
    return wrapped(np.add.reduce(data, axes, keepdims=True).reshape(shape))


def _summed_by_axes(x: Value, shape: Shape) -> Value:
    """The same in the language: the sum of all elements, or along one axis after another."""
    if not shape:
        return total(x, axis=None)
    own = shape_of(x)
    new = len(own) - len(shape)
    axes = [i for i in range(len(own)) if i < new or shape[i - new] != own[i]]
    for axis in reversed(axes):
        x = total(x, axis=axis)
    return reshape_to(x, shape=shape) if any(axis >= new for axis in axes) else x


_sum_back: Apply = linear(
    "sum_to",
    doc="sum_to(x, shape): the sums of an array along the dimensions that broadcasting to its shape added.",
    value=_sum_to,
    adjoint=lambda x, *, shape: Adjoint(broadcast_to, shape=shape_of(x)),
    subscripts=of_sum_to,
    code=code_of_sum_to,
    batched=lambda items, *, shape: _items_summed_to(items, shape),
    spelt=_summed_by_axes,
    cost=1,
)


def _items_summed_to(items: Value, shape: Shape) -> Value:
    count, *own = shape_of(items)
    summed = sum_to(items, (count, *(1,) * (len(own) - len(shape)), *shape))
    return reshape_to(summed, shape=(count, *shape))


@sparse
def sum_to(x: Value, shape: Shape) -> Value:
    """An array summed to a shape that broadcasts to its own: the adjoint of broadcast_to."""
    return x if shape_of(x) == shape else _sum_back(x, shape=shape)


total: Apply = linear(
    "total",
    doc="total(x, axis): the sum of an array's elements along an axis, of all of them if it is none.",
    value=lambda x, *, axis: wrapped(_summed(x.data, axis)),
    adjoint=lambda x, *, axis: Adjoint(spread, shape=shape_of(x), axis=axis),
    subscripts=of_total,
    code=code_of_total,
    batched=lambda items, *, axis: (
        total(reshape_to(items, shape=(shape_of(items)[0], -1)), axis=1)
        if axis is None
        else total(items, axis=axis + 1)
    ),
    text="sum",
    cost=1,
)


@sparse
def spread(x: Value, shape: Shape, axis: int | None) -> Value:
    """A reduction's result repeated along the axis that it was taken over (None: all): total's adjoint."""
    if axis is not None and len(shape) > 1:
        x = reshape_to(x, shape=(*shape[:axis], 1, *shape[axis + 1 :]))
    return broadcast_to(x, shape)


cumulated: Apply = linear(
    "cumulated",
    doc="cumulated(x, axis): running sums along an axis.",
    value=lambda x, *, axis: Array(np.cumsum(x.data, axis)),
    adjoint=lambda x, *, axis: Adjoint(_cumulated_back, axis=axis),
    code=lambda x, _, *, axis: f"{x}.cumsum({axis})",
    batched=lambda items, *, axis: cumulated(items, axis=axis + 1),
    text=lambda shapes, axis: "cumsum" if len(shapes[0]) > 1 else "cumsum({0})",
    cost=1,
)


@sparse
def _cumulated_back(cotangent: Value, axis: int) -> Value:
    return flip(cumulated(flip(cotangent, axis=axis), axis=axis), axis=axis)


# ── other orders ─────────────────────────────────────────────────────────────────────────────


def _reshaped(x: Value, *, shape: Shape) -> Value:
    check_dimensions(len(shape))
    return wrapped(np.reshape(data_of(x), shape))


reshape_to: Apply = rearranging(
    "reshape_to",
    doc="reshape_to(x, shape): the elements, in order, in an array of another shape.",
    value=_reshaped,
    adjoint=lambda x, *, shape: Adjoint(reshape_to, shape=shape_of(x)),
    code=lambda x, _, *, shape: f"{x}.reshape({shape})" if shape else "",
    batched=lambda items, *, shape: reshape_to(items, shape=(shape_of(items)[0], *shape)),
    text="reshape({0}, ({shape}))",
)

move_axis: Apply = rearranging(
    "move_axis",
    doc="move_axis(x, source, target): the array with one dimension in another place.",
    value=lambda x, *, source, target: Array(np.moveaxis(x.data, source, target)),
    adjoint=lambda x, *, source, target: Adjoint(move_axis, source=target, target=source),
)

flip: Apply = rearranging(
    "flip",
    doc="flip(x, axis): the array from its last element along an axis to the first.",
    value=lambda x, *, axis: Array(np.flip(x.data, axis)),
    adjoint=lambda x, *, axis: Adjoint(flip, axis=axis),
    text=lambda shapes, axis: "" if axis else "reverse({0})",
)

swap: Apply = rearranging(
    "swap",
    doc="swap(x): the array with its last two dimensions exchanged.",
    value=lambda x: Array(x.data.swapaxes(-1, -2)),
    adjoint=lambda x: Adjoint(swap),
    code=lambda x, _: f"{x}.swapaxes(-1, -2)",
    text=lambda shapes: "transpose" if len(shapes[0]) == 2 else "",
)

transpose_of: Apply = rearranging(
    "transpose_of",
    doc="transpose_of(x): the array with its dimensions in reverse.",
    value=lambda x: Array(x.data.T),
    adjoint=lambda x: Adjoint(transpose_of),
    code=lambda x, _: f"{x}.T",
    text="transpose",
)

permuted: Apply = rearranging(
    "permuted",
    doc="permuted(x, axes): the array with its dimensions in another order: axes[i] becomes the i-th.",
    value=lambda x, *, axes: Array(np.transpose(x.data, axes)),
    adjoint=lambda x, *, axes: Adjoint(permuted, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__))),
    batched=lambda items, *, axes: permuted(items, axes=(0, *(axis + 1 for axis in axes))),
    text=lambda shapes, axes: f"transpose({{0}}, ({', '.join(map(str, axes))}))",
)

# ── elements and parts ───────────────────────────────────────────────────────────────────────


def _selected(x: Array, *, index: Any) -> Value:
    if type(index) is int:
        return x.data.item(index) if x.data.ndim == 1 else wrapped(x.data[index])
    last = index[-1] if type(index) is tuple and index else index
    if isinstance(last, np.ndarray):
        check_dimensions(last.ndim + x.data.ndim - 1)
        if asked:
            ask_elements(last.size * prod(x.data.shape[1:]))
    return wrapped(x.data[index])


gather: Apply = rearranging(
    "gather",
    form=Form.ELEMENT,
    doc="gather(x, index): the elements of an array that a numpy index selects.",
    value=_selected,
    adjoint=lambda x, *, index: Adjoint(scattered, index=index, shape=shape_of(x)),
    batched=lambda x, *, index: gather(x, index=items.of_items(index)),
    text="{indexed}",
)


def element(x: Value, i: int) -> Value:
    """The i-th element along the first dimension, from 0 on: `gather` in the short way that loops need."""
    if type(x) is Array:
        return x.data.item(i) if x.data.ndim == 1 else Array(x.data[i])
    assert isinstance(x, Number)
    return x.element(i)


@sparse
def scattered(part: Value, index: Any, shape: Shape) -> Value:
    """An array of zeros but for the elements that an index selects: gather's adjoint."""
    return scatter((part,), indices=(index,), shape=shape)


def add_at(data: np.ndarray, index: Any, part: Any) -> None:
    """Adds numbers to the elements that an index selects, as often as it selects each."""
    steps = index if type(index) is tuple else (index,)
    if any(isinstance(step, np.ndarray) for step in steps):
        np.add.at(data, index, part)
    else:
        data[index] += part


def _scatter(xs: Sequence[Value], *, indices: tuple[Any, ...], shape: Shape) -> Value:
    parts = [data_of(x) for x in xs]
    are_floats = all(type(x) is float or (type(x) is np.ndarray and x.dtype == np.float64) for x in parts)
    data = np.zeros(shape, np.float64 if are_floats else object)  # objects: see `linear`
    for x, index in zip(parts, indices, strict=True):
        add_at(data, index, x)
    return Array(data)


def _meetings(indices: tuple[Any, ...], shape: Shape) -> tuple[Any, Any]:
    """The cell that each element of the parts is added to, and how many elements came there before it."""
    cells = np.arange(prod(shape)).reshape(shape)
    places = np.concatenate([np.ravel(cells[index]) for index in indices]) if indices else cells[:0]
    seen: Counter[int] = Counter()
    before = []
    for place in places.tolist():
        before.append(seen[place])
        seen[place] += 1
    return places, np.array(before, int)


def _additions(shapes: Sequence[Shape], indices: tuple[Any, ...], shape: Shape) -> int:
    """The elements that are added to others; those that come to a cell first are moved."""
    return int(np.count_nonzero(_meetings(indices, shape)[1]))


def _in_turns(*xs: Value, indices: tuple[Any, ...], shape: Shape) -> Value:
    """The same where elements meet: a sum of arrays, in each of which none do."""
    places, before = _meetings(indices, shape)
    if not before.any():
        return None
    line, terms = joined(tuple(map(in_line, xs))), []
    for turn in range(before.max() + 1):
        chosen = np.flatnonzero(before == turn)
        terms.append(scattered(gather(line, index=chosen), np.unravel_index(places[chosen], shape), shape))
    return total(stack_of(tuple(terms)), axis=0)


def in_line(x: Value) -> Value:
    """An array's elements as a vector; of a real a vector of one."""
    shape = shape_of(x)
    if len(shape) == 1:
        return x
    return reshape_to(x, shape=(prod(shape),)) if shape else stack_of((x,))


scatter: Apply = assembly(
    "scatter",
    doc="scatter(xs, indices, shape): an array of zeros to which each part is added where its index selects.",
    value=_scatter,
    part=lambda i, xs, *, indices, shape: Adjoint(gather, index=indices[i]),
    batched=items.scattered,
    spelt=_in_turns,
    cost=_additions,
)


def _stack(xs: Sequence[Value]) -> Value:
    if {*map(type, xs)} == {float}:
        return Array(np.array(xs))
    shape = shape_of(xs[0])
    check_dimensions(len(shape) + 1)
    for x in xs:
        if shape_of(x) != shape:
            raise RunError(
                f"all elements of an array must have the same shape, here {_name(xs[0])} and {_name(x)}",
                hint="a list holds values of any kind: `list(a, b)`",
            )
    parts = [data_of(x) for x in xs]
    try:
        return Array(np.array(parts, np.float64))
    except TypeError:  # they are objects (see `linear`)
        return Array(np.array(parts, object))


def _name(x: Value) -> str:
    return describe_array(shape_of(x)) if is_array(x) else "a real"


stack_of: Apply = assembly(
    "stack_of",
    doc="stack_of(xs): the array whose elements along its first dimension are at least one real or array.",
    value=_stack,
    part=lambda i, xs: Adjoint(gather, index=i),
    batched=items.stacked,
    text="{array}",
)


def _ends(xs: Sequence[Value]) -> list[int]:
    ends = [0]
    for x in xs:
        ends.append(ends[-1] + shape_of(x)[0])
    return ends


def _part_of(i: int, xs: Sequence[Value]) -> Adjoint:
    ends = _ends(xs[: i + 1])
    return Adjoint(gather, index=slice(ends[i], ends[i + 1]))


joined: Apply = assembly(
    "joined",
    doc="joined(xs): at least one array, end to end along the first dimension.",
    value=lambda xs: Array(np.concatenate([data_of(x) for x in xs])),
    part=_part_of,
    batched=items.joined,
    text="concat",
)
