"""Random programs, with derivatives nested to depth 3, agree in both tiers."""

from __future__ import annotations

import math

import pytest

from native.agreement import Tally
from native.random_programs import program
from vlad_py.ground.errors import Error, NotNative
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")

PROGRAMS = 300
EXACT = 1e-9  # of sums in another order, through three derivatives


def compare(seed: int, tally: Tally) -> None:
    """One program in both tiers. AssertionError where they differ."""
    text, point, modes = program(seed)
    session = Session()
    function = session.evaluate(text)
    assert isinstance(function, Closure)
    expected: object
    try:
        expected = session.call(function, point)
    except Error as error:
        expected = error
    try:
        got = Native(function, point, is_fixed=True)(function, point)
    except NotNative as reason:
        tally.refuse(reason.message)
        return
    except (Left, Invalid):
        tally.reasons["left"] += 1
        return
    tally.taken += 1
    assert isinstance(got, float), (seed, got)
    assert isinstance(expected, float), (seed, got, expected)
    assert is_close(got, expected), (seed, modes, got, expected)


def is_close(got: float, expected: float) -> bool:
    """Whether two reals are the same up to the order of sums."""
    if math.isnan(expected) or math.isinf(expected):
        return got == expected or (math.isnan(got) and math.isnan(expected))
    return math.isclose(got, expected, rel_tol=EXACT, abs_tol=EXACT)


def test_random_programs() -> None:
    tally = Tally()
    for seed in range(PROGRAMS):
        compare(seed, tally)
    assert tally.taken > 0.8 * PROGRAMS, tally.reasons
