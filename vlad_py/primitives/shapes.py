"""Shapes: what moves the elements of arrays about, and sums them; each is linear, and has its adjoint here.

The base of all array primitives. Shapes and axes are the host's tuples and integers in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from inspect import signature
from math import prod
from typing import Any, TypeAlias, Unpack

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.axes import check_dimensions
from vlad_py.primitives.declare import ForReaders
from vlad_py.primitives.declare_arrays import assembly, general
from vlad_py.primitives.primitive import Adjoint, Apply, Rule
from vlad_py.primitives.words import SUM, Pattern
from vlad_py.values.show import describe_array
from vlad_py.values.values import Array, Value, is_array, plain, shape_of, size_of

Shape: TypeAlias = tuple[int, ...]


def data_of(value: Value) -> Any:
    """The numpy array of an array, the float of a real: what numpy computes with."""
    return value.data if type(value) is Array else value


def wrapped(result: Any) -> Value:
    """What numpy gave, as a value: an array, or a float where it has no dimension."""
    if isinstance(result, np.ndarray) and result.ndim:
        return Array(result)
    return float(result)


def linear(
    name: str,
    doc: str,
    value: Apply,
    adjoint: Apply,
    code: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A primitive that is linear in its first argument; `adjoint(x, *rest)` gives its adjoint.

    `code(x, shape, *rest)` is the host's text of its value on the numpy array x of a shape, or is empty.
    """

    def push(tangent: Value, _: Value, __: Value, *rest: Value) -> Value:
        return apply(tangent, *rest)

    def pull(_: Value, x: Value, *rest: Value) -> Adjoint:
        return adjoint(x, *rest)

    arity = len(signature(value).parameters)
    rules: tuple[Rule | None, ...] = (Rule(push, pull), *(None,) * (arity - 1))

    def of_array(texts: list[str], facts: list[Any]) -> str:
        return code(texts[0], *facts) if facts[0] else ""  # type: ignore[misc]

    written = None if code is None else of_array
    apply = general(
        name, doc=doc, value=value, rules=rules, linear=True, internal=True, code=written, **words
    )
    return apply


# ── sums over dimensions, and their adjoints ─────────────────────────────────────────────────

_spread_to = linear(
    "broadcast_to",
    "broadcast_to(x, shape): x repeated along new dimensions and those of size 1.",
    lambda x, shape: Array(np.broadcast_to(data_of(x), shape)),
    lambda x, shape: Adjoint(sum_to, shape_of(x)),
    text=Pattern("{0} + zeros({shape})", SUM),
    cost=0,
)


def broadcast_to(x: Value, shape: Shape) -> Value:
    """A real or array repeated to a shape that it broadcasts to."""
    if shape_of(x) == shape:
        return x
    if type(x) is float:
        data = np.empty(shape)
        data.fill(x)
        return Array(data)
    return _spread_to(x, shape)


MANY_ELEMENTS = 1000  # from where on it matters how numpy adds


def _summed(data: np.ndarray, axis: int | None) -> Any:
    """The sums along an axis. A product with ones is 3 to 6 times as fast where numpy would sum short rows,
    or rows to one another, and adds in no worse an order.
    """
    if data.ndim == 2 and data.size >= MANY_ELEMENTS:
        rows, columns = data.shape
        if axis == 0:
            return np.ones(rows).dot(data)
        if axis == 1 and columns <= 64:
            return data.dot(np.ones(columns))
    return np.add.reduce(data, axis)


def _sum_to(x: Array, shape: Shape) -> Value:
    data = x.data
    if not shape:
        return float(np.add.reduce(data, None))
    new = data.ndim - len(shape)
    if new == 1 and shape == data.shape[1:]:
        return wrapped(_summed(data, 0))
    axes = tuple(i for i in range(data.ndim) if i < new or (shape[i - new] == 1 != data.shape[i]))
    return wrapped(np.add.reduce(data, axes, keepdims=True).reshape(shape))


def _summed_by_axes(x: Value, shape: Shape) -> Value:
    """The same in the language: the sum of all elements, or along one axis after another."""
    if not shape:
        return total(x, None)
    own = shape_of(x)
    new = len(own) - len(shape)
    axes = [i for i in range(len(own)) if i < new or shape[i - new] != own[i]]
    for axis in reversed(axes):
        x = total(x, axis)
    return reshape_to(x, shape) if any(axis >= new for axis in axes) else x


def _sum_text(x: str, shape: Shape, wanted: Shape) -> str:
    if not wanted:
        return f"float(np.add.reduce({x}, None))"
    return _total_text(x, shape, 0) if wanted == shape[1:] else ""


_sum_back = linear(
    "sum_to",
    "sum_to(x, shape): the sums of an array along the dimensions that broadcasting to its shape added.",
    _sum_to,
    lambda x, shape: Adjoint(broadcast_to, shape_of(x)),
    _sum_text,
    spelt=_summed_by_axes,
    cost=1,
)


def sum_to(x: Value, shape: Shape) -> Value:
    """An array summed to a shape that broadcasts to its own: the adjoint of broadcast_to."""
    return x if shape_of(x) == shape else _sum_back(x, shape)


def _total_text(x: str, shape: Shape, axis: int | None) -> str:
    if len(shape) == 1 or axis is None:
        return f"float(np.add.reduce({x}, {axis}))"
    return f"np.add.reduce({x}, {axis})" if prod(shape) < MANY_ELEMENTS else ""


total: Apply = linear(
    "total",
    "total(x, axis): the sum of an array's elements along an axis, of all of them if it is none.",
    lambda x, axis: wrapped(_summed(x.data, axis)),
    lambda x, axis: Adjoint(spread, shape_of(x), axis),
    _total_text,
    text="sum",
    cost=1,
)


def spread(x: Value, shape: Shape, axis: int | None) -> Value:
    """A reduction's result repeated along the axis that it was taken over (None: all): total's adjoint."""
    if axis is not None and len(shape) > 1:
        x = reshape_to(x, (*shape[:axis], 1, *shape[axis + 1 :]))
    return broadcast_to(x, shape)


cumulated = linear(
    "cumulated",
    "cumulated(x, axis): running sums along an axis.",
    lambda x, axis: Array(np.cumsum(x.data, axis)),
    lambda x, axis: Adjoint(_cumulated_back, axis),
    text=lambda shapes, axis: "cumsum" if len(shapes[0]) > 1 else "cumsum({0})",
    cost=1,
)


def _cumulated_back(cotangent: Value, axis: int) -> Value:
    return flip(cumulated(flip(cotangent, axis), axis), axis)


# ── other orders ─────────────────────────────────────────────────────────────────────────────


def _reshaped(x: Value, shape: Shape) -> Value:
    check_dimensions(len(shape))
    return wrapped(np.reshape(data_of(x), shape))


reshape_to: Apply = linear(
    "reshape_to",
    "reshape_to(x, shape): the elements, in order, in an array of another shape.",
    _reshaped,
    lambda x, shape: Adjoint(reshape_to, shape_of(x)),
    lambda x, _, shape: f"{x}.reshape({shape})" if shape else "",
    text="reshape({0}, ({shape}))",
    cost=0,
)

move_axis: Apply = linear(
    "move_axis",
    "move_axis(x, source, target): the array with one dimension in another place.",
    lambda x, source, target: Array(np.moveaxis(x.data, source, target)),
    lambda x, source, target: Adjoint(move_axis, target, source),
    cost=0,
)

flip: Apply = linear(
    "flip",
    "flip(x, axis): the array from its last element along an axis to the first.",
    lambda x, axis: Array(np.flip(x.data, axis)),
    lambda x, axis: Adjoint(flip, axis),
    text=lambda shapes, axis: "" if axis else "reverse({0})",
    cost=0,
)

swap: Apply = linear(
    "swap",
    "swap(x): the array with its last two dimensions exchanged.",
    lambda x: Array(x.data.swapaxes(-1, -2)),
    lambda x: Adjoint(swap),
    lambda x, _: f"{x}.swapaxes(-1, -2)",
    text=lambda shapes: "transpose" if len(shapes[0]) == 2 else "",
    cost=0,
)

transpose_of: Apply = linear(
    "transpose_of",
    "transpose_of(x): the array with its dimensions in reverse.",
    lambda x: Array(x.data.T),
    lambda x: Adjoint(transpose_of),
    lambda x, _: f"{x}.T",
    text="transpose",
    cost=0,
)

# ── elements and parts ───────────────────────────────────────────────────────────────────────


def _selected(data: np.ndarray, index: Any) -> Any:
    if isinstance(index, np.ndarray):
        check_dimensions(index.ndim + data.ndim - 1)
    return data[index]


gather: Apply = linear(
    "gather",
    "gather(x, index): the elements of an array that a numpy index selects.",
    lambda x, index: wrapped(_selected(x.data, index)),
    lambda x, index: Adjoint(scattered, index, shape_of(x)),
    text="{indexed}",
    cost=0,
)


def element(x: Value, i: int) -> Value:
    """The i-th element along the first dimension, from 0 on: `gather` in the short way that loops need."""
    if type(x) is Array:
        return x.data.item(i) if x.data.ndim == 1 else Array(x.data[i])
    return x.element(i)  # type: ignore[attr-defined]


def scattered(part: Value, index: Any, shape: Shape) -> Value:
    """An array of zeros but for the elements that an index selects: gather's adjoint."""
    return scatter((part,), (index,), shape)


def add_at(data: np.ndarray, index: Any, part: Any) -> None:
    """Adds numbers to the elements that an index selects, as often as it selects each."""
    steps = index if type(index) is tuple else (index,)
    if any(isinstance(step, np.ndarray) for step in steps):
        np.add.at(data, index, part)
    else:
        data[index] += part


def _scatter(xs: tuple[Value, ...], indices: tuple[Any, ...], shape: Shape) -> Value:
    data = np.zeros(shape)
    for x, index in zip(xs, indices, strict=True):
        add_at(data, index, data_of(x))
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
        terms.append(scattered(gather(line, chosen), np.unravel_index(places[chosen], shape), shape))
    return total(stack_of(tuple(terms)), 0)


def in_line(x: Value) -> Value:
    """An array's elements as a vector; of a real a vector of one."""
    shape = shape_of(x)
    if len(shape) == 1:
        return x
    return reshape_to(x, (size_of(x),)) if shape else stack_of((x,))


scatter: Apply = assembly(
    "scatter",
    doc="scatter(xs, indices, shape): an array of zeros to which each part is added where its index selects.",
    value=_scatter,
    part=lambda i, xs, indices, shape: Adjoint(gather, indices[i]),
    spelt=_in_turns,
    cost=_additions,
)


def _stack(xs: tuple[Value, ...]) -> Value:
    shape = shape_of(xs[0])
    check_dimensions(len(shape) + 1)
    for x in xs:
        if shape_of(x) != shape:
            raise RunError(
                f"the elements of an array have one shape, here {_name(xs[0])} and {_name(x)}",
                hint="a list holds values of any kinds: `list(a, b)`",
            )
    return Array(np.array([data_of(x) for x in xs], np.float64))


def _name(x: Value) -> str:
    return describe_array(shape_of(x)) if is_array(x) else "a real"


stack_of: Apply = assembly(
    "stack_of",
    doc="stack_of(xs): the array whose elements along its first dimension are at least one real or array.",
    value=_stack,
    part=lambda i, xs: Adjoint(gather, i),
    text="{array}",
    cost=0,
)


def _ends(xs: tuple[Value, ...]) -> list[int]:
    ends = [0]
    for x in xs:
        ends.append(ends[-1] + shape_of(x)[0])
    return ends


def _part_of(i: int, xs: tuple[Value, ...]) -> Adjoint:
    ends = _ends(xs[: i + 1])
    return Adjoint(gather, slice(ends[i], ends[i + 1]))


joined: Apply = assembly(
    "joined",
    doc="joined(xs): at least one array, end to end along the first dimension.",
    value=lambda xs: Array(np.concatenate([plain(x).data for x in xs])),  # type: ignore[attr-defined]
    part=_part_of,
    text="concat",
    cost=0,
)


MOVES: frozenset[Any] = frozenset((
    sum_to, broadcast_to, spread, reshape_to, move_axis, flip, swap, transpose_of, gather, _cumulated_back,
))  # fmt: skip
"""Adjoints that move and add elements, and multiply none."""
