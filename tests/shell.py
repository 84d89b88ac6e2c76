"""The command within the process of the tests: a fixture that calls it, and files for it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vlad_py.command import cli

OK, FAILED, USAGE, LIMIT, NO_INPUT, OUR_BUG, STOPPED = 0, 1, 2, 3, 66, 70, 130


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Vlad = Callable[..., Result]


@pytest.fixture(name="vlad")
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Vlad:
    """The command, called within this process, whose settings it leaves alone; its folder is empty."""
    monkeypatch.setattr(cli, "prepare", lambda max_memory: None)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            status = cli.main(list(arguments))
        except SystemExit as end:
            status = end.code  # type: ignore[assignment]
        return Result(status, *capsys.readouterr())

    return call


def script(text: str | bytes, name: str = "script.adl") -> str:
    """A file in the current folder."""
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name
