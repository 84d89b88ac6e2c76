"""Counters of loops: a sweep back computes them, and where the turns are known nothing counts them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.native.calling import Native
from vlad_py.native.counters import turns_of
from vlad_py.native.ir import Op, Region, functions_of

pytest.importorskip("llvmlite")

LOOPS = {
    "known turns": "fn x => loop s = 0 for i in 1..1000 do s + x ^ 2 * i",
    "unknown turns": "fn (x, n) => gradient(fn x => loop s = 0 for i in 3..n do s + x ^ 2 * i)(x)",
    "an array": "fn x => loop s = 0 for i in 0..99 do s + x[i] ^ 2 * i",
    "inside another": "fn x => loop s = 0 for i in 0..99 do loop t = s for j in i..99 do t + x[i] * x[j]",
    "backwards": "fn x => loop s = 0 for i in 0..99 do s * x[99 - i] + i",
}


def operations(region: Region) -> Iterator[Op]:
    for op in region.ops:
        yield op
        for inner in op.regions:
            yield from operations(inner)


def unit_of(compiled: object) -> Region:
    (unit,) = compiled._units.values()  # type: ignore[attr-defined]
    assert isinstance(unit, Native)
    assert not functions_of(unit.unit.region)
    return unit.unit.region


def saved(compiled: object) -> int:
    """How many reals a turn of a loop saves."""
    loops = [op for op in operations(unit_of(compiled)) if op.kind == "loop"]
    inside = [op for loop in loops for op in operations(loop.regions[0])]
    return sum(len(op.operands) for op in inside if op.kind == "save")


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("times", [1, 2])
def test_loops_that_count_agree(name: str, times: int) -> None:
    f = vlad.evaluate(LOOPS[name])
    if name == "unknown turns":
        point: tuple[object, ...] = (0.3, 50.0)
        slope = f if times == 1 else vlad.evaluate("fn f => fn (x, n) => gradient(fn x => f(x, n))(x)")(f)
    else:
        point = (0.3,) if name == "known turns" else (np.linspace(0.1, 0.9, 100),)
        slope = vlad.gradient(f)
        if times == 2:
            slope = vlad.gradient(vlad.evaluate("fn g => fn x => magnitude(g(x)) ^ 2")(slope))
    ours = vlad.compile(slope, *point)
    np.testing.assert_allclose(ours(*point), slope(*point), rtol=1e-12)


def test_a_counter_is_not_saved() -> None:
    known = vlad.compile(vlad.gradient(vlad.evaluate(LOOPS["known turns"])), 0.3)
    assert saved(known) == 0
    assert saved(vlad.compile(vlad.evaluate(LOOPS["unknown turns"]), 0.3, 50.0)) == 0
    # what does change from turn to turn is saved
    assert saved(vlad.compile(vlad.gradient(vlad.evaluate(LOOPS["backwards"])), np.ones(100))) == 1


def test_the_turns_of_a_loop_are_known_both_ways() -> None:
    slope = vlad.compile(vlad.gradient(vlad.evaluate(LOOPS["an array"])), np.ones(100))
    assert [turns_of(op) for op in operations(unit_of(slope)) if op.kind == "loop"] == [100.0]
    once = vlad.compile(vlad.evaluate("fn (x, n) => loop s = x for i in 1..1 do s * sin(s + n)"), 0.3, 50.0)
    assert [turns_of(op) for op in operations(unit_of(once)) if op.kind == "loop"] == [1.0]
    unknown = vlad.compile(vlad.evaluate(LOOPS["unknown turns"]), 0.3, 50.0)
    assert {turns_of(op) for op in operations(unit_of(unknown)) if op.kind == "loop"} == {None}


def test_an_array_from_native_code_stays_as_it_is() -> None:
    x = np.ones(20)
    double = vlad.compile(vlad.evaluate("fn x => x * 2"), x)
    found = double(x)
    with pytest.raises(ValueError, match="WRITEABLE"):
        found.flags.writeable = True
    np.testing.assert_array_equal(double(found), 4.0)
    matrix = vlad.compile(vlad.evaluate("fn x => x @ x"), np.eye(5))
    with pytest.raises(ValueError, match="WRITEABLE"):
        matrix(np.eye(5)).flags.writeable = True
