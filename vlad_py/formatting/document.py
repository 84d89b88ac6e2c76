"""Documents: text with the places where its lines may break, and the printer that breaks as few as it can.

A group is printed on one line if it fits there; else the lines that stand directly in it break. The printer
is C. Lindig's ("Strictly Pretty", 2000), an eager and iterative form of P. Wadler's ("A prettier printer",
2003). As in Prettier, whatever follows a group on its line must fit too, and a comment after something waits
for the end of its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Line:
    """A place for a new line: `flat` stands there while the line does not break; it always does if `hard`."""

    flat: str = " "
    hard: bool = False
    blank: bool = False  # a blank line comes first

    @property
    def breaks(self) -> bool:
        return self.hard


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. One behind its line waits for the end of that line; else it is a line of its own."""

    text: str
    behind: bool
    breaks: bool  # whether the groups around it cannot stay on one line
    blank: bool = False  # a blank line comes first


@dataclass(frozen=True, slots=True)
class Row:
    """One document after another."""

    parts: tuple[Doc, ...]
    breaks: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "breaks", any(must_break(part) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Nest:
    """A document whose new lines are indented by `by` more columns."""

    by: int
    part: Doc

    @property
    def breaks(self) -> bool:
        return must_break(self.part)


@dataclass(frozen=True, slots=True)
class Group:
    """A document on one line if it fits; else its own lines break."""

    part: Doc
    breaks: bool


Doc: TypeAlias = str | Line | Comment | Row | Nest | Group

LINE = Line()
SOFT = Line("")
HARD = Line("", hard=True)
BLANK = Line("", hard=True, blank=True)


def must_break(doc: Doc) -> bool:
    """Whether the document cannot stand on one line."""
    return not isinstance(doc, str) and doc.breaks


def row(*parts: Doc) -> Doc:
    """The documents one after another."""
    return Row(parts)


def nest(*parts: Doc, by: int = 2) -> Doc:
    """The documents one after another, their new lines indented."""
    return Nest(by, Row(parts))


def group(*parts: Doc, breaks: bool = False) -> Doc:
    """The documents on one line if they fit and do not have to break."""
    part = Row(parts)
    return Group(part, breaks or part.breaks)


def joined(between: Doc, parts: Iterable[Doc]) -> Doc:
    """The documents with another one between each two."""
    result: list[Doc] = []
    for part in parts:
        result += (between, part) if result else (part,)
    return Row(tuple(result))


# stands on the line of something with a comment behind it, before the comment: closing brackets, and what
# would begin a statement on a line of its own
BEFORE_COMMENTS = frozenset(("", ",", ":", ")", "]", "}", "(", "[", "{", ".", "-"))


class _Printer:
    """The text so far: its last line apart, and the comment that waits for the end of that line."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []
        self.line = ""
        self.waiting = ""
        self.is_over = False  # whether the line ends in a comment, so that text goes on the next one

    def text(self, text: str, indent: int) -> None:
        if self.is_over or (self.waiting and text.strip() not in BEFORE_COMMENTS):
            self.end_line(indent, blank=False)
        self.line += text

    def end_line(self, indent: int, blank: bool) -> None:
        self.lines.append(f"{self.line.rstrip()}  {self.waiting}" if self.waiting else self.line.rstrip())
        if blank and self.lines[-1]:
            self.lines.append("")
        self.line, self.waiting, self.is_over = " " * indent, "", False

    def comment(self, comment: Comment, indent: int) -> None:
        if comment.behind and not self.waiting and not self.is_over:
            self.waiting = comment.text
            return
        if self.line.strip() or self.waiting:
            self.end_line(indent, comment.blank)
        elif comment.blank and self.lines and self.lines[-1]:
            self.lines.append("")
        self.line, self.is_over = " " * indent + comment.text, True

    def fits(self, part: Doc, indent: int, rest: list[tuple[int, bool, Doc]]) -> bool:
        """Whether a group's part, on one line, and what follows up to the next break have room."""
        room = self.width - (indent if self.is_over else len(self.line))
        stack: list[tuple[bool, Doc]] = [(True, part)]
        below = len(rest)
        while room >= 0:
            if not stack:
                if not below:
                    return True
                below -= 1
                stack.append(rest[below][1:])
            flat, doc = stack.pop()
            match doc:
                case str():
                    room -= len(doc)
                case Line():
                    if doc.hard or not flat:
                        return True
                    room -= len(doc.flat)
                case Comment():
                    if not doc.behind:
                        return True
                case Row():
                    stack.extend((flat, part) for part in reversed(doc.parts))
                case Nest():
                    stack.append((flat, doc.part))
                case Group():
                    stack.append((flat and not doc.breaks, doc.part))
        return False


def render(doc: Doc, width: int) -> str:
    """The text of a document: lines of at most `width` characters where that is possible."""
    printer = _Printer(width)
    stack: list[tuple[int, bool, Doc]] = [(0, False, doc)]
    while stack:
        indent, flat, doc = stack.pop()
        match doc:
            case str():
                printer.text(doc, indent)
            case Line():
                if flat and not doc.hard:
                    printer.text(doc.flat, indent)
                else:
                    printer.end_line(indent, doc.blank)
            case Comment():
                printer.comment(doc, indent)
            case Row():
                stack.extend((indent, flat, part) for part in reversed(doc.parts))
            case Nest():
                stack.append((indent + doc.by, flat, doc.part))
            case Group():
                flat = not doc.breaks and (flat or printer.fits(doc.part, indent, stack))
                stack.append((indent, flat, doc.part))
    printer.end_line(0, blank=False)
    return "\n".join(printer.lines).strip("\n") + "\n"
