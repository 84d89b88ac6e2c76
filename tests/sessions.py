"""Sessions of the REPL as texts: what was typed, after prompts, and what came out, as people paste them.

A file of tests/repl and a console block of a document that begins with a prompt are such texts.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from vlad_py.execution.limits import Limits
from vlad_py.repl import door
from vlad_py.repl.engine import Engine
from vlad_py.repl.inputs import typed

ROOT = Path(__file__).parent / "repl"
WIDTH = 80
TIMING = re.compile(r"^median of \d+ runs: .*$", re.MULTILINE)  # which is another one every time


def replayed(text: str, folder: Path) -> str:
    """The session as it goes when the same is typed now; `folder` is where it takes place."""
    out = io.StringIO()
    lines = typed(text.splitlines())

    def read(prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        out.write(f"{prompt}{line}".rstrip() + "\n")
        return line

    engine = Engine(out.write, out.write, lambda: WIDTH, Limits(depth=100_000))
    here = os.getcwd()
    os.chdir(folder)
    try:
        door.read_lines(engine, read)
    finally:
        os.chdir(here)
    return steady(out.getvalue())


def steady(text: str) -> str:
    """A session without what differs from run to run."""
    return TIMING.sub("median of 100 runs: 1 ms", text)
