"""The programs of files: a file of the language is one, a Markdown document has one in each `adl` block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlad_py.ground.node import record
from vlad_py.session.files import SUFFIX, files_of, read_text
from vlad_py.testing.promises import PROMISE, Program, read

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
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        opening = FENCE.match(lines[i])
        start = i = i + 1
        if opening is None:
            continue
        while i < len(lines) and lines[i].strip() != opening[2]:
            i += 1
        if i == len(lines):
            raise ValueError(f"line {start}: the block has no end")
        body = "".join(line.removeprefix(opening[1]) + "\n" for line in lines[start:i])
        yield Block(opening[3], body, start + 1)
        i += 1


def programs(path: str) -> Iterator[Program]:
    """The programs that a file or folder holds.

    In a folder, files of the language count if they promise or assert something, documents if they have a
    block of it. Raises OSError and UnicodeDecodeError for a file that cannot be read, ValueError for one that
    promises two errors or has a block without an end.
    """
    for file in files_of(path, (SUFFIX, MARKDOWN)):
        for program in _of_file(file):
            if file == path or file.endswith(MARKDOWN) or _says_something(program):
                yield program


def _of_file(path: str) -> Iterator[Program]:
    text = read_text(path)
    if not path.endswith(MARKDOWN):
        yield read(text, path)
        return
    try:
        found = list(blocks(text))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for block in found:
        if block.language == "adl":
            yield read(block.text, path, block.line)


def _says_something(program: Program) -> bool:
    return any(PROMISE.search(line) or ASSERTS.search(line) for line in program.text.splitlines())
