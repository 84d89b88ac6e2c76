"""Programs of the language with what they promise in comments: found, read, run, compared.

print(e)  #> text     the program writes this line, after those of the `#>` and `#~` above it
print(e)  #~ text     the same, but numbers agree to twelve digits only
e         #! text     the program fails with an error on this line whose message contains the text
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from vlad_py.execution.machine import Limits
from vlad_py.ground.errors import Error
from vlad_py.ground.source import Span
from vlad_py.session.session import Session

ROOT = Path(__file__).resolve().parent / "language"

EXPECTATION = re.compile(r"#([>~!])(?: (.*?))?\s*$")
# not within a name such as v1; the sign belongs to the number
NUMBER = re.compile(r"(?<![\w'])(-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan))(?!\w)")


@dataclass(frozen=True)
class Program:
    """A program and what it promises: the lines that it writes, each with whether it is exact; its error."""

    path: Path
    lines: tuple[tuple[str, bool], ...]
    error: tuple[int, str] | None


PATHS = sorted(ROOT.glob("*/*.adl"))
"""Every program, `<topic>/<fact>.adl`; what lies in deeper folders is there to be imported."""


def name_of(path: Path) -> str:
    """The name of a program: `topic/fact`."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def read(path: Path) -> Program:
    """A program with its expectations. ValueError if it promises nothing, or two errors."""
    lines: list[tuple[str, bool]] = []
    failures: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = EXPECTATION.search(line)
        if found is None:
            continue
        kind, text = found[1], found[2] or ""
        if kind == "!":
            failures.append((number, text))
        else:
            lines.append((text, kind == ">"))
    if len(failures) > 1 or not (lines or failures):
        raise ValueError(f"{path}: expected some `#>`, or one `#!`")
    return Program(path, tuple(lines), failures[0] if failures else None)


@dataclass(frozen=True)
class Outcome:
    """What a program wrote and how it failed."""

    written: tuple[str, ...]
    error: Error | None


def run(program: Program, limits: Limits | None = None) -> Outcome:
    """Runs a program in a session of its own."""
    out: list[str] = []
    session = Session(write=out.append, limits=limits)
    error = None
    try:
        session.run_file(str(program.path))
    except Error as raised:
        error = raised
    return Outcome(tuple("".join(out).splitlines()), error)


def complaints(program: Program, outcome: Outcome) -> list[str]:
    """In what an outcome differs from the program's promises."""
    found = []
    for i, (text, is_exact) in enumerate(program.lines):
        got = outcome.written[i] if i < len(outcome.written) else None
        if got is None or not (got == text or (not is_exact and close(got, text))):
            found.append(f"line {i + 1} of the output: expected {text!r}, got {got!r}")
    if len(outcome.written) > len(program.lines):
        found.append(f"unexpected output: {outcome.written[len(program.lines) :]}")
    return found + error_complaints(program, outcome.error)


def error_complaints(program: Program, error: Error | None) -> list[str]:
    """In what an error differs from the one that the program promises."""
    if program.error is None:
        return [] if error is None else [f"unexpected {error}"]
    number, text = program.error
    if error is None:
        return [f"expected an error on line {number}: {text}"]
    found = [] if text in error.message else [f"expected an error with {text!r}, got {error}"]
    span = error.span
    if span is None or place_of(span) != (program.path, number):
        found.append(f"expected the error on line {number}, got {error}")
    return found


def place_of(span: Span) -> tuple[Path, int]:
    """The file and the line in which a span starts."""
    return Path(span.source.name).resolve(), span.source.position(span.start)[0]


def close(got: str, expected: str) -> bool:
    """Whether two texts differ by nothing but the last digits of their numbers."""
    a, b = NUMBER.split(got), NUMBER.split(expected)  # text and numbers, alternately
    return a[::2] == b[::2] and all(
        x == y or math.isclose(float(x), float(y), rel_tol=1e-12, abs_tol=1e-15)
        for x, y in zip(a[1::2], b[1::2], strict=True)
    )
