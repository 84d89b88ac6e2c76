"""Many items at once: how functions of arrays act on items along a first dimension (`batched` of entries).

Their primitives are in the table by the time that these functions are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import Array, Value, shape_of


def items_of(held: tuple[bool, ...], xs: Sequence[Value]) -> tuple[Value, ...]:
    """Numbers of which some are held for many items: the others are repeated for each of these."""
    spread = PRIMITIVES["broadcast_to"].apply
    count = shape_of(xs[held.index(True)])[0]
    pairs = zip(xs, held, strict=True)
    return tuple([x if own else spread(x, shape=(count, *shape_of(x))) for x, own in pairs])


def of_items(index: Any) -> tuple[Any, ...]:
    """A numpy index of an array as one of many items."""
    return (slice(None), *(index if type(index) is tuple else (index,)))


def rows_of(held: tuple[bool, ...], xs: Sequence[Value]) -> Value:
    """An array with a row for each of several numbers, which has its items."""
    return PRIMITIVES["stack_of"].apply(items_of(held, xs))


def stacked(held: tuple[bool, ...], *xs: Value) -> Value:
    """For each item, the array of several numbers."""
    rows = items_of(held, xs)
    plain_rows = [x.data for x in rows if type(x) is Array]
    if rows and len(plain_rows) == len(rows):
        return Array(np.array(plain_rows).swapaxes(0, 1))
    return _to_front(PRIMITIVES["stack_of"].apply(rows))


def joined(held: tuple[bool, ...], *xs: Value) -> Value:
    """For each item, several arrays end to end."""
    return _to_front(PRIMITIVES["joined"].apply(tuple(map(_to_front, items_of(held, xs)))))


def scattered(held: tuple[bool, ...], *xs: Value, indices: tuple[Any, ...], shape: tuple[int, ...]) -> Value:
    """For each item, an array of zeros to which parts are added."""
    parts = items_of(held, xs)
    within = tuple([of_items(index) for index in indices])
    return PRIMITIVES["scatter"].apply(parts, indices=within, shape=(shape_of(parts[0])[0], *shape))


def _to_front(x: Value) -> Value:
    """An array with its first two dimensions exchanged."""
    return PRIMITIVES["move_axis"].apply(x, source=0, target=1)
