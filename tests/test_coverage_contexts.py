"""What scripts/coverage records: the lines of every test, also after one that has ended the tracing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

coverage = pytest.importorskip("coverage")

TESTS = """
import sys

from measured import double

def test_first():
    assert double(1) == 2

def test_that_ends_the_tracing():
    sys.settrace(None)

def test_last():
    assert double(2) == 4
"""


def test_a_test_that_ends_the_tracing_costs_the_others_nothing(tmp_path: Path) -> None:
    (tmp_path / "measured.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "coveragerc").write_text("[run]\nsource_pkgs = measured\n", encoding="utf-8")
    start = [sys.executable, "-m", "coverage", "run", "--rcfile=coveragerc", "-m", "pytest", "-q"]
    options = ["-p", "coverage_contexts", "-p", "no:xdist", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([*start, *options], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    data = coverage.CoverageData(str(tmp_path / ".coverage"))
    data.read()
    (file,) = data.measured_files()
    tests = data.contexts_by_lineno(file)[2]
    assert sorted(tests) == ["test_some.py::test_first", "test_some.py::test_last"]
