"""Graphs that teach: adjoints in nodes, partial derivatives on edges, colours, forms; true digits."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import Talk
from tracing import SURVEY, traced

from vlad_py.command.cli import main
from vlad_py.ground.errors import ConversionError
from vlad_py.laboratory.graph import FLOWS
from vlad_py.laboratory.nodes import DEAD, OUTPUT, level_color
from vlad_py.laboratory.traces import Trace

NESTED = """\
def f(x) = {
  let unused = exp(x)
  x * derivative(fn y => x * y * derivative(fn z => z * y * x)(2))(1)
}
"""
DIAMOND = "def f(a, b) = { let s = a * b + sin(a); s * s * exp(s - b) / (1 + a ^ 2) }\n"


def test_nodes_have_adjoints_and_edges_partial_derivatives() -> None:
    nodes = traced(SURVEY, 2, 5).graph().nodes
    assert [node.derivative.partition(" = ")[2] for node in nodes] == [
        "5.5",
        "1.716",
        "1",
        "1",
        "−1",
        "1",
        "1",
    ]
    assert nodes[0].derivative == "v̄₋₁ = 5.5"
    assert [node.partials for node in nodes[2:]] == [
        ("0.5",),
        ("5", "2"),
        ("0.284",),
        ("1", "1"),
        ("1", "−1"),
    ]


def test_nodes_have_tangents_in_forward_mode_and_nothing_in_the_primal_one() -> None:
    nodes = traced(SURVEY, 2, 5, mode="forward", direction=(0.0, 1.0)).graph().nodes
    assert [node.derivative for node in nodes[:2]] == ["v̇₋₁ = 0", "v̇₀ = 1"]
    assert nodes[3].partials == ("5", "2")
    nodes = traced(SURVEY, 2, 5, mode="primal").graph().nodes
    assert not any(node.derivative or any(node.partials) for node in nodes)


@settings(max_examples=25, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_adjoints_follow_from_the_edges(a: float, b: float) -> None:
    """The adjoint of a node is the sum, over its edges, of a partial derivative times the adjoint there."""
    nodes = traced(DIAMOND, a, b, digits=17).graph().nodes
    adjoints = [float(node.derivative.partition(" = ")[2].replace("−", "-")) for node in nodes]
    for i, node in enumerate(nodes):
        if not node.is_output:
            slopes = [
                (child.edges(), y) for child, y in zip(nodes, adjoints, strict=True) if i in child.parents
            ]
            expected = sum(float(edges[i].replace("−", "-")) * y for edges, y in slopes)
            assert adjoints[i] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_nothing_depends_on_is_grey_and_levels_have_colours() -> None:
    t = traced(NESTED, 3.0)
    nodes = t.graph().nodes
    dead = {node.label for node in nodes if node.is_dead}
    assert "exp" in dead
    assert all((node.color == DEAD) == node.is_dead for node in nodes)
    assert [node.color for node in nodes if node.is_output] == [OUTPUT]
    assert {node.level for node in nodes} == {0, 1, 2}
    assert {level_color(1), level_color(2)} <= {node.color for node in nodes}
    assert "inside 2 derivatives" in t.svg()
    assert "inside" not in traced(SURVEY, 2, 5).svg()
    grey = "def f(x) = x ^ 2 + derivative(fn t => t * 3)(x)"
    assert "inside" not in traced(grey, 2).svg()


def test_edges_go_down_or_to_the_right() -> None:
    for flow in FLOWS:
        picture = ET.fromstring(traced(SURVEY, 2, 5).svg(flow))
        paths = [p.get("d") or "" for p in picture.iter() if p.get("marker-end")]
        assert len(paths) == 8
        ends = [[float(n) for n in re.findall(r"-?[\d.]+", path)] for path in paths]
        along = (1, -1) if flow == "down" else (0, -2)
        assert all(path[along[0]] < path[along[1]] for path in ends)
    with pytest.raises(ConversionError, match="flow: expected down or right"):
        traced(SURVEY, 2, 5).svg("up")


def test_a_narrow_picture_is_centred() -> None:
    picture = ET.fromstring(traced("def f(x) = x * x", 2).svg())
    middle = float(picture.get("width") or 0) / 2
    boxes = [box for box in picture.iter() if box.get("rx")]
    assert boxes
    for box in boxes:
        assert float(box.get("x") or 0) + float(box.get("width") or 0) / 2 == pytest.approx(middle, abs=1)


def test_mermaid_has_the_nodes_and_the_edges() -> None:
    text = traced("def f(x, y) = if x < 3 then x * y else y", 2, 5).mermaid("right")
    assert text.splitlines()[0] == "flowchart LR"
    assert '  n0["v₋₁  x<br>2<br>v̄₋₁ = 5"]:::input' in text
    assert '  n0 -->|"5"| n2' in text
    assert "classDef output" in text


def test_a_graph_without_a_gradient_has_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pair.adl"
    path.write_text("def f(x) = (x, x * x)\n")
    assert main(["graph", str(path), "--call", "f(3)", "--format", "dot"]) == 0
    out = capsys.readouterr().out
    assert "9" in out
    assert "v̄" not in out
    assert main(["graph", str(path), "--call", "f(3)", "--mode", "reverse"]) == 1
    assert "reverse mode starts from a real" in capsys.readouterr().err


# ── digits ───────────────────────────────────────────────────────────────────────────────────


def cells(t: Trace) -> list[tuple[str, str]]:
    """The cells "in numbers" of a trace, each with the value after it."""
    found = []
    for table in t.tables():
        for row in table.rows:
            for i, head in enumerate(table.heads):
                if head == "in numbers" and row[i]:
                    found.append((row[i], row[i + 1]))
    return found


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 1e5), st.floats(-1e4, -1e-3), st.sampled_from([None, 2, 3, 5]))
def test_what_is_shown_in_numbers_is_true_as_it_is_shown(a: float, b: float, digits: int | None) -> None:
    text = "def f(a, b) = { let p = a * b + b; (p - a) * p / (a - b) * 1.23456 }\n"
    t = traced(text, a, b, digits=digits)
    for numbers, value in cells(t):
        python = numbers.replace("−", "-").replace("×", "*").replace("²", "**2")
        assert t.rounding.text(float(eval(python))) == value


def test_digits_are_those_that_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "survey.adl"
    path.write_text(SURVEY)
    call = ["--call", "f(2, 5)"]
    for command in ("trace", "graph", "step"):
        assert main([command, str(path), *call, "--digits", "7"]) == 0
        assert "0.6931472" in capsys.readouterr().out
    assert main(["compare", str(path), *call, "--digits", "4"]) == 0
    out = capsys.readouterr().out
    assert "1.716 " in out
    assert "1.7163" not in out
    with pytest.raises(SystemExit):
        main(["trace", str(path), *call, "--digits", "18"])
    assert "expected a whole number from 1 to 17, got '18'" in capsys.readouterr().err


def test_the_digits_of_a_session_are_those_of_its_traces() -> None:
    talk = Talk()
    talk.said("def f(x) = ln(x)")
    assert "0.693\n" in talk.said(":trace f(2)")
    talk.said(":set digits 5")
    assert "0.69315" in talk.said(":trace f(2)")
    assert "0.69315" in talk.said(":step f(2)")
    assert "0.6931472" in talk.said(":trace --digits 7 f(2)")


def test_long_names_have_no_bars() -> None:
    text = traced("def f(amplitude, y) = amplitude * sin(y)", 2, 1).text()
    assert "∂z/∂amplitude" in text
    assert "ȳ" in text
    assert "d amplitude" in traced("def f(amplitude, y) = amplitude * y", 2, 1, mode="forward").text()
    assert (
        r"\frac{\partial z}{\partial \mathtt{amplitude}}"
        in traced("def f(amplitude, y) = amplitude * y", 2, 1).latex()
    )
