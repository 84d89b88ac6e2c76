"""Numbers whose value is not known yet: running primitives on them writes straight-line Python code.

A `Traced` number stands for a float, or a numpy array, of a run to come. An equality is assumed not to hold,
as partials ask for zeros and infinities, the edges of a rule; it is noted, so that the code can test it
(`assume_unequal`). An order is written down, for `select` to choose by. All else ends the tracing.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from vlad_py.execution.operations import safe
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.forward.dual import Dual
from vlad_py.primitives.form import Form
from vlad_py.primitives.primitive import INLINE_NAMES, Primitive
from vlad_py.primitives.vectorise import host_function
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Number, Statics, Value

LONGEST = 400  # operations of a trace; code longer than that is not worth its making

Shape: TypeAlias = frozenset[str]

FLOAT: Shape = frozenset()
BATCH = "*"


class Untraceable(Exception):
    """The operations depend on values in a way that straight-line code cannot follow."""


class Trace:
    """Lines `name = expression`, each expression once, and the functions that they call."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}  # by expression: the name
        self.uses: dict[str, tuple[str, ...]] = {}  # by name: the names in its expression
        self.assumed_false: set[str] = set()
        self.names: dict[str, Any] = {**INLINE_NAMES, "np": np}
        self.factors: dict[str, str] = {}  # by what batches are multiplied or divided by: is it not finite?

    def call(self, primitive: Primitive, *arguments: Value) -> Traced:
        """A primitive at plain floats, known or not."""
        texts = [operand_text(a) for a in arguments]
        is_array = any(isinstance(a, Traced) and a.shape for a in arguments)
        if is_array and primitive.form in (Form.PRODUCT, Form.QUOTIENT):
            self.multiplied(arguments, or_zero=primitive.form is Form.QUOTIENT)
        return self.emit(self.code(primitive, texts, is_array), *arguments)

    def code(self, primitive: Primitive, texts: list[str], is_array: bool) -> str:
        """The expression that computes an elementwise primitive, of floats or with arrays among them."""
        template = primitive.vector if is_array else primitive.inline
        if template:
            return template.format(*texts)
        name = f"{'e' if is_array else 'v'}_{safe(primitive.name)}"
        self.names[name] = host_function(primitive) if is_array else primitive.value
        return f"{name}({', '.join(texts)})"

    def name(self, expression: str, arguments: tuple[Value, ...]) -> str:
        """The name of the line that computes an expression."""
        if expression not in self.lines:
            if len(self.lines) == LONGEST:
                raise Untraceable
            name = f"t{len(self.lines)}"
            self.lines[expression] = name
            self.uses[name] = tuple(a.text for a in arguments if isinstance(a, (Traced, TracedCondition)))
        return self.lines[expression]

    def emit(self, expression: str, *arguments: Value) -> Traced:
        """The number that an expression gives."""
        name = self.name(expression, arguments)
        shape = frozenset().union(*(a.shape for a in arguments if isinstance(a, (Traced, TracedCondition))))
        if BATCH in shape and len(shape) > 1:
            raise Untraceable
        return Traced(self, name, shape)

    def multiplied(self, arguments: tuple[Value, ...], or_zero: bool) -> None:
        """Writes down by what a batch is multiplied or divided: it must be finite, with `or_zero` not 0."""
        is_batch = [isinstance(a, Traced) and BATCH in a.shape for a in arguments]
        factors = [a for a, own in zip(arguments, is_batch) if not own and isinstance(a, Traced)]
        if any(is_batch):
            for factor in factors:
                zero = f" or {factor.text} == 0.0" if or_zero else ""
                self.factors[factor.text] = f"{factor.text} - {factor.text} != 0.0{zero}"

    def takes(self, name: str, wanted: str) -> bool:
        """Whether what a name stands for was computed from what another one stands for."""
        todo, seen = [name], set[str]()
        while todo:
            current = todo.pop()
            if current == wanted:
                return True
            if current not in seen:
                seen.add(current)
                todo.extend(self.uses.get(current, ()))
        return False

    def needed(self, wanted: set[str]) -> list[str]:
        """The lines, in order, that the wanted names need."""
        kept = []
        for expression, name in reversed(self.lines.items()):
            if name in wanted:
                wanted.update(self.uses[name])
                kept.append(f"{name} = {expression}")
        return kept[::-1]


class Traced(Number):
    """A plain float or numpy array of a run to come, by the name that holds it.

    `shape` names the arrays of the run's inputs that it has been broadcast from: a float's is empty, and
    arrays of one shape in this sense have one shape. BATCH stands for the items of a batch of floats.
    """

    __slots__ = ("shape", "text", "trace")

    def __init__(self, trace: Trace, text: str, shape: Shape = FLOAT) -> None:
        self.tag = 0  # below all tags: it is what a float is
        self.trace = trace
        self.text = text
        self.shape = shape
        self.primal = Unknown(self)

    def lift1(self, primitive: Primitive) -> Traced:
        """A primitive of one argument, written down."""
        return self.trace.call(primitive, self)

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments, written down; x * 1 is x."""
        if primitive.form is Form.PRODUCT:
            if a == 1.0:
                return b
            if b == 1.0:
                return a
        return self.trace.call(primitive, a, b)

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """Nothing else is part of straight-line code."""
        raise Untraceable


class Unknown(Indefinite):
    """The value of a traced number, of which only comparisons can be asked."""

    __slots__ = ("number",)

    def __init__(self, number: Traced) -> None:
        self.number = number
        self.shape = ()

    def middle(self) -> Traced:
        """The number, which is one, as a constant."""
        return self.number

    def between(self, low: float, high: float) -> Traced:
        """The number, which lies there."""
        return self.number

    def apply(self, primitive: Primitive) -> Traced:
        """A piecewise constant primitive, written down."""
        return self.number.trace.call(primitive, self.number)

    def compare(self, primitive: Primitive, a: Value, b: Value) -> TracedCondition:
        """A comparison, written down; one of a and b is this value."""
        numbers = [x.number if isinstance(x, Unknown) else x for x in (a, b)]
        trace = self.number.trace
        text = primitive.inline.format(*map(operand_text, numbers))
        return TracedCondition(trace, trace.emit(text, *numbers))

    def _written(self, operator: str, other: object) -> Traced:
        number = other.number if isinstance(other, Unknown) else other
        text = f"{self.number.text} {operator} {operand_text(number)}"
        return self.number.trace.emit(text, self.number, number)

    def same(self, other: object) -> bool:
        """Partials ask for zeros and infinities, the edges of a rule: it assumes that there are none."""
        return self.assume_unequal(other)

    def equals(self, other: object) -> bool:
        """The program asks: mostly they differ."""
        return self.assume_unequal(other)

    def assume_unequal(self, other: object) -> bool:
        """Writes a test, by which the code leaves the run where the two are equal: here they are not."""
        equal = self._written("==", other)
        trace = self.number.trace
        found = trace.emit(f"{equal.text}.any()", equal) if equal.shape else equal
        trace.assumed_false.add(found.text)
        return False

    def __gt__(self, other: object) -> Any:
        return TracedCondition(self.number.trace, self._written(">", other))


class TracedCondition:
    """A boolean, or an array of them, of a run to come."""

    __slots__ = ("shape", "text", "trace")

    def __init__(self, trace: Trace, boolean: Traced) -> None:
        self.trace = trace
        self.text = boolean.text
        self.shape = boolean.shape

    def __bool__(self) -> bool:
        raise Untraceable

    def select(self, yes: Value, no: Value) -> Value:
        """One of two numbers, chosen when the code runs, part by part."""
        if yes is no:
            return yes
        tags, others = tags_of(yes), tags_of(no)
        if not self.shape and tags != others:
            return self.assume_dual(yes, no, takes_yes=tags > others)
        a, b = (x if isinstance(x, Dual) else None for x in (yes, no))
        if a is not None and (b is None or a.tag > b.tag):
            return Dual(a.tag, self.select(a.primal, no), self.select(a.tangent, 0.0))
        if b is not None and (a is None or b.tag > a.tag):
            return Dual(b.tag, self.select(yes, b.primal), self.select(0.0, b.tangent))
        if a is not None and b is not None:
            return Dual(a.tag, self.select(a.primal, b.primal), self.select(a.tangent, b.tangent))
        if not all(type(x) is float or isinstance(x, Traced) for x in (yes, no)):
            raise Untraceable
        pattern = "np.where({0}, {1}, {2})" if self.shape else "{1} if {0} else {2}"
        text = pattern.format(self.text, operand_text(yes), operand_text(no))
        return self.trace.emit(text, self, yes, no)

    def assume_dual(self, yes: Value, no: Value, *, takes_yes: bool) -> Value:
        """The number with more tangents, tested to be the chosen one: the other has none, not zeros."""
        other = f"not {self.text}" if takes_yes else self.text
        self.trace.assumed_false.add(self.trace.emit(other, self).text)
        return yes if takes_yes else no


def tags_of(number: Value) -> frozenset[int]:
    """The tags of a number's duals."""
    found = set[int]()
    todo = [number]
    while todo:
        x = todo.pop()
        if isinstance(x, Dual):
            found.add(x.tag)
            todo += [x.primal, x.tangent]
    return frozenset(found)


def operand_text(number: Value) -> str:
    """The text of a plain float, known or not, or of what was traced, as an operand."""
    if isinstance(number, (Traced, TracedCondition)):
        return number.text
    if type(number) is not float:
        raise Untraceable
    text = repr(number)
    return text if text[0].isdigit() else f"float('{text}')" if text[-1] in "fn" else f"({text})"
