"""Counted numbers: what they are is what a float or an array is, and every operation on them is counted.

They stand below all differentiations (their tag is 0), so that what a derivative does is counted as well.
"""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from vlad_py.primitive import Primitive
from vlad_py.primitives.shapes import element
from vlad_py.values import Array, Number, Value

Tally: TypeAlias = Counter[str]  # by the name of a primitive: how often it was applied


class Counted(Number):
    """A plain number; `tally` counts the primitives that it meets."""

    __slots__ = ("tally",)

    def __init__(self, primal: Value, tally: Tally) -> None:
        self.tag = 0
        self.primal = primal
        self.tally = tally

    def __bool__(self) -> bool:
        return bool(self.primal)  # which of an array is an error

    def __int__(self) -> int:
        # which of a structure's reals is perturbed is no operation on reals
        return int(self.primal)  # type: ignore[call-overload]

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument."""
        return self.lift(primitive, (self,))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments."""
        return self.lift(primitive, (a, b))

    def liftn(self, primitive: Primitive, xs: tuple[Value, ...]) -> Value:
        """A reduction of many numbers: one operation."""
        self.tally[primitive.name] += 1
        return counted(primitive.apply(tuple(map(uncounted, xs))), self.tally)

    def lift(self, primitive: Primitive, arguments: tuple[Value, ...]) -> Value:
        """A primitive of any arguments."""
        self.tally[primitive.name] += 1
        return counted(primitive.apply(*map(uncounted, arguments)), self.tally)

    def assemble(self, primitive: Primitive, xs: tuple[Value, ...], rest: tuple[Value, ...]) -> Value:
        """Numbers put together, which computes nothing."""
        return counted(primitive.apply(tuple(map(uncounted, xs)), *rest), self.tally)

    def element(self, i: int) -> Value:
        """The i-th element of an array along its first dimension."""
        return counted(element(self.primal, i), self.tally)


def counted(value: Value, tally: Tally) -> Value:
    """A plain number with its operations counted; all else is as it was."""
    return Counted(value, tally) if type(value) is float or type(value) is Array else value


def uncounted(value: Value) -> Value:
    """A number without the count."""
    return value.primal if type(value) is Counted else value
