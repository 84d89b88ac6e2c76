"""The laboratory from the REPL, from Python and in notebooks, and what it refuses."""

from __future__ import annotations

import re
import signal
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from talk import Talk

import vlad_py as vlad
from vlad_py import laboratory
from vlad_py.command.cli import main
from vlad_py.ground.errors import RunError
from vlad_py.laboratory.menu import COMMANDS
from vlad_py.repl.inputs import is_complete
from vlad_py.repl.options import completions, split

# ── the REPL ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.chdir(tmp_path)
    return Talk()


def test_both_doors_have_the_same_commands(capsys: pytest.CaptureFixture[str], talk: Talk) -> None:
    Path("f.adl").write_text("def f(x, y) = x * y + sin(x)\n")
    talk.said(":load f.adl")
    for name in COMMANDS:
        form = "--format dot " if name == "graph" else ""
        assert main([name, "f.adl", "--call", "f(1, 2)", *form.split()]) == 0
        assert talk.said(f":{name} {form}f(1, 2)") == capsys.readouterr().out


def test_a_picture_is_a_file_that_is_not_overwritten_unseen(talk: Talk) -> None:
    Path("mine.svg").write_text("mine")
    talk.said("def f(x) = x * x")
    assert talk.said(":graph -o graph.svg f(2)") == talk.said(":graph -o graph.svg f(3)") == ""
    assert ET.parse("graph.svg").getroot().tag.endswith("svg")
    talk.said(":graph --output=graph.gv f(3)")
    assert Path("graph.gv").read_text().startswith("digraph")
    talk.said(":trace -o 'a trace.csv' --format csv f(3)")
    assert Path("a trace.csv").read_text().startswith("name,operation")
    assert talk.said(":graph -o mine.svg f(2)").startswith("error: mine.svg: already exists")
    assert Path("mine.svg").read_text() == "mine"


def test_what_is_looked_at_prints_nothing_and_changes_nothing(talk: Talk) -> None:
    talk.said('def f(x) = { print("heard"); x * x }')
    assert "heard" not in talk.said(":ops f(2)") + talk.said(":trace f(2)") + talk.said(":compare f(2)")
    assert talk.said("f(2);") == "heard\n"
    assert talk.said("_") == "4\n"


def test_steps_wait_for_keys_where_there_is_a_terminal(talk: Talk) -> None:
    keys = iter("nq")
    talk.engine.key = lambda: next(keys)
    talk.said("def f(x) = x * x")
    shown = talk.said(":step f(3)")
    assert "step 2 of 5" in shown and "step 3 of 5" not in shown


def test_limits_hold(talk: Talk) -> None:
    talk.said(":set steps 50")
    talk.said("def f(x) = loop y = x while true do y * 2")
    for name in COMMANDS:
        assert talk.said(f":{name} f(1)").startswith("limit: more than 50 steps")


OPTIONS = [
    ("f(1)", [], "f(1)"),
    ("--mode forward f(1)", ["--mode", "forward"], "f(1)"),
    ("--mode=forward  f(1)", ["--mode", "forward"], "f(1)"),
    ("--direction (0, (1, 2)) f(1)", ["--direction", "(0, (1, 2))"], "f(1)"),
    ("--direction list(1, 2) f(1)", ["--direction", "list(1, 2)"], "f(1)"),
    ("--direction '{a: 1}' --as-run\nf(1)", ["--direction", "{a: 1}", "--as-run"], "f(1)"),
    ("-o 'a b.svg' f(1)", ["-o", "a b.svg"], "f(1)"),
    ("-f(1)", [], "-f(1)"),
    ("--mode", ["--mode"], ""),
    ("--none f(1)", ["--none"], "f(1)"),
]


@pytest.mark.parametrize(("text", "options", "call"), OPTIONS)
def test_options_stand_before_the_call(text: str, options: list[str], call: str) -> None:
    assert split("trace", text) == (options, call)


def test_help_says_what_each_option_means(talk: Talk) -> None:
    said = talk.said("?:trace")
    assert said == talk.said(":help :trace") == talk.said(":trace -h") == talk.said(":trace --help")
    heading, *lines = said.splitlines()
    assert heading == ":trace [options] f(2, 5) — its operations, with tangents or adjoints"
    written = [line.split()[0] for line in lines]
    assert written == ["--mode", "--direction", "--as-run", "--digits", "--format", "-o"]
    assert all(re.fullmatch(r"  .*\S  +\w.{20,}", line) for line in lines)


def test_a_name_is_suggested_as_it_is_elsewhere(talk: Talk) -> None:
    assert talk.said("?grad").endswith("hint: did you mean `gradient`?\n")
    assert talk.said("grad(1)").endswith("hint: did you mean `gradient`?\n")
    assert talk.said("??") == "error: write `??name`\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ":graph -o g.png sin(1)",
            "g.png: no format has the extension .png: expected .svg, .dot, .gv, .mmd, or --format",
        ),
        (":trace --mode sideways f(1)", "argument --mode: invalid choice: 'sideways'"),
        (":trace --mode", "argument --mode: expected one argument"),
        (":ops --mode forward f(1)", "no option `--mode`"),
        (":trace --mode forward --direction unknown sin(1)", "unknown name `unknown`"),
        (":trace --mode forward --direction true sin(1)", "expected"),
        (":trace 1; sin(1)", "expected a call of a function"),
        (":trace sin", "expected a call of a function"),
        (":trace --format source derivative(1)", "expects a function"),
        (":step f(", "syntax error"),
        (":compare (fn () => 1)()", "no argument is a real"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, talk: Talk) -> None:
    said = talk.said(text)
    assert message in said
    assert not said.startswith(("bug", "Traceback"))


@pytest.mark.parametrize("text", [":trace --mode forward f(", ":ops f(1,", ":step --direction (0, 1) {"])
def test_a_call_may_take_several_lines(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize(
    "text", [":trace --mode forward f(1)", ":ops", ":trace --as-run", ":graph -o g.svg f(1)"]
)
def test_a_whole_command_is_complete(text: str) -> None:
    assert is_complete(text)


def test_options_and_their_choices_are_completed() -> None:
    assert list(completions("trace", "--as-run --mo")) == [("--mode", 4)]
    assert list(completions("trace", "--mode f")) == [("forward", 1)]
    assert [name for name, _ in completions("graph", "--format ")] == ["svg", "dot", "mermaid"]
    assert list(completions("trace", "--mode forward de")) == []


# ── Python ───────────────────────────────────────────────────────────────────────────────────


def test_the_package_has_the_laboratorys_functions() -> None:
    for name in laboratory.__all__:
        assert getattr(vlad, name) is getattr(laboratory, name)
        assert name in dir(vlad)


def test_what_comes_out_is_pythons() -> None:
    f = vlad.evaluate("fn (m, x) => sum(m.w * x) ^ 2")
    trace = vlad.trace(f, {"w": np.array([1.0, 2.0])}, 3)
    assert trace.value == 81.0
    gradient = trace.gradient()
    assert gradient["m.w"].tolist() == [54.0, 54.0]
    assert gradient["x"] == 54.0


def test_an_operator_that_is_called_itself_has_no_place() -> None:
    (level,) = vlad.trace(vlad.derivative(vlad.evaluate("sin")), 1).data()["levels"]
    assert (level["operator"], level["place"]) == ("derivative", None)


def test_ctrl_c_is_what_it_is_in_python() -> None:
    stop = vlad.primitive(lambda _: signal.raise_signal(signal.SIGINT), name="stop")
    f = vlad.evaluate("fn x => x * stop(stop_gradient(x))", functions={"stop": stop})
    for look in (vlad.trace, vlad.count, vlad.compare):
        with pytest.raises(KeyboardInterrupt):
            look(f, 1.0)


# ── notebooks ────────────────────────────────────────────────────────────────────────────────

SURVEY = "fn (x1, x2) => ln(x1) + x1 * x2 - sin(x2)"


def representations(thing: object) -> dict[str, str]:
    """What a notebook is given to show."""
    formatters = pytest.importorskip("IPython.core.formatters")
    shown, _ = formatters.DisplayFormatter().format(thing)
    return dict(shown)


@pytest.mark.parametrize("look", [vlad.trace, vlad.count, vlad.compare])
def test_reports_are_tables(look: Any) -> None:
    report = look(vlad.evaluate(SURVEY), 2, 5)
    shown = representations(report)
    assert shown["text/plain"] == report.text() == repr(report)
    cells = [len(table.rows) for table in report.tables()]
    page = ET.fromstring(f"<div>{shown['text/html']}</div>")
    assert [len(table.findall("tr")) - 1 for table in page.findall("table")] == cells
    lines = shown["text/markdown"].splitlines()
    assert sum(line.startswith("|") for line in lines) == sum(cells) + 2 * len(cells)
    assert ("text/latex" in shown) == (look is vlad.trace)


def test_equal_infinities_are_no_error_and_nothing_warns(recwarn: pytest.WarningsRecorder) -> None:
    found = vlad.compare(vlad.evaluate("fn x => 0.5 * sqrt(x)"), 0)
    assert found.exact == (np.inf,) and found.errors("symbolic") == (0.0,)
    vlad.compare(vlad.evaluate("fn (x, m) => sum(inv(m)) * x"), np.inf, np.eye(3))
    assert not recwarn.list


def test_the_formula_of_a_maximum_agrees() -> None:
    found = vlad.compare(vlad.evaluate("fn (x, y) => max(x, 0) ^ 2 + min(y, 3)"), -2, 5)
    assert found.exact == (0.0, 0.0)
    assert found.errors("symbolic") == (0.0, 0.0)


def test_a_table_shows_no_empty_columns() -> None:
    (table,) = vlad.compare(vlad.evaluate("sin"), 1).tables()
    assert "variable" in table.heads
    assert '<th style="text-align: left">variable' not in table.html()
    assert "| variable |" not in table.markdown()


def test_what_programs_say_is_escaped() -> None:
    f = vlad.evaluate("fn x => 1 + derivative(fn y => if y < 2 then x * y else y)(x)")
    shown = representations(vlad.trace(f, 1))
    ET.fromstring(f"<div>{shown['text/html']}</div>")
    assert "y &lt; 2" in shown["text/html"]


def test_a_graph_is_a_picture() -> None:
    shown = representations(vlad.trace(vlad.evaluate(SURVEY), 2, 5).graph())
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")
    assert shown["text/plain"] == "<graph of f(x1, x2) at (2, 5), reverse mode: 7 nodes>"


# ── intervals and symbols ────────────────────────────────────────────────────────────────────

INDEFINITE = {"an interval": "interval(1, 2)", "an expression": 'symbol("i")'}
MIXED = [
    "x * i",
    "i - x",
    "sum([x, i])",
    "sum([i, x])",
    "sum([1, 2] * i) + x",
    "sum([x, 2] @ [i, 1])",
    "sum([i, 1] @ [x, 2])",
    "gradient(fn y => y * x * i)(2)",
    "derivative(fn y => i * y * x)(2)",
]
LOOKS = [vlad.trace, vlad.count, vlad.sparsity, vlad.sparse_jacobian, vlad.sparse_hessian]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize("noun", INDEFINITE)
def test_what_is_no_real_is_an_error_in_its_place(noun: str, text: str, look: Any) -> None:
    f = vlad.evaluate(f"{{ let i = {INDEFINITE[noun]}\n  fn x => {text} }}")
    with pytest.raises(RunError, match=f"{noun} cannot be part of a trace") as raised:
        look(f, 3.0)
    assert raised.value.span is not None
    assert raised.value.span.text in text


@pytest.mark.parametrize("look", [*LOOKS, vlad.compare])
@pytest.mark.parametrize("noun", INDEFINITE)
def test_what_is_no_real_is_no_argument(noun: str, look: Any) -> None:
    point = vlad.evaluate(f"{{a: {INDEFINITE[noun]}}}")
    with pytest.raises(RunError, match=f"{noun} cannot be part"):
        look(vlad.evaluate("fn m => m.a * 2"), point)


@pytest.mark.parametrize("text", ["i * s", "s * i", "sum([i, s])", "max(s, i)"])
def test_an_interval_and_an_expression_stay_apart(text: str) -> None:
    with pytest.raises(RunError, match="an interval and an expression cannot be combined") as raised:
        vlad.evaluate(f'let (i, s) = (interval(1, 2), symbol("s"))\n{text}')
    assert raised.value.span is not None


def test_what_intervals_say_of_reals_is_a_constant() -> None:
    f = vlad.evaluate("import intervals\nfn x => x * intervals.width(interval(1, 2))")
    assert vlad.trace(f, 3.0).gradient()["x"] == pytest.approx(1.0)
