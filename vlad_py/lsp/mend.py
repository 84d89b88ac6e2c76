"""Texts with mistakes: a tree of the statements that parse, and the errors of the others."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from vlad_py.ground import errors
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse

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
    found = [first]
    kept = source.text
    for span in _statements(source):
        alone = _parsed(source, span)
        if isinstance(alone, errors.SyntaxError):
            # of the whole text, the parser has reported the first of these
            found += [alone] if wrong else []
            wrong.append(span)
            kept = _blank(kept, span)
    names = {name for span in wrong for match in _BOUND.findall(span.text) for name in match if name}
    try:
        program = parse(Source(source.name, kept))
    except errors.SyntaxError:  # statements that are right by themselves, but not one after another
        program = syntax.Program(Span(source, 0, len(source.text)), ())
        wrong = [program.span]
    return Mended(program, tuple(found), tuple(wrong), frozenset(names))


def statement_at(source: Source, offset: int) -> Span:
    """The statement at the margin in which an offset lies."""
    statements = _statements(source)
    return statements[bisect_right([span.start for span in statements], offset) - 1]


def _statements(source: Source) -> list[Span]:
    starts = sorted({0, *(match.start() for match in _START.finditer(source.text))})
    return [Span(source, a, b) for a, b in zip(starts, [*starts[1:], len(source.text)], strict=True)]


def _parsed(source: Source, span: Span) -> syntax.Program | errors.SyntaxError:
    """A statement by itself; its error is placed where the statement stands."""
    line, _ = source.position(span.start)
    above = "\n" * (line - 1)
    try:
        return parse(Source(source.name, above + span.text))
    except errors.SyntaxError as error:
        if error.span is not None:
            moved = span.start - len(above)
            error.span = Span(source, error.span.start + moved, error.span.end + moved)
        return error


def _blank(text: str, span: Span) -> str:
    """A text with a span replaced by spaces and newlines."""
    return text[: span.start] + re.sub(r"[^\n]", " ", span.text) + text[span.end :]
