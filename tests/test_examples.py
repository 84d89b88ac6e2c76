"""Every program of examples/ prints what examples/expected/ says: text exactly, numbers to twelve digits."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.adl"))
SLOW = ("particle", "saddle")  # searches inside searches, in four nestings

# not within a name such as v1; the sign belongs to the number
NUMBER = re.compile(r"(?<![\w'])(-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan))(?!\w)")


def same(got: str, expected: str) -> bool:
    """Whether two texts differ by nothing but the last digits of their numbers."""
    a, b = NUMBER.split(got), NUMBER.split(expected)  # text and numbers, alternately
    return a[::2] == b[::2] and all(
        x == y or math.isclose(float(x), float(y), rel_tol=1e-12) for x, y in zip(a[1::2], b[1::2])
    )


def test_every_example_has_its_expected_output() -> None:
    assert sorted(path.stem for path in (EXAMPLES / "expected").glob("*.txt")) == NAMES


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in NAMES]
)
def test_example(name: str) -> None:
    command = [sys.executable, "-m", "vlad_py.cli", str(EXAMPLES / f"{name}.adl")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (run.returncode, run.stderr) == (0, "")
    expected = (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")
    assert same(run.stdout, expected), run.stdout


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
