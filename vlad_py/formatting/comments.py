"""Comments: to which token each belongs, and where the author left lines."""

from __future__ import annotations

from dataclasses import dataclass

from vlad_py.syntax.parser import Token

# made by the layout; a `;` at the end of a line is not there in every text that means the same
MADE = frozenset(("_SEPARATOR", "DOC"))


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on lines of its own, and whether a blank line stands above it."""

    text: str
    blank_above: bool


@dataclass(slots=True)
class Around:
    """What surrounds a token: comments on the lines above it, and one behind it on its own line."""

    above: tuple[Remark, ...] = ()
    blank_above: bool = False  # a blank line between the token and what is above it
    starts_line: bool = False
    behind: str = ""


def comments_of(text: str, tokens: list[Token]) -> tuple[dict[int, Around], Around]:
    """What surrounds each token, by the token's start; and what surrounds the end of the text.

    Between two tokens there is nothing but space, comments and semicolons.
    """
    found: dict[int, Around] = {}
    before: Around | None = None  # what surrounds the token before
    end = 0
    for token in tokens:
        if token.type in MADE:
            continue
        start = token.start_pos
        here = found[start] = _around(text[end:start], before)
        before, end = here, token.end_pos
    return found, _around(text[end:], before)


def _around(gap: str, before: Around | None) -> Around:
    """What stands above a token, by the text between it and the token before, which gets its own part."""
    lines = gap.split("\n")
    if before is not None and "#" in (first := lines.pop(0)):
        before.behind = _comment(first)
    above: list[Remark] = []
    blank = False
    for i, line in enumerate(lines, start=1):
        if "#" in line:
            above.append(Remark(_comment(line), blank))
            blank = False
        elif i < len(lines) and ";" not in line:  # the last line is that of the token
            blank = True
    return Around(tuple(above), blank, starts_line=before is None or bool(lines))


def _comment(line: str) -> str:
    return line[line.index("#") :].rstrip()
