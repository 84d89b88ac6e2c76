"""Observed numbers: they compute what their primals compute, and each result is looked at."""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.primitive import Primitive
from vlad_py.primitives.shapes import gather
from vlad_py.values import Number, Value

Values: TypeAlias = tuple[Value, ...]


class Observed(Number):
    """A number that differentiates nothing. A subclass says by `observed` what a result is known as."""

    __slots__ = ()

    def observed(
        self, primitive: Primitive, arguments: Values, rest: Values, many: bool, result: Value
    ) -> Value:
        """The number for what a primitive gave. Of a primitive that takes `many` numbers the arguments are
        these numbers, and `rest` is what follows them.
        """
        raise NotImplementedError

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument."""
        return self._applied(primitive, (self,))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments."""
        return self._applied(primitive, (a, b))

    def liftn(self, primitive: Primitive, xs: Values) -> Value:
        """A reduction of many numbers."""
        return self._applied(primitive, xs, many=True)

    def lift(self, primitive: Primitive, arguments: Values) -> Value:
        """A primitive with rules."""
        return self._applied(primitive, arguments)

    def assemble(self, primitive: Primitive, xs: Values, rest: Values) -> Value:
        """Parts put together."""
        return self._applied(primitive, xs, rest, many=True)

    def element(self, i: int) -> Value:
        """The i-th element of an array."""
        return gather(self, i)

    def _applied(
        self, primitive: Primitive, arguments: Values, rest: Values = (), many: bool = False
    ) -> Value:
        own = type(self)
        plain = tuple([x.primal if type(x) is own else x for x in arguments])
        result = primitive.apply(plain, *rest) if many else primitive.apply(*plain)
        return self.observed(primitive, arguments, rest, many, result)
