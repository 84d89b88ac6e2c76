"""Expressions: primitives at names, symbols and constants, as a graph whose parts may be shared."""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.ground.node import node, replaced
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Statics, Value


@node
class Name:
    """A number of a Wengert list: which of its parts (`kind`), and its index in the list."""

    kind: str
    index: int
    value: Value


@node
class Symbol:
    """A number whose value is not known, by its name; `value` has its shape, and nan for its reals."""

    name: str
    value: Value


@node
class Constant:
    """A number that depends on nothing named."""

    value: Value


@node
class Application:
    """A primitive at numbers; what it takes besides them is in `statics`, by keyword."""

    primitive: Primitive
    arguments: tuple[Expression, ...]
    statics: Statics
    value: Value

    def applied(self, arguments: tuple[Value, ...]) -> Value:
        """The primitive at other numbers."""
        return self.primitive.at(arguments, self.statics)

    def at(self, arguments: tuple[Expression, ...]) -> Application:
        """The same operation at other expressions of the same shapes."""
        return replaced(self, arguments=arguments)


Expression: TypeAlias = Name | Symbol | Constant | Application
