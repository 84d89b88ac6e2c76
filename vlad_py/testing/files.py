"""The programs of files: a file of the language is one, and so is each example in its documentation. A
Markdown document has one in each `adl` block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from vlad_py.ground.errors import Error
from vlad_py.ground.node import record
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source
from vlad_py.session.catalogue import defined
from vlad_py.session.files import SUFFIX, files_of
from vlad_py.syntax.parse import parse
from vlad_py.testing.examples import program_of
from vlad_py.testing.promises import Program, promise_of, read

MARKDOWN = ".md"
FENCE = re.compile(r"( *)(```+|~~~+) *([^`\s]*)")
ASSERTS = re.compile(r"\bassert\(")


@record
class Block:
    """A fenced block of a document: its language, its text, and the number of its first line."""

    language: str
    text: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document. ValueError for one without an end."""
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        opening = FENCE.match(lines[i])
        start = i = i + 1
        if opening is None:
            continue
        fence = opening[2]
        closing = re.compile(rf"\s*{re.escape(fence)}{re.escape(fence[0])}*\s*")
        while i < len(lines) and not closing.fullmatch(lines[i]):
            i += 1
        if i == len(lines):
            raise ValueError(f"line {start}: the block has no end")
        body = "".join(line.removeprefix(opening[1]) + "\n" for line in lines[start:i])
        yield Block(opening[3], body, start + 1)
        i += 1


def files(path: str) -> Iterator[str]:
    """The files with programs that a path stands for: itself, or those in a folder."""
    return iter(files_of(path, (SUFFIX, MARKDOWN)))


def programs(path: str, *, is_named: bool = True) -> Iterator[Program]:
    """The programs that a file holds.

    A file of the language counts if it promises or asserts something, or is named, not found in a folder, and
    has no example. Its examples always count. Raises OSError and UnicodeDecodeError for a file that cannot be
    read, ValueError for one that promises two errors or has a block without an end.
    """
    text = read_text(path)
    if not path.endswith(MARKDOWN):
        examples = list(_examples(text, path))
        if _says_something(text) or (is_named and not examples):
            yield read(text, path)
        yield from examples
        return
    try:
        found = list(blocks(text))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for block in found:
        if block.language == "adl":
            yield read(block.text, path, block.line)


def _examples(text: str, path: str) -> Iterator[Program]:
    """The examples in the documentation of a file; none where it does not parse, which its program says."""
    with suppress(Error):
        for entry in defined(parse(Source(path, text))).values():
            if program := program_of(entry, path):
                yield program


def _says_something(text: str) -> bool:
    return any(promise_of(line) or ASSERTS.search(line) for line in text.split("\n"))
