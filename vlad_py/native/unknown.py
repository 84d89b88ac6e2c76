"""Unknown reals, arrays and booleans as values of the language: primitives that meet them write operations.

What a primitive cannot do without the value (print it, take it as an index, branch on it) is `NotNative`. The
shape of an array is known: what a primitive makes of shapes, its own value says, at ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vlad_py.differentiation.watching import STOPPED
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.native import list_ops
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name, Op, Use, constant
from vlad_py.native.types import BOOLEAN, REAL, ListType, shape_of_type, type_of_shape
from vlad_py.primitives.arithmetic import mul, sub
from vlad_py.primitives.choice import Mask, choose, select
from vlad_py.primitives.kinds import Elementwise, OfMany, Predicate
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import broadcast_to, gather, total
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import NO_STATICS, Array, Number, Statics, Value, shape_of


class Named(Number):
    """A real or an array by its name in the IR."""

    __slots__ = ("builder", "name")

    def __init__(self, builder: Builder, name: Name) -> None:
        self.tag = 0  # below all tags: it is what a float is
        self.builder = builder
        self.name = name
        self.primal = Unseen(self)

    def lift1(self, primitive: Primitive) -> Value:
        """A primitive of one argument, written."""
        if self.name.type != REAL:
            return written(self.builder, primitive, (self,), NO_STATICS)
        return real(self.builder, self.builder.prim(primitive, [self.name]))

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A primitive of two arguments, written."""
        if shape_of(a) or shape_of(b):
            return written(self.builder, primitive, (a, b), NO_STATICS)
        return real(self.builder, self.builder.prim(primitive, [name_of(a), name_of(b)]))

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A reduction, or a primitive of arrays, written."""
        if not isinstance(primitive, OfMany):
            return written(self.builder, primitive, numbers, statics)
        if any(map(shape_of, numbers)):
            raise NotNative(f"a reduction of arrays beside reals: `{primitive.called}`")
        return real(self.builder, self.builder.prim(primitive, [name_of(x) for x in numbers]))

    def element(self, i: int) -> Value:
        """An element of an array along its first dimension."""
        return gather(self, index=i)


class Unseen(Indefinite):
    """The innermost primal of an unknown real or array: what is asked of it is written, or refused."""

    __slots__ = ("number",)
    noun = "a real"
    plural = "reals"

    def __init__(self, number: Named) -> None:
        self.number = number
        self.shape = shape_of_type(number.name.type)

    def equals(self, other: object) -> bool:
        """Whether it equals another primal, as one of Python's booleans. NotNative."""
        raise NotNative(LOOKED_AT)

    def middle(self) -> Value:
        """The number as a constant to every differentiation."""
        return self.number.lift1(STOPPED)

    def between(self, low: float, high: float) -> Value:
        """The number itself: it is said to lie there."""
        return self.number

    def apply(self, primitive: Primitive) -> Value:
        """A piecewise constant primitive, written."""
        return self.number.lift1(primitive)

    def compare(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """A comparison, written; with an array, an array of 0 and 1."""
        numbers = (_number(a), _number(b))
        if any(map(shape_of, numbers)):
            return written(self.number.builder, primitive, numbers, NO_STATICS)
        return self._compared(primitive.name, numbers)

    def same(self, other: object) -> Any:
        """An equality for partials, written."""
        numbers = (self.number, _number(other))
        if not any(map(shape_of, numbers)):
            return self._compared("==", numbers)
        both = mul(*(self.compare(PRIMITIVES[sign], *numbers) for sign in ("<=", ">=")))
        return NamedMask(self.number.builder, both)

    def __gt__(self, other: object) -> Any:
        numbers = (self.number, _number(other))
        if not any(map(shape_of, numbers)):
            return self._compared(">", numbers)
        return NamedMask(self.number.builder, self.compare(PRIMITIVES[">"], *numbers))

    def _compared(self, sign: str, numbers: tuple[Value, Value]) -> Value:
        builder = self.number.builder
        return boolean(builder, builder.compare(sign, *map(name_of, numbers)))

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


def with_name(reason: Exception, called: str) -> Exception:
    """The reason; where a primitive looked at a real, with the name of that primitive in programs."""
    is_nameless = isinstance(reason, NotNative) and reason.message == LOOKED_AT
    return NotNative(f"{LOOKED_AT}: `{called}`") if is_nameless else reason


def _number(x: object) -> Value:
    """The number whose primal it is."""
    return x.number if isinstance(x, Unseen) else x


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
        """One of two numbers that have both been computed."""
        if yes is no:
            return yes
        shape = np.broadcast_shapes(shape_of(yes), shape_of(no)) if shape_of(yes) != shape_of(no) else ()
        names = [name_of(broadcast_to(x, shape) if shape else x) for x in (yes, no)]
        return real(self.builder, self.builder.select(self.name, *names))

    def at_point(self, there: Callable[[], Value], elsewhere: Callable[[], Value]) -> Value:
        """One of two partial derivatives, which have both been computed."""
        if not self.builder.chooses_points:
            return self.select(there(), elsewhere())
        yes = _alone(self.builder, there, lambda x: self.select(x, 1.0))
        no = _alone(self.builder, elsewhere, lambda x: self.select(1.0, x))
        return self.select(yes, no)

    def taken(self, partial: Value) -> Value:
        """A partial derivative that is 0, in place of none, where the condition does not hold."""
        self.builder.made_zeros = True
        return partial

    def both(self, other: Value) -> Value:
        """Whether another condition holds as well."""
        if isinstance(other, (NamedMask, Mask)):
            return NamedMask(self.builder, self.select(1.0, 0.0)).both(other)
        return boolean(self.builder, self.builder.both(self.name, name_of(other)))

    def negated(self) -> Value:
        """Whether the condition does not hold."""
        return boolean(self.builder, self.builder.negated(self.name))


class NamedList(Indefinite):
    """A list of unknown length by its name in the IR.

    `item` is what each of its items is: its unknown reals, booleans and lists, in order, are the values of a
    cell, and their names are bound nowhere. An array of unknown length is such a list of its
    elements or rows, with `is_array`.
    """

    __slots__ = ("builder", "is_array", "item", "name", "opened")
    noun = "a list"
    plural = "lists"

    def __init__(self, builder: Builder, name: Name, item: Value, is_array: bool = False) -> None:
        self.shape = ()
        self.builder = builder
        self.name = name
        self.item = item
        self.is_array = is_array
        self.opened: tuple[list[Op], int, Op] | None = None  # where an operation takes it apart

    @property
    def type(self) -> ListType:
        """The type of its name."""
        assert isinstance(self.name.type, ListType)
        return self.name.type

    def having(self, name: Name) -> NamedList:
        """Another list of such items, or another array of them."""
        return NamedList(self.builder, name, self.item, self.is_array)

    def as_list(self) -> NamedList:
        """The list of the items."""
        return NamedList(self.builder, self.name, self.item) if self.is_array else self

    def as_array(self) -> NamedList:
        """The array of the items, which are numbers."""
        return self if self.is_array else NamedList(self.builder, self.name, self.item, True)

    def known(self) -> Value:
        """Itself; the empty list or array if it is known to be empty."""
        if self.name.constant is None:
            return self
        return Array(np.zeros(0)) if self.is_array else self.name.constant

    def parts(self) -> tuple[list[Name], Name]:
        """The values of the first item and the rest, taken apart once in a region."""
        builder = self.builder
        if self.name.constant is not None:
            return list_ops.uncons(builder, self.name)
        if self.opened is not None:
            ops, i, op = self.opened
            if ops is builder.ops and i < len(ops) and ops[i] is op:
                return op.results[:-1], op.results[-1]
        item, rest = list_ops.uncons(builder, self.name)
        self.opened = builder.ops, len(builder.ops) - 1, builder.ops[-1]
        return item, rest

    def __bool__(self) -> bool:
        raise NotNative("a primitive that looks at a list of unknown length")


class NamedMask(Indefinite):
    """A condition for each element of an array: a number that is 1 where it holds and 0 elsewhere."""

    __slots__ = ("builder", "number")
    noun = "an array of conditions"
    plural = "arrays of conditions"

    def __init__(self, builder: Builder, number: Value) -> None:
        self.shape = shape_of(number)
        self.builder = builder
        self.number = number

    def __bool__(self) -> bool:
        raise NotNative("a primitive that looks at a boolean")

    def select(self, yes: Value, no: Value) -> Value:
        """An array of elements of two numbers, which have all been computed."""
        return chosen(self.builder, self.number, yes, no)

    def at_point(self, there: Callable[[], Value], elsewhere: Callable[[], Value]) -> Value:
        """What holds elsewhere, after a guard that no element is at the point; or each element's own."""
        if self.builder.chooses_points:
            yes = _alone(self.builder, there, lambda x: self._kept(x, self.number))
            no = _alone(self.builder, elsewhere, lambda x: self._kept(x, sub(1.0, self.number)))
            return self.select(yes, no)
        none = self.builder.compare("==", name_of(total(self.number, axis=None)), constant(0.0))
        self.builder.guard(none, "an element at a singular point")
        return elsewhere()

    def _kept(self, x: Value, number: Value) -> Value:
        """A number where the elements of another are 1, and elsewhere 1; a real if one of them is 1."""
        if shape_of(x) == self.shape:
            return chosen(self.builder, number, x, 1.0)
        if shape_of(x):
            return x
        is_there = self.builder.compare(">", name_of(total(number, axis=None)), constant(0.0))
        return select(boolean(self.builder, is_there), x, 1.0)

    def taken(self, partial: Value) -> Value:
        """A partial derivative that is 0, in place of none, where the condition does not hold."""
        self.builder.made_zeros = True
        return partial

    def both(self, other: Any) -> Value:
        """Whether another condition, or another for each element, holds as well."""
        if type(other) is bool:
            return self if other else False
        if isinstance(other, NamedBoolean):
            other = NamedMask(self.builder, other.select(1.0, 0.0))
        number = Array(other.data.astype(np.float64)) if type(other) is Mask else other.number
        return NamedMask(self.builder, mul(self.number, number))

    def negated(self) -> Value:
        """Whether the condition does not hold."""
        return NamedMask(self.builder, sub(1.0, self.number))


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def written(builder: Builder, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
    """A primitive of arrays, or of reals and arrays, written.

    RunError where their shapes do not fit. NotNative where no shape of the result is known.
    """
    if isinstance(primitive, (Elementwise, Predicate)):
        try:
            shape = np.broadcast_shapes(*map(shape_of, numbers))
        except ValueError:
            raise RunError(f"`{primitive.called}` of arrays that do not fit") from None
    else:
        shape = shape_of(primitive.value_at([_sample(x) for x in numbers], statics))
    result = Name(type_of_shape(shape))
    builder.emit("array", [name_of(x) for x in numbers], [result], Use(primitive, statics))
    return real(builder, result)


def _sample(x: Value) -> Value:
    """A number of the shape: ones, and of square matrices the identity, which most of them tolerate."""
    if type(x) is not Named:
        return x
    shape = shape_of(x)
    if not shape:
        return 1.0
    square = len(shape) == 2 and shape[0] == shape[1]
    return Array(np.eye(shape[0]) if square else np.ones(shape))


def _alone(builder: Builder, write: Callable[[], Value], kept: Callable[[Value], Value]) -> Value:
    """What is written, from `kept` numbers in place of those that it uses.

    JAX transposes a choice to a cotangent of 0 for what is not chosen, and 0 times a slope of inf or nan is
    nan. So where it is not chosen, it must not come from the numbers either.
    """
    with builder.into([]) as ops:
        value = write()
    made = {result for op in ops for result in op.results}
    others: dict[Name, Name] = {}
    for op in ops:
        for o in op.operands:
            if o not in made and o not in others:
                is_number = o.constant is None and o.type != BOOLEAN
                others[o] = name_of(kept(real(builder, o))) if is_number else o
        op.operands = [others.get(o, o) for o in op.operands]
    builder.ops.extend(ops)
    return value


def chosen(builder: Builder, condition: Value, yes: Value, no: Value) -> Value:
    """Element by element, one of two numbers."""
    return choose(condition, Named(builder, name_of(yes)), no)


# ── values and names ─────────────────────────────────────────────────────────────────────────


def real(builder: Builder, name: Name) -> Value:
    """The real or array of a name: a float or a plain array where it is known."""
    return Named(builder, name) if name.constant is None else name.constant


def boolean(builder: Builder, name: Name) -> Value:
    """The boolean of a name: one of Python's where it is known."""
    return NamedBoolean(builder, name) if name.constant is None else name.constant


def name_of(value: Value) -> Name:
    """The name of a real, an array, a boolean or a list of unknown length. NotNative for anything else."""
    if type(value) is Named or type(value) is NamedBoolean or type(value) is NamedList:
        return value.name
    if type(value) is float or type(value) is bool or type(value) is Array:
        return constant(value)
    raise NotNative("another number where a real is expected")
