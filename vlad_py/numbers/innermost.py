"""Innermost numbers, which differentiate nothing: every way in which a primitive meets one is the same."""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import gather
from vlad_py.values.values import Number, Value

Values: TypeAlias = tuple[Value, ...]


class Innermost(Number):
    """A number that is what a float is. A subclass says what a primitive makes of it by `applied`."""

    __slots__ = ()

    def applied(
        self, primitive: Primitive, arguments: Values, rest: Values = (), many: bool = False
    ) -> Value:
        """A primitive at arguments with this number among them, and none of a tag above. Of a primitive that
        takes `many` numbers the arguments are these numbers, and `rest` is what follows them.
        """
        raise NotImplementedError

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument."""
        return self.applied(primitive, (self,))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments."""
        return self.applied(primitive, (a, b))

    def liftn(self, primitive: Primitive, xs: Values) -> Value:
        """A reduction of many numbers."""
        return self.applied(primitive, xs, many=True)

    def lift(self, primitive: Primitive, arguments: Values) -> Value:
        """A primitive with rules."""
        return self.applied(primitive, arguments)

    def assemble(self, primitive: Primitive, xs: Values, rest: Values) -> Value:
        """Parts put together."""
        return self.applied(primitive, xs, rest, many=True)

    def element(self, i: int) -> Value:
        """The i-th element of an array."""
        return gather(self, i)


class Observed(Innermost):
    """A number that computes what its primal computes; a subclass looks at each result by `observed`."""

    __slots__ = ()

    def observed(
        self, primitive: Primitive, arguments: Values, rest: Values, many: bool, result: Value
    ) -> Value:
        """The number for what a primitive gave."""
        raise NotImplementedError

    def applied(
        self, primitive: Primitive, arguments: Values, rest: Values = (), many: bool = False
    ) -> Value:
        """What the primitive gives at the primals, observed."""
        own = type(self)
        plain = tuple([x.primal if type(x) is own else x for x in arguments])
        result = primitive.apply(plain, *rest) if many else primitive.apply(*plain)
        return self.observed(primitive, arguments, rest, many, result)
