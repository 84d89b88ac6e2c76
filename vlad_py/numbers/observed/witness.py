"""Numbers that write down which functions they meet: not a differentiation, but a way to look into one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from vlad_py.ground.node import replaced
from vlad_py.numbers.innermost import Observed, Values
from vlad_py.primitives.kinds import Assembly, OfMany
from vlad_py.primitives.primitive import MANY, Primitive
from vlad_py.primitives.shapes import element
from vlad_py.values.values import Statics, Value

MOST_MEETINGS = 4  # of one function that are kept

# By a key for each function: its name, itself, and the arguments that it met.
Log: TypeAlias = dict[Hashable, tuple[str, Value, list[Value]]]


class Witness(Observed):
    """A plain number with the log of what it meets. Its tag is older than any differentiation's."""

    __slots__ = ("log",)
    of_differentiation = False

    def __init__(self, tag: int, primal: Value, log: Log) -> None:
        self.tag = tag
        self.primal = primal
        self.log = log

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Witness:
        """Another number with the same log."""
        return Witness(tag, held[0], self.log)

    def observed(self, primitive: Primitive, numbers: Values, statics: Statics, result: Value) -> Witness:
        """The result; that the primitive met these arguments is written down. Putting parts together is
        nothing that could be wrong by itself.
        """
        if not isinstance(primitive, Assembly):
            xs = tuple([x.primal if type(x) is Witness else x for x in numbers])
            function = replaced(primitive, arity=MANY, apply=lambda xs: primitive.at(xs, statics))
            if len(xs) == 1 and not isinstance(primitive, OfMany):
                function.arity, function.apply = 1, lambda x: primitive.at((x,), statics)
            key = (primitive.name, repr(statics))
            meet(self.log, key, primitive.name, function, xs[0] if function.arity == 1 else xs)
        return Witness(self.tag, result, self.log)

    def element(self, i: int) -> Witness:
        """An element of an array."""
        return Witness(self.tag, element(self.primal, i), self.log)


def meet(log: Log, key: Hashable, name: str, function: Value, argument: Value) -> None:
    """Writes down that the function of a key met an argument."""
    arguments = log.setdefault(key, (name, function, []))[2]
    if len(arguments) < MOST_MEETINGS and argument not in arguments:
        arguments.append(argument)
