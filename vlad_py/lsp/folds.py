"""Which lines of a text fold."""

from __future__ import annotations

from collections.abc import Iterator

from vlad_py.ground.node import record
from vlad_py.lsp.document import Document
from vlad_py.syntax.newlines import CLOSING, OPENING


@record
class Fold:
    """Lines of which only the first stays, both numbers from 0."""

    first: int
    last: int
    is_comment: bool = False


def folds(document: Document) -> list[Fold]:
    """What stands between brackets, statements and comments of several lines: the longest for each line."""
    longest: dict[int, Fold] = {}
    for fold in (*_bracketed(document), *_statements(document), *_comments(document)):
        before = longest.get(fold.first)
        if fold.last > fold.first and (before is None or before.last < fold.last):
            longest[fold.first] = fold
    return [longest[first] for first in sorted(longest)]


def _line(document: Document, offset: int) -> int:
    return document.source.position(offset)[0] - 1


def _bracketed(document: Document) -> Iterator[Fold]:
    """Between two brackets; the line of the closing one stays."""
    opened: list[int] = []
    for token in document.tokens:
        if token.type in OPENING:
            opened.append(token.start_pos)
        elif token.type in CLOSING and opened:
            yield Fold(_line(document, opened.pop()), _line(document, token.start_pos) - 1)


def _statements(document: Document) -> Iterator[Fold]:
    """Statements at the margin, but for those that end with the line of a bracket, which stays."""
    for statement in document.mended.program.statements:
        text = statement.span.text.rstrip()
        if not text.rpartition("\n")[2].lstrip().startswith((")", "]", "}")):
            end = statement.span.start + len(text)
            yield Fold(_line(document, statement.span.start), _line(document, end))


def _comments(document: Document) -> Iterator[Fold]:
    first = None
    lines = document.source.text.split("\n")
    for i, line in enumerate([*lines, ""]):
        if line.lstrip().startswith("#"):
            first = i if first is None else first
        elif first is not None:
            yield Fold(first, i - 1, is_comment=True)
            first = None
