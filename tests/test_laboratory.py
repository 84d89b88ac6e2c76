"""The laboratory's commands, graphs and steps, and what Python has of them."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import termios
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from talk import Talk
from tracing import SURVEY, traced

import vlad_py as vlad
from vlad_py import laboratory
from vlad_py.command.cli import main
from vlad_py.ground.errors import ConversionError
from vlad_py.laboratory.stepping import listing, steps, terminal_key, walk
from vlad_py.laboratory.tables import WIDEST, Table
from vlad_py.python.programs import evaluate
from vlad_py.session.session import Session
from vlad_py.values.values import is_real, list_items

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


def test_a_node_says_what_the_edges_do_not() -> None:
    text = "def f(x, v) = 2 * x + (1 - x) / sum(v[1:]) + (-x) * ln(x) + x * x + max(x, 3) - x ^ 2\n"
    t = traced(text, 3, Session().evaluate("[1, 2, 3]"))
    labels = {node.label for node in t.graph().nodes}
    assert labels >= {
        "2 × v₋₁",
        "1 − v₋₁",
        "v₀[1:]",
        "−v₋₁",
        "ln",
        "sum",
        "+",
        "×",
        "v₋₁ × v₋₁",
        "max(v₋₁, 3)",
    }
    assert "v₋₁²" in labels


def test_texts_of_nodes_fit_their_boxes() -> None:
    mathtext = pytest.importorskip("matplotlib.textpath")
    properties = pytest.importorskip("matplotlib.font_manager").FontProperties
    inner = "derivative(fn t => gradient(fn s => sum(s * v * t))(v)[0])(v[1])"
    text = f"def f(v) = sum(v * [1.25, 2, 3, 4]) * {inner}\n"
    picture = ET.fromstring(traced(text, Session().evaluate("[-0.187123, 5.234, 6.345, 71.1234]")).svg())
    boxes = [g for g in picture.iter() if g.get("class") == "node"]
    assert any("…" in (line.text or "") for box in boxes for line in box)
    assert any("adjoint₂" in (line.text or "") for box in boxes for line in box[2:])
    for box in boxes:
        _, frame, *lines = box
        for line in lines:
            font = properties(family="DejaVu Sans", weight=line.get("font-weight", "normal"))
            width, _, _ = mathtext.TextToPath().get_text_width_height_descent(line.text or "", font, False)
            assert width * 13 / font.get_size_in_points() <= float(frame.get("width", 0)), line.text


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


def test_steps_tell_tangents_and_derivatives_inside() -> None:
    forward = listing(traced(SURVEY, 2, 5, mode="forward"))
    assert "  v₁ = ln v₋₁ = ln 2 = 0.693\n  v̇₁ = v̇₋₁ / v₋₁ = 1 / 2 = 0.5" in forward
    assert forward.startswith("step 1 of 7\n")
    nested = listing(traced("def f(x) = x * derivative(fn z => z * z * x)(x)", 3))
    assert "  v₂ = v₀ + v₀ = 3 + 3 = 6\n  part of a derivative inside: ε₁" in nested


def test_a_terminal_gives_a_key_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(theirs)
        os.write(ours, b"np")  # without the end of a line
        assert (terminal_key(), terminal_key()) == ("n", "p")
        assert termios.tcgetattr(theirs) == before
    os.close(ours)


@pytest.mark.parametrize(("typed", "keys"), [("next\np\n", "np"), ("", "qq"), ("\nq\n", "\nq")])
def test_without_keys_a_line_is_one(typed: str, keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "termios", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert terminal_key() + terminal_key() == keys


@pytest.mark.parametrize("command", ["trace", "graph", "step"])
def test_a_direction_needs_forward_mode(
    command: str, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, script, "--call", "f(2, 5)", "--direction", "(1, 0)"])
    assert "error: `--direction` needs `--mode forward`" in capsys.readouterr().err
    assert "error: `--direction` needs" in Talk().said(f":{command} --direction (1,0) sin(2)")
    with pytest.raises(ConversionError, match='`direction` needs `mode="forward"`'):
        vlad.trace(vlad.evaluate("sin"), 2.0, direction=1.0)


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
    assert "by hand                x1        5.5" in capsys.readouterr().out
    assert main(["ops", script, *call]) == 0
    assert "tape:" in capsys.readouterr().out
    assert main(["step", script, *call]) == 0
    assert "step 16 of 16" in capsys.readouterr().out


def test_only_a_definition_of_the_user_is_by_hand(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(script).write_text("import differences\ndef stop(x) = x ^ 2\ndef jacobian(x) = x\n")
    for call in ("stop(3)", "jacobian(3)", "differences.forward(fn x => x ^ 2)(3)"):
        assert main(["compare", script, "--call", call]) == 0
        assert "by hand" not in capsys.readouterr().out
    Path(script).write_text("def stop(x) = x ^ 2\ndef stop_gradient(x) = 2 * x\n")
    assert main(["compare", script, "--call", "stop(3)"]) == 0
    assert "by hand                6                 0" in capsys.readouterr().out


def test_a_file_has_the_format_of_its_name(
    script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begins = {
        "trace": {"txt": "f(x1", "md": "**f(", "tex": "% f(", "json": "{", "csv": "name,", "adl": "## f_"},
        "graph": {"svg": "<svg", "dot": "digraph", "gv": "digraph"},
        "ops": {"txt": " ", "md": "|  | f", "tex": "\\begin", "csv": "operation,f,"},
        "compare": {"txt": "method", "md": "| method", "tex": "\\begin", "csv": "method,variable"},
    }
    for command, endings in begins.items():
        for ending, begin in endings.items():
            out = tmp_path / f"{command}.{ending}"
            assert main([command, script, "--call", "f(2, 5)", "-o", str(out)]) == 0
            assert out.read_text(encoding="utf-8").startswith(begin)
    chosen = tmp_path / "picture.txt"
    assert main(["graph", script, "--call", "f(2, 5)", "-o", str(chosen), "--format", "dot"]) == 0
    assert chosen.read_text(encoding="utf-8").startswith("digraph")
    for command, name in (
        ("graph", "a.png"),
        ("graph", "a.txt"),
        ("graph", "a"),
        ("trace", "a.svg"),
        ("ops", "a.json"),
    ):
        with pytest.raises(SystemExit):
            main([command, script, "--call", "f(2, 5)", "-o", str(tmp_path / name)])
        assert "format" in capsys.readouterr().err
        assert not (tmp_path / name).exists()


def test_outputs_have_one_name_for_an_operation(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = "def f(x) = sum(where(x > 1, -x ^ 2, x)) + sum(list(x[0], x[0]))\n"
    Path(script).write_text(text)
    names = {row["operation"] for row in traced(text, Session().evaluate("[1, 2]")).data()["operations"]}
    assert names == {"x", "x ^ 2", "-x", "where", "sum", "x[0]", "+"}
    assert main(["ops", script, "--call", "f([1, 2])"]) == 0
    heads = {line.split("  ")[0] for line in capsys.readouterr().out.splitlines()}
    assert heads >= names - {"x", "x[0]"}
    assert not heads & {"total", "neg", "square", "choose"}


def test_an_operator_that_is_called_keeps_its_names(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(script).write_text("def h(x) = x ^ 3\n")
    assert main(["trace", script, "--call", "gradient(h)(1)"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("gradient(h)(x) at (1), reverse mode\n")
    assert main(["trace", script, "--call", "gradient(h)(1)", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["function"] == "gradient(h)"
    assert "₁      gradient  --call:1:1  gradient(h)\n" in out


@pytest.mark.parametrize(
    ("text", "call", "component"),
    [
        ("def f(r, t) = (r * t, r)", "f(2, 1)", "(fn (r, t) => f(r, t)[0])(2, 1)"),
        ("def f(x) = {a: x, b: [x, x]}", "2 |> f", "(fn x => f(x).a)(2)"),
        ("def f(x) = list(true, [[x, x]])", "f(2)", "(fn x => f(x)[1][0, 0])(2)"),
        ("def f(m) = m.w * 2", "f({w: [1, 2]})", "(fn m => f(m)[0])({w: [1, 2]})"),
        ("", "(fn (a, b) => (a, b))((1, 2))", "(fn (a, b) => (fn (a, b) => (a, b))(a, b)[0])(1, 2)"),
    ],
)
def test_the_call_of_one_component_is_said_and_works(
    text: str, call: str, component: str, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(script).write_text(text + "\n")
    assert main(["trace", script, "--call", call]) == 1
    assert f"hint: trace one component: `{component}`, or use forward mode" in capsys.readouterr().err
    assert main(["trace", script, "--call", component]) == 0


def test_a_command_that_is_misspelt_is_no_file(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trac", script]) == 66
    assert "did you mean `trace`?" in capsys.readouterr().err


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


def test_a_graph_too_large_for_a_picture_is_told() -> None:
    f = vlad.evaluate("fn (x, n) => loop v = x for i in 1..n do sin(v) * x")
    graph = vlad.trace(f, 1.0, 1000.0).graph()
    with pytest.raises(vlad.RunError, match="is too large for a picture"):
        graph.svg()
    assert graph._repr_svg_() is None and len(graph.dot()) > 100_000


def test_a_cell_is_no_wider_in_a_terminal_than_can_be_read() -> None:
    """Data has all of it."""
    mark = "\N{COMBINING DOT ABOVE}"
    for text, shown in (
        ("x" * WIDEST, "x" * WIDEST),
        (f"x{mark}" * WIDEST, f"x{mark}" * WIDEST),
        ("x" * (WIDEST + 1), "x" * (WIDEST - 1) + "…"),
        (f"x{mark}" * (WIDEST + 1), f"x{mark}" * (WIDEST - 1) + "…"),
    ):
        table = Table("", ("a", "b"), ((text, "y"),))
        assert table.text().splitlines()[-1] == f"{shown}  y"
        assert text in table.csv() and text in table.markdown() and text in table.html()
