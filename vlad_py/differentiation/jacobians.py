"""Jacobians: many directions in one pass, and how all partial derivatives are put together.

The Jacobian has the structure of f(x). In the place of each of its reals or arrays, of shape S, stands a
structure of x, whose leaves have the shape S + T for a leaf of shape T of x; a real has the shape ().
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from vlad_py.differentiation.levels import refuse_binder, shaped_like, stacked_rows, taken_off, without_sign
from vlad_py.ground.asking import ask_elements
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.forward.batch import SMALL, Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.primitives.declare import internal
from vlad_py.primitives.shapes import broadcast_to, gather, joined, move_axis, reshape_to
from vlad_py.values.structure import leaves, transform
from vlad_py.values.values import Array, Number, Value, is_numeric, list_items, shape_of, size_of


def perturb_many(tag: int, point: Value, start: float, count: float) -> Value:
    """The structure with `count` of its reals, from number `start` on, perturbed, each in a direction
    of its own; directions after its last real are left out.
    """
    first = int(start)
    size = min(int(count), sum(map(size_of, leaves(point))) - first)

    def directions(position: int, own: int) -> Any:
        here = position - first
        if here >= size or here + own <= 0:
            return None
        ask_elements(size * own)
        return (_directions if size * own <= SMALL else _directions.__wrapped__)(size, own, here)

    return perturbed(tag, point, directions)


def perturbed(tag: int, point: Value, directions: Callable[[int, int], Any]) -> Value:
    """The structure, perturbed in several directions: `directions(i, n)` has a row for each, which says of n
    reals from number i on along which of them it goes; None where none of them goes.
    """
    position = 0

    def leaf(value: Value) -> Value:
        nonlocal position
        if not is_numeric(value):
            refuse_binder(value)
            return value
        own = size_of(value)
        there = directions(position, own) if own else None
        position += own
        if there is None:
            return value
        there = there.reshape(len(there), *shape_of(value))
        return Dual(tag, value, Batch(tag, Array(there.astype(np.float64)), there))

    return transform(point, leaf)


@lru_cache(maxsize=64)
def _directions(count: int, own: int, here: int) -> np.ndarray:
    """For each of `count` directions, which real of an array it goes along; the first has number `here`."""
    return np.eye(count, own, -here, dtype=bool)


def tangents(tag: int, value: Value, count: float) -> Value:
    """The derivatives in `count` directions that a result carries, along a first dimension of its leaves.

    A term of other directions adds 0 to one that it does not have: so there is 0 for -0.
    """
    return shaped_like(value, partial(_tangents_of, tag, int(count)))


def _tangents_of(tag: int, size: int, value: Value) -> Value:
    if isinstance(value, Number) and value.by_pieces and value.tag > tag:
        return value.mapped(partial(_tangents_of, tag, size))
    tangent: Value = 0.0
    if isinstance(value, Dual) and value.tag == tag:
        tangent = value.tangent
        if type(tangent) is Batch and tangent.tag == tag:
            return without_sign(taken_off(tag, tangent.items))
        taken_off(tag, tangent)
    return broadcast_to(without_sign(tangent), (size, *shape_of(value)))


def from_columns(point: Value, result: Value, chunks: Value) -> Value:
    """The Jacobian from a list of what `tangents` gave, last directions first."""
    columns = [filter(is_numeric, leaves(chunk)) for chunk in list_items(chunks)][::-1]

    def leaf(value: Value) -> Value:
        parts = tuple([next(column) for column in columns])
        matrix = joined(parts) if parts else Array(np.zeros((0, *shape_of(value))))
        return _split(point, matrix, shape_of(value))

    return shaped_like(result, leaf)


def _split(point: Value, matrix: Value, shape: tuple[int, ...]) -> Value:
    """The rows of a matrix, of a given shape each, shared out among the reals of a structure."""
    position = 0

    def leaf(value: Value) -> Value:
        nonlocal position
        start, position = position, position + size_of(value)
        if type(value) is float:
            return gather(matrix, index=start)
        rows = gather(matrix, index=slice(start, position))
        columns = move_axis(rows, source=0, target=-1) if shape else rows
        return reshape_to(columns, shape=shape + shape_of(value))

    return shaped_like(point, leaf)


def from_rows(point: Value, result: Value, rows: Value) -> Value:
    """The Jacobian from a list of the gradients of all reals of the result."""
    rest = list_items(rows)

    def leaf(value: Value) -> Value:
        if not shape_of(value):
            return next(rest)
        return stacked_rows(shape_of(value), point, [next(rest) for _ in range(size_of(value))])

    return shaped_like(result, leaf)


internal(
    "perturb_many",
    4,
    "perturb_many(tag, x, i, n): x, n of its reals from i on perturbed.",
    perturb_many,
    of_tags=True,
)
internal(
    "tangents",
    3,
    "tangents(tag, y, n): the derivatives in n directions that y carries.",
    tangents,
    computes=True,
    of_tags=True,
)
internal("from_columns", 3, "from_columns(x, y, list): the Jacobian from lists of directions.", from_columns)
internal("from_rows", 3, "from_rows(x, y, list): the Jacobian from the gradients of y's reals.", from_rows)
