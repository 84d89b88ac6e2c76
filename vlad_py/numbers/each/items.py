"""The items of a batch as an array: functions element by element, and what single items are refused."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import reshape_to
from vlad_py.primitives.vectorise import float_by_float, is_exact
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Statics, Value, plain, shape_of


def padded(items: Value, missing: int) -> Value:
    """Items with so many more dimensions of size 1 in front of their own."""
    count, *rest = shape_of(items)
    return reshape_to(items, shape=(count, *(1,) * missing, *rest))


def check_one(primitive: Primitive, shapes: tuple[tuple[int, ...], ...], statics: Statics) -> None:
    """The error of a primitive that does not take single items of these shapes: what takes arrays of more
    dimensions as well would take the first dimension of all items for one of each.
    """
    known = tuple(statics.items())
    try:
        hash(known)
    except TypeError:  # indices, which were made for these shapes
        return
    _checked_one(primitive, shapes, known)


@lru_cache(maxsize=1024)
def _checked_one(
    primitive: Primitive, shapes: tuple[tuple[int, ...], ...], statics: tuple[tuple[str, Any], ...]
) -> None:
    primitive.value_at([_sample(shape) for shape in shapes], dict(statics))


def _sample(shape: tuple[int, ...]) -> Value:
    """A real or array of a shape: 1, ones, or identities, which have an inverse and a Cholesky factor."""
    if len(shape) < 2:
        return Array(np.ones(shape)) if shape else 1.0
    rows, columns = shape[-2:]
    return Array(np.broadcast_to(np.eye(rows, columns), shape))


def elementwise(primitive: Primitive, items: tuple[Value, ...]) -> Value:
    """The primitive at items. Reals get what floats get, to the last bit, which numpy's functions do not
    always give.
    """
    if not is_exact(primitive) and all(map(_are_reals, items)):
        return float_by_float(primitive)(*items)
    return primitive.apply(*items)


def _are_reals(x: Value) -> bool:
    """Whether it is a real, or one for each item."""
    if type(x) is Array:
        return x.data.ndim == 1
    if type(x) is not float and len(shape_of(x)) == 1 and are_traced(x):
        raise plain(x).several()  # type: ignore[attr-defined]  # the code of a run has no such functions
    return type(x) is float


def are_traced(items: Value) -> bool:
    """Whether they are the traced items of a run whose code is being written."""
    data = plain(items)
    return isinstance(data, Indefinite) and data.is_unknown
