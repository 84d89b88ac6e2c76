"""Texts with mistakes: a tree of the statements that parse, and the errors of the others."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from vlad_py.ground import errors
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.newlines import CAN_END
from vlad_py.syntax.parse import parse, tokens

# A line at the margin begins a statement, unless its beginning can only continue one.
_START = re.compile(r"^(?![\s)\]}#;,.|=*/^:]|(?:then|else|do|while|for|in|with|and|or)\b)", re.MULTILINE)
_BOUND = re.compile(r"\b(?:def|let|import)\s+([^\W\d][\w']*)|[(,]\s*([^\W\d][\w']*)\s*(?=[,)=])")


@dataclass(frozen=True, slots=True)
class Mended:
    """The part of a text that parses.

    `wrong` are the ranges of the others, `lost` the names that these may define.
    """

    program: syntax.Program
    errors: tuple[errors.SyntaxError, ...]
    wrong: tuple[Span, ...] = ()
    lost: frozenset[str] = frozenset()


def mend(source: Source) -> Mended:
    """The tree of a text without its statements that do not parse."""
    try:
        return Mended(parse(source), ())
    except errors.SyntaxError as error:
        first = error
    wrong: list[Span] = []
    found: list[errors.SyntaxError] = []
    kept = source.text
    for span in _statements(source):
        if _parses(span.text):
            continue
        unfinished = _unfinished(span)
        # of the whole text, the parser has reported the first of these
        found.append(unfinished or (_error_of(source, span) if wrong else first))
        wrong.append(span)
        kept = _blank(kept, span)
    names = {name for span in wrong for match in _BOUND.findall(span.text) for name in match if name}
    try:
        program = parse(Source(source.name, kept))
    except errors.SyntaxError:  # statements that are right by themselves, but not one after another
        program = syntax.Program(Span(source, 0, len(source.text)), ())
        wrong = [program.span]
    return Mended(program, tuple(found or [first]), tuple(wrong), frozenset(names))


def statement_at(source: Source, offset: int) -> Span:
    """The statement at the margin in which an offset lies."""
    statements = _statements(source)
    return statements[bisect_right([span.start for span in statements], offset) - 1]


def _statements(source: Source) -> list[Span]:
    starts = sorted({0, *(match.start() for match in _START.finditer(source.text))})
    return [Span(source, a, b) for a, b in zip(starts, [*starts[1:], len(source.text)], strict=True)]


@lru_cache(maxsize=10_000)
def _parses(statement: str) -> bool:
    """Whether a statement parses by itself; nearly all of a changed text have been asked about before."""
    try:
        parse(Source("", statement))
    except errors.SyntaxError:
        return False
    return True


def _error_of(source: Source, span: Span) -> errors.SyntaxError:
    """The error of a statement that does not parse by itself, placed where the statement stands."""
    above = _blank(source.text[: span.start], Span(source, 0, span.start))
    try:
        parse(Source(source.name, above + span.text))  # the hint may name a line
    except errors.SyntaxError as error:
        if error.span is not None:
            error.span = Span(source, error.span.start, error.span.end)
        if error.fix is not None:
            error.fixed_by(Span(source, error.fix.span.start, error.fix.span.end), error.fix.text)
        return error
    raise AssertionError("the statement parses")


def _unfinished(span: Span) -> errors.SyntaxError | None:
    """The error of a statement that ends where an expression should follow: at what comes before it."""
    found = tokens(span.text)
    if not found or found[-1].type in CAN_END or not _error_of(span.source, span).incomplete:
        return None
    last = found[-1]
    start, end = (span.start + (at or 0) for at in (last.start_pos, last.end_pos))
    message = f"expected an expression after `{last}`"
    return errors.SyntaxError(message, Span(span.source, start, end), incomplete=True)


def _blank(text: str, span: Span) -> str:
    """A text with a span replaced by spaces and newlines."""
    return text[: span.start] + re.sub(r"[^\n]", " ", span.text) + text[span.end :]
