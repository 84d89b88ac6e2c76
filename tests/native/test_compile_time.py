"""The cost of compiling: estimated before LLVM begins, and bounded for long blocks."""

from __future__ import annotations

from typing import Any

import pytest

from native.test_arrays import vector
from native.test_outlining import layers
from vlad_py.native import shared, tidy
from vlad_py.native.emit import Module
from vlad_py.native.exits import TooLarge
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
        seconds = Module(made).seconds()
        assert Module(made, 1.1 * seconds).text == Module(made).text
        with pytest.raises(TooLarge):
            Module(made, 0.9 * seconds)


def test_more_code_takes_longer() -> None:
    assert Module(unit(sums(200))).seconds() > 2 * Module(unit(sums(50))).seconds()
    assert (
        Module(unit(layers(16), vector(24))).seconds() > 1.5 * Module(unit(layers(8), vector(24))).seconds()
    )


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
