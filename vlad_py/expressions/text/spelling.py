"""Spelling: an operation without words of its own, as an expression of operations that have some.

Its entry may say how (`spelt`, a function of numbers that applies other primitives). An operation that only
moves elements needs no entry for that: it is an index into the elements in order, as the shapes are known.
"""

from __future__ import annotations

from typing import Any

from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.ground.late_numpy import np, quiet
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import gather, joined, reshape_to, stack_of
from vlad_py.primitives.words import Text
from vlad_py.values.values import Array, Number, Value, shape_of, size_of


class Leaf:
    """A part of an expression whose text is known; `value` has its shape."""

    __slots__ = ("text", "value")

    def __init__(self, text: Text, value: Value) -> None:
        self.text = text
        self.value = value


class Spelt(Number):
    """A number that writes down what is applied to it, as `expression`. Its primal has its shape."""

    __slots__ = ("expression",)
    primal: Value

    def __init__(self, expression: Any) -> None:
        self.tag = 0
        self.expression = expression
        self.primal = expression.value

    def _applied(
        self, primitive: Primitive, arguments: tuple[Value, ...], rest: tuple[Value, ...], many: bool
    ) -> Spelt:
        expressions = tuple(x.expression if type(x) is Spelt else Constant(x) for x in arguments)
        result = Application(primitive, expressions, rest, many, 0.0)
        with quiet():
            value = result.applied(tuple(x.value for x in expressions))
        return Spelt(Application(primitive, expressions, rest, many, value))

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument."""
        return self._applied(primitive, (self,), (), False)

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments."""
        return self._applied(primitive, (a, b), (), False)

    def liftn(self, primitive: Primitive, xs: tuple[Value, ...]) -> Value:
        """A reduction of many numbers."""
        return self._applied(primitive, xs, (), True)

    def lift(self, primitive: Primitive, arguments: tuple[Value, ...]) -> Value:
        """A primitive with rules."""
        return self._applied(primitive, arguments, (), False)

    def assemble(self, primitive: Primitive, xs: tuple[Value, ...], rest: tuple[Value, ...]) -> Value:
        """Parts put together."""
        return self._applied(primitive, xs, rest, True)


def spelled(operation: Application, texts: list[Text]) -> Expression | None:
    """The operation as an expression of others, with its numbers as leaves that have these texts; None where
    it is none.
    """
    leaves = [Spelt(Leaf(text, x.value)) for text, x in zip(texts, operation.numbers, strict=True)]
    primitive, statics = operation.primitive, operation.statics
    result: Value = None
    if primitive.spelt is not None:
        result = primitive.spelt(*leaves, **statics)
    elif primitive.cost == 0:
        result = moved(operation, leaves)
    if result is None:
        return None
    return result.expression if type(result) is Spelt else Constant(result)


def moved(operation: Application, numbers: list[Spelt]) -> Value:
    """What only moves elements about, and fills with zeros, as the elements at places counted in order."""
    shapes = [shape_of(x) for x in numbers]
    count = 0
    places: list[Any] = []
    for shape, x in zip(shapes, numbers, strict=True):
        own = np.arange(1.0 + count, 1.0 + count + size_of(x)).reshape(shape)
        places.append(Array(own) if shape else float(own))
        count += size_of(x)
    found: Any = operation.applied_to(tuple(places))
    at = np.asarray(found.data if type(found) is Array else found).astype(int) - 1  # -1 is a zero
    if at.size == 0 or (at < 0).all():
        return Array(np.zeros(at.shape)) if at.ndim else 0.0
    if at.ndim == 0 and len(numbers) == 1 and shapes[0]:
        return gather(numbers[0], tuple(int(i) for i in np.unravel_index(int(at), shapes[0])))
    line = joined((*map(in_line, numbers), *([Array(np.zeros(1))] if (at < 0).any() else [])))
    return gather(line if len(numbers) > 1 or (at < 0).any() else in_line(numbers[0]), at % (count + 1))


def in_line(x: Value) -> Value:
    """An array's elements as a vector; of a real a vector of one."""
    shape = shape_of(x)
    if len(shape) == 1:
        return x
    return reshape_to(x, (size_of(x),)) if shape else stack_of((x,))
