"""Runs changed cells of a notebook (programs, options and Python around them), each in its own IPython.

A cell gives a value or a diagnostic of the language, and the next cell runs.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from IPython.core.error import UsageError
from notebooks import new_shell

from fuzz.corpus import pieces, words_changed
from fuzz.drive import Fuzz, main
from vlad_py.ground.errors import Error

OPTIONS = ("", "", "", "-i a", "-o b", "-i a,b -o f", "-i", "-x", "-o 'a b'", "-i no_such_name", "-o sin")
PYTHON = ("a = 1", "b = [1, 2]", "a = object()", "b = {'x': 1.5}", "f = lambda x: x", "sin = 3", "del a", "_")
LIMITS = "\n".join(f"%vlad_set {each}" for each in ("steps 5000", "depth 1000", "time 0.5", "memory 500M"))
SETTINGS = ("time 1", "steps 100", "memory x", "depth", "no 3", "steps none")

EXPECTED = (type(None), Error, UsageError, SystemExit)  # what a cell may end with


def draw(random: Random) -> str:
    """Cells, with a line of dashes between two."""
    cells = []
    for _ in range(random.choice((1, 2, 3))):
        kind = random.random()
        text = random.choice(pieces())
        text = words_changed(text, random) if random.random() < 0.7 else text
        if kind < 0.6:
            cells.append(f"%%vlad {random.choice(OPTIONS)}\n{text}")
        elif kind < 0.8:
            cells.append(f"%vlad {text.splitlines()[0]}")
        elif kind < 0.95:
            cells.append(random.choice(PYTHON))
        else:
            cells.append(f"%vlad_set {random.choice(SETTINGS)}")
    return "\n-----\n".join(cells)


@cache
def _shell() -> Any:
    """An IPython for all inputs, which takes its time to start."""
    return new_shell(Path(tempfile.mkdtemp())).__enter__()


@contextmanager
def _silence() -> Iterator[io.StringIO]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        yield out


def complaint(text: str) -> str:
    """What is wrong with what the cells show."""
    shell = _shell()
    with _silence() as out:
        shell.reset(new_session=False)
        shell.run_cell("%load_ext vlad_py\n%reload_ext vlad_py")
        for cell in text.split("\n-----\n"):
            shell.run_cell(LIMITS)
            done = shell.run_cell(cell)
            error = done.error_in_exec
            if cell.startswith("%") and not isinstance(error, EXPECTED):
                return f"{type(error).__name__}: {error}"
        out.truncate(0)
        shell.run_cell("%vlad derivative(fn x => x ^ 3)(2)")
    return "internal error" if "internal error" in out.getvalue() else ""


FUZZ = Fuzz("cells", draw, complaint, longest=3.0)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
