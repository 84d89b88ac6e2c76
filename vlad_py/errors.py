"""Every error that a user can meet, and the one renderer of all diagnostics.

Error                      anything the language reports
├── SyntaxError            the text does not parse
├── ResolveError           a name, an import or a binding is wrong before anything runs
├── RunError               the program went wrong while it ran
├── LimitError             a limit of steps, depth or memory was reached
├── Interrupted            Ctrl-C
└── Bug                    vlad_py itself is wrong
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vlad_py.source import Span

FOLD_ABOVE = 12  # a call stack longer than this is folded in the middle


@dataclass(frozen=True, slots=True)
class Caller:
    """One level of the language's call stack: in which function, at which call."""

    function: str
    span: Span


class Error(Exception):
    """A diagnostic: message, span, hint and the language's call stack, innermost call first.

    `span` is None until the place is known: a primitive raises without one, and the machine,
    which knows where it is, fills it in.
    """

    title = "error"

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        hint: str = "",
        stack: tuple[Caller, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.stack = stack

    def __str__(self) -> str:
        return render(self)


class SyntaxError(Error):
    """The text does not parse. `incomplete` says that more text could complete it."""

    title = "syntax error"

    def __init__(
        self, message: str, span: Span | None = None, *, hint: str = "", incomplete: bool = False
    ) -> None:
        super().__init__(message, span, hint=hint)
        self.incomplete = incomplete


class ResolveError(Error):
    """A name, an import or a binding is wrong before anything runs."""


class RunError(Error):
    """The program went wrong while it ran."""


class LimitError(Error):
    """A limit of steps, depth or memory was reached."""

    title = "limit"


class Interrupted(Error):
    """Ctrl-C."""

    title = "interrupted"


class Bug(Error):
    """vlad_py itself is wrong."""

    title = "internal error"


def near(name: str, known: Iterable[str]) -> str:
    """A hint that names the known name nearest to a misspelt one; empty if none is near."""
    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{matches[0]}`?" if matches else ""


def render(error: Error, *, color: bool = False) -> str:
    """The whole text of a diagnostic, without a final newline."""
    red, bold, blue, off = ("\033[31;1m", "\033[1m", "\033[34m", "\033[0m") if color else ("",) * 4
    lines = [f"{red}{error.title}{off}{bold}: {error.message}{off}"]
    if error.span is not None:
        lines += _excerpt(error.span, red, blue, off)
    if error.hint:
        lines.append(f"{blue}hint{off}: {error.hint}")
    if error.stack:
        lines.append("call stack, innermost first:")
        lines += _stack(error.stack)
    return "\n".join(lines)


def _excerpt(span: Span, red: str, blue: str, off: str) -> list[str]:
    line, column = span.source.position(span.start)
    last, last_column = span.source.position(max(span.start, span.end - 1))
    text = span.source.line(line)
    width = max(1, (last_column if last == line else len(text)) - column + 1)
    gutter = " " * len(str(line))
    # a tab before the caret stays a tab, so that the caret stands under its character
    indent = "".join("\t" if c == "\t" else " " for c in text[: column - 1])
    more = f" … to line {last}" if last != line else ""
    return [
        f"{gutter}{blue}-->{off} {span.place}",
        f"{gutter} {blue}|{off}",
        f"{blue}{line} |{off} {text}",
        f"{gutter} {blue}|{off} {indent}{red}{'^' * width}{off}{more}",
    ]


def _stack(stack: tuple[Caller, ...]) -> list[str]:
    lines = [f"  in {caller.function} at {caller.span.place}" for caller in stack]
    if len(lines) <= FOLD_ABOVE:
        return lines
    half = FOLD_ABOVE // 2
    folded = len(lines) - 2 * half
    return [*lines[:half], f"  … {folded} more calls …", *lines[-half:]]
