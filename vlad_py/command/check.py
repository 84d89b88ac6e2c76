"""`vlad --check`: all mistakes of a text, and what is probably one."""

from __future__ import annotations

import sys

from vlad_py.checking.bindings import names_of
from vlad_py.checking.diagnose import errors_of
from vlad_py.checking.mend import mend
from vlad_py.checking.suspicions import unsaid, warnings_of
from vlad_py.ground.errors import render
from vlad_py.ground.source import Source
from vlad_py.session.process import wants_color


def check(text: str, name: str, folder: str | None) -> None:
    """Prints the warnings of a text, then its errors; raises the last of these."""
    mended = mend(Source(name, text))
    errors = errors_of(mended, folder)
    warnings = unsaid(warnings_of(mended.program, names_of(mended.program, folder)), errors)
    for error in (*warnings, *errors[:-1]):
        print(render(error, color=wants_color(sys.stderr)) + "\n", file=sys.stderr)
    if errors:
        raise errors[-1]
