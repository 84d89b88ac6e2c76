"""Numbers of known shape whose values are not known yet: running primitives on them writes numpy's code.

They are to runs with array primitives what `tracing.Traced` is to straight arithmetic. A primitive on arrays
is written as its `vector` text, or as its `text` for these shapes, or as a call of its `value`. The shape of
its result is that of its own value at ones.
"""

from __future__ import annotations

from itertools import count
from math import prod
from typing import Any, TypeAlias

from vlad_py.execution.operations import safe
from vlad_py.execution.specialised.tracing import FLOAT, Trace, Traced, TracedCondition, Untraceable
from vlad_py.execution.specialised.tracing import Shape as Broadcast
from vlad_py.ground.asking import COUNTED
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Assembly, General, Rearranging
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.primitives.steps import FEW_ELEMENTS
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Statics, Value, shape_of

Shape: TypeAlias = tuple[int, ...]

ARRAY: Broadcast = frozenset({"array"})

constant_id = count(1).__next__  # the variants of a run share one table of names


class ShapedTrace(Trace):
    """The lines of a run on numbers of known shape."""

    def operand(self, x: Value) -> Any:
        """What an argument is in the code: a constant array gets a name."""
        if type(x) is Array:
            name = f"k{constant_id()}"
            self.names[name] = x.data
            return Shaped(self, name, x.data.shape)
        if type(x) is float or isinstance(x, (Shaped, ShapedCondition)):
            return x
        raise Untraceable

    def call(self, primitive: Primitive, *arguments: Value) -> Shaped:
        """An elementwise primitive. What an operand repeats is enough where another has the shape of the
        result.
        """
        operands = [self.operand(a) for a in arguments]
        shape = self.broadcast(operands)
        if any(type(x) is Shaped and x.repeats is None and x.dimensions == shape for x in operands):
            operands = [x.repeats if type(x) is Shaped and x.repeats is not None else x for x in operands]
        return self.emit(self.code(primitive, [operand_text(x) for x in operands], bool(shape)), *operands)

    def emit(self, expression: str, *arguments: Value) -> Shaped:
        """What an elementwise expression gives."""
        return self.shaped(expression, self.broadcast(arguments), *arguments)

    def shaped(self, expression: str, shape: Shape, *arguments: Value, repeats: Any = None) -> Shaped:
        """The number of a shape that an expression gives."""
        if prod(shape) > FEW_ELEMENTS:
            raise Untraceable  # there primitives count their steps, and ask whether they may make it
        return Shaped(self, self.name(expression, arguments), shape, repeats)

    def broadcast(self, arguments: Any) -> Shape:
        """The shape of an elementwise result."""
        shapes = [a.dimensions for a in arguments if type(a) is not float]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise Untraceable from None
        return shape

    def general(self, primitive: General, numbers: tuple[Value, ...], statics: Statics) -> Shaped:
        """A primitive with rules."""
        operands = [self.operand(x) for x in numbers]
        result = primitive.value(*map(_sample, operands), **statics)
        first = operands[0]
        repeats = first.repeats if type(first) is Shaped and first.is_constant else None
        if type(first) is Shaped and isinstance(primitive, Rearranging):
            shape = shape_of(result)
            if primitive.form is Form.COPIES:
                # where it meets an array of this shape, what is repeated will do
                return self.shaped(self.repeated(first, shape), shape, first, repeats=repeats or first)
            if repeats is not None and shape and primitive.places(first.dimensions, statics).all():
                return self.shaped(self.repeated(repeats, shape), shape, repeats, repeats=repeats)
        shapes = [x.dimensions if type(x) is Shaped else () for x in operands]
        asks = callable(primitive.cost) and primitive.cost(shapes, **statics) >= COUNTED
        if primitive.code is not None and not asks:
            text = primitive.code([*map(operand_text, operands)], shapes, **statics)
            if text:
                return self.shaped(text, shape_of(result), *_numbers(operands))
        return self.value_of(primitive, [*map(_wrapped, operands)], statics, result, operands)

    def repeated(self, x: Shaped, shape: Shape) -> str:
        """The text of a number repeated to a shape."""
        self.names |= {"repeated": broadcast_to, "Array": Array}
        return f"repeated({_wrapped(x)}, {shape!r}).data"

    def assembled(self, primitive: Assembly, xs: tuple[Value, ...], statics: Statics) -> Shaped:
        """Many numbers put together."""
        operands = [self.operand(x) for x in xs]
        result = primitive.value(tuple(map(_sample, operands)), **statics)
        items = f"({''.join(_wrapped(x) + ', ' for x in operands)})"
        return self.value_of(primitive, [items], statics, result, operands)

    def value_of(
        self, primitive: Primitive, items: list[str], statics: Statics, result: Value, operands: list[Any]
    ) -> Shaped:
        """A call of a primitive's value, which gives what `result` is like."""
        name = f"w_{safe(primitive.name)}"
        self.names |= {name: primitive.value, "Array": Array}
        shape = shape_of(result)
        given = [*items, *(f"{key}={self.constant(x)}" for key, x in statics.items())]
        text = f"{name}({', '.join(given)}){'.data' if shape else ''}"
        return self.shaped(text, shape, *_numbers(operands))

    def constant(self, x: Value) -> str:
        """The name of a static: an axis, a shape, an index."""
        if x is None or type(x) is int or (type(x) is tuple and all(type(i) is int for i in x)):
            return repr(x)
        name = f"k{constant_id()}"
        self.names[name] = x
        return name


class Shaped(Traced):
    """A plain float or numpy array of a run to come. Where it `repeats` a real or a smaller array, that is
    known.
    """

    __slots__ = ("dimensions", "repeats")
    trace: ShapedTrace

    def __init__(self, trace: ShapedTrace, text: str, dimensions: Shape, repeats: Any = None) -> None:
        self.tag = 0
        self.trace = trace
        self.text = text
        self.shape = ARRAY if dimensions else FLOAT
        self.dimensions = dimensions
        self.repeats = repeats
        self.primal = UnknownOf(self)

    @property
    def is_constant(self) -> bool:
        """Whether all its elements are known to be one real."""
        return self.repeats is not None and not self.repeats.dimensions

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Shaped:
        """A primitive, written down."""
        if isinstance(primitive, General):
            return self.trace.general(primitive, numbers, statics)
        if isinstance(primitive, Assembly):
            return self.trace.assembled(primitive, numbers, statics)
        raise Untraceable

    def element(self, i: int) -> Shaped:
        """The i-th element of an array, written down."""
        text = f"{self.text}[{i}]" if len(self.dimensions) > 1 else f"{self.text}.item({i})"
        return self.trace.shaped(text, self.dimensions[1:], self)


class UnknownOf(Indefinite):
    """The values of a number of known shape, of which only comparisons can be asked."""

    __slots__ = ("number",)
    is_unknown = True

    def __init__(self, number: Shaped) -> None:
        self.number = number
        self.shape = number.dimensions

    def several(self) -> Any:
        """What the code would have to know."""
        return Untraceable()

    def equals(self, other: object) -> bool:
        """No straight-line code can follow."""
        raise Untraceable

    def middle(self) -> object:
        """The number, which is one, as a constant."""
        return self.number

    def between(self, low: float, high: float) -> object:
        """The number, which lies there."""
        return self.number

    def text(self) -> str:
        """There is none."""
        raise Untraceable

    def apply(self, primitive: Primitive) -> Shaped:
        """A piecewise constant primitive, written down."""
        return self.number.trace.call(primitive, self.number)

    def compare(self, primitive: Primitive, a: Value, b: Value) -> Any:
        """A comparison, written down; an array of 0 and 1, or of reals a test."""
        numbers = [x.number if isinstance(x, UnknownOf) else x for x in (a, b)]
        result = self.number.trace.call(primitive, *numbers)
        return result if result.dimensions else ShapedCondition(result)

    def _written(self, operator: str, other: object) -> Shaped:
        trace = self.number.trace
        number = trace.operand(other.number if isinstance(other, UnknownOf) else other)
        return trace.emit(f"{self.number.text} {operator} {operand_text(number)}", self.number, number)

    def same(self, other: object) -> Any:
        """Some of an array equal its maximum: that is written down. Most differ from a constant."""
        if type(other) is not float:
            return ShapedCondition(self._written("==", other))
        return self.assume_unequal(other)

    def assume_unequal(self, other: object) -> bool:
        """Writes a test, by which the code leaves the run where some are equal: here they are not."""
        equal = self._written("==", other)
        trace = self.number.trace
        found = trace.shaped(f"{equal.text}.any()", (), equal) if equal.dimensions else equal
        trace.assumed_false.add(found.text)
        return False

    def assume_no_nan(self) -> None:
        """Writes a test, by which the code leaves the run where there is a nan."""
        trace = self.number.trace
        found = trace.shaped(f"np.isnan({self.number.text}).any()", (), self.number)
        trace.assumed_false.add(found.text)

    def __gt__(self, other: object) -> Any:
        return ShapedCondition(self._written(">", other))


class ShapedCondition(TracedCondition):
    """A boolean, or an array of them, of a run to come."""

    __slots__ = ("boolean", "dimensions")
    trace: ShapedTrace

    def __init__(self, boolean: Shaped) -> None:
        super().__init__(boolean.trace, boolean)
        self.boolean = boolean
        self.dimensions = boolean.dimensions

    def both(self, other: Any) -> Any:
        """Whether another condition holds as well."""
        if type(other) is bool:
            return self if other else False
        if type(other) is not ShapedCondition:
            raise Untraceable
        return ShapedCondition(self.trace.emit(f"{self.text} & {other.text}", self, other))

    def negated(self) -> ShapedCondition:
        """Whether the condition does not hold."""
        text = f"~{self.text}" if self.dimensions else f"not {self.text}"
        return ShapedCondition(self.trace.emit(text, self))

    def select(self, yes: Value, no: Value) -> Value:
        """One of two numbers, chosen when the code runs, part by part."""
        return super().select(*(self.trace.operand(x) if type(x) is Array else x for x in (yes, no)))


def operand_text(x: Any) -> str:
    """The text of a float, or of what was traced, as an operand."""
    if type(x) is float:
        text = repr(x)
        return text if text[0].isdigit() else f"float('{text}')" if text[-1] in "fn" else f"({text})"
    return x.text


def _wrapped(x: Any) -> str:
    """The text of a number as a value of the language."""
    return f"Array({x.text})" if type(x) is Shaped and x.dimensions else operand_text(x)


def _numbers(operands: list[Any]) -> list[Any]:
    return [x for x in operands if type(x) is Shaped]


def _sample(x: Any) -> Any:
    """A value of the shape: ones, and of square matrices the identity, which most of them tolerate."""
    if type(x) is not Shaped:
        return x
    if not x.dimensions:
        return 1.0
    square = len(x.dimensions) == 2 and x.dimensions[0] == x.dimensions[1]
    return Array(np.eye(x.dimensions[0]) if square else np.ones(x.dimensions))
