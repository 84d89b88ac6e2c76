"""Arrays of expressions: what primitives of arrays become, element by element."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any, TypeAlias

from vlad_py.expressions.expression import Application, Constant, Expression, Symbol
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import record
from vlad_py.primitives.declare_arrays import assembly
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import (
    Along,
    Assembly,
    Bilinear,
    Choosing,
    Conditional,
    Elementwise,
    Linear,
    Rearranging,
)
from vlad_py.primitives.primitive import PRIMITIVES, Adjoint, Primitive
from vlad_py.primitives.shapes import Shape, gather, reshape_to, stack_of
from vlad_py.values.values import Array, Statics, Value, shape_of

NAN = float("nan")
MOST = 100  # elements of an array that is taken apart

# A primitive at expressions of reals.
Apply: TypeAlias = Callable[[Primitive, tuple[Expression, ...]], Expression]

assembly(
    "array_of",
    form=Form.ARRAY,
    item_by_item="it stands in expressions only",
    doc="array_of(xs, shape): the array of a shape with these elements, row by row.",
    value=lambda xs, *, shape: reshape_to(stack_of(xs), shape=shape),
    part=lambda i, xs, *, shape: Adjoint(gather, index=tuple(map(int, np.unravel_index(i, shape)))),
    text="{array}",
)


def array_of(parts: list[Expression], shape: Shape) -> Expression:
    """The array of a shape with these elements, row by row; of the shape () the only one."""
    if not shape:
        return parts[0]
    if all(isinstance(part, Constant) for part in parts):
        return Constant(Array(np.array([part.value for part in parts], np.float64).reshape(shape)))
    return Application(PRIMITIVES["array_of"], tuple(parts), {"shape": shape}, Array(np.full(shape, np.nan)))


def elements_of(expression: Expression) -> list[Expression] | None:
    """The elements of an array, row by row, a real's only one; None where they have no expressions."""
    shape = shape_of(expression.value)
    if not shape:
        return [expression]
    if isinstance(expression, Symbol):
        places = product(*map(range, shape))
        index = (place[0] if len(place) == 1 else place for place in places)
        return [Application(PRIMITIVES["gather"], (expression,), {"index": i}, NAN) for i in index]
    if isinstance(expression, Constant) and type(expression.value) is Array:
        return [Constant(x) for x in expression.value.data.ravel().tolist()]
    if isinstance(expression, Application) and expression.primitive.form is Form.ARRAY:
        return list(expression.arguments)
    return None


def by_elements(
    primitive: Primitive, parts: tuple[Expression, ...], statics: Statics, shape: Shape, apply: Apply
) -> Expression | None:
    """A primitive, whose value has a shape, at expressions with arrays among them, element by element; None
    where that is not possible: the elements of an argument are not known, or the primitive works on whole
    arrays.
    """
    if prod(shape) > MOST or any(prod(shape_of(part.value)) > MOST for part in parts):
        return None
    found = [elements_of(part) for part in parts]
    if any(xs is None for xs in found):
        return None
    known: list[list[Expression]] = [xs for xs in found if xs is not None]
    if isinstance(primitive, (Elementwise, Conditional)):
        places = [_places(part, shape) for part in parts]
        rows = zip(*([xs[i] for i in at] for xs, at in zip(known, places, strict=True)), strict=True)
        return array_of([apply(primitive, row) for row in rows], shape)
    if isinstance(primitive, Rearranging):
        sources = [Constant(0.0), *known[0]]
        at = primitive.places(shape_of(parts[0].value), statics)
        return array_of([sources[i] for i in at.ravel().tolist()], shape)
    if isinstance(primitive, (Linear, Bilinear, Assembly)):
        return _summed(primitive, parts, known, statics, shape, apply)
    if isinstance(primitive, Choosing):
        condition = parts[0].value
        if not isinstance(parts[0], Constant) or type(condition) is not Array:
            return None
        taken = np.broadcast_to(condition.data != 0.0, shape).ravel().tolist()
        pairs = [[xs[i] for i in _places(part, shape)] for xs, part in zip(known[1:], parts[1:], strict=True)]
        return array_of([yes if c else no for c, yes, no in zip(taken, *pairs, strict=True)], shape)
    if isinstance(primitive, Along):
        rows_at = _reduced(shape_of(parts[0].value), **statics)
        return array_of([apply(primitive.whole, tuple(known[0][i] for i in at)) for at in rows_at], shape)
    return None


def _reduced(shape: Shape, axis: int | None) -> list[list[int]]:
    """The elements of an array that are reduced to one along an axis, for each that is left."""
    places = np.arange(prod(shape)).reshape(shape)
    if axis is None:
        return [places.ravel().tolist()]
    rows: list[list[int]] = np.moveaxis(places, axis, -1).reshape(-1, shape[axis]).tolist()
    return rows


def _places(part: Expression, shape: Shape) -> list[int]:
    """Which element of an argument meets each element of the result that it is broadcast to."""
    own = shape_of(part.value)
    places: list[int] = np.broadcast_to(np.arange(prod(own)).reshape(own), shape).ravel().tolist()
    return places


@record
class _Summand:
    """An expression of a real as what numpy adds and multiplies."""

    expression: Expression
    apply: Apply

    def __add__(self, other: _Summand | float) -> _Summand:
        return self._combined("+", self.expression, _expression(other))

    def __radd__(self, other: float) -> _Summand:
        return self if other == 0.0 else self._combined("+", _expression(other), self.expression)

    def __mul__(self, other: _Summand | float) -> _Summand | float:
        if _expression(other) == Constant(0.0):
            return 0.0
        return self._combined("*", self.expression, _expression(other))

    def __rmul__(self, other: float) -> _Summand | float:
        return 0.0 if other == 0.0 else self._combined("*", _expression(other), self.expression)

    def _combined(self, name: str, a: Expression, b: Expression) -> _Summand:
        return _Summand(self.apply(PRIMITIVES[name], (a, b)), self.apply)


def _expression(x: Any) -> Expression:
    return x.expression if type(x) is _Summand else Constant(float(x))


def _summed(
    primitive: Primitive,
    parts: tuple[Expression, ...],
    known: list[list[Expression]],
    statics: Statics,
    shape: Shape,
    apply: Apply,
) -> Expression:
    """What is made of sums and products of elements: its own value, at arrays of expressions."""

    def entries(part: Expression, expressions: list[Expression]) -> Value:
        found = np.empty(len(expressions), object)
        found[:] = [x.value if isinstance(x, Constant) else _Summand(x, apply) for x in expressions]
        own = shape_of(part.value)
        return Array(found.reshape(own)) if own else found[0]

    result: Any = primitive.value_at([*map(entries, parts, known)], statics)
    items = np.ravel(result.data).tolist() if type(result) is Array else [result]
    return array_of([_expression(x) for x in items], shape)
