"""What scripts/coverage records: lines and branches of all tests, and of the processes that they start."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "measuring"))

from installed import LINE

MEASURING = Path(__file__).parent / "measuring"
pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with Python 3.12")

MEASURED = """
def sign(x):
    if x > 0:
        return 1
    return -1

def last(xs):
    for x in xs:
        if x and xs:
            y = x
    return y
"""
TESTS = """
import os, subprocess, sys

from measured.some import last, sign

def test_ends_the_tracing():
    sys.settrace(None)
    assert sign(1) == 1

def test_last():
    assert last([1, 0]) == 1

def test_starts_a_process():
    code = "import os, measured.some; assert measured.some.sign(-1) == -1; os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_ends_a_process():
    code = "import os, signal, measured.some; measured.some.sign(-1); os.kill(os.getpid(), signal.SIGTERM)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == -15
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of a run of tests."""
    pytest.importorskip("coverage")
    folder = tmp_path_factory.mktemp("measuring")
    (folder / "measured").mkdir()
    (folder / "measured" / "some.py").write_text(MEASURED, encoding="utf-8")
    (folder / "test_some.py").write_text(TESTS, encoding="utf-8")
    (folder / "sitecustomize.py").write_text(LINE.format(str(MEASURING)), encoding="utf-8")
    (folder / "records").mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "MEASURED_FOLDER": str(folder / "records"),
        "MEASURED_SOURCE": f"{folder / 'measured'}{os.sep}",
    }
    for command in (
        ["-m", "pytest", "-q", "-p", "measured_tests", "-p", "no:xdist", "-p", "no:cacheprovider"],
        [str(MEASURING / "combined.py"), str(folder / "records"), str(folder), str(folder)],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        environment = dict(os.environ)
    return folder


def test_lines_and_branches(results: Path) -> None:
    """All that ran, in this process and in the one that a test started; `if x > 0` went both ways."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "--rcfile=", "-o", "-"]
    done = subprocess.run(command, cwd=results, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)["files"].values()
    assert found["missing_lines"] == []
    assert found["executed_branches"] == [[3, 4], [3, 5], [8, 9], [8, 11], [9, 8], [9, 10]]


def test_the_tests_that_ran_a_line(results: Path) -> None:
    record = sqlite3.connect(results / ".coverage-tests")
    ran = record.execute("SELECT name, lines FROM ran JOIN test ON test = id WHERE file = 'measured/some.py'")
    lines = {name: int.from_bytes(bits, "little") for name, bits in ran}
    tests = {
        line: {name.partition("::")[2] for name, bits in lines.items() if bits >> line & 1}
        for line in (4, 5, 11)
    }
    assert tests == {
        4: {"test_ends_the_tracing"},
        5: {"test_starts_a_process", "test_ends_a_process"},
        11: {"test_last"},
    }
    assert all(seconds > 0 for (seconds,) in record.execute("SELECT seconds FROM test"))
