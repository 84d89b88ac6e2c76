"""Expressions: primitives at names, symbols and constants, as a graph whose parts may be shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A number of a Wengert list: which of its parts (`kind`), and its index in the list."""

    kind: str
    index: int
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A number whose value is not known, by its name; `value` has its shape, and nan for its reals."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A number that depends on nothing named, or what else a primitive takes: an axis, a shape."""

    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Application:
    """A primitive at its arguments. Of one that takes `many` numbers, `rest` is what follows them."""

    primitive: Primitive
    arguments: tuple[Expression, ...]
    rest: tuple[Value, ...]
    many: bool
    value: Value

    def applied(self, arguments: tuple[Value, ...]) -> Value:
        """The primitive at other arguments."""
        return self.primitive.apply(arguments, *self.rest) if self.many else self.primitive.apply(*arguments)


Expression: TypeAlias = Name | Symbol | Constant | Application
