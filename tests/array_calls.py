"""How the sweep calls every primitive of arrays, and what numpy or a loop says of the same arguments.

A reduction is called along all axes of its own accord; any other primitive of arrays has its calls in
array_cases.py, and one without them is a complaint of the sweep (`sweep_arrays.called`): none escapes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, signature
from typing import Any, TypeAlias

import numpy as np

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.primitives.kinds import Assembly, General, Reduction
from vlad_py.primitives.primitive import Primitive, call
from vlad_py.primitives.shapes import in_line, joined, stack_of
from vlad_py.values.values import Array, Cons, Record, Value, list_items, make_list

Shape: TypeAlias = tuple[int, ...]
Plain: TypeAlias = Any  # numpy's arrays and floats


@dataclass(frozen=True)
class Case:
    """One line of the table: `inputs` are arrays, or shapes for which random arrays stand; after them come
    the other arguments, `rest`. `reference` is the same function of numpy arrays and `rest`; `pack` makes
    of all of them what the primitive is called with, if that is another thing.
    """

    name: str
    inputs: tuple[Plain, ...]
    reference: Callable[..., Plain]
    rest: tuple[Any, ...] = ()
    pack: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Call:
    """A primitive at a point, as a function of the arrays and reals by which it is differentiated."""

    name: str
    inputs: tuple[Plain, ...]
    function: Callable[..., Value]
    reference: Callable[..., Plain]

    def __str__(self) -> str:
        return f"of {' and '.join(str(np.shape(x)) for x in self.inputs)}"


def value_of(data: Plain) -> Value:
    """A numpy array or float as a value; an array that cannot be written to."""
    if np.ndim(data) == 0:
        return float(data)
    array = np.array(data, np.float64)
    array.flags.writeable = False
    return Array(array)


CASES: list[Case] = []
"""The lines of the table, see array_cases.py."""


def calls_of(primitive: Primitive) -> list[Call]:
    """All calls of one primitive."""
    cases: Iterator[Case]
    if isinstance(primitive, Reduction):
        cases = of_reduction(primitive)
    elif primitive.name.endswith("_of") and primitive.name[:-3] in REDUCTIONS:
        cases = of_part(primitive)
    else:
        cases = (case for case in CASES if case.name == primitive.name)
    chance = np.random.default_rng(random.Random(primitive.name).getrandbits(32))
    return [_call(primitive, case, chance) for case in cases]


def _call(primitive: Primitive, case: Case, chance: np.random.Generator) -> Call:
    def function(*xs: Value) -> Value:
        arguments: Any = (*xs, *case.rest) if case.pack is None else case.pack(*xs, *case.rest)
        if isinstance(primitive, (General, Assembly)):
            count = len(primitive.rules) if isinstance(primitive, General) else 1
            statics = dict(zip(keywords(primitive), arguments[count:], strict=True))
            return primitive.apply(*arguments[:count], **statics)
        single = case.pack is None and len(arguments) == 1
        result = call(primitive, arguments[0] if single else arguments)
        if isinstance(result, (Cons, tuple)):  # a list or a tuple of reals is as good as an array
            parts = result if isinstance(result, tuple) else tuple(list_items(result))
            return joined(tuple(map(in_line, parts))) if isinstance(result, tuple) else stack_of(parts)
        return result

    def reference(*xs: Plain) -> Plain:
        return case.reference(*xs, *case.rest)

    inputs = tuple(drawn(x, chance) if type(x) is tuple else x for x in case.inputs)
    return Call(primitive.name, inputs, function, reference)


def keywords(primitive: Primitive) -> list[str]:
    """What a primitive takes besides numbers, in the order of its entry."""
    parameters = signature(primitive.value).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY]


def drawn(shape: Shape, chance: np.random.Generator) -> Plain:
    """Random reals of both signs, far from 0 and from one another, so that no difference meets a kink."""
    size = int(np.prod(shape))
    sizes = 0.3 + chance.permutation(size) / max(size, 1) + chance.uniform(0.0, 0.5 / max(size, 1))
    return (sizes * chance.choice((-1, 1), size)).reshape(shape)


# ── reductions: every shape along every axis, against the entry's own function of floats ─────

REDUCTIONS = {p.name: p for p in PRIMITIVES.values() if isinstance(p, Reduction)}
REDUCED: tuple[Shape, ...] = ((3,), (1,), (2, 3), (3, 1), (2, 3, 2))


def axes(shape: Shape) -> list[int | None]:
    """No axis, and each, counted from either end."""
    return [None, *range(-len(shape), len(shape))]


def by_axis(axis: int | None) -> tuple[Value, ...]:
    """The rest of the arguments of a function along an axis."""
    return () if axis is None else (Record(("axis",), (float(axis),)),)


def reduced(primitive: Primitive, axis: int | None, x: Plain, *_: Any) -> Plain:
    """A reduction of floats along an axis."""
    if axis is None:
        return primitive.value(tuple(np.ravel(x).tolist()))
    return np.apply_along_axis(lambda row: primitive.value(tuple(row.tolist())), axis, x)


def of_reduction(primitive: Primitive) -> Iterator[Case]:
    """Calls along every axis; and of several values, element by element."""
    for shape in REDUCED:
        for axis in axes(shape):
            yield Case(primitive.name, (shape,), partial(reduced, primitive, axis), by_axis(axis))

    def of_several(*xs: Plain) -> Plain:
        return reduced(primitive, 0, np.stack(np.broadcast_arrays(*xs)))

    yield Case(primitive.name, ((2, 3),) * 3, of_several)
    yield Case(primitive.name, ((2, 3),) * 3, of_several, pack=lambda *xs: make_list(xs))
    yield Case(primitive.name, ((2, 1), (3,)), of_several)
    if primitive.name in ("max", "min"):
        yield Case(primitive.name, ((2, 3), ()), of_several)


def of_part(primitive: Primitive) -> Iterator[Case]:
    """Calls of what a reduction of arrays is made of: of an array and an axis, or None."""
    for shape in REDUCED:
        for axis in (None, *range(len(shape))):
            reference = partial(reduced, REDUCTIONS[primitive.name[:-3]], axis)
            yield Case(primitive.name, (shape,), reference, (axis,))
