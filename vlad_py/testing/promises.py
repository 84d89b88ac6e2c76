"""What a program promises in comments, and in what a run of it differs.

print(e)  #> text     the program writes this line, after those of the `#>` and `#~` above it
print(e)  #~ text     the same, but numbers agree to twelve digits only
e         #! text     the program fails with an error on this line whose message contains the text
"""

from __future__ import annotations

import math
import os
import re

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import Error, render
from vlad_py.ground.literals import CODE
from vlad_py.ground.node import record
from vlad_py.session.session import Session

PROMISE = re.compile(r"#([>~!])(?: (.*?))?\s*$")
# not within a name such as v1; the sign belongs to the number
NUMBER = re.compile(r"(?<![\w'])(-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan))(?!\w)")


@record
class Promise:
    """The line of the file on which it stands, the text, and whether every digit counts."""

    line: int
    text: str
    is_exact: bool = True


@record
class Program:
    """A program of a file, as its text, with the lines that it promises to write, and its error.

    `first_line` is where it begins: a document has several. An example in a `##` comment sees the file by the
    statement `imports`; other programs have none.
    """

    path: str
    text: str
    written: tuple[Promise, ...]
    error: Promise | None
    first_line: int = 1
    imports: str = ""

    @property
    def is_only_shown(self) -> bool:
        """Whether it is an example without promises: `vlad doc` shows what it writes, whatever that is."""
        return bool(self.imports) and not self.written and self.error is None

    @property
    def name(self) -> str:
        """The file, with the line where it has several programs."""
        return self.path if self.first_line == 1 else f"{self.path}:{self.first_line}"


@record
class Outcome:
    """What a program wrote, and how it failed."""

    written: tuple[str, ...]
    error: Error | None


@record
class Difference:
    """A line of the file where a program does not keep its promise, 0 if none, and what happens instead."""

    line: int
    message: str


def promise_of(line: str) -> re.Match[str] | None:
    """The promise in the comment of a line."""
    code = re.match(CODE, line)
    return PROMISE.search(line, code.end() if code is not None else 0)


def read(text: str, path: str, first_line: int = 1, imports: str = "") -> Program:
    """A program with its promises. ValueError if it promises more than one error."""
    written: list[Promise] = []
    failures: list[Promise] = []
    for number, line in enumerate(text.split("\n"), first_line):
        found = promise_of(line)
        if found is not None and not line.lstrip().startswith("##"):  # documentation: see examples.py
            promise = Promise(number, found[2] or "", found[1] == ">")
            (failures if found[1] == "!" else written).append(promise)
    if len(failures) > 1:
        raise ValueError(f"{path}:{failures[1].line}: a program ends at its first error; it has one `#!`")
    return Program(path, text, tuple(written), failures[0] if failures else None, first_line, imports)


def run(program: Program, limits: Limits | None = None) -> Outcome:
    """Runs a program in a session of its own."""
    out: list[str] = []
    session = Session(write=out.append, limits=limits)
    error = None
    # empty lines stand for what is above it in its file, so that errors tell the file's lines
    above = "\n" * (program.first_line - 1)
    try:
        if program.imports:
            folder = os.path.dirname(os.path.abspath(program.path))
            session.evaluate(above + program.imports, program.path, folder)
            out.clear()  # what the file writes is not what its example writes
        session.run_script(above + program.text, program.path)
    except Error as raised:
        error = raised
    written = "".join(out).removesuffix("\n")  # not splitlines: a string may hold other ends of lines
    return Outcome(tuple(written.split("\n")) if out else (), error)


def differences(program: Program, outcome: Outcome) -> list[Difference]:
    """In what an outcome differs from the program's promises. An error that is not promised explains what is
    missing below it.
    """
    found, missing = [], []
    for i, promise in enumerate(program.written):
        got = outcome.written[i] if i < len(outcome.written) else None
        if got is None:
            message = f"expected `{promise.text}`, but nothing more is written"
            missing.append(Difference(promise.line, message))
        elif not is_kept(promise, got):
            message = f"expected `{promise.text}`, got `{got}`{_advice(promise, got)}"
            found.append(Difference(promise.line, message))
    for line in () if program.is_only_shown else outcome.written[len(program.written) :]:
        found.append(Difference(0, f"writes `{line}`, which no `#>` promises"))
    of_error = _of_error(program, outcome.error)
    return [*found, *([] if outcome.error is not None and of_error else missing), *of_error]


def _advice(promise: Promise, got: str) -> str:
    """What to write instead, where only the last digits differ."""
    return "; `#~` compares twelve digits" if promise.is_exact and close(got, promise.text) else ""


def is_kept(promise: Promise, got: str | None) -> bool:
    """Whether the line that a program writes, None for no more, is the promised one."""
    if got is None or got == promise.text:
        return got is not None
    return not promise.is_exact and close(got, promise.text)


def _of_error(program: Program, error: Error | None) -> list[Difference]:
    """In what an error differs from the one that the program promises."""
    promise = program.error
    if promise is None:
        return [] if error is None else [Difference(_line_of(program, error), f"fails\n{render(error)}")]
    if error is None:
        return [Difference(promise.line, f"expected an error with `{promise.text}`")]
    found = []
    if promise.text not in error.message:
        found.append(Difference(promise.line, f"expected an error with `{promise.text}`\n{render(error)}"))
    if _line_of(program, error) != promise.line:
        found.append(Difference(promise.line, f"expected the error on this line\n{render(error)}"))
    return found


def _line_of(program: Program, error: Error) -> int:
    """The line of a program's file where an error is; 0 if it is in another file."""
    span = error.span
    if span is None or os.path.abspath(span.source.name) != os.path.abspath(program.path):
        return 0
    return span.source.position(span.start)[0]


def close(got: str, expected: str) -> bool:
    """Whether two texts differ by nothing but the last digits of their numbers."""
    a, b = NUMBER.split(got), NUMBER.split(expected)  # text and numbers, alternately
    return a[::2] == b[::2] and all(
        x == y or math.isclose(float(x), float(y), rel_tol=1e-12, abs_tol=1e-15)
        for x, y in zip(a[1::2], b[1::2], strict=True)
    )
