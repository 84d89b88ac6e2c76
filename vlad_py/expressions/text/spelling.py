"""Spelling: an operation without words of its own, as an expression of operations that have some.

An entry may say how: `spelt` is a function of numbers that applies other primitives. An operation that only
moves elements needs no such function. The shapes are known, so it is an index into the elements in order.
"""

from __future__ import annotations

from typing import Any

from vlad_py.expressions.cost import only_moves
from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.ground.late_numpy import np, quiet
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import gather, in_line, reshape_to
from vlad_py.primitives.structures import end_to_end
from vlad_py.primitives.words import Text
from vlad_py.values.values import Array, Number, Statics, Value, shape_of, size_of


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

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Spelt:
        """A primitive, written down."""
        expressions = tuple(x.expression if type(x) is Spelt else Constant(x) for x in numbers)
        with quiet():
            value = primitive.at(tuple(x.value for x in expressions), statics)
        return Spelt(Application(primitive, expressions, statics, value))


def spelled(operation: Application, texts: list[Text]) -> Expression | None:
    """The operation as an expression of others, with its numbers as leaves that have these texts; None where
    it is none.
    """
    leaves = [Spelt(Leaf(text, x.value)) for text, x in zip(texts, operation.arguments, strict=True)]
    primitive, statics = operation.primitive, operation.statics
    result: Value = primitive.spelt(*leaves, **statics) if primitive.spelt is not None else None
    if result is None and only_moves(operation):
        result = moved(operation, leaves)
    if result is None:
        return None
    return result.expression if type(result) is Spelt else Constant(result)


def moved(operation: Application, numbers: list[Spelt]) -> Value:
    """An operation that moves elements and fills with zeros, as an index into the elements in order."""
    places: list[Value] = []
    count = 0
    for x in numbers:
        own = np.arange(1.0 + count, 1.0 + count + size_of(x)).reshape(shape_of(x))
        places.append(Array(own) if own.ndim else float(own))
        count += size_of(x)
    found: Any = operation.applied(tuple(places))
    at = np.asarray(found.data if type(found) is Array else found).astype(int) - 1  # -1 is a zero
    if (at < 0).all():
        return Array(np.zeros(at.shape)) if at.ndim else 0.0
    if at.ndim == 0 and len(numbers) == 1 and shape_of(numbers[0]):
        return gather(
            numbers[0], index=tuple(int(i) for i in np.unravel_index(int(at), shape_of(numbers[0])))
        )
    parts: list[Value] = [in_line(x) for x in numbers if size_of(x)]
    rows = _in_rows(at.ravel(), parts)
    if rows is not None:
        return reshape_to(rows, shape=at.shape) if at.ndim > 1 else rows
    if (at < 0).any():
        parts.append(Array(np.zeros(1)))
    return gather(end_to_end(parts), index=at % (count + 1))


def _in_rows(at: np.ndarray, parts: list[Value]) -> Value:
    """Whole parts with zeros around them, joined end to end; None if a part is taken apart."""
    starts: dict[int, Value] = {}
    count = 0
    for part in parts:
        starts[count] = part
        count += size_of(part)
    found: list[Value] = []
    i = 0
    while i < at.size:
        if at[i] < 0:
            size = next((n for n, x in enumerate(at[i:]) if x >= 0), at.size - i)
            found.append(Array(np.zeros(size)))
        else:
            part = starts.get(int(at[i]))
            size = size_of(part)
            if part is None or at[i : i + size].tolist() != list(range(at[i], at[i] + size)):
                return None
            found.append(part)
        i += size
    return end_to_end(found)
