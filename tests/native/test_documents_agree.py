"""Programs of the documents and the examples in both tiers: they write the same, to twelve digits."""

from __future__ import annotations

from pathlib import Path

import documents
import pytest
import test_examples

from native.agreement import Tally, begin_anew
from native.test_agreement import check_taken
from vlad_py.ground.errors import Error, render
from vlad_py.native.tables import Attempt
from vlad_py.plots.plot import Plot
from vlad_py.session.session import ALWAYS, NEVER, Native, Session

pytest.importorskip("llvmlite")

# Compiled from their first call on, these take from 8 seconds to a minute, most of it in LLVM.
TOO_LONG = {
    "bundle_adjustment",
    "control",
    "double_backpropagation",
    "funnel",
    "inverse_graphics",
    "reading",
    "stack_and_queue",
    "tangent_prop",
    "turing_addressing",
}
PIECES = {  # beginnings of some of them: up to a text, and what to print then
    "reading": ("# ── reading", "print(chances, slope)"),
    "funnel": ("let method =", "print(map(expected, list(-3, 0, 3)))"),
}
EXAMPLES = [p for p in sorted(test_examples.EXAMPLES.glob("**/*.adl")) if p.stem not in TOO_LONG]


def written(path: Path, native: Native, tally: Tally) -> tuple[str, bool]:
    """What a program writes, its error or its plot included, and whether some of it was not interpreted."""
    out: list[str] = []
    session = Session(write=out.append, native=native)

    def attempted(attempt: Attempt) -> None:
        if attempt.reason:
            tally.refuse(attempt.reason.message)

    session.on_attempt = attempted
    before = session.tier.entered if session.tier is not None else 0
    try:
        value = session.run_file(str(path))
        if type(value) is Plot:  # which the command draws
            out.append(value.text() + "\n")
    except Error as error:
        out.append(render(error))
    return "".join(out), session.tier is not None and session.tier.entered > before


def test_the_programs_of_the_documents(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    taken = 0
    begin_anew()
    for document in documents.PATHS:
        for block in documents.blocks(document.read_text(encoding="utf-8")):
            if block.language != "adl":
                continue
            path = tmp_path / "program.adl"
            path.write_text(block.text, encoding="utf-8")
            expected, _ = written(path, NEVER, Tally())
            got, was_taken = written(path, ALWAYS, Tally())
            assert test_examples.same(got, expected), (document.name, block.line)
            taken += was_taken
    check_taken("programs of the documents", taken, request)


def test_the_examples(request: pytest.FixtureRequest) -> None:
    taken = 0
    begin_anew()
    for path in EXAMPLES:
        got, was_taken = written(path, ALWAYS, Tally())
        text = test_examples.EXAMPLES / "expected" / f"{path.stem}.txt"
        if path.parent == test_examples.EXAMPLES:
            expected = text.read_text(encoding="utf-8")
        else:
            expected, _ = written(path, NEVER, Tally())
        assert test_examples.same(got, expected), path
        taken += was_taken
    check_taken("examples", taken, request)


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_of_an_example(name: str, tmp_path: Path) -> None:
    end, last = PIECES[name]
    begin_anew()
    text, found, _ = (test_examples.EXAMPLES / f"{name}.adl").read_text(encoding="utf-8").partition(end)
    assert found
    path = tmp_path / "program.adl"
    path.write_text(text + last, encoding="utf-8")
    expected, _ = written(path, NEVER, Tally())
    got, was_taken = written(path, ALWAYS, Tally())
    assert test_examples.same(got, expected)
    assert was_taken


def test_another_output_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "program.adl"
    path.write_text("print(derivative(fn x => x ^ 2)(3))", encoding="utf-8")
    assert written(path, ALWAYS, Tally()) == ("6\n", True)
    assert written(path, NEVER, Tally()) == ("6\n", False)
    assert not test_examples.same("6\n", "6.00000001\n")
