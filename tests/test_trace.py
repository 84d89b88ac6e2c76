"""Traces: the survey's tables cell by cell, nested derivatives, graphs, and programs that run."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py import laboratory
from vlad_py.cli import main
from vlad_py.embedding.programs import evaluate
from vlad_py.errors import RunError
from vlad_py.laboratory.stepping import listing, steps, walk
from vlad_py.laboratory.traces import Trace, trace
from vlad_py.numbers.wengert import Recorded
from vlad_py.session import Session
from vlad_py.values import is_real, list_items

SURVEY = "def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n"


def traced(text: str, *arguments: Any, name: str = "f", **options: Any) -> Trace:
    session = Session(write=lambda _: None)
    session.run_script(text, "survey.adl")
    return trace(session.evaluate(name), *arguments, **options)


# ── the survey ───────────────────────────────────────────────────────────────────────────────

PRIMAL = """\
v₋₁ | x1 | | 2
v₀ | x2 | | 5
v₁ | ln v₋₁ | ln 2 | 0.693
v₂ | v₋₁ × v₀ | 2 × 5 | 10
v₃ | sin v₀ | sin 5 | −0.959
v₄ | v₁ + v₂ | 0.693 + 10 | 10.693
v₅ | v₄ − v₃ | 10.693 + 0.959 | 11.652
y | v₅ | | 11.652"""

FORWARD = """\
v̇₋₁ | ẋ1 | | 1
v̇₀ | ẋ2 | | 0
v̇₁ | v̇₋₁ / v₋₁ | 1 / 2 | 0.5
v̇₂ | v̇₋₁ × v₀ + v̇₀ × v₋₁ | 1 × 5 + 0 × 2 | 5
v̇₃ | v̇₀ × cos v₀ | 0 × cos 5 | 0
v̇₄ | v̇₁ + v̇₂ | 0.5 + 5 | 5.5
v̇₅ | v̇₄ − v̇₃ | 5.5 − 0 | 5.5
ẏ | v̇₅ | | 5.5"""

REVERSE = """\
v̄₅ | ȳ | | | 1
v̄₄ | v̄₅ ∂v₅/∂v₄ | v̄₅ × 1 | 1 × 1 | 1
v̄₃ | v̄₅ ∂v₅/∂v₃ | v̄₅ × (−1) | 1 × (−1) | −1
v̄₁ | v̄₄ ∂v₄/∂v₁ | v̄₄ × 1 | 1 × 1 | 1
v̄₂ | v̄₄ ∂v₄/∂v₂ | v̄₄ × 1 | 1 × 1 | 1
v̄₀ | v̄₃ ∂v₃/∂v₀ | v̄₃ × cos v₀ | (−1) × cos 5 | −0.284
v̄₋₁ | v̄₂ ∂v₂/∂v₋₁ | v̄₂ × v₀ | 1 × 5 | 5
v̄₀ | v̄₀ + v̄₂ ∂v₂/∂v₀ | v̄₀ + v̄₂ × v₋₁ | −0.284 + 1 × 2 | 1.716
v̄₋₁ | v̄₋₁ + v̄₁ ∂v₁/∂v₋₁ | v̄₋₁ + v̄₁ / v₋₁ | 5 + 1 / 2 | 5.5
x̄1 | v̄₋₁ | | | 5.5
x̄2 | v̄₀ | | | 1.716"""


def lines(rows: Any) -> str:
    return "\n".join(" | ".join(row).replace("|  |", "| |").replace("|  |", "| |") for row in rows)


def test_table_2_is_that_of_the_survey() -> None:
    (table,) = traced(SURVEY, 2, 5, mode="forward").tables()
    assert lines(row[:4] for row in table.rows) == PRIMAL
    assert lines(row[4:8] for row in table.rows) == FORWARD


def test_table_3_is_that_of_the_survey() -> None:
    primal, adjoint = traced(SURVEY, 2, 5, mode="reverse").tables()
    assert lines(row[:4] for row in primal.rows) == PRIMAL
    assert lines(adjoint.rows) == REVERSE


def test_the_forms_agree() -> None:
    t = traced(SURVEY, 2, 5)
    assert "v̄₀       v̄₀ + v̄₂ ∂v₂/∂v₀" in t.text()
    assert "| v̄₀ | v̄₀ + v̄₂ ∂v₂/∂v₀ | v̄₀ + v̄₂ × v₋₁ | −0.284 + 1 × 2 | 1.716 |" in t.markdown()
    assert r"$\bar{v}_{0} + \bar{v}_{2} \times v_{-1}$ & $-0.284 + 1 \times 2$ & $1.716$" in t.latex()
    assert "−" not in t.latex()
    rows = list(csv.DictReader(io.StringIO(t.csv())))
    assert [(row["name"], float(row["adjoint"])) for row in rows[:2]] == [
        ("v-1", 5.5),
        ("v0", 1.7163378145367738),
    ]
    data = json.loads(t.json())
    assert data["gradient"] == {"x1": 5.5, "x2": 1.7163378145367738}
    sine = data["operations"][4]
    assert sine["place"] == {"file": "survey.adl", "line": 1, "column": 36, "text": "sin(x2)"}
    assert [u["value"] for u in data["updates"] if u["adjoint"] == "v0"] == [
        -0.28366218546322625,
        1.7163378145367738,
    ]
    assert ">v̄₅</td>" in t._repr_html_()


def test_operations_may_be_numbered_as_they_run() -> None:
    data = traced(SURVEY, 2, 5, as_run=True).data()
    assert [row["operation"] for row in data["operations"]] == ["x1", "x2", "ln", "*", "+", "sin", "-"]


# ── nested differentiation ───────────────────────────────────────────────────────────────────

NESTED = """\
def f(x) = x * derivative(fn y => x * y * y)(1)
def g(x) = gradient(fn (a, b) => a * b * x)(x, x)[0] + derivative(fn t => derivative(fn u => u * t * u)(t))(x)
"""


def test_each_level_is_named_by_its_operators_place() -> None:
    data = traced(NESTED, 3).data()
    (level,) = data["levels"]
    assert (level["operator"], level["place"]["line"], level["place"]["column"]) == ("derivative", 1, 16)
    parts = {row["name"]: row["parts"] for row in data["operations"]}
    assert parts["v3"] == [{"level": 1, "role": "tangent"}]
    assert parts["v1"] == parts["v4"] == []


def test_levels_of_mixed_modes() -> None:
    t = traced(NESTED, 3, name="g")
    levels = t.recording.levels
    assert [level.operator for level in levels] == ["gradient", "derivative", "derivative"]
    assert [level.span and level.span.place for level in levels] == [
        "survey.adl:2:12",
        "survey.adl:2:56",
        "survey.adl:2:75",
    ]
    roles = {part.role for parts in t.recording.parts for part in parts}
    assert roles == {"tangent", "adjoint"}
    assert any([part.level for part in parts] == [2, 3] for parts in t.recording.parts)


def test_the_gradient_of_nested_derivatives() -> None:
    # f(x) = x · 2x, g(x) = x² + 2 · 2x
    assert traced(NESTED, 3).gradient() == {"x": 12.0}


# ── what programs do ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(x) = (x, x)\n", "starts from a real, but the value of the call is a tuple of 2"),
        ("def f(x) = 1\n", "does not depend on the arguments"),
        ("def f(x) = x + true\n", "expects a real"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(RunError, match=re.escape(message)):
        traced(text, 2)


def test_what_is_stopped_is_a_constant() -> None:
    text = "def f(x) = x * stop_gradient(x) + sum(stop_gradient([x, 1]) * x)\n"
    t = traced(text, 3)
    assert t.gradient() == {"x": 7.0}
    session = Session()
    session.evaluate(t.source())
    assert session.evaluate("f_gradient(3)") == 7.0
    session.evaluate(traced(text, 3, mode="forward").source())
    assert session.evaluate("f_forward(3, 1)") == (21.0, 7.0)


STEP = "def step(x) = if x > 0 then exp(x) / 2 else 0\n"
BY_RULES = [
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = x * g(x)",
    "let g = with_pullback(step, fn (x, w) => 3 * x * w)\ndef f(x) = x * g(x) + g(g(x))",
    "let g = with_rules(step, fn (x, v) => 3 * x * v, fn (x, w) => 3 * x * w)\ndef f(x) = g(2 * x)",
    "let g = with_pullback(fn (x, y) => x * y, fn ((x, y), w) => (y * w, 7 * w))\n"
    "def f(x) = g(x, sin(x)) * x",
    "let g = with_derivative(fn (x, y) => (x * y, [x, 1]), fn ((x, y), (u, v)) => (3 * u * y, [x * v, u]))\n"
    "def f(x) = { let (a, b) = g(x, x ^ 2)\n  a * b[0] + b[1] }",
    "let g = with_derivative(fn x => x * x, fn (x, v) => 5 * x * v)\ndef f(x) = sum(g([x, 2 * x]) ^ 2)",
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = derivative(fn t => t * g(t))(x) * x",
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = gradient(fn t => t * g(t * x))(x)",
    "let h = with_derivative(step, fn (x, v) => 3 * x * v)\n"
    "let g = with_derivative(fn x => h(x) + 1, fn (x, v) => h(x) * v)\ndef f(x) = g(x) * x",
]


@pytest.mark.parametrize("text", BY_RULES)
def test_a_derivative_by_a_rule_is_one_operation(text: str) -> None:
    session = Session()
    session.evaluate(STEP + text)
    expected = session.evaluate("gradient(f)(2)")
    reverse, forward = (traced(STEP + text + "\n", 2, mode=mode) for mode in ("reverse", "forward"))
    assert reverse.gradient() == {"x": pytest.approx(expected)}
    (result,) = forward.recording.outputs()
    assert isinstance(result, Recorded)
    assert forward.tangents[result.index].value == pytest.approx(expected)
    assert reverse.value == forward.value == session.evaluate("f(2)")
    operations = {entry.primitive.name for entry in reverse.recording.entries if entry.primitive}
    assert operations & {"step", "fn"}
    assert not operations & {"exp"}
    primal = traced(STEP + text + "\n", 2, mode="primal")
    assert not {entry.primitive.name for entry in primal.recording.entries if entry.primitive} & {
        "step",
        "fn",
    }
    try:
        session.evaluate(reverse.source())
    except RunError as error:
        assert "which ADL cannot write" in error.message
    else:  # the gradient does not need the value
        assert session.evaluate("f_gradient(2)") == pytest.approx(expected)


def test_a_function_of_python_is_one_operation() -> None:
    square = vlad.primitive(lambda x: x * x, vjp="fn (x, w) => 3 * x * w", name="square_of")
    f = vlad.evaluate("fn x => sin(x) * square_of(x)", functions={"square_of": square})
    found = vlad.trace(f, 2)
    assert "square_of v₀" in found.text()
    assert found.gradient() == {"x": pytest.approx(vlad.gradient(f)(2))}


def test_a_rule_of_a_function_that_gives_a_function_is_refused() -> None:
    text = "let g = with_derivative(fn x => fn y => x * y, fn (x, v) => fn y => v * y)\ndef f(x) = g(x)(3)\n"
    with pytest.raises(RunError, match="gives a function, whose derivative is given by a rule"):
        traced(text, 2)
    assert traced(text, 2, mode="primal").value == 6.0


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="a mode is one of"):
        traced(SURVEY, 2, 5, mode="sideways")


# ── graphs ───────────────────────────────────────────────────────────────────────────────────


def test_the_graph_has_the_nodes_of_the_survey() -> None:
    t = traced(SURVEY, 2, 5)
    assert [node.name for node in t.graph().nodes] == ["v₋₁", "v₀", "v₁", "v₂", "v₃", "v₄", "v₅"]
    assert [node.parents for node in t.graph().nodes] == [(), (), (0,), (0, 1), (1,), (2, 3), (5, 4)]
    edges = re.findall(r"n(\d) -> n(\d)", t.dot())
    assert len(edges) == 8
    picture = ET.fromstring(t.svg())
    boxes = [g for g in picture.iter() if g.get("class") == "node"]
    assert len(boxes) == 7
    assert "sin(x2)" in t.svg()
    assert "survey.adl:1:36" in t.svg()


def test_nodes_of_a_large_graph_do_not_overlap() -> None:
    turn = "(sin(u) * v, u + w * v, exp(-w) + u * v)"
    text = f"def f(a, b, c) = (loop (u, v, w) = (a, b, c) for i in 1..12 do {turn})[0]\n"
    picture = traced(text, 0.2, 0.3, 0.4).svg()
    boxes = re.findall(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="(\d+)" height="(\d+)" rx', picture)
    assert len(boxes) > 90
    found = sorted((float(y), float(x)) for x, y, _, _ in boxes)
    wide = float(boxes[0][2])
    for (y1, x1), (y2, x2) in pairwise(found):
        assert y1 != y2 or x2 - x1 >= wide


# ── steps, commands, Python ──────────────────────────────────────────────────────────────────


def test_steps_go_forth_and_back() -> None:
    t = traced(SURVEY, 2, 5)
    shown: list[str] = []
    keys = iter("nnpnq")
    walk(t, lambda: next(keys), shown.append)
    assert [re.match(r"step (\d+)", text)[1] for text in shown] == ["1", "2", "3", "2", "3"]  # type: ignore[index]
    assert len(steps(t)) == 7 + 9
    assert "^^^^^^\n  v₁ = ln v₋₁ = ln 2 = 0.693" in listing(t)
    assert listing(t).endswith("v̄₋₁ = v̄₋₁ + v̄₁ ∂v₁/∂v₋₁ = v̄₋₁ + v̄₁ / v₋₁ = 5 + 1 / 2 = 5.5")


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "survey.adl"
    path.write_text(SURVEY + 'def f_derivative(x1, x2) = (1 / x1 + x2, x1 - cos(x2))\nprint("silent")\n')
    return str(path)


def test_the_commands(script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["--call", "f(2, 5)"]
    assert main(["trace", script, *call]) == 0
    out = capsys.readouterr().out
    assert "silent" not in out
    assert "v̄₀ + v̄₂ × v₋₁" in out
    assert main(["trace", script, *call, "--mode", "forward", "--direction", "(0, 1)"]) == 0
    assert "ẏ" in capsys.readouterr().out
    target = tmp_path / "g.svg"
    assert main(["graph", script, *call, "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8").startswith("<svg")
    assert main(["graph", script, *call, "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith("digraph")
    assert main(["compare", script, *call]) == 0
    assert "by hand                ∂1  5.5" in capsys.readouterr().out
    assert main(["ops", script, *call]) == 0
    assert "tape:" in capsys.readouterr().out
    assert main(["step", script, *call]) == 0
    assert "step 16 of 16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("f", "expected a call of a function"),
        ("f(2", "syntax error"),
        ("f(2)", "takes 2 arguments"),
        ("ff(2)", "unknown name `ff`"),
        ("", "expected a call of a function"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(
    call: str, message: str, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", script, "--call", call]) == 1
    assert message in capsys.readouterr().err


def test_a_file_may_have_the_name_of_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trace").write_text("print(7)")
    monkeypatch.chdir(tmp_path)
    assert main(["./trace"]) == 0
    assert capsys.readouterr().out == "7\n"


def test_from_python() -> None:
    f = evaluate("fn (a, b) => a * sin(b)")
    assert laboratory.trace(f, 2, 0).gradient() == {"a": 0.0, "b": 2.0}
    assert laboratory.compare(f, 2, 0).exact == (0.0, 2.0)
    assert laboratory.count(f, 2.0, 0.5).columns["f"].operations == {"*": 1, "sin": 1}


def test_values_are_those_of_python() -> None:
    t = laboratory.trace(evaluate("fn m => sum(m.a * m.b)"), {"a": np.array([1.0, 2.0]), "b": 3.0})
    slope = t.gradient()
    assert slope["m.a"].tolist() == [3.0, 3.0] and slope["m.b"] == 3.0
    both = laboratory.trace(evaluate("fn x => {a: [x, 1], b: list(x, true)}"), 2.0, mode="forward").value
    assert both["a"].tolist() == [2.0, 1.0] and both["b"] == [2.0, True]


def test_a_real_is_a_real_and_a_list_a_list() -> None:
    t = traced("def f(xs) = fold(fn (a, x) => a + x * x, 0, xs)\n", Session().evaluate("list(1, 2, 3)"))
    assert t.recording.paths == ("xs[0]", "xs[1]", "xs[2]")
    assert is_real(t.value)
    assert list(t.gradient().values()) == [2.0, 4.0, 6.0]
    assert list(list_items(t.recording.argument)) == [1.0, 2.0, 3.0]


def test_the_trace_of_a_minimum_has_the_derivative_of_its_equation() -> None:
    text = "import optimize\ndef f(a) = optimize.minimize(fn x => (x - a) ^ 2 + x, 0).x ^ 2\n"
    assert traced(text, 0.7).gradient()["a"] == pytest.approx(0.4)
