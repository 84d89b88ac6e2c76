"""Batches: many tangents at once, for many directions in one forward pass.

A dual whose tangent is a batch carries a derivative for each of several directions; its primal and all
partial derivatives are computed once for all of them.

Source: multi-directional forward mode, as in J. Revels, M. Lubin, T. Papamarkou, "Forward-mode automatic
differentiation in Julia" (2016); that what has no rule for a batch runs element by element is this project's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vlad_py.primitives.kinds import Assembly, Elementwise, General, Linear
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to, gather, reshape_to, stack_of
from vlad_py.values.values import Array, Number, Statics, Value, plain, shape_of

Shape: TypeAlias = tuple[int, ...]


class Batch(Number):
    """Several reals, or arrays of one shape, along the first dimension of the array `items`.

    It stands in the tangents of the differentiation `tag` only. `primal` is one of the items without any
    tag: it has their shape, and nobody asks for its value.
    """

    __slots__ = ("items",)

    def __init__(self, tag: int, items: Value) -> None:
        self.tag = tag
        self.items = items
        data, shape = plain(items), shape_of(items)[1:]
        self.primal = 0.0
        if shape:
            self.primal = Array(data.data[0]) if type(data) is Array else broadcast_to(0.0, shape)

    def mapped(self, function: Callable[[Value], Value]) -> Batch:
        """The batch with a linear function applied to all items."""
        return Batch(self.tag, function(self.items))

    def lift1(self, primitive: Elementwise) -> Batch:
        """A primitive of one real, element by element."""
        return Batch(self.tag, primitive.apply(self.items))

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Batch:
        """A primitive of two reals, element by element, at least one of them a batch of this tag."""
        dimensions = max(len(shape_of(a)), len(shape_of(b)))
        return Batch(self.tag, primitive.apply(self._padded(a, dimensions), self._padded(b, dimensions)))

    def _padded(self, x: Value, dimensions: int) -> Value:
        """The items, with as many dimensions after the first as another operand has; or a constant."""
        items = self._items(x)
        missing = dimensions - len(shape_of(x))
        if items is x or missing == 0:
            return items
        count, *rest = shape_of(items)
        return reshape_to(items, shape=(count, *(1,) * missing, *rest))

    def _items(self, x: Value) -> Value:
        """The items of a batch of this tag; a constant as it is."""
        return x.items if type(x) is Batch and x.tag == self.tag else x

    def _holds(self, x: Value) -> bool:
        return type(x) is Batch and x.tag == self.tag

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Batch:
        """A primitive at numbers: at once where its entry says how, else item by item."""
        at_once = primitive.batched if isinstance(primitive, (General, Assembly)) else None
        if at_once is not None and isinstance(primitive, Linear):
            return Batch(self.tag, at_once(self.items, **statics))
        held = tuple([self._holds(x) for x in numbers])
        if at_once is not None:
            return Batch(self.tag, at_once(held, *map(self._items, numbers), **statics))
        results = []
        for i in range(shape_of(self.items)[0]):
            items = [
                gather(self._items(x), index=i) if own else x for x, own in zip(numbers, held, strict=True)
            ]
            results.append(primitive.at(items, statics))
        return Batch(self.tag, stack_of(tuple(results)))

    def element(self, i: int) -> Batch:
        """The i-th element of every item."""
        return Batch(self.tag, gather(self.items, index=(slice(None), i)))
