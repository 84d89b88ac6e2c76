"""Recorded numbers: what they are is what a float or an array is, and each operation on them is written down.

They stand below all differentiations (their tag is 0). So the list of a program that differentiates holds
what its derivatives compute as well: the same program, run on numbers that remember.

Source: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7 (1964), for the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from vlad_py.ground.node import field, state
from vlad_py.numbers.innermost import Observed, Values
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import NO_STATICS, Statics, Value


@state
class Entry:
    """One operation of a Wengert list: a primitive, what it was applied to, and what it gave.

    An argument is a `Recorded` of the same list or a constant. `primitive` is None for an input. What it
    takes besides numbers is in `statics`. `place` is what the list's owner knows of where it happened.
    """

    index: int
    primitive: Primitive | None
    arguments: tuple[Value, ...]
    statics: Statics
    value: Value
    place: object

    def applied(self, arguments: tuple[Value, ...]) -> Value:
        """The same operation on other numbers."""
        assert self.primitive is not None
        return self.primitive.at(arguments, self.statics)


@state
class WengertList:
    """The operations on recorded numbers, in the order in which they happened.

    `place` is asked at each of them where it stands. `by_rule` is the name of a function among them
    whose derivative is not that of the operations. `notes` say what was done with numbers as a whole, and
    how often. If `whole` is given, a call of such a function is one operation: it gets the argument, the
    function's name, the function and its value, and gives the value as recorded.
    """

    place: Callable[[], object] = lambda: None
    entries: list[Entry] = field(default_factory=list)
    by_rule: str = ""
    notes: Counter[str] = field(default_factory=Counter)
    whole: Callable[[Value, str, Value, Value], Value] | None = None

    def input(self, value: Value) -> Recorded:
        """A number that the list begins with."""
        return self.add(None, (), NO_STATICS, value)

    def by_depth(self) -> None:
        """Puts operations into layers, each after what it needs; in a layer they stay in their order."""
        depth: dict[int, int] = {}
        for entry in self.entries:
            before = [depth[x.index] for x in entry.arguments if type(x) is Recorded]
            depth[entry.index] = 1 + max(before, default=-1)
        self.entries.sort(key=lambda entry: depth[entry.index])
        for index, entry in enumerate(self.entries):
            entry.index = index

    def add(
        self,
        primitive: Primitive | None,
        arguments: tuple[Value, ...],
        statics: Statics,
        value: Value,
    ) -> Recorded:
        """Writes an operation down."""
        entry = Entry(len(self.entries), primitive, arguments, statics, value, self.place())
        self.entries.append(entry)
        return Recorded(self, entry)


class Recorded(Observed):
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

    def note(self, text: str) -> None:
        """Notes it in the list."""
        self.list.notes[text] += 1

    def observed(self, primitive: Primitive, numbers: Values, statics: Statics, result: Value) -> Recorded:
        """The result, written down."""
        return self.list.add(primitive, numbers, statics, result)
