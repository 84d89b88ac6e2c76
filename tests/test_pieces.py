"""What a file computes at its top level, as functions without names."""

from __future__ import annotations

import tracemalloc

import pytest

from vlad_py.core.check import check
from vlad_py.core.pieces import in_pieces, is_piece
from vlad_py.core.text import print_module
from vlad_py.core.tree import Call, Module, While
from vlad_py.execution.pipeline import translate
from vlad_py.execution.unit import Options
from vlad_py.ground.errors import RunError, render
from vlad_py.ground.source import Source
from vlad_py.session.library import shared_library
from vlad_py.session.modules import new_module
from vlad_py.session.session import Session

PROGRAM = """
let n = 3 + 4
let (a, b) = loop (a, b) = (n, 1) while a > 0 do (a - 1, b * a)
def f(x) = if x > 0 then x * b else 0
let big = if f(2) > 5 then [i * n for i in 1..3] else [0]
print("big", big)
loop s = 0 for x in big do s + f(x)
"""


def core(text: str) -> Module:
    return Session(runs=False).core_of(text)


def pieces_of(module: Module) -> int:
    return sum(map(is_piece, module.lambdas))


@pytest.mark.parametrize(("loops_only", "count"), [(True, 2), (False, 4)])
def test_a_program_in_pieces(loops_only: bool, count: int) -> None:
    before = core(PROGRAM)
    after = in_pieces(before, loops_only=loops_only)
    check(after)
    assert pieces_of(before) == 0
    assert pieces_of(after) == count
    assert not any(isinstance(s, While) for s in after.main.body.statements)


@pytest.mark.parametrize("text", ["print(1)", "def f(x) = x\nf(1)", "let x = 1\nlet p = (x, x)", "fn x => x"])
def test_calls_definitions_and_effects_stay(text: str) -> None:
    before = core(text)
    assert print_module(in_pieces(before, loops_only=False)) == print_module(before)


def test_what_nothing_needs_is_no_piece() -> None:
    after = in_pieces(core("loop s = 0 for i in 1..3 do s + i\nprint(1)"), loops_only=False)
    assert pieces_of(after) == 0


@pytest.mark.parametrize("pieces", ["none", "loops", "all"])
def test_pieces_compute_the_same(pieces: str) -> None:
    out: list[str] = []
    module = new_module("main")
    module.print_to(out.append)
    library = shared_library()
    text = translate(Source("f", PROGRAM), "main", library.inside, options=Options(pieces=pieces))  # type: ignore[arg-type]
    value = module.execute(text, library.value)
    assert value == 7 * 5040 * (1 + 2 + 3)
    assert out == ["big [7, 14, 21]\n"]


def test_the_call_of_a_piece_is_on_no_call_stack() -> None:
    text = "def f(x) = x + true\nlet y = loop s = 0 for i in 1..3 do f(s)\nprint(y)"
    told = []
    library = shared_library()
    for pieces in ("none", "all"):
        module = new_module("main")
        unit = translate(Source("f", text), "main", library.inside, options=Options(pieces=pieces))
        with pytest.raises(RunError) as raised:
            module.execute(unit, library.value)
        told.append(render(raised.value))
    assert told[0] == told[1]
    assert told[0].count("f(s)") == 1
    calls = [s for s in unit.core.main.body.statements if isinstance(s, Call)]
    assert len(calls) == 1


def test_a_long_top_level_takes_memory_in_proportion() -> None:
    """What is kept for each statement does not grow with the number of statements."""
    peaks = []
    for terms in (500, 2000):
        module = core("print(" + " + ".join(["1"] * terms) + ")")
        tracemalloc.start()
        in_pieces(module, loops_only=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0], peaks
