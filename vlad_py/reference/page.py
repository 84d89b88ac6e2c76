"""The documentation of names as Markdown: a heading with the call, the words, an example with its values."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator

from vlad_py.execution.limits import MOST_CALLS, Limits
from vlad_py.ground.budget import spend
from vlad_py.ground.documented import written_call
from vlad_py.ground.node import record
from vlad_py.ground.source import Source
from vlad_py.session.catalogue import Entry, defined
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse
from vlad_py.testing.examples import import_of, lines_of
from vlad_py.testing.promises import NUMBER

ENDLESS_RECURSION = Limits(depth=MOST_CALLS)  # an error, and nothing else is limited
WIDTH = 110  # of a line
DIGITS = 13  # of a real in an example: `#~` compares twelve
CODE = re.compile(r"(`+[^`]*`+)")
REMARK = re.compile(r"(?:#(?!#)[^\n]*\n)++")


@record
class Setting:
    """The program that an example is part of: the statement that it needs to use the name, the folder of its
    files, and the limits of each line.
    """

    imports: str = ""
    folder: str | None = None
    limits: Limits = ENDLESS_RECURSION


ALONE = Setting()


def page(path: str, text: str, limits: Limits = ENDLESS_RECURSION) -> str:
    """The page of a file: its opening comment, and its documented names in their order; "" if it has none.

    The text is parsed within the limits, and each line of the examples runs within them, in programs that
    import the file. errors.Error for an example that fails, and for a text that does not parse.
    """
    file = os.path.basename(path)
    folder = os.path.dirname(os.path.abspath(path))
    tree = spend(limits, lambda: parse(Source(path, text)))
    entries = [e for e in defined(tree).values() if e.doc and e.name[0] != "_"]
    if not entries:
        return ""
    parts = [f"# `{file}`\n", opening(text, file)]
    setting = Setting(import_of(path, text), folder, limits)
    parts += [section(entry, 2, setting) for entry in entries]
    return "\n".join(part for part in parts if part)


def section(entry: Entry, level: int, setting: Setting = ALONE, more: str = "") -> str:
    """A name under a heading of a level: its words, its example, and `more` Markdown. errors.Error if the
    example fails.
    """
    parts = [f"{'#' * level} `{entry.call}`\n", words(entry), example(entry, setting), more]
    return "\n".join(part for part in parts if part)


def words(entry: Entry) -> str:
    """The documentation, without the call that its heading has."""
    written = written_call(entry.name, entry.doc)
    is_heading = entry.doc.startswith(f"{written}:")
    rest = entry.doc[len(written) + 1 :].lstrip()
    if re.match("a [a-z]{2}", rest) and not re.search(r"\ba\b", written):
        rest = f"A{rest[1:]}"  # the article, not a parameter
    return filled(_capital(rest) if is_heading else entry.doc)


def _capital(text: str) -> str:
    """Words as a sentence; what begins with code stays."""
    return text[:1].upper() + text[1:] if re.match(r"[^\W\d_]{2,}[ ,]", text) else text


def opening(text: str, file: str) -> str:
    """The comment at the top of a file, without the file's name."""
    found = REMARK.match(text)
    lines = [line.lstrip("#").strip() for line in found[0].splitlines()] if found else []
    words = "\n".join(lines).removeprefix(f"{file}:").strip()
    return filled(words[:1].upper() + words[1:]) if words else ""


def filled(text: str, before: str = "", indent: str = "") -> str:
    """Words as lines of Markdown. An empty line begins a paragraph."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        pieces = CODE.split(" ".join(paragraph.split()))
        pieces[::2] = (piece.replace("*", "\\*") for piece in pieces[::2])
        words = before + "".join(pieces)
        lines = textwrap.wrap(words, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
        paragraphs.append("\n".join(lines) + "\n")
    return "\n".join(paragraphs)


# ── examples ─────────────────────────────────────────────────────────────────────────────────


def example(entry: Entry, setting: Setting = ALONE) -> str:
    """The example of a name as a program with its output in comments. errors.Error if it fails."""
    lines = example_lines(entry, setting)
    return "\n".join(["```adl", *lines, "```", ""]) if lines else ""


def example_lines(entry: Entry, setting: Setting = ALONE) -> list[str]:
    """The lines of that program; none without an example. errors.Error if it fails."""
    if not entry.example:
        return []
    lines = [setting.imports] if setting.imports else []
    return [*lines, *_shown(entry, setting)]


def _shown(entry: Entry, setting: Setting) -> Iterator[str]:
    """The lines of an example, each with what it writes. Errors tell the file and the line of the comment."""
    written: list[str] = []
    session = Session(write=written.append, limits=setting.limits)
    name, above = entry.name, 0
    if entry.statement is not None and not entry.statement.source.library:
        source = entry.statement.source
        line, _ = source.position(entry.statement.start)
        name, above = source.name, line - 1 - len(entry.example.splitlines())
    if setting.imports:
        session.evaluate(setting.imports, name, setting.folder)
    for number, (code, promise) in enumerate(lines_of(entry.example)):
        written.clear()
        if not promise.startswith("#!"):  # what is meant to fail is only shown
            session.evaluate("\n" * (above + number) + code, name, setting.folder)
        found = [promise] if promise else [_promise(line) for line in "".join(written).splitlines()]
        if len(found) == 1 and len(code) + len(found[0]) + 2 <= WIDTH:
            yield f"{code}  {found[0]}"
        else:
            yield from (code, *found)


def _promise(line: str) -> str:
    """The comment that promises a line, with as many digits as count."""
    rounded = NUMBER.sub(lambda number: _rounded(number[0]), line)
    return f"#> {line}" if rounded == line else f"#~ {rounded}"


def _rounded(number: str) -> str:
    digits = sum(c.isdigit() for c in number.partition("e")[0].lstrip("-0."))
    return number if digits <= DIGITS else f"{float(number):.{DIGITS}g}"
