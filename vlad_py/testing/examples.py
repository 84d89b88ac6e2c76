"""The examples in documentation, as programs: a line is a statement, or expressions whose values it shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress

from vlad_py.ground import resources
from vlad_py.ground.errors import Error
from vlad_py.ground.source import Source
from vlad_py.session.catalogue import Entry
from vlad_py.syntax.parse import parse
from vlad_py.testing.promises import Program, promise_of, read

WRITES = re.compile(r"(?:print|assert|error)\(")


def lines_of(example: str) -> Iterator[tuple[str, str]]:
    """The lines of an example as lines of a program, each with the comment behind it that promises something.

    `twice(3)  #> 6` is `print(twice(3))`, `let x = 3` is itself.
    """
    for line in example.splitlines():
        found = promise_of(line)
        code = line[: found.start()].rstrip() if found else line
        yield (f"print({code})" if _is_expression(code) else code), found[0] if found else ""


def program_of(entry: Entry, path: str) -> Program | None:
    """The example of a definition in a file, as a program beside the file's import; None if there is none.

    Its lines are those of the file, in which the example stands directly above the definition. ValueError if
    it promises two errors.
    """
    if not entry.example or entry.statement is None:
        return None
    lines = [f"{code}  {promise}".rstrip() for code, promise in lines_of(entry.example)]
    imports = import_of(path, entry.statement.source.text) or "()"  # every program sees the prelude
    above = entry.statement.source.text.count("\n", 0, entry.statement.start)
    return read("\n".join(lines), path, above - len(lines) + 1, imports)


def import_of(path: str, text: str) -> str:
    """The import of a file: by its path, or by its name if it is one of the library, which sees more names.
    The empty text for a file of the prelude, whose names every program sees.
    """
    name = os.path.basename(path).removesuffix(resources.LIBRARY_SUFFIX)
    for file, statement in ((name, f"import {name}"), (f"prelude/{name}", "")):
        with suppress(FileNotFoundError):
            if resources.library_text(file) == text:
                return statement
    return f'import "{os.path.basename(path)}"'


def _is_expression(code: str) -> bool:
    """Whether a line is expressions, between commas, that a call of `print` can show."""
    if WRITES.match(code) or not code.strip():
        return False
    try:
        parse(Source("", f"print({code})"))
    except Error:
        return False
    return True
