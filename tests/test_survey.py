"""examples/survey/: the survey's tables and figures, cell by cell where they are numbers and formulas."""

from __future__ import annotations

import csv
import math
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py import laboratory
from vlad_py.command.cli import main

ROOT = Path(__file__).resolve().parent.parent
SURVEY = ROOT / "examples" / "survey"
WITH_PLOTS = ("figure_3.py", "table_4.py")


def run(script: str, *arguments: str, folder: Path) -> str:
    """What a script prints that runs in a folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SURVEY / script), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def columns(path: Path) -> dict[str, list[float]]:
    """The columns of a table of numbers, by their names."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


# ── Table 1: expression swell ────────────────────────────────────────────────────────────────

TABLE_1 = {
    1: ("x", "1"),
    2: ("4 * x * (1 - x)", "4 - 8 * x"),
    3: ("16 * x * (1 - x) * (1 - 2 * x) ^ 2", "16 * (1 - 10 * x + 24 * x ^ 2 - 16 * x ^ 3)"),
    4: (
        "64 * x * (1 - x) * (1 - 2 * x) ^ 2 * (1 - 8 * x + 8 * x ^ 2) ^ 2",
        "64 * (1 - 42 * x + 504 * x ^ 2 - 2640 * x ^ 3 + 7040 * x ^ 4 - 9984 * x ^ 5 + 7168 * x ^ 6 - "
        "2048 * x ^ 7)",
    ),
}


@pytest.fixture(scope="module")
def swell() -> Any:
    return vlad.load(SURVEY / "swell.adl")


@pytest.mark.parametrize("n", TABLE_1)
def test_table_1_is_that_of_the_survey(swell: Any, n: int) -> None:
    row = swell.expressions(n)
    assert (row["map"], row["simplified"]) == TABLE_1[n]
    slope = vlad.evaluate(f"fn x => {row['derivative']}")
    exact = vlad.derivative(swell.logistic.l(n))
    assert [slope(x) for x in (0.2, 0.9)] == pytest.approx([exact(x) for x in (0.2, 0.9)], rel=1e-12)


def test_formulas_swell_and_programs_do_not(swell: Any) -> None:
    sizes = [swell.sizes(n) for n in range(1, 9)]
    counts = [laboratory.count(swell.logistic.l(n), 0.2).columns for n in range(1, 9)]
    formulas = [size["derivative"] for size in sizes]
    assert formulas == [0, 5, 23, 71, 191, 479, 1151, 2687]
    assert all(b > 2 * a for a, b in pairwise(formulas))
    assert [size["shared"] for size in sizes] == [0, *range(5, 54, 8)]
    for operator in ("derivative", "gradient"):
        assert [count[operator].operations.total() for count in counts] == [0, *range(6, 55, 8)]


# ── Figure 2: four ways ──────────────────────────────────────────────────────────────────────


def test_four_ways_agree_as_far_as_they_can(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SURVEY / "figure_2.adl")]) == 0
    found = dict(
        re.findall(r"^(by hand|symbolic|numerical|automatic) +([\d.]+)$", capsys.readouterr().out, re.M)
    )
    automatic = float(found["automatic"])
    assert automatic == pytest.approx(9.0660864, rel=1e-14)
    assert float(found["by hand"]) == pytest.approx(automatic, rel=1e-14)
    assert float(found["symbolic"]) == pytest.approx(automatic, rel=1e-13)
    assert 1e-5 < abs(float(found["numerical"]) - automatic) < 1e-4


# ── Figure 3: errors of differences ──────────────────────────────────────────────────────────


def test_figure_3_falls_with_the_order_and_rises_with_round_off(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    printed = run("figure_3.py", "-o", "out", folder=tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["figure_3.csv", "figure_3.png"]
    assert (tmp_path / "out" / "figure_3.png").read_bytes().startswith(b"\x89PNG")
    assert f"figure {Path('out') / 'figure_3.png'}\n" in printed
    bottoms = {
        name: float(least) for name, least in re.findall(r"^(\w+) +bottoms out at ([\de-]+),", printed, re.M)
    }
    assert 1e-8 < bottoms["forward"] < 5e-7
    assert 5e-11 < bottoms["centre"] < 1e-9

    table = columns(tmp_path / "out" / "figure_3.csv")
    steps = table["h"]
    assert len(steps) == 171
    assert [steps[0], steps[-1]] == pytest.approx([1e-17, 1])
    assert min(table["forward"]) < 1e-7
    assert min(table["centre"]) < 1e-9
    for name, order in (("forward", 1), ("centre", 2)):
        by_step = dict(zip([round(math.log10(h), 3) for h in steps], table[name], strict=True))
        # truncation: a power of the step; a step that vanishes: all of the derivative
        assert math.log10(by_step[-4.0] / by_step[-5.0]) == pytest.approx(order, abs=0.02)
        assert by_step[-17.0] == pytest.approx(9.0660864)
        # round-off: the inverse of the step, within what luck makes of it
        assert 1e-4 < by_step[-12.5] * 10**-12.5 / 1e-16 < 100


# ── Figure 4: the graph ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "beginning", "node"),
    [("figure_4.svg", "<svg", 'class="node"'), ("figure_4.dot", "digraph", "tooltip=")],
)
def test_figure_4_has_the_nodes_of_the_survey(tmp_path: Path, name: str, beginning: str, node: str) -> None:
    path = tmp_path / name
    script = str(ROOT / "examples" / "worked_example.adl")
    assert main(["graph", script, "--call", "f(2, 5)", "-o", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith(beginning)
    assert text.count(node) == 7
    assert all(v in text for v in ("v₋₁", "v₀", "v₁", "v₂", "v₃", "v₄", "v₅"))


# ── Table 4 and Figure 5: the cost of gradients ──────────────────────────────────────────────


@pytest.mark.parametrize("form", ["loops", "arrays"])
def test_table_4_is_measured_beside_the_published_one(tmp_path: Path, form: str) -> None:
    pytest.importorskip("matplotlib")
    printed = run("table_4.py", "--quick", "--format", "svg", "--form", form, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure_5.svg", "table_4_here.csv"]
    lines = {line[:19].strip(): [float(x) for x in line[19:].split()] for line in printed.splitlines()[:-1]}
    assert lines["n"] == [1, 8, 15]
    assert lines["centre   published"] == [1.08, 6.93, 12.17]
    assert lines["forward  published"] == [1.34, 2.66, 3.55]
    assert lines["reverse  published"] == [1.52, 2.16, 2.16]
    here = columns(tmp_path / "table_4_here.csv")
    for name in ("centre", "forward", "reverse"):
        assert lines[f"{name:8} here"] == pytest.approx(here[name], abs=0.006)
        assert min(here[name]) > 0


def test_the_published_table_is_complete() -> None:
    table = columns(SURVEY / "table_4.csv")
    assert table["n"] == [1, 8, 15, 22, 29, 36, 43, 50]
    assert table["centre"] == [1.08, 6.93, 12.17, 17.15, 19.87, 23.64, 25.67, 28.63]
    assert table["forward"] == [1.34, 2.66, 3.55, 4.54, 4.77, 5.59, 6.40, 7.69]
    assert table["reverse"] == [1.52, 2.16, 2.16, 2.31, 2.16, 2.07, 1.99, 1.96]


def test_both_forms_of_the_free_energy_are_the_formula() -> None:
    energy = vlad.load(SURVEY / "helmholtz.adl")
    for n in (1, 5):
        fluid = energy.fluid(n)
        a, b, x = fluid["a"], fluid["b"], fluid["x"]
        assert (a == a.T).all()
        bx = b @ x
        root = math.sqrt(2)
        expected = sum(math.log(t / (1 - bx)) for t in x)
        expected -= x @ a @ x / (math.sqrt(8) * bx) * math.log((1 + (1 + root) * bx) / (1 + (1 - root) * bx))
        assert energy.energy(a, b)(x) == pytest.approx(expected, rel=1e-14)
        assert energy.energy_loop(a, b)(x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("script", WITH_PLOTS)
def test_a_script_says_which_extra_it_needs(script: str) -> None:
    path = str(SURVEY / script)
    program = (
        f"import sys, runpy; sys.modules['matplotlib.figure'] = None; sys.path[0] = {str(SURVEY)!r}\n"
        f"runpy.run_path({path!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "pip install '.[plot]'" in done.stderr
    assert "Traceback" not in done.stderr
