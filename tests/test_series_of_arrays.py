"""Series of arrays of which some elements are constants: every primitive, against forward mode.

A series remembers which elements depend on its variable, and takes the others as constants from then on. So a
primitive that forgets one loses a derivative without a word.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from array_calls import Call, calls_of, value_of
from array_modes import plain_data, pushed
from sweep import fresh
from sweep_arrays import of_arrays

from vlad_py.ground.errors import Error
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Number, shape_of

CALLED = [primitive for primitive in of_arrays() if calls_of(primitive)]
MASKS = 6  # for each call


def slope(y: Any, tag: int) -> Any:
    """The first coefficient, as whoever takes single elements of the result has it."""
    if not (type(y) is Taylor and y.tag == tag):
        return np.zeros(shape_of(y))
    found = np.array(plain_data(y.coefficient(1)))
    return found if y.there is None else np.where(y.there, found, 0.0)


def complaint(call: Call, chance: np.random.Generator) -> str:
    """What is wrong with the series of a call whose arguments vary in some elements."""
    masks = [chance.random(np.shape(x)) < chance.choice((0.2, 0.6)) for x in call.inputs]
    xs = [value_of(x) for x in call.inputs]
    vs = [value_of(chance.uniform(0.5, 1.5, np.shape(x)) * mask) for x, mask in zip(call.inputs, masks)]
    tag = fresh()
    varied = [
        Taylor(tag, [x, v], 2, mask)
        if np.ndim(mask) and not mask.all()
        else Taylor(tag, [x, v], 2)
        if mask.all()
        else x
        for x, v, mask in zip(xs, vs, masks)
    ]
    if not any(isinstance(x, Number) for x in varied):
        return ""
    try:
        got = slope(call.function(*varied), tag)
        expected = plain_data(pushed(call.function, tuple(xs), tuple(vs)))
    except Error:
        return ""  # it has no derivative
    same = np.allclose(got, expected, rtol=1e-8, atol=1e-10, equal_nan=True)
    return "" if same else f"{call}: masks {masks}: {got} instead of {expected}"


@pytest.mark.parametrize("primitive", CALLED, ids=lambda p: p.name)
def test_no_element_is_forgotten(primitive: Primitive) -> None:
    chance = np.random.default_rng(random.Random(primitive.name).getrandbits(32))
    found = [complaint(call, chance) for call in calls_of(primitive) for _ in range(MASKS)]
    assert not [said for said in found if said]
