"""Source texts and spans: the place of something, and the excerpt that shows it underlined."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Protocol

from vlad_py.ground.node import field, node, record

TAB = 4  # columns from one tab stop to the next
WINDOW = 100  # columns of a line that an excerpt shows
MOST_LINES = 5  # of a span that an excerpt shows in full
# spaces of other widths: Python calls them unprintable, but they do no harm
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# would reverse the text of a terminal, so they are shown as unprintable
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"


def printable(text: str) -> str:
    """A text without characters that steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def printable_lines(text: str) -> str:
    """Lines without characters that steer a terminal; tabs and spaces of all widths stay."""
    return "".join(c if c.isprintable() or c in "\n\t" or c in SPACES else "\ufffd" for c in text)


class Words(Protocol):
    """How a language other than ADL says what went wrong in its texts."""

    def name(self, function: str) -> str:
        """What the language calls a function of the syntax tree."""

    def retell(self, error: Any, within: str) -> None:
        """Says an error (errors.Error), whose span is of such a text, in the words of the language.

        `within` is the function of the library in which it happened, empty for none.
        """


@node
class Source:
    """One text: a file, the library, standard input or an expression.

    `name` is its name in diagnostics. `library` marks texts of the standard library: an error
    inside them is shown at the user's call instead. `words` are those of its language, where that is not ADL.
    Lines end as everywhere in Python's texts: with LF, CR or both; `text` has LF for each.
    """

    name: str
    text: str
    library: bool = False
    words: Words | None = None
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if "\r" in self.text:
            object.__setattr__(self, "text", self.text.replace("\r\n", "\n").replace("\r", "\n"))

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(i + 1 for i, c in enumerate(self.text) if c == "\n")
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from 1."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its newline."""
        start = self._line_starts()[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]


# what begins at the margin: a definition, or another statement
_STATEMENT = re.compile(r"^(?:def ([^\W\d][\w']*)|[^\s)\]}#])", re.MULTILINE)


@record
class Span:
    """The half-open range `start:end` of character offsets in a source."""

    source: Source
    start: int
    end: int

    def __add__(self, other: Span) -> Span:
        """The smallest span that covers both; both are in the same source."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

    @property
    def place(self) -> str:
        """`file:line:column` of the first character, for people."""
        line, column = self.source.position(self.start)
        return f"{printable(self.source.name)}:{line}:{column}"

    @property
    def text(self) -> str:
        """The characters that the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def definition(self) -> str:
        """The name of the definition of its file that contains it; empty for none."""
        found = _STATEMENT.findall(self.source.text, 0, self.start + 1)
        return found[-1] if found else ""


# ── excerpts ─────────────────────────────────────────────────────────────────────────────────


@record
class Line:
    """A line of an excerpt: its number, its text as shown, and the columns to underline, from 0.

    The number 0 stands for lines that are left out.
    """

    number: int
    text: str
    start: int
    width: int


def excerpt(span: Span) -> list[Line]:
    """The lines that a span covers, with the span underlined; if there are many lines, both ends."""
    source = span.source
    first, column = source.position(span.start)
    last, last_column = source.position(max(span.start, span.end - 1))
    numbers = list(range(first, last + 1))
    if len(numbers) > MOST_LINES:
        numbers = [first, first + 1, 0, last]
    lines = []
    for number in numbers:
        if not number:
            lines.append(Line(0, "⋮", 0, 0))
            continue
        text = source.line(number)
        start = column - 1 if number == first else len(text) - len(text.lstrip())
        end = min(last_column, len(text)) if number == last else len(text.rstrip())
        if span.end <= span.start:
            end = start  # between two characters
        lines.append(_line(number, text, start, end, int(number in (first, last))))
    return lines


def _line(number: int, text: str, start: int, end: int, least: int) -> Line:
    """A line as shown: tabs are spaces, wide characters count twice, a long line is cut around `start`."""
    shown, columns = _cells(text)
    left, right = columns[start], columns[max(start, end)]
    if columns[-1] <= WINDOW:
        return Line(number, "".join(shown).rstrip(), left, max(right - left, least))
    begin = max(0, min(left - (WINDOW - min(right - left, WINDOW)) // 2, columns[-1] - WINDOW))
    kept = [i for i in range(len(text)) if begin <= columns[i] and columns[i + 1] <= begin + WINDOW]
    before, after = "…" if kept[0] > 0 else "", "…" if kept[-1] + 1 < len(text) else ""
    body = "".join(shown[kept[0] : kept[-1] + 1])
    right = min(right, columns[kept[-1] + 1])
    left -= columns[kept[0]]
    return Line(number, f"{before}{body}{after}", left + len(before), max(right - columns[start], least))


def _cells(text: str) -> tuple[list[str], list[int]]:
    """What is shown for every character of a line, and the column of each and of the end."""
    shown: list[str] = []
    columns = [0]
    for c in text:
        width = 1
        if c == "\t":
            width = TAB - columns[-1] % TAB
            c = " " * width
        elif not c.isascii():
            c, width = _wide(c)
        elif not c.isprintable():
            c = "\ufffd" if c != "\r" else " "
        shown.append(c)
        columns.append(columns[-1] + width)
    return shown, columns


def _wide(c: str) -> tuple[str, int]:
    """What is shown for a character beyond ASCII, and how many columns it takes in a terminal."""
    import unicodedata  # only here: most errors have none

    category = unicodedata.category(c)
    if category in ("Cc", "Cs") or c in TURNING:
        return "\ufffd", 1
    if category in ("Mn", "Me", "Cf"):
        return c, 0
    return c, 2 if unicodedata.east_asian_width(c) in "WF" else 1
