"""Innermost numbers, which differentiate nothing: every way in which a primitive meets one is the same."""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import gather
from vlad_py.values.values import Number, Statics, Value

Values: TypeAlias = tuple[Value, ...]


class Innermost(Number):
    """A number that is what a float is."""

    __slots__ = ()

    def element(self, i: int) -> Value:
        """The i-th element of an array."""
        return gather(self, index=i)


class Observed(Innermost):
    """A number that computes what its primal computes; a subclass looks at each result by `observed`."""

    __slots__ = ()

    def observed(self, primitive: Primitive, numbers: Values, statics: Statics, result: Value) -> Value:
        """The number for what a primitive gave."""
        raise NotImplementedError

    def applied(self, primitive: Primitive, numbers: Values, statics: Statics) -> Value:
        """What the primitive gives at the primals, observed."""
        own = type(self)
        plain = tuple([x.primal if type(x) is own else x for x in numbers])
        return self.observed(primitive, numbers, statics, primitive.at(plain, statics))
