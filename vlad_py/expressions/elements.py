"""Arrays of expressions: what primitives of arrays come to element by element."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import product
from math import prod
from typing import Any, TypeAlias

from vlad_py.expressions.expression import Application, Constant, Expression, Symbol
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.declare import structural
from vlad_py.primitives.kinds import Assembly, Elementwise, Linear, Reduction
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import Shape, reshape_to, stack_of
from vlad_py.values.values import Array, Value, shape_of

NAN = float("nan")
CONDITIONS = ("if_above", "if_same")
MOST = 100  # elements of an array that is taken apart

# A primitive at expressions of reals.
Apply: TypeAlias = Callable[[Primitive, tuple[Expression, ...], bool], Expression]

structural(
    "array_of",
    2,
    doc="array_of(xs, shape): the array of a shape with these elements, row by row.",
    value=lambda xs, shape: reshape_to(stack_of(xs), shape),
    internal=True,
    text="{array}",
    cost=0,
)


def array_of(parts: list[Expression], shape: Shape) -> Expression:
    """The array of a shape with these elements, row by row; of the shape () the only one."""
    if not shape:
        return parts[0]
    if all(isinstance(part, Constant) for part in parts):
        return Constant(Array(np.array([part.value for part in parts], np.float64).reshape(shape)))
    return Application(PRIMITIVES["array_of"], tuple(parts), (shape,), True, Array(np.full(shape, np.nan)))


def elements_of(expression: Expression) -> list[Expression] | None:
    """The elements of an array, row by row, a real's only one; None where they have no expressions."""
    shape = shape_of(expression.value)
    if not shape:
        return [expression]
    if isinstance(expression, Symbol):
        places = product(*map(range, shape))
        index = (place[0] if len(place) == 1 else place for place in places)
        return [Application(PRIMITIVES["gather"], (expression, Constant(i)), (), False, NAN) for i in index]
    if isinstance(expression, Constant) and type(expression.value) is Array:
        return [Constant(x) for x in expression.value.data.ravel().tolist()]
    if isinstance(expression, Application) and expression.primitive.name == "array_of":
        return list(expression.arguments)
    return None


def by_elements(
    primitive: Primitive, parts: tuple[Expression, ...], rest: tuple[Any, ...], shape: Shape, apply: Apply
) -> Expression | None:
    """A primitive, whose value has a shape, at expressions with arrays among them, element by element; None
    where that is not possible: the elements of an argument are not known, or the primitive is no such one.
    """
    if prod(shape) > MOST or any(prod(shape_of(part.value)) > MOST for part in parts):
        return None
    found = [elements_of(part) for part in parts]
    if any(xs is None for xs in found):
        return None
    known: list[list[Expression]] = [xs for xs in found if xs is not None]
    if isinstance(primitive, Elementwise) or primitive.name in CONDITIONS:
        places = [_places(part, shape) for part in parts]
        rows = zip(*([xs[i] for i in at] for xs, at in zip(known, places, strict=True)), strict=True)
        return array_of([apply(primitive, row, False) for row in rows], shape)
    if isinstance(primitive, Assembly):
        return _linear(lambda xs: primitive.apply(xs, *rest), parts, known, shape, apply)
    if isinstance(primitive, Linear):
        active = [i for i, rule in enumerate(primitive.rules) if rule is not None]

        def at(xs: tuple[Value, ...]) -> Value:
            arguments = [part.value for part in parts]
            for i, x in zip(active, xs, strict=True):
                arguments[i] = x
            return primitive.apply(*arguments)

        return _linear(at, tuple(parts[i] for i in active), [known[i] for i in active], shape, apply)
    if primitive.name in ("@", "dot_of_vectors"):
        return _matmul(parts, known, shape, apply)
    whole = PRIMITIVES.get(primitive.name.removesuffix("_of"))
    if isinstance(whole, Reduction):
        columns = [
            tuple(known[0][i] for i in at) for at in _reduced(shape_of(parts[0].value), parts[1].value)
        ]
        return array_of([apply(whole, column, True) for column in columns], shape)
    return None


def _reduced(shape: Shape, axis: Any) -> list[list[int]]:
    """The elements of an array that are reduced to one along an axis, for each that is left."""
    places = np.arange(prod(shape)).reshape(shape)
    if axis is None:
        return [places.ravel().tolist()]
    return np.moveaxis(places, axis, -1).reshape(-1, shape[axis]).tolist()


def _places(part: Expression, shape: Shape) -> list[int]:
    """Which element of an argument meets each element of the result that it is broadcast to."""
    own = shape_of(part.value)
    return np.broadcast_to(np.arange(prod(own)).reshape(own), shape).ravel().tolist()


def _linear(
    at: Callable[[tuple[Value, ...]], Value],
    parts: tuple[Expression, ...],
    known: list[list[Expression]],
    shape: Shape,
    apply: Apply,
) -> Expression:
    """A function that is linear in all arguments together, by what it makes of their units."""
    terms: list[list[Expression]] = [[] for _ in range(prod(shape))]
    zeros = [Array(np.zeros(s)) if (s := shape_of(part.value)) else 0.0 for part in parts]
    for i, xs in enumerate(known):
        for j, x in enumerate(xs):
            if isinstance(x, Constant) and x.value == 0.0:
                continue
            unit = np.zeros(shape_of(parts[i].value))
            unit.flat[j] = 1.0
            arguments: list[Any] = list(zeros)
            arguments[i] = Array(unit) if unit.ndim else 1.0
            result: Any = at(tuple(arguments))
            weights = np.ravel(result.data if type(result) is Array else result)
            for k in np.flatnonzero(weights).tolist():
                weight = Constant(float(weights[k]))
                terms[k].append(apply(PRIMITIVES["*"], (weight, x), False))
    return array_of([_total(xs, apply) for xs in terms], shape)


def _total(terms: list[Expression], apply: Apply) -> Expression:
    return reduce(lambda a, b: apply(PRIMITIVES["+"], (a, b), False), terms) if terms else Constant(0.0)


def _matmul(
    parts: tuple[Expression, ...], known: list[list[Expression]], shape: Shape, apply: Apply
) -> Expression:
    """The product of two arrays, as numpy has it: of vectors, matrices, and stacks of matrices."""

    class Entry:
        """What numpy multiplies and adds."""

        def __init__(self, expression: Expression) -> None:
            self.expression = expression

        def __mul__(self, other: Entry) -> Entry:
            return Entry(apply(PRIMITIVES["*"], (self.expression, other.expression), False))

        def __add__(self, other: Entry) -> Entry:
            return Entry(apply(PRIMITIVES["+"], (self.expression, other.expression), False))

    def entries(part: Expression, expressions: list[Expression]) -> np.ndarray:
        found = np.empty(len(expressions), object)
        found[:] = [Entry(each) for each in expressions]
        return found.reshape(shape_of(part.value))

    if not prod(shape) or not all(known):
        return array_of([Constant(0.0)] * prod(shape), shape)
    left, right = (entries(part, each) for part, each in zip(parts, known, strict=True))
    return array_of([entry.expression for entry in np.ravel(np.matmul(left, right)).tolist()], shape)
