"""An element that a result does not depend on adds nothing to its derivative, as infinite as it may be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from array_calls import Call, Plain, calls_of, value_of
from array_modes import plain_data, pulled, pushed
from sweep_arrays import of_arrays

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.numbers.observed.dependence import Dependence, Inputs, flat_reach
from vlad_py.primitives.arithmetic import sqrt
from vlad_py.primitives.kinds import General
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import gather, reshape_to
from vlad_py.values.values import Value, is_array, size_of


def dense() -> set[str]:
    """The primitives of which each element depends on all elements of the arguments."""
    return {p.name for p in PRIMITIVES.values() if type(p) is General}


def first_of(y: Value) -> Value:
    """The first real of a real or an array."""
    return gather(reshape_to(y, shape=(size_of(y),)), index=0) if is_array(y) else y


def untaken(call: Call, i: int, x: Plain) -> np.ndarray | None:
    """Which elements of the i-th argument the first real of the result does not depend on; None if there is
    no such real.
    """
    reach = np.empty(np.size(x), object)
    reach[:] = [Inputs((k,)) for k in range(reach.size)]
    shaped = reach.reshape(np.shape(x)) if np.ndim(x) else reach[0]
    xs = [value_of(y) for y in call.inputs]
    xs[i] = Dependence(value_of(x), shaped)
    y = call.function(*xs)
    if not size_of(y):
        return None
    on = flat_reach(first_of(y))[0]
    return np.array([k not in on for k in range(reach.size)]).reshape(np.shape(x))


def free_at(call: Call, i: int, x: Plain) -> np.ndarray | None:
    """The same; None where the call is an error: a table has to rise, for instance."""
    try:
        return untaken(call, i, x)
    except RunError:
        return None


def complaints(primitive: Primitive) -> Iterator[str]:
    """Where the derivative by the square root of a 0 that is not taken is not 0."""
    for call in calls_of(primitive):
        for i, x in enumerate(call.inputs):
            x = np.abs(x)
            free = free_at(call, i, x)
            if free is None or not free.any():
                continue
            x = np.where(free, 0.0, x)
            again = free_at(call, i, x)
            if again is None or not again[free].all():  # a median may be one of the zeros
                continue
            inputs = tuple(value_of(x if k == i else y) for k, y in enumerate(call.inputs))

            def f(*xs: Value, call: Call = call, i: int = i) -> Value:
                return first_of(call.function(*xs[:i], sqrt(xs[i]), *xs[i + 1 :]))

            unit = value_of(np.where(free, 1.0, 0.0))
            units = tuple(unit if k == i else None for k in range(len(inputs)))
            try:
                slope = plain_data(pulled(f, inputs, 1.0, (i,))[0])
                along = plain_data(pushed(f, inputs, units))
            except RunError:  # there is no derivative: a matrix is singular
                continue
            if np.any(np.asarray(slope)[free] != 0.0):
                yield f"{call}: by argument {i} the gradient is {slope}"
            if along != 0.0:
                yield f"{call}: by argument {i} the derivative along what is not taken is {along}"


CASES = [p for p in of_arrays() if p.name not in dense()]


@pytest.mark.parametrize("primitive", CASES, ids=lambda p: p.name)
def test_what_is_not_taken_adds_nothing(primitive: Primitive) -> None:
    with quiet():
        assert list(complaints(primitive)) == []


@pytest.mark.parametrize("name", ["trace", "diag", "@", "max", "prod_of", "cumsum"])
def test_an_adjoint_that_does_not_tell_what_counts_is_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vlad_py.numbers.reverse.reach.SPARSE", {})
    with quiet():
        assert list(complaints(PRIMITIVES[name])) != []
