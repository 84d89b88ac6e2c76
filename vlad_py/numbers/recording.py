"""Numbers that write down which functions they meet: not a differentiation, but a way to look into one."""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.primitive import Primitive
from vlad_py.primitives.shapes import element
from vlad_py.values import Number, Value

MOST_MEETINGS = 4  # of one function that are kept

# By the identity of a function: its name, itself, and the arguments that it met.
Log: TypeAlias = dict[int, tuple[str, Value, list[Value]]]


class Recorder(Number):
    """A plain number with the log of what it meets. Its tag is older than any differentiation's."""

    __slots__ = ("log",)

    def __init__(self, tag: int, primal: Value, log: Log) -> None:
        self.tag = tag
        self.primal = primal
        self.log = log

    def lift1(self, primitive: Primitive) -> Recorder:
        """A primitive of one argument."""
        return self._met(primitive, self.primal, primitive.apply(self.primal))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Recorder:
        """A primitive of two arguments, at least one of them of this tag."""
        xs = _plain(a), _plain(b)
        return self._met(primitive, xs, primitive.apply(*xs))

    def liftn(self, primitive: Primitive, xs: tuple[Value, ...]) -> Recorder:
        """A reduction of many reals, at least one of them of this tag."""
        xs = tuple(map(_plain, xs))
        return self._met(primitive, xs, primitive.apply(xs))

    def lift(self, primitive: Primitive, arguments: tuple[Value, ...]) -> Recorder:
        """A primitive with a rule per argument, at least one argument of this tag."""
        xs = tuple(map(_plain, arguments))
        return self._met(primitive, xs if len(xs) > 1 else xs[0], primitive.apply(*xs))

    def assemble(self, primitive: Primitive, xs: tuple[Value, ...], rest: tuple[Value, ...]) -> Recorder:
        """Parts put together, at least one of this tag: nothing that could be wrong by itself."""
        return Recorder(self.tag, primitive.apply(tuple(map(_plain, xs)), *rest), self.log)

    def element(self, i: int) -> Recorder:
        """An element of an array."""
        return Recorder(self.tag, element(self.primal, i), self.log)

    def _met(self, primitive: Primitive, argument: Value, result: Value) -> Recorder:
        meet(self.log, primitive.name, primitive, argument)
        return Recorder(self.tag, result, self.log)


def meet(log: Log, name: str, function: Value, argument: Value) -> None:
    """Writes down that a function met an argument."""
    arguments = log.setdefault(id(function), (name, function, []))[2]
    if len(arguments) < MOST_MEETINGS and argument not in arguments:
        arguments.append(argument)


def _plain(x: Value) -> Value:
    return x.primal if type(x) is Recorder else x
