"""Recorded numbers: what they are is what a float or an array is, and each operation on them is written down.

They stand below all differentiations (their tag is 0). So the list of a program that differentiates holds
what its derivatives compute as well: the same program, run on numbers that remember.

Source: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7 (1964), for the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vlad_py.primitive import Primitive
from vlad_py.primitives.shapes import gather
from vlad_py.values import Number, Value


@dataclass(slots=True, eq=False)
class Entry:
    """One operation of a Wengert list: a primitive, what it was applied to, and what it gave.

    An argument is a `Recorded` of the same list or a constant. `primitive` is None for an input. Of a
    primitive that takes `many` numbers the arguments are these numbers, and `rest` is what follows them.
    `place` is what the list's owner knows of where it happened.
    """

    index: int
    primitive: Primitive | None
    arguments: tuple[Value, ...]
    rest: tuple[Value, ...]
    many: bool
    value: Value
    place: object

    def applied(self, arguments: tuple[Value, ...]) -> Value:
        """The same operation on other numbers."""
        assert self.primitive is not None
        return self.primitive.apply(arguments, *self.rest) if self.many else self.primitive.apply(*arguments)


@dataclass(slots=True, eq=False)
class WengertList:
    """The operations on recorded numbers, in the order in which they happened.

    `place` is asked at each of them where it stands.
    """

    place: Callable[[], object] = lambda: None
    entries: list[Entry] = field(default_factory=list)

    def input(self, value: Value) -> Recorded:
        """A number that the list begins with."""
        return self._add(None, (), (), False, value)

    def note(
        self,
        primitive: Primitive,
        arguments: tuple[Value, ...],
        rest: tuple[Value, ...] = (),
        many: bool = False,
    ) -> Value:
        """Applies a primitive to what the numbers stand for, and writes it down."""
        plain = tuple([x.primal if type(x) is Recorded else x for x in arguments])
        value = primitive.apply(plain, *rest) if many else primitive.apply(*plain)
        return self._add(primitive, arguments, rest, many, value)

    def by_depth(self) -> None:
        """Puts operations into layers, each after what it needs; in a layer they stay in their order."""
        depth: dict[int, int] = {}
        for entry in self.entries:
            before = [depth[x.index] for x in entry.arguments if type(x) is Recorded]
            depth[entry.index] = 1 + max(before, default=-1)
        self.entries.sort(key=lambda entry: depth[entry.index])
        for index, entry in enumerate(self.entries):
            entry.index = index

    def _add(
        self,
        primitive: Primitive | None,
        arguments: tuple[Value, ...],
        rest: tuple[Value, ...],
        many: bool,
        value: Value,
    ) -> Recorded:
        entry = Entry(len(self.entries), primitive, arguments, rest, many, value, self.place())
        self.entries.append(entry)
        return Recorded(self, entry)


class Recorded(Number):
    """A plain number; `list` is the Wengert list that its operations go to, `entry` its own place there."""

    __slots__ = ("entry", "list")

    def __init__(self, list: WengertList, entry: Entry) -> None:
        self.tag = 0
        self.primal = entry.value
        self.list = list
        self.entry = entry

    @property
    def index(self) -> int:
        """The position in the list."""
        return self.entry.index

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument."""
        return self.list.note(primitive, (self,))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments."""
        return self.list.note(primitive, (a, b))

    def liftn(self, primitive: Primitive, xs: tuple[Value, ...]) -> Value:
        """A reduction of many numbers: one operation."""
        return self.list.note(primitive, xs, many=True)

    def lift(self, primitive: Primitive, arguments: tuple[Value, ...]) -> Value:
        """A primitive with rules."""
        return self.list.note(primitive, arguments)

    def element(self, i: int) -> Value:
        """The i-th element of an array."""
        return gather(self, i)

    def assemble(self, primitive: Primitive, xs: tuple[Value, ...], rest: tuple[Value, ...]) -> Value:
        """Parts put together."""
        return self.list.note(primitive, xs, rest, many=True)
