"""IPython in this process, and sessions of it as documents show them: cells with what they write below."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

FIRST, NEXT = re.compile(r"In \[\d+\]: ?"), re.compile(r" *\.\.\.: ?")  # the prompts of a cell's lines


@contextmanager
def new_shell(folder: Path) -> Iterator[Any]:
    """An IPython of its own, which keeps its files in a folder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    settings = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    shell: Any = InteractiveShell(config=settings, ipython_dir=str(folder))
    try:
        yield shell
    finally:
        shell.restore_sys_module_state()


def cells(text: str) -> list[tuple[str, str]]:
    """The cells of a session, each with what it writes."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if prompt := FIRST.match(line):
            found.append(([line[prompt.end() :]], []))
        elif found and not found[-1][1] and (prompt := NEXT.match(line)):
            found[-1][0].append(line[prompt.end() :])
        elif found:
            found[-1][1].append(line)
    return [("\n".join(cell), "\n".join(written).strip()) for cell, written in found]


def session_complaints(text: str, folder: Path) -> list[str]:
    """In what the cells of a session write other texts than those below them."""
    found = [] if FIRST.match(text) else ["a session begins with a prompt"]
    with new_shell(folder) as shell:
        for cell, expected in cells(text):
            out = io.StringIO()
            with redirect_stdout(out), redirect_stderr(out):
                shell.run_cell(cell, store_history=True)
            if out.getvalue().strip() != expected:
                found.append(f"`{cell}` writes\n{out.getvalue()}and not\n{expected}")
    return found
