"""Directions that a rule of the user's is given: plain numbers that tell what was computed from them.

A rule has to be linear in its direction, and it is trusted to be. What can be seen, that the gradient of a
direction is stopped, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from vlad_py.numbers.innermost import Observed, Values
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import element
from vlad_py.values.values import Number, Statics, Value


class Direction(Observed):
    """A direction, or what was computed from one. Its tag is newer than that of any differentiation around
    the call of the rule.
    """

    __slots__ = ()
    by_pieces = True

    def __init__(self, tag: int, primal: Value) -> None:
        self.tag = tag
        self.primal = primal

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Direction:
        """The direction with another number, under a tag."""
        return Direction(tag, *held)

    def observed(self, primitive: Primitive, numbers: Values, statics: Statics, result: Value) -> Direction:
        """The result, which was computed from a direction."""
        return Direction(self.tag, result)

    def element(self, i: int) -> Direction:
        """An element of an array."""
        return Direction(self.tag, element(self.primal, i))


def is_along(value: Value) -> bool:
    """Whether a number was computed from the direction that a rule is given."""
    while isinstance(value, Number):
        if type(value) is Direction:
            return True
        value = value.primal
    return False
