"""Values that there are only while code is written: derivatives that are functions, and one of several."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from vlad_py.values.values import Value

MOST_OPTIONS = 8  # of a switch


class Undefined:
    """What a name stands for where a pattern does not bind it: nothing reads it."""


UNDEFINED = Undefined()


class Slope:
    """The derivative of a function value: of the `index`-th function in `function(point)`, by `operator`.

    It is a function; calling it differentiates pointwise. `direction` is that of `jvp`.
    """

    __slots__ = ("direction", "function", "index", "operator", "point")

    def __init__(self, operator: str, function: Value, point: Value, direction: Value, index: int) -> None:
        self.operator = operator
        self.function = function
        self.point = point
        self.direction = direction
        self.index = index


class Applied:
    """The function fn x => g(argument), where g is the `index`-th function in `function(x)`."""

    __slots__ = ("argument", "function", "index")

    def __init__(self, function: Value, argument: Value, index: int) -> None:
        self.function = function
        self.argument = argument
        self.index = index


class Backward:
    """The pullback that `vjp(function, point)` gives.

    `pull` writes the sweep for the first call in the place where `vjp` was called. It gives None for all
    other calls, and so does a pullback that came through a choice, a loop or a call of the IR: these calls
    run the function again.
    """

    __slots__ = ("function", "point", "pull")

    def __init__(
        self, function: Value, point: Value, pull: Callable[[Value], Value] = lambda cotangent: None
    ) -> None:
        self.function = function
        self.point = point
        self.pull = pull


class Text(str):
    """A text that is not known. It is a string to whoever asks for its kind, and equal to itself only."""

    __slots__ = ()
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


TEXT = Text("a text")


class Numbering:
    """The numbers of the keys of options, in one unit."""

    def __init__(self) -> None:
        self.known: dict[Hashable, int] = {}

    def of(self, key: Hashable) -> int:
        """The number of a key."""
        return self.known.setdefault(key, len(self.known))


class Switch:
    """One of a few values that have no kind in common, such as functions of different code.

    `number` is an unknown real, and says which: it is the number of that option's key. The reals of the other
    options are of no account. Whoever looks at a switch looks at all options, in a choice for each.
    """

    __slots__ = ("keys", "number", "numbering", "options")

    def __init__(
        self, numbering: Numbering, keys: tuple[int, ...], number: Value, options: Sequence[Value]
    ) -> None:
        self.numbering = numbering
        self.keys = keys
        self.number = number
        self.options = tuple(options)

    def chosen(self) -> Value:
        """The option that a known number says; where it says none, the switch itself is of no account."""
        assert isinstance(self.number, float)
        number = int(self.number)
        return self.options[self.keys.index(number) if number in self.keys else 0]
