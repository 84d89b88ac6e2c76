"""The call that is being typed at the end of a text: its signature, and which parameter comes next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vlad_py.ground.literals import OPEN_STRING, STRING
from vlad_py.ground.node import record
from vlad_py.session.catalogue import MODULE, VALUE, Entry, lookup

_PIECE = re.compile(
    rf'(?P<text>{OPEN_STRING}(?:"|$))|(?P<remark>#[^\n]*)|(?P<path>[^\W\d][\w\']*+(?:\.[^\W\d][\w\']*+)*+)'
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<space>[ \t]+)|(?P<other>.|\n)"
)
_STRING = re.compile(STRING)
_HEAD = re.compile(r"[^(]*\((.*?)\)")


@record
class Call:
    """A call in progress: the entry of its function, and the position of the argument at the end, from 0."""

    entry: Entry
    position: int

    def parts(self) -> tuple[str, str, str]:
        """The signature in three: what is before the parameter that comes next, that, and what is after.

        The second is empty where the signature has no such parameter.
        """
        text = self.entry.signature
        head = _HEAD.match(text)
        if head is None:
            return text, "", ""
        found = list(re.finditer(r"[^,]+", head[1]))
        if self.position >= len(found):
            return text, "", ""
        parameter = found[self.position]
        padding = len(parameter[0]) - len(parameter[0].lstrip())
        start, end = head.start(1) + parameter.start() + padding, head.start(1) + parameter.end()
        return text[:start], text[start:end], text[end:]


@record
class _Open:
    """An open bracket: the path in front of it, if it begins a call, and the commas behind it."""

    path: str
    commas: int = 0


def call_at_end(text: str, scope: Mapping[str, Entry]) -> Call | None:
    """The innermost call of a known function that is still open at the end of a text.

    None if there is none, and in a string or a comment.
    """
    brackets: list[_Open] = []
    before = ""  # the path directly in front, spaces apart
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup
        is_last = piece.end() == len(text)
        if is_last and (kind == "remark" or (kind == "text" and not _STRING.fullmatch(piece[0]))):
            return None
        if kind == "open":
            brackets.append(_Open(before if piece[0] == "(" else ""))
        elif kind == "close" and brackets:
            brackets.pop()
        elif kind == "comma" and brackets:
            last = brackets.pop()
            brackets.append(_Open(last.path, last.commas + 1))
        if kind != "space":
            before = piece[0] if kind == "path" else ""
    for each in reversed(brackets):
        entry = lookup(each.path, scope) if each.path else None
        if entry is not None and entry.kind not in (VALUE, MODULE):
            return Call(entry, each.commas)
    return None
