"""Every program of tests/errors fails with exactly the text beside it; they are found, never listed.

`name.expected` holds the whole diagnostic of `name.adl`; `pytest --accept` rewrites it. A line
`#% options` makes the program run by the command, with those options.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vlad_py.ground.errors import Bug, Error, render
from vlad_py.session.session import Session

ROOT = Path(__file__).parent / "errors"
PROGRAMS = sorted(ROOT.glob("*.adl"))
OPTIONS = re.compile(r"^#% (.*)$", re.MULTILINE)
GROUPS = "array call derivative import limit list loop match name newcomer plot record span stack syntax type"


def diagnostic(path: Path) -> str:
    """What a program writes to standard error."""
    options = OPTIONS.search(path.read_text(encoding="utf-8"))
    if options is not None:
        return by_command(path.name, *options[1].split())
    try:
        Session(write=lambda _: None).run_file(path.name)
    except Error as error:
        assert not isinstance(error, Bug), render(error)
        return render(error) + "\n"
    return ""


def by_command(*arguments: str) -> str:
    """What the command writes to standard error, run in the programs' folder."""
    command = [sys.executable, "-m", "vlad_py", *arguments[1:], arguments[0]]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    return run.stderr


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_diagnostic(path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.syspath_prepend(str(ROOT.parent.parent))
    monkeypatch.setenv("PYTHONPATH", str(ROOT.parent.parent))
    monkeypatch.chdir(ROOT)
    text = diagnostic(path)
    expected = path.with_suffix(".expected")
    if request.config.getoption("--accept"):
        expected.write_text(text, encoding="utf-8")
    assert text, "the program ran without an error"
    assert text == (expected.read_text(encoding="utf-8") if expected.exists() else "")


def test_every_expected_text_has_its_program() -> None:
    assert [p.name for p in ROOT.glob("*.expected") if not p.with_suffix(".adl").exists()] == []


def test_there_are_many_in_every_group() -> None:
    groups = [path.stem.split("_")[0] for path in PROGRAMS]
    assert len(groups) > 150
    assert set(groups) == set(GROUPS.split())
    assert all(groups.count(group) >= 5 for group in set(groups))


def test_the_command_writes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT.parent.parent))
    monkeypatch.chdir(ROOT)
    path = ROOT / "stack_through_functions.adl"
    assert by_command(path.name) == path.with_suffix(".expected").read_text(encoding="utf-8")
