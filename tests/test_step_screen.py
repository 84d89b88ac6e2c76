"""`:step` and `vlad step` on the whole screen: the growing table, the place in the source, keys."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from tracing import SURVEY, traced

pytest.importorskip("prompt_toolkit")

from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from vlad_py.laboratory.stepping import steps
from vlad_py.repl.stepping import View, application


def view() -> View:
    trace = traced(SURVEY, 2, 5)
    return View(trace, steps(trace))


def test_the_table_grows_with_the_steps() -> None:
    shown = view()
    lengths = []
    for _ in shown.found:
        lengths.append(len(shown.table()))
        shown.move(1)
    assert lengths[0] == 4  # title, heads, rule, the first row
    assert [b - a for a, b in pairwise(lengths)][:6] == [1] * 6
    assert shown.table()[-1].startswith("v̄₋₁")
    assert shown.table()[-1].rstrip().endswith("5.5")


def test_the_last_line_is_what_the_step_says() -> None:
    shown = view()
    for step in shown.found:
        assert shown.table()[-1].split()[-1] == step.lines[0].split()[-1]
        assert shown.remark().startswith(shown.table()[-1].split()[0])
        shown.move(1)


def test_the_place_is_marked() -> None:
    shown = view()
    shown.move(2)
    marked = [text for style, text, *_ in shown.source() if style]
    assert marked == ["ln(x1)"]
    assert "".join(text for _, text, *_ in shown.source()) == SURVEY


@pytest.mark.parametrize(("lines", "rule"), [(1, 3), (60, 11)])  # of a long source, two fifths
def test_the_source_takes_no_more_lines_than_it_has(lines: int, rule: int, tmp_path: Path) -> None:
    pytest.importorskip("pty")
    from terminal import Terminal

    (tmp_path / "survey.adl").write_text(SURVEY.rstrip() + "\n" + "# more\n" * (lines - 1))
    t = Terminal(tmp_path, "-m", "vlad_py", "step", "survey.adl", "--call", "f(2, 5)")
    t.wait(lambda: "step 1 of 16" in t.text(), "the first step")

    def is_ruled() -> bool:  # a terminal may have read the title and not yet what is below it
        rows = t.text().split("\n")
        return len(rows) > rule and rows[rule].startswith("──")

    t.wait(is_ruled, "a rule below the title, a rule, and the source")


def test_there_is_no_step_beyond_the_ends() -> None:
    shown = view()
    shown.move(-1)
    assert shown.at == 0
    shown.move(1000)
    assert shown.at == len(shown.found) - 1


@pytest.mark.parametrize(("keys", "step"), [("nnpq", 2), ("\x1b[F\x1b[Hn q", 3), ("q", 1), ("n\x03", 2)])
def test_keys(keys: str, step: int) -> None:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        found = application(traced(SURVEY, 2, 5), pipe, DummyOutput())
        found.run()
        assert f"step {step} of 16" in str(found.layout.container.get_children()[0].content.text())  # type: ignore[attr-defined]


def test_the_command_in_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("pty")
    from terminal import Terminal

    (tmp_path / "survey.adl").write_text(SURVEY)
    t = Terminal(tmp_path, "-m", "vlad_py", "step", "survey.adl", "--call", "f(2, 5)")
    t.wait(lambda: "step 1 of 16" in t.text(), "the first step")
    t.process.send("nn")
    t.wait(lambda: "step 3 of 16" in t.text(), "the third step")
    t.wait(lambda: "v₁    ln v₋₁     ln 2            0.693" in t.text(), "the third row")
    t.wait(lambda: "def f(x1, x2) = ln(x1)" in t.text(), "the source")
    t.process.send("q")
    assert t.ended() == 0
