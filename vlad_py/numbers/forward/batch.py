"""Batches: many tangents at once, for many directions in one forward pass.

A dual whose tangent is a batch carries a derivative for each of several directions; its primal and all
partial derivatives are computed once for all of them.

Source: multi-directional forward mode, as in J. Revels, M. Lubin, T. Papamarkou, "Forward-mode automatic
differentiation in Julia" (2016); that what has no rule for a batch runs element by element is this project's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from vlad_py.primitives.kinds import Assembly, Elementwise, General, OfReals
from vlad_py.primitives.linear_algebra import matmul
from vlad_py.primitives.shapes import broadcast_to, gather, move_axis, reshape_to, stack_of, sum_to, total
from vlad_py.values.values import Array, Number, Value, plain, shape_of

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
        if not self._holds(x):
            return x
        missing = dimensions - len(shape_of(x))
        if missing == 0:
            return x.items  # type: ignore[attr-defined]
        count, *rest = shape_of(x.items)  # type: ignore[attr-defined]
        return reshape_to(x.items, (count, *(1,) * missing, *rest))  # type: ignore[attr-defined]

    def _holds(self, x: Value) -> bool:
        return type(x) is Batch and x.tag == self.tag

    def liftn(self, primitive: OfReals, xs: tuple[Value, ...]) -> Batch:
        """A reduction of many reals, item by item."""
        return self._one_by_one(lambda *items: primitive.apply(items), xs)

    def lift(self, primitive: General, arguments: tuple[Value, ...]) -> Batch:
        """A primitive with rules, at once where that is known how, else item by item."""
        at_once = AT_ONCE.get(primitive.name)
        if at_once is None:
            return self._one_by_one(primitive.apply, arguments)
        return Batch(self.tag, at_once(*(x.items if self._holds(x) else _Constant(x) for x in arguments)))  # type: ignore[attr-defined]

    def element(self, i: int) -> Batch:
        """The i-th element of every item."""
        return Batch(self.tag, gather(self.items, (slice(None), i)))

    def assemble(self, primitive: Assembly, xs: tuple[Value, ...], rest: tuple[Value, ...]) -> Batch:
        """Parts put together."""
        if primitive.name != "stack_of":
            return self._one_by_one(lambda *items: primitive.apply(items, *rest), xs)
        count = shape_of(self.items)[0]
        rows = [
            x.items if self._holds(x) else broadcast_to(x, (count, *shape_of(x)))  # type: ignore[attr-defined]
            for x in xs
        ]
        return Batch(self.tag, move_axis(stack_of(tuple(rows)), 0, 1))

    def _one_by_one(self, function: Callable[..., Value], arguments: tuple[Value, ...]) -> Batch:
        results = []
        for i in range(shape_of(self.items)[0]):
            items = [gather(x.items, i) if self._holds(x) else x for x in arguments]  # type: ignore[attr-defined]
            results.append(function(*items))
        return Batch(self.tag, stack_of(tuple(results)))


class _Constant:
    """An argument that is the same for all items."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


def _total(items: Value, axis: _Constant) -> Value:
    if axis.value is None:
        count = shape_of(items)[0]
        return total(reshape_to(items, (count, -1)), 1)
    return total(items, axis.value + 1)  # type: ignore[operator]


def _gather(items: Value, index: _Constant) -> Value:
    rest: Any = index.value if type(index.value) is tuple else (index.value,)
    return gather(items, (slice(None), *rest))


def _reshape(items: Value, shape: _Constant) -> Value:
    return reshape_to(items, (shape_of(items)[0], *shape.value))  # type: ignore[misc]


def _broadcast(items: Value, shape: _Constant) -> Value:
    count, *rest = shape_of(items)
    wanted: Any = shape.value
    padded = reshape_to(items, (count, *(1,) * (len(wanted) - len(rest)), *rest))
    return broadcast_to(padded, (count, *wanted))


def _sum_to(items: Value, shape: _Constant) -> Value:
    count, *rest = shape_of(items)
    wanted: Any = shape.value
    summed = sum_to(items, (count, *(1,) * (len(rest) - len(wanted)), *wanted))
    return reshape_to(summed, (count, *wanted))


def _product(a: Any, b: Any) -> Value:
    if type(a) is _Constant:
        matrix, dimensions = a.value, len(shape_of(b))
        if dimensions == 2 and len(shape_of(matrix)) > 1:  # a matrix times each vector
            columns = matmul(matrix, _apart(reshape_to(b, (*shape_of(b), 1)), matrix))
            return reshape_to(columns, shape_of(columns)[:-1])
        return matmul(b, matrix) if dimensions == 2 else matmul(matrix, _apart(b, matrix))
    matrix = b.value
    if len(shape_of(a)) > 2:
        return matmul(_apart(a, matrix), matrix)
    if len(shape_of(matrix)) <= 2:
        return matmul(a, matrix)
    count, size = shape_of(a)
    rows = matmul(_apart(reshape_to(a, (count, 1, size)), matrix), matrix)
    return reshape_to(rows, (*shape_of(rows)[:-2], shape_of(rows)[-1]))


def _apart(items: Value, other: Value) -> Value:
    """A batch of matrices whose first dimension stays apart from those of a stack of matrices."""
    count, *rest = shape_of(items)
    missing = len(shape_of(other)) - len(rest)
    return items if missing <= 0 else reshape_to(items, (count, *(1,) * missing, *rest))


AT_ONCE: dict[str, Callable[..., Value]] = {
    "total": _total,
    "gather": _gather,
    "reshape_to": _reshape,
    "broadcast_to": _broadcast,
    "sum_to": _sum_to,
    "@": _product,
    "dot_of_vectors": lambda a, b: matmul(a, b.value) if type(b) is _Constant else matmul(b, a.value),
}
"""By name, the primitives with rules that are applied to all items of a batch at once."""
