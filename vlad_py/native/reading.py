"""Reads the texts of primitives in an arithmetic: LLVM's instructions, arrays of JAX, terms of SymPy.

Such a text is an expression of Python: `{0}` and `{1}` are the arguments; `where(c, a, b)` chooses, and other
functions have the names that numpy or C's library gives them. In a reduction, `fold(step, start)` goes
through the reals: `a` is the result so far, `x` (in a pairing also `y`) the next real; where the start has an
`x`, that is the first real. `n` is how many there are. `(lambda m: …)(e)` is an expression with m for e.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

V = TypeVar("V")


class NoText(Exception):
    """A text with something else in it."""


class Arithmetic(Protocol[V]):
    """What a text is read in. A condition is of whatever type `compared` gives. Each raises NoText for an
    operator or a function that it does not have.
    """

    def number(self, x: float) -> V:
        """A real."""

    def negative(self, x: V) -> V:
        """-x."""

    def operation(self, sign: ast.operator, a: V, b: V) -> V:
        """`a + b` and its kin."""

    def compared(self, sign: ast.cmpop, a: V, b: V) -> Any:
        """`a < b` and its kin, as a condition."""

    def combined(self, sign: ast.boolop, a: Any, b: Any) -> Any:
        """`a and b`, `a or b`, of conditions."""

    def chosen(self, condition: Any, yes: V, no: V) -> V:
        """One of two values."""

    def function(self, name: str, values: list[V]) -> V:
        """A function of numpy or of C's library."""


class Overloaded:
    """What arithmetics have in common whose values take Python's operators: a function for each sign."""

    operators: Mapping[type[ast.operator], Callable[[Any, Any], Any]]
    comparisons: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]

    def negative(self, x: Any) -> Any:
        """As in `Arithmetic`, like the two below."""
        return -x

    def operation(self, sign: ast.operator, a: Any, b: Any) -> Any:
        """`a + b` and its kin."""
        if type(sign) not in self.operators:
            raise NoText
        return self.operators[type(sign)](a, b)

    def compared(self, sign: ast.cmpop, a: Any, b: Any) -> Any:
        """`a < b` and its kin."""
        if type(sign) not in self.comparisons:
            raise NoText
        return self.comparisons[type(sign)](a, b)


@cache
def parsed(text: str) -> ast.expr:
    """The tree of an expression of Python."""
    return ast.parse(text, mode="eval").body


def mentions(tree: ast.expr, name: str) -> bool:
    """Whether a name occurs in an expression."""
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


class Reader(Generic[V]):
    """A text on its way to a value, at operands that are known one by one; a pairing has first those of its
    one side, then those of the other.
    """

    def __init__(self, arithmetic: Arithmetic[V], operands: Sequence[V], is_pairing: bool = False) -> None:
        self.arithmetic = arithmetic
        self.operands = operands
        self.is_pairing = is_pairing

    @property
    def size(self) -> int:
        """How many reals a fold goes through, which texts call n."""
        return len(self.operands)

    def text(self, text: str) -> V:
        """The value of a text with `{0}`, `{1}` for the operands."""
        names = {f"x{i}": operand for i, operand in enumerate(self.operands)}
        return self.value(parsed(text.format(*names)), names)

    def value(self, tree: ast.expr, names: dict[str, V]) -> V:
        """The value of an expression, where names stand for values."""
        how = self.arithmetic
        match tree:
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Name(id="n"):
                return how.number(float(self.size))
            case ast.Name(id="inf" | "nan"):
                return how.number(float(tree.id))
            case ast.Constant(value=int() | float() as value):
                return how.number(float(value))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return how.negative(self.value(operand, names))
            case ast.BinOp(left=left, op=sign, right=right):
                return how.operation(sign, self.value(left, names), self.value(right, names))
            case ast.Call(func=ast.Lambda(args=ast.arguments(args=[given]), body=body), args=[argument]):
                return self.value(body, {**names, given.arg: self.value(argument, names)})
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=arguments):
                return self.call(name, arguments, names)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, arguments, names)
        raise NoText

    def call(self, name: str, arguments: list[ast.expr], names: dict[str, V]) -> V:
        """A choice, a fold or a function."""
        if name == "where":
            condition = self.condition(arguments[0], names)
            yes, no = (self.value(a, names) for a in arguments[1:])
            return self.arithmetic.chosen(condition, yes, no)
        if name == "fold":
            return self.fold(arguments[0], arguments[1], names)
        return self.arithmetic.function(name, [self.value(a, names) for a in arguments])

    def condition(self, tree: ast.expr, names: dict[str, V]) -> Any:
        """A condition, as the arithmetic has it."""
        match tree:
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self.arithmetic.compared(sign, self.value(left, names), self.value(right, names))
            case ast.BoolOp(op=sign, values=[left, right]):
                a, b = self.condition(left, names), self.condition(right, names)
                return self.arithmetic.combined(sign, a, b)
        raise NoText

    def fold(self, step: ast.expr, start: ast.expr, names: dict[str, V]) -> V:
        """A value that goes through the operands, step by step."""
        columns = [self.operands]
        if self.is_pairing:
            half = len(self.operands) // 2
            columns = [self.operands[:half], self.operands[half:]]
        rows = [dict(zip("xy", row, strict=False)) for row in zip(*columns, strict=True)]
        if mentions(start, "x"):
            if not rows:
                raise NoText
            names = {**names, **rows.pop(0)}
        result = self.value(start, names)
        for row in rows:
            result = self.value(step, {**names, **row, "a": result})
        return result
