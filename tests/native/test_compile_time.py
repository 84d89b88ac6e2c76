"""The cost of compiling: estimated before LLVM begins, and bounded for long blocks."""

from __future__ import annotations

from typing import Any

import pytest

from native.test_arrays import vector
from native.test_outlining import layers
from vlad_py.native import linking, shared, tidy
from vlad_py.native.effort import WORK, WORK_A_SECOND, Effort
from vlad_py.native.emit import Body, Module
from vlad_py.native.exits import Exhausted, TooLarge
from vlad_py.native.ir import Op, Unit
from vlad_py.native.llvm import LONG_BLOCKS, level_of, longest_block
from vlad_py.native.units import specialise
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")


def unit(text: str, argument: Any = 1.0) -> Unit:
    function: Any = Session().evaluate(text)
    return specialise(function, argument, is_fixed=True).unit


def sums(terms: int) -> str:
    """A function of so many operations, in one block."""
    return "fn x => " + " + ".join(f"{k} * x" for k in range(1, terms + 1))


def seconds_of(made: Unit) -> float:
    module = Module(made)
    return module.seconds(module.text.count("\n"))


def test_the_longest_block_is_found() -> None:
    assert longest_block("define {\nstart:\n  a\n  b\nb1:\n  c\n}") == 2
    assert longest_block("") == 0


def test_long_blocks_are_made_into_instructions_faster() -> None:
    assert level_of(Module(unit(sums(10))), 20) == 3
    (most, low), (fewer, middle) = LONG_BLOCKS
    small, long = Module(unit(sums(fewer // 2 + 10))), Module(unit(sums(most // 2 + 10)))
    assert (level_of(small, 1), level_of(long, 1)) == (middle, low)


def test_what_takes_too_long_is_refused_before_llvm() -> None:
    for made in (unit(sums(200)), unit(layers(8), vector(24))):
        seconds = seconds_of(made)
        assert Module(made, 1.1 * seconds).text == Module(made).text
        with pytest.raises(TooLarge):
            Module(made, 0.9 * seconds)


def test_no_more_is_written_than_there_is_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    op = Body.op

    def counted(self: Body, given: Op) -> None:
        written.append(given)
        op(self, given)

    monkeypatch.setattr(Body, "op", counted)
    made = unit(sums(400))
    seconds = seconds_of(made)
    whole = len(written)
    written.clear()
    with pytest.raises(TooLarge):
        Module(made, seconds / 10)
    assert 0 < len(written) < whole / 5


def test_llvm_is_not_loaded_for_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(linking, "binding", lambda: loaded.append(1))
    with pytest.raises(TooLarge):
        linking.compiled(unit(sums(200)), seconds=1e-4)
    assert loaded == []


def test_following_is_charged_with_its_time() -> None:
    function: Any = Session().evaluate(sums(100))
    with pytest.raises(Exhausted):
        specialise(function, 1.0, is_fixed=True, seconds=50 / WORK_A_SECOND)
    assert specialise(function, 1.0, is_fixed=True, seconds=1000 / WORK_A_SECOND).unit.region.ops


def test_a_unit_that_is_begun_again_has_as_much_work_but_no_more_time() -> None:
    for effort, left in ((Effort(10), WORK * 10), (Effort(10, 120 / WORK_A_SECOND), 40)):
        for _ in range(80):
            effort.spend()
        effort.begin()
        assert effort.left == pytest.approx(left)


def test_more_code_takes_longer() -> None:
    assert seconds_of(unit(sums(200))) > 2 * seconds_of(unit(sums(50)))
    assert seconds_of(unit(layers(16), vector(24))) > 1.5 * seconds_of(unit(layers(8), vector(24)))


def test_loops_that_differ_in_a_constant_are_not_compared_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    is_same = shared._Sharing.is_same

    def counted(self: Any, *given: Any) -> bool:
        compared.append(given)
        return is_same(self, *given)

    monkeypatch.setattr(shared._Sharing, "is_same", counted)
    loops = " + ".join(f"(loop s = 0 for i in 1..n do s * x + {k})" for k in range(50))
    unit(f"fn (x, n) => {loops}", (1.0, 1.0))
    assert len(compared) < 1000  # in pairs, there would be 5,000


def nest(depth: int) -> str:
    """So many loops, each in the next; what a turn needs of the state is seen only at its end."""
    body = "a * x"
    for _ in range(depth):
        body = f"(loop (b, a) = (0, 1) for i in 1..n do (b + {body}, a + 1))[0]"
    return f"fn (x, n) => {{ let a = 1; {body} }}"


def test_a_loop_is_tidied_once_however_deep_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(*given: Any) -> Op:
        made.append(given)
        return Op(*given)

    monkeypatch.setattr(tidy, "Op", counted)
    unit(nest(8), (1.0, 1.0))
    few = len(made)
    made.clear()
    unit(nest(16), (1.0, 1.0))
    # with each loop met twice as often as the one around it, there would be 250 times as many
    assert len(made) < 3 * few
