"""Primitives of the tests' own, one for each shape: entered by an entry alone, and taken out again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from array_calls import CASES, Case

from vlad_py.ground.late_numpy import np as late
from vlad_py.primitives.arithmetic import REAL, add, div, mul, neg, square
from vlad_py.primitives.behaviour import even
from vlad_py.primitives.declare import elementwise, pairing, predicate, reduction, step, structural
from vlad_py.primitives.declare_arrays import (
    assembly,
    axial,
    bilinear,
    general,
    linear,
    rearranging,
)
from vlad_py.primitives.primitive import PRIMITIVES, SPARSE, Adjoint, Rule
from vlad_py.primitives.reduce import sum as sum_of
from vlad_py.primitives.shapes import broadcast_to, gather, swap, total
from vlad_py.values.values import Array, Value, shape_of

SHAPES = """
    own_bell own_step own_above own_squares own_between own_rolled own_doubled own_crossed own_power own_pair
    own_last own_first
""".split()


def _enter() -> None:
    elementwise(
        "own_bell",
        doc="1/(1 + x^2). Its derivative is -2 x/(1 + x^2)^2.",
        value=lambda x: 1.0 / (1.0 + x * x),
        partials=(lambda y, x: mul(mul(-2.0, x), mul(y, y)),),
        probe=(REAL,),
        vector="1.0 / (1.0 + {0} * {0})",
        behaviour=even(falls=True, values=(0.0, 1.0)),
    )
    step(
        "own_step",
        doc="The sign of x, and 1 at 0. Its derivative is 0.",
        value=lambda x: math.copysign(1.0, x + 0.0),
        probe=((0.5, 1.5),),
        vector="np.copysign(1.0, {0} + 0.0)",
    )
    predicate("own_above", doc="Whether a is above b.", value=lambda a, b: a > b, inline="{0} > {1}")
    reduction(
        "own_squares",
        doc="The sum of the squares. Each derivative is 2 x.",
        value=lambda xs: math.fsum(x * x for x in xs),
        partials=lambda y, xs: tuple(mul(2.0, x) for x in xs),
        probe=REAL,
        spelt=lambda *xs: sum_of(tuple(square(x) for x in xs)),
        native="fold(a + x * x, 0.0)",
    )
    pairing(
        "own_between",
        doc="The sum of the differences. Each derivative is 1 or -1.",
        value=lambda xs: math.fsum(xs[: len(xs) // 2]) - math.fsum(xs[len(xs) // 2 :]),
        partials=lambda y, xs: (1.0,) * (len(xs) // 2) + (-1.0,) * (len(xs) // 2),
        probe=REAL,
        spelt=lambda *xs: add(sum_of(tuple(xs[: len(xs) // 2])), neg(sum_of(tuple(xs[len(xs) // 2 :])))),
        native="fold(a + x - y, 0.0)",
    )
    rearranging(
        "own_rolled",
        doc="own_rolled(x, by): the array with its first dimension turned, and a 0 first.",
        value=lambda x, *, by: Array(_rolled(x.data, by)),
    )
    linear(
        "own_doubled",
        doc="own_doubled(x): an array, doubled.",
        value=lambda x: Array(2.0 * x.data),
        adjoint=lambda x: Adjoint(PRIMITIVES["own_doubled"].apply),
        spelt=lambda x: mul(2.0, x),
        cost=1,
    )
    bilinear(
        "own_crossed",
        doc="own_crossed(a, b): the products of elements of two vectors of one length.",
        value=lambda a, b: Array(a.data * b.data),
        adjoints=(lambda a, b: Adjoint(mul, b), lambda a, b: Adjoint(mul, a)),
        spelt=mul,
        cost=1,
    )
    general(
        "own_power",
        doc="own_power(m): the square of a matrix. Its derivative is dm @ m + m @ dm.",
        value=lambda m: Array(m.data @ m.data),
        rules=(
            Rule(
                lambda t, y, m: add(_product(t, m), _product(m, t)),
                lambda y, m: Adjoint(lambda w, m: add(_product(w, swap(m)), _product(swap(m), w)), m),
            ),
        ),
        without_intervals=("its elements are not independent", "write the product out"),
    )
    assembly(
        "own_pair",
        doc="own_pair(xs): an array of the reals xs, and a 0.",
        value=lambda xs: Array(np.array([*xs, 0.0], object if _has_objects(xs) else np.float64)),
        part=lambda i, xs: Adjoint(gather, index=i),
    )
    axial(
        "own_last",
        doc="own_last(x): the mean of an array, or along an axis.",
        function=lambda x, axis: div(total(x, axis=axis), float(shape_of(x)[axis or 0])),
        by_shape=True,
    )
    structural(
        "own_first",
        1,
        doc="own_first(x): the first row of an array, twice.",
        value=lambda x: broadcast_to(gather(x, index=0), (2, *shape_of(x)[1:])),
        by_shape=True,
    )


def _product(a: Value, b: Value) -> Value:
    return PRIMITIVES["@"].apply(a, b)


def _has_objects(xs: tuple[Value, ...]) -> bool:
    return any(type(x) is not float for x in xs)


def _rolled(data: np.ndarray, by: int) -> np.ndarray:
    rolled = late.roll(data, by, axis=0)
    rolled[0] = 0.0
    return rolled


def _cases() -> list[Case]:
    return [
        Case("own_rolled", ((3,),), _rolled, (1,)),
        Case("own_rolled", ((3, 2),), _rolled, (2,)),
        Case("own_doubled", ((2, 2),), lambda x: 2 * x),
        Case("own_crossed", ((3,), (3,)), lambda a, b: a * b),
        Case("own_power", ((2, 2),), lambda m: m @ m),
        Case("own_pair", ((), ()), lambda x, y: np.array([x, y, 0.0]), (), lambda x, y: ((x, y),)),
        Case("own_last", ((4,),), np.mean),
        Case("own_first", ((2, 3),), lambda x: np.array([x[0], x[0]])),
    ]


@contextmanager
def entered(enter: Callable[[], None] = _enter, new: Callable[[], list[Case]] = _cases) -> Iterator[None]:
    """While this lasts, the table has what `enter` enters, and the tests call it as these lines say."""
    before, cases, sparse = set(PRIMITIVES), len(CASES), set(SPARSE)
    try:
        enter()
        CASES.extend(new())
        yield
    finally:
        for name in set(PRIMITIVES) - before:
            del PRIMITIVES[name]
        for function in set(SPARSE) - sparse:
            del SPARSE[function]
        del CASES[cases:]
