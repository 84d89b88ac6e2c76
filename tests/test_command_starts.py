"""Starts: what is loaded, what the command reads is closed or endless, Ctrl-C before it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vlad_py import __main__
from vlad_py.command import cli

ROOT = Path(__file__).resolve().parent.parent
NO_INPUT, STOPPED = 66, 130
COMMAND = [sys.executable, "-m", "vlad_py"]


@pytest.mark.skipif(os.name != "posix", reason="files are closed by their numbers")
def test_standard_input_that_is_closed() -> None:
    result = subprocess.run(
        [*COMMAND, "-"], capture_output=True, text=True, preexec_fn=lambda: os.close(0), timeout=60
    )
    told = "vlad: -: standard input is closed\n"
    assert (result.returncode, result.stdout, result.stderr) == (NO_INPUT, "", told)


@pytest.mark.skipif(sys.platform != "linux", reason="an endless file")
def test_a_file_without_an_end() -> None:
    command = [*COMMAND, "--max-memory", "200M", "/dev/zero"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (NO_INPUT, "vlad: /dev/zero: file too large\n")


def test_an_interruption_while_the_command_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert __main__.main() == STOPPED
    assert capsys.readouterr().err == "interrupted\n"


# ── start-up ─────────────────────────────────────────────────────────────────────────────────


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    report = f"{statement}\nimport sys\nprint('loaded', *sys.modules)"
    run = subprocess.run([sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = modules_after("import vlad_py, vlad_py.ground.resources")
    assert loaded.isdisjoint({"lark", "numpy", "importlib.resources", "pathlib", "vlad_py.session.session"})
