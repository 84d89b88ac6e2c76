"""The package in one file, as `python -m zipapp` makes it: from a checkout, and from an installation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import lark
import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "import optimize\nprint(derivative(fn x => x ^ 2)(3), hessian(fn x => x ^ 3)(1))"


@pytest.mark.parametrize("place", [".", "vlad_py/_data"])
def test_the_package_runs_from_a_zip_file(place: str, tmp_path: Path) -> None:
    app = tmp_path / "app"
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "vlad_py", app / "vlad_py", ignore=without)
    shutil.copytree(Path(lark.__file__).parent, app / "lark", ignore=without)
    for name in ("grammar", "stdlib"):
        shutil.copytree(ROOT / name, app / place / name)
    target = tmp_path / "vlad.pyz"
    command = ["-m", "zipapp", str(app), "-m", "vlad_py.command.cli:main", "-o", str(target)]
    subprocess.run([sys.executable, *command], check=True, timeout=60)
    shutil.rmtree(app)
    done = run(target, tmp_path, "-I")
    assert (done.stdout, done.stderr, done.returncode) == ("6 6\n", "", 0)
    done = run(target, tmp_path, "-I", "-S")  # nothing that is installed is seen
    assert "arrays need numpy" in done.stderr


def run(target: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, str(target), "-e", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        env={"XDG_CACHE_HOME": str(folder)},
        cwd=folder,
        check=False,
    )
