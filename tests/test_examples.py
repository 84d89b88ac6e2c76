"""Every example prints what examples/expected/ says: text exactly, numbers to twelve digits.

An example is a program `NAME.adl` or `NAME.vlad`, or a folder `NAME/` with the Python script `fit.py`.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PROGRAMS = (*EXAMPLES.glob("*.adl"), *EXAMPLES.glob("*.vlad"))
NAMES = sorted(path.name.removesuffix(".adl") for path in PROGRAMS)
SCRIPTS = sorted(path.parent.name for path in EXAMPLES.glob("*/fit.py"))
NEEDS = {"scipy_minimize": ("scipy", "optimize"), "logistic_regression": ("sklearn", "examples")}  # extras
SLOW = ("particle", "particle.vlad", "saddle", "saddle.vlad")  # searches inside searches, in four nestings

# not within a name such as v1; the sign belongs to the number
NUMBER = re.compile(r"(?<![\w'])(-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan))(?!\w)")


def same(got: str, expected: str) -> bool:
    """Whether two texts differ by nothing but the last digits of their numbers, and so in alignment."""
    a, b = (NUMBER.split(re.sub(" +", " ", text)) for text in (got, expected))  # text, numbers, in turn
    return a[::2] == b[::2] and all(
        x == y or math.isclose(float(x), float(y), rel_tol=1e-12) for x, y in zip(a[1::2], b[1::2])
    )


def test_every_example_has_its_expected_output() -> None:
    found = sorted(path.name.removesuffix(".txt") for path in (EXAMPLES / "expected").glob("*.txt"))
    assert found == sorted(NAMES + SCRIPTS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in NAMES]
)
def test_example(name: str) -> None:
    file = name if name.endswith(".vlad") else f"{name}.adl"
    prints_as_expected(name, ["-m", "vlad_py.command.cli", str(EXAMPLES / file)])


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name][0])
    prints_as_expected(name, [str(EXAMPLES / name / "fit.py")])


def prints_as_expected(name: str, arguments: list[str]) -> None:
    run = python(arguments)
    assert (run.returncode, run.stderr) == (0, "")
    expected = (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")
    assert same(run.stdout, expected), run.stdout


@pytest.mark.parametrize("name", NEEDS)
def test_a_script_says_which_extra_it_needs(name: str) -> None:
    package, extra = NEEDS[name]
    path = str(EXAMPLES / name / "fit.py")
    run = python(["-c", f"import sys, runpy; sys.modules[{package!r}] = None; runpy.run_path({path!r})"])
    assert run.returncode == 1
    assert f"pip install '.[{extra}]'" in run.stderr
    assert "Traceback" not in run.stderr


def python(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )


@pytest.mark.parametrize(
    ("got", "expected", "answer"),
    [
        ("v1 0.30000000000000004 x", "v1 0.3 x", True),
        ("v1 0.3001", "v1 0.3", False),
        ("v2 1", "v1 1", False),
        ("(1, -2.5e-7)", "(1, -2.5e-7)", True),
        ("(1, 2)", "(1 2)", False),
        ("1 2", "1 2 3", False),
        ("nan", "nan", True),
        ("nan", "1", False),
        ("inf", "-inf", False),
    ],
)
def test_same(got: str, expected: str, answer: bool) -> None:
    assert same(got, expected) is answer
