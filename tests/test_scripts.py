"""The scripts of the project: from a fresh clone each runs, or says what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted(path for path in (ROOT / "scripts").rglob("*") if path.is_file())


def run(script: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """A script with the commands of a folder before all others."""
    environment = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    command = ["bash", str(script), *arguments]
    return subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, timeout=120)


def put_python(folder: Path, options: str) -> Path:
    """Puts this Python, with options, into a folder; gives the folder."""
    command = folder / "python"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for bash")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_script_says_what_it_needs(script: Path, tmp_path: Path) -> None:
    assert os.access(script, os.X_OK)
    done = run(script, path=put_python(tmp_path, "-I -S"))  # without packages
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{script.relative_to(ROOT).as_posix()} needs: pip install -e ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for bash")
def test_a_script_runs_from_any_folder(tmp_path: Path) -> None:
    done = run(ROOT / "scripts" / "test", "--version", path=put_python(tmp_path, ""))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("pytest ")
