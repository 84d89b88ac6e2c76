"""Expressions: primitives at names, symbols and constants, as a graph whose parts may be shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from inspect import signature
from typing import Any, TypeAlias

from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Value, is_numeric


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

    @property
    def numbers(self) -> tuple[Expression, ...]:
        """The arguments that are numbers."""
        return self.arguments if self.many else tuple(x for x in self.arguments if not _is_static(x))

    @property
    def statics(self) -> dict[str, Any]:
        """What it takes besides numbers, by keyword: an axis, a shape, an index."""
        if self.many:
            return dict(zip(_parameters(self.primitive)[1:], self.rest, strict=False))
        if not any(map(_is_static, self.arguments)):
            return {}
        named = zip(_parameters(self.primitive), self.arguments, strict=False)
        return {name: x.value for name, x in named if _is_static(x)}

    def applied_to(self, numbers: tuple[Value, ...]) -> Value:
        """The primitive at other numbers, and the same besides."""
        return self.applied(self._completed(numbers, lambda x: x.value))

    def at(self, numbers: tuple[Expression, ...]) -> Application:
        """The same operation at other expressions for its numbers, of the same shapes."""
        return replace(self, arguments=self._completed(numbers, lambda x: x))

    def _completed(self, numbers: tuple[Any, ...], static: Callable[[Expression], Any]) -> tuple[Any, ...]:
        if self.many:
            return numbers
        supply = iter(numbers)
        return tuple(static(x) if _is_static(x) else next(supply) for x in self.arguments)


def _is_static(x: Expression) -> bool:
    return isinstance(x, Constant) and not is_numeric(x.value)


@cache
def _parameters(primitive: Primitive) -> tuple[str, ...]:
    return tuple(signature(primitive.value).parameters)


Expression: TypeAlias = Name | Symbol | Constant | Application
