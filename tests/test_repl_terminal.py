"""The REPL in a terminal, as a person uses it: the screens of tests/repl, keys, history, pasting.

`name.screen` is what the terminal shows at the end of a test; `pytest --accept` rewrites it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sessions

pytest.importorskip("pty")
pytest.importorskip("prompt_toolkit")

from terminal import CTRL_C, CTRL_L, CTRL_R, ENTER, ESCAPE, PASTE, RIGHT, TAB, UP, Terminal

Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the REPL in a terminal; whatever is started ends with the test."""
    started: list[Terminal] = []

    def terminal(*arguments: str, **environment: str) -> Terminal:
        started.append(Terminal(tmp_path, *arguments, **environment))
        started[-1].prompt()
        return started[-1]

    yield terminal
    for each in started:
        each.end()


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Callable[[Terminal], None]:
    """Compares the screen of a terminal with the one that is kept for the test."""

    def compare(terminal: Terminal) -> None:
        path = sessions.ROOT / f"{request.node.name.removeprefix('test_')}.screen"
        if request.config.getoption("--accept"):
            path.write_text(terminal.text(), encoding="utf-8")
        assert terminal.text() == path.read_text(encoding="utf-8")

    return compare


Check = Callable[[Terminal], None]


def test_a_first_session(start: Start, check: Check) -> None:
    t = start()
    t.enter("1 + 1")
    lines = ("let step = f(x) / derivative(f)(x)", "if abs(step) < 1e-12 then x", "else newton(f, x - step)")
    t.enter("def newton(f, x) = {", *lines, "}")
    t.enter("newton(fn x => x ^ 2 - _, 1)")
    t.enter("_ ^ 2;")
    t.enter("?newton")
    t.enter("1 + true")
    check(t)
    assert t.leave() == 0


def interrupt(t: Terminal) -> None:
    """Ctrl-C into an evaluation; what is told of its place depends on the moment, and is cleared away."""
    t.process.send(CTRL_C)
    t.wait(lambda: "interrupted: stopped by the user" in t.text(), "the message")
    t.prompt()
    t.process.send(CTRL_L)
    t.wait(lambda: t.screen.cursor.y == 0, "a clear screen")


def test_an_evaluation_is_interrupted(start: Start, check: Check) -> None:
    t = start()
    t.enter("let kept = 5")
    t.keys("loop n = 0 while true do { print(n); n + 1 }", "n + 1 }")
    t.process.send(ENTER)
    t.wait(lambda: "\n1000\n" in t.raw.replace("\r", ""), "the thousandth turn")
    interrupt(t)
    t.enter("def forever(n) = forever(n + 1)")
    t.keys("{ print(kept); derivative(fn x => forever(x))(1) }", ") }")
    t.process.send(ENTER)
    t.wait(lambda: t.text().endswith("\n5\n"), "the evaluation")
    interrupt(t)
    t.enter("derivative(fn x => kept * x)(1)")
    check(t)


def test_what_is_being_typed_is_given_up(start: Start, check: Check) -> None:
    t = start()
    t.keys("let a = (1 +", "(1 +")
    t.keys(ENTER, "...")
    t.keys("2 + )", "2 + )")
    t.process.send(CTRL_C)
    t.prompt()
    t.enter(
        "let b = 3",
    )
    t.keys("(b,", "(b,")
    t.keys(ENTER, "...")
    t.keys("4", "4")
    t.keys(ESCAPE + ENTER, "...")
    t.keys(")", ")")
    t.process.send(ENTER)
    t.prompt()
    check(t)


def test_completion(start: Start, check: Check) -> None:
    t = start()
    t.enter("let model = {weights: (1, 2), bias: 3}")
    t.keys("mode", "mode")
    t.keys(TAB, "model")
    t.keys(".w", ".w")
    t.keys(TAB, "model.weights")
    t.process.send(ENTER)
    t.prompt()
    t.keys(":ty", ":ty")
    t.keys(TAB, ":type")
    t.keys(" laplac", "laplac")
    t.keys(TAB, "laplacian")
    t.process.send(ENTER)
    t.prompt()
    t.keys("derivative_r", "derivative_r")
    t.keys(TAB, "derivative_reverse")
    t.keys("(sin)(0)", "(sin)(0)")
    t.process.send(ENTER)
    t.prompt()
    t.keys("as", "as")
    t.process.send(TAB)
    t.wait(lambda: "asinh(x)" in t.text(), "the menu")
    check(t)


def test_a_derivative_step_by_step(start: Start, check: Check) -> None:
    t = start()
    t.enter("def f(x) = x * sin(x)")
    t.keys(":st", ":st")
    t.keys(TAB, ":step")
    t.keys(" --mo", "--mo")
    t.keys(TAB, "--mode")
    t.keys(" forw", "forw")
    t.keys(TAB, "forward")
    t.keys(" f(2)", "f(2)")
    t.process.send(ENTER)
    for key, number in (("n", 1), ("n", 2), ("p", 3), ("n", 2), ("q", 3)):
        t.wait(lambda number=number: f"step {number} of 3" in t.text(), f"step {number}")  # type: ignore[misc]
        if key == "q":
            t.wait(lambda: "2 = 0.077" in t.text(), "the line that is drawn last")
            check(t)
        t.process.send(key)
    t.prompt()
    t.enter("f(0)")
    assert t.text().endswith("\n0\nvlad>\n")


def test_history(start: Start, check: Check) -> None:
    t = start()
    t.enter("let first = 1")
    t.enter("def second(x) = {", "x + first", "}")
    t.enter("second(10)")
    assert t.leave() == 0
    t = start()
    t.keys(UP, "second(10)")
    t.keys(UP, "}")
    t.process.send(CTRL_C)
    t.prompt()
    t.process.send(CTRL_R + "irst = ")
    t.wait(lambda: "let first = 1" in t.text(), "what was looked for")
    t.process.send(ENTER)
    t.wait(lambda: "search" not in t.text(), "the end of the search")
    t.process.send(ENTER)
    t.prompt()
    t.enter("first")
    t.keys("de", "de")
    t.keys(UP, "}")
    t.process.send(ENTER)
    t.prompt()
    t.enter("second(20)")
    check(t)


def test_history_that_cannot_be_kept(start: Start) -> None:
    t = start(XDG_DATA_HOME="/dev/null/nowhere")
    t.enter("1 + 1")
    t.keys(UP, "1 + 1")
    assert "2\n" in t.text()


def test_a_pasted_session(start: Start, check: Check) -> None:
    t = start()
    pasted = "vlad> let a = 5|vlad> def g(x) = {|  ...   x + a|  ...|  ... }|vlad> g(2)|7|vlad> a|5|"
    t.keys(PASTE.format(pasted.replace("|", "\r\n")), "vlad> a")
    t.process.send(ENTER)
    t.prompt()
    t.keys(PASTE.format("vlad> g(3)\n8\n"), "vlad> g(3)")
    t.process.send(ENTER)
    t.prompt()
    t.keys(PASTE.format("def h(x) = {\n\n\n  g(x) + 1\n}\nh(1)"), "h(1)")
    t.process.send(ENTER)
    t.prompt()
    check(t)


def test_commands_and_results_in_lines(start: Start, check: Check) -> None:
    t = start()
    t.enter("{weights: map(fn i => {at: i, value: i / 7}, range(1, 3))}")
    t.enter("[[i * j for j in 1..40] for i in 1..40]")
    t.enter(":set precison 3")
    t.enter(":set precision 3")
    t.enter("_[0] / 7")
    check(t)
    t.keys(":quit", ":quit")
    t.process.send(ENTER)
    assert t.ended() == 0


def test_the_history_suggests(start: Start) -> None:
    t = start()
    t.enter("let height = 12")
    t.process.send("let h")
    t.wait(lambda: "vlad> let height = 12" in t.text().splitlines()[-1], "the suggestion")
    assert t.line() == "vlad> let h"
    t.keys(RIGHT, "let height = 12")


def test_the_signature_of_the_call_is_below(start: Start) -> None:
    t = start(PROMPT_TOOLKIT_NO_CPR="")
    t.enter("def newton(f, x, tolerance) = f(x) + tolerance")
    t.process.send("newton(sin, (1 + 2), ")
    t.wait(lambda: t.text().rstrip().endswith("newton(f, x, tolerance)"), "the signature")
    row = t.text().splitlines().index("newton(f, x, tolerance)")
    assert [t.screen.buffer[row][column].bold for column in (0, 7, 10, 13, 21)] == [False] * 3 + [True] * 2
    t.process.send("3)")
    t.wait(lambda: "tolerance)\n" not in t.text()[-20:], "its end")
    t.process.send(ENTER)
    t.prompt()


def test_colours_are_those_of_the_terminal_until_a_theme_is_set(start: Start) -> None:
    t = start(NO_COLOR="", COLORTERM="truecolor", PROMPT_TOOLKIT_COLOR_DEPTH="DEPTH_24_BIT")

    def colours() -> tuple[str, str]:
        t.keys("let a = 1", "let a = 1")
        row = t.screen.buffer[t.screen.cursor.y]
        found = row[6].fg, row[10].fg  # of `let` and of `a`
        t.process.send(CTRL_C)
        t.prompt()
        return found

    assert colours() == ("magenta", "default")
    t.enter(":set theme dark")
    assert colours() == ("d787d7", "default")
    t.enter(":set theme none")
    assert colours() == ("default", "default")


def test_input_and_errors_are_coloured(start: Start) -> None:
    t = start(NO_COLOR="")
    t.keys("let a = 1", "let a = 1")
    row = t.screen.buffer[t.screen.cursor.y]
    colours = {row[column].fg for column in (6, 10)}  # of `let` and of `a`
    assert len(colours) == 2
    t.process.send(ENTER)
    t.prompt()
    t.enter("nil + 1")
    assert "\x1b[31;1merror" in t.raw


WITHOUT = """\
import sys
sys.modules["prompt_toolkit"] = None
from vlad_py.command.cli import main
sys.exit(main())
"""


def test_without_prompt_toolkit(start: Start, check: Check) -> None:
    t = start("-c", WITHOUT)
    t.enter("let a = 1")
    t.enter("def f(x) =", "  x + a")
    t.enter("f(1)")
    t.keys("let b = (1 +", "(1 +")
    t.keys(ENTER, "...")
    t.process.send(CTRL_C)
    t.prompt()
    t.enter("b")
    check(t)
    t.keys("loop n = 0 while true do n + 1", "n + 1")
    t.process.send(ENTER)
    t.wait(lambda: t.line() == "", "the evaluation")
    t.process.send(CTRL_C)
    t.wait(lambda: "interrupted: stopped by the user" in t.text(), "the message")
    t.prompt()
    t.enter("f(10)")
    assert t.text().endswith("\n11\nvlad>\n")
    assert t.leave() == 0


def test_lines_without_prompt_toolkit_have_a_history_and_completion(start: Start) -> None:
    pytest.importorskip("readline")
    t = start("-c", WITHOUT)
    t.enter("let measure = {width: 1, height: 2}")
    t.process.send("meas" + TAB)
    t.wait(lambda: "vlad> measure" in t.text(), "the name")
    t.process.send(".wi" + TAB)
    t.wait(lambda: t.line().rstrip().endswith("measure.width"), "the field")
    t.process.send(ENTER)
    t.prompt()
    t.keys(UP, "measure.width")
    t.process.send(CTRL_C)
    t.prompt()
    assert t.leave() == 0
    t = start("-c", WITHOUT)
    t.keys(UP, "measure.width")
    t.keys(UP, "{width: 1, height: 2}")
    t.process.send(ENTER)
    t.prompt()
    t.enter("measure.height")
    assert "\n2\n" in t.text()


def test_alt_enter_continues_without_prompt_toolkit(start: Start) -> None:
    pytest.importorskip("readline")
    t = start("-c", WITHOUT)
    t.keys("def first(x) = second(x)", "second(x)")
    t.process.send(ESCAPE + ENTER)
    t.wait(lambda: t.line().startswith("  ..."), "the next line")
    t.enter("def second(x) = x + 1")
    t.enter("first(1)")
    assert "\n2\n" in t.text()


def test_going_on_after_a_file(start: Start, tmp_path: Path, check: Check) -> None:
    (tmp_path / "model.adl").write_text("## A line.\ndef line(x) = 2 * x\nprint(line(1))\n")
    t = start("-m", "vlad_py", "-i", "model.adl")
    t.enter("line(3)")
    t.enter("?line")
    check(t)


def test_every_screen_has_its_test() -> None:
    names = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in sessions.ROOT.glob("*.screen")} <= names
