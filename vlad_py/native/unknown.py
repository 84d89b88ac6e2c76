"""Unknown reals and booleans as values of the language: primitives that meet them write operations.

What a primitive cannot do without the value (print it, take it as an index, branch on it) is `NotNative`.
"""

from __future__ import annotations

from typing import Any

from vlad_py.differentiation.watching import STOPPED
from vlad_py.ground.errors import NotNative
from vlad_py.native.ir import Builder, Name, constant
from vlad_py.primitives.kinds import OfMany
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Number, Statics, Value


class Named(Number):
    """A real by its name in the IR."""

    __slots__ = ("builder", "name")

    def __init__(self, builder: Builder, name: Name) -> None:
        self.tag = 0  # below all tags: it is what a float is
        self.builder = builder
        self.name = name
        self.primal = Unseen(self)

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument, written."""
        return real(self.builder, self.builder.prim(primitive, [self.name]))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments, written."""
        return real(self.builder, self.builder.prim(primitive, [name_of(a), name_of(b)]))

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A reduction, written. NotNative for a primitive of arrays: a real is part of an array."""
        if isinstance(primitive, OfMany):
            return real(self.builder, self.builder.prim(primitive, [name_of(x) for x in numbers]))
        raise NotNative(f"an array of unknown reals: {primitive.name}")

    def element(self, i: int) -> Value:
        """An element of an array. NotNative."""
        raise NotNative("an array of unknown reals")


class Unseen(Indefinite):
    """The innermost primal of an unknown real: what is asked of it is written, or refused."""

    __slots__ = ("number",)
    noun = "a real"
    plural = "reals"

    def __init__(self, number: Named) -> None:
        self.number = number
        self.shape = ()

    def equals(self, other: object) -> bool:
        """Whether it equals another primal, as one of Python's booleans. NotNative."""
        raise NotNative(LOOKED_AT)

    def middle(self) -> Value:
        """The real as a constant to every differentiation."""
        return self.number.lift1(STOPPED)

    def between(self, low: float, high: float) -> Value:
        """The real itself: it is said to lie there."""
        return self.number

    def apply(self, primitive: Primitive) -> Value:
        """A piecewise constant primitive, written."""
        return self.number.lift1(primitive)

    def compare(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A comparison, written."""
        return self._compared(primitive.name, a, b)

    def same(self, other: object) -> Any:
        """An equality for partials, written."""
        return self._compared("==", self, other)

    def __gt__(self, other: object) -> Any:
        return self._compared(">", self, other)

    def _compared(self, sign: str, a: Value, b: Value) -> Value:
        builder = self.number.builder
        names = [name_of(x.number if isinstance(x, Unseen) else x) for x in (a, b)]
        return boolean(builder, builder.compare(sign, *names))

    @property
    def data(self) -> Any:
        """What a plain array holds. NotNative."""
        raise NotNative(LOOKED_AT)

    def _refuse(self, *_: object) -> Any:
        raise NotNative(LOOKED_AT)

    __abs__ = __sub__ = __rsub__ = __float__ = __lt__ = __le__ = __ge__ = _refuse
    several = unobserved = text = _refuse

    def ends(self, digits: int | None) -> tuple[object, object] | None:
        """The reals that it lies between. NotNative."""
        raise NotNative(LOOKED_AT)


LOOKED_AT = "a primitive that looks at a real"


class NamedBoolean(Indefinite):
    """A boolean by its name in the IR; the condition of a `select` in partials too."""

    __slots__ = ("builder", "name")
    noun = "a boolean"
    plural = "booleans"

    def __init__(self, builder: Builder, name: Name) -> None:
        self.shape = ()
        self.builder = builder
        self.name = name

    def __bool__(self) -> bool:
        raise NotNative("a primitive that looks at a boolean")

    def select(self, yes: Value, no: Value) -> Value:
        """One of two reals that have both been computed."""
        if yes is no:
            return yes
        return real(self.builder, self.builder.select(self.name, name_of(yes), name_of(no)))

    def taken(self, partial: Value) -> Value:
        """A partial derivative that is 0, in place of none, where the condition does not hold."""
        self.builder.made_zeros = True
        return partial

    def both(self, other: Value) -> Value:
        """Whether another condition holds as well."""
        return boolean(self.builder, self.builder.both(self.name, name_of(other)))

    def negated(self) -> Value:
        """Whether the condition does not hold."""
        return boolean(self.builder, self.builder.negated(self.name))


def real(builder: Builder, name: Name) -> Value:
    """The real of a name: a float where it is known."""
    return Named(builder, name) if name.constant is None else name.constant


def boolean(builder: Builder, name: Name) -> Value:
    """The boolean of a name: one of Python's where it is known."""
    return NamedBoolean(builder, name) if name.constant is None else name.constant


def name_of(value: Value) -> Name:
    """The name of a real or a boolean. NotNative for anything else."""
    if type(value) is Named or type(value) is NamedBoolean:
        return value.name
    if type(value) is float or type(value) is bool:
        return constant(value)
    raise NotNative("an array, or another number, where a real is expected")


def is_a_real(value: Value) -> bool:
    """Whether a value is a real, known or not."""
    return type(value) is float or type(value) is Named


def is_a_boolean(value: Value) -> bool:
    """Whether a value is a boolean, known or not."""
    return type(value) is bool or type(value) is NamedBoolean
