"""Dependence: numbers that know which inputs they were computed from.

Run on them, a function tells the sparsity pattern of its Jacobian, and its gradient that of its Hessian:
the derivative operators run on these numbers as on any other. What is found is the pattern along the path
that the program took; it may be larger than that of the values, never smaller.

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed. 2008), ch. 7, on the propagation of
index domains; that the Hessian's pattern needs no rules of its own is this project's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, reduce
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.innermost import Observed, Values
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import (
    Along,
    Assembly,
    Bilinear,
    Choosing,
    Conditional,
    Elementwise,
    Linear,
    OfMany,
    Rearranging,
)
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import data_of
from vlad_py.values.values import Array, Number, Statics, Value, plain, shape_of

# The numbers of the inputs that a real depends on; of an array an object array of such sets.
Reach: TypeAlias = Any


FEW = 32  # inputs of two sets that are united at once
MOST_WAITING = 4_000  # unions that wait, so that a long run does not keep all its history


class Inputs:
    """The numbers of inputs. A sum or a product depends on what either side does, except where a product of
    matrices has a factor 0: the other factor makes no entry there. Inputs that are `whole` make one all the
    same, because a differentiation around this one may vary the 0.

    Where a side has many, the union waits until somebody asks for its members: a sum of n terms passes n sets
    on its way, and all but the last are asked by nobody.
    """

    __slots__ = ("known", "parts", "waiting", "whole")

    def __init__(self, members: Iterable[int] = (), whole: bool = False) -> None:
        self.whole = whole
        self.known: frozenset[int] | None = frozenset(members)
        self.parts: tuple[Inputs, ...] = ()  # whose union it is, until its members are known
        self.waiting = 0  # unions in them that wait, some perhaps counted twice

    @property
    def members(self) -> frozenset[int]:
        """The numbers."""
        if self.known is None:
            found: set[int] = set()
            seen: set[Inputs] = set()
            todo = [self]
            while todo:
                part = todo.pop()
                if part.known is not None:
                    found |= part.known
                elif part not in seen:
                    seen.add(part)
                    todo += part.parts
            self.known, self.parts, self.waiting = frozenset(found), (), 0
        return self.known

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[int]:
        return iter(self.members)

    def __bool__(self) -> bool:
        return self.known is None or bool(self.known)  # a union that waits has members

    def __add__(self, other: object) -> Inputs:
        if not isinstance(other, Inputs) or not other or other is self:
            return self
        if not self:
            return other
        if self.known is not None and other.known is not None and len(self.known) + len(other.known) <= FEW:
            return Inputs(self.known | other.known, self.whole or other.whole)
        return united((self, other))

    def __mul__(self, other: object) -> Inputs:
        return NOTHING if type(other) is float and other == 0.0 and not self.whole else self + other

    __radd__ = __add__
    __rmul__ = __mul__


def united(parts: Iterable[Inputs]) -> Inputs:
    """The union of sets."""
    union = Inputs()
    union.parts = tuple(part for part in parts if part)
    if union.parts:
        union.known = None
        union.whole = any(part.whole for part in union.parts)
        union.waiting = 1 + sum(part.waiting for part in union.parts)
        if union.waiting > MOST_WAITING:
            union.known = union.members
    return union


NOTHING = Inputs()


class Dependence(Observed):
    """A real or an array, and the inputs that it, or each of its elements, depends on.

    Its tag is 0: it is what a plain number is, and every differentiation is outside it.
    """

    __slots__ = ("reach",)

    def __init__(self, primal: Value, reach: Reach) -> None:
        self.tag = 0
        self.primal = primal
        self.reach = reach

    def observed(self, primitive: Primitive, numbers: Values, statics: Statics, result: Value) -> Dependence:
        """The result, and of each of its elements what it depends on."""
        return Dependence(result, _reached(primitive, numbers, statics, shape_of(result)))


def _reached(primitive: Primitive, numbers: Values, statics: Statics, shape: tuple[int, ...]) -> Reach:
    """What each element of a result depends on, as is known of the primitive; else all of them on all."""
    if isinstance(primitive, (Elementwise, OfMany, Conditional)):
        return _spread(reduce(_unite, [x.reach for x in numbers if type(x) is Dependence]), shape)
    if isinstance(primitive, Rearranging):
        if primitive.form is Form.ELEMENT:
            return _reach(numbers[0])[statics["index"]]  # a loop over the rows of an array looks at no other
        flat = np.concatenate([_filled((1,), NOTHING), np.ravel(_boxed(_reach(numbers[0])))])
        return flat[primitive.places(shape_of(numbers[0]), statics)]
    if isinstance(primitive, (Linear, Bilinear, Assembly)):
        return _sets(primitive.value_at([_summand(x) for x in numbers], statics))
    if isinstance(primitive, Choosing):
        mask = np.not_equal(data_of(plain(numbers[0])), 0.0)
        return np.where(mask, *(_boxed(_reach(x)) for x in numbers[1:]))
    if isinstance(primitive, Along):
        return _along(_reach(numbers[0]), **statics)
    return _filled(shape, _all_of(list(map(_reach, numbers))))


def _summand(x: Value) -> Value:
    """A number as sums and products take it: sets for what depends on inputs, constants as they are."""
    if type(x) is Dependence:
        return Array(x.reach) if isinstance(x.reach, np.ndarray) else x.reach
    return Array(x.data.astype(object)) if type(x) is Array else x


def _sets(found: Value) -> Reach:
    """What came of sums and products: a constant, which depends on nothing, is a float there."""
    if not isinstance(found, Array):
        return found if type(found) is Inputs else NOTHING
    return np.frompyfunc(lambda x: x if type(x) is Inputs else NOTHING, 1, 1)(found.data)


def depending(value: Value, inputs: list[Dependence]) -> Value:
    """A real or an array, all of which depends on all of some inputs as well."""
    every = _all_of([x.reach for x in inputs])
    if isinstance(value, Number) and value.tag:
        return add(value, Dependence(0.0, every))
    return Dependence(_primal(value), _unite(_reach(value), every))


def _primal(x: Value) -> Value:
    return x.primal if type(x) is Dependence else x


def _reach(x: Value) -> Reach:
    if type(x) is Dependence:
        return x.reach
    shape = shape_of(x)
    return _filled(shape, NOTHING) if shape else NOTHING


def _filled(shape: tuple[int, ...], reach: Inputs) -> Reach:
    if not shape:
        return reach
    filled = np.empty(shape, object)
    filled.fill(reach)
    return filled


def _spread(reach: Reach, shape: tuple[int, ...]) -> Reach:
    """The same for a result of a larger shape, by the rules of broadcasting."""
    if type(reach) is Inputs:
        return _filled(shape, reach)
    return reach if reach.shape == shape else np.broadcast_to(reach, shape)


def _unite(a: Reach, b: Reach) -> Reach:
    if type(a) is Inputs and type(b) is Inputs:
        return a + b
    return _each_united()(_boxed(a), _boxed(b))


@cache
def _each_united() -> Any:
    return np.frompyfunc(Inputs.__add__, 2, 1)


def _boxed(reach: Reach) -> Reach:
    return _filled((1,), reach)[0:1] if type(reach) is Inputs else reach


def _all_of(reaches: list[Reach]) -> Inputs:
    return united(dict.fromkeys(r for reach in reaches for r in _flat(reach)))


def flat_reach(value: Value) -> list[Inputs]:
    """What each real of a value depends on, an array's row by row."""
    while isinstance(value, Number) and type(value) is not Dependence:
        value = value.primal
    return _flat(_reach(value))


def _flat(reach: Reach) -> list[Inputs]:
    return [reach] if type(reach) is Inputs else reach.ravel().tolist()


def _along(reach: Reach, axis: int | None) -> Reach:
    """The union along an axis; of all elements if it is None."""
    if axis is None or reach.ndim == 1:
        return _all_of([reach])
    return _each_united().reduce(reach, axis)
