"""The meaning of lines: newlines that separate, calls on one line, records, documentation."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from vlad_py.ground.names import composed
from vlad_py.syntax.parser import Token

# a newline separates two statements only where the first can end and the second can begin
CAN_END = frozenset("NAME UNDERSCORE NUMBER STRING TRUE FALSE NIL PAREN_END BRACKET_END BRACE_END".split())
CAN_BEGIN = frozenset(
    "NAME UNDERSCORE NUMBER STRING TRUE FALSE NIL PAREN BRACKET BRACE MINUS NOT"
    " FN IF LOOP MATCH DEF LET IMPORT UNTERMINATED".split()
)
OPENING = frozenset("PAREN CALL BRACKET INDEX BRACE RECORD".split())
CLOSING = frozenset("PAREN_END BRACKET_END BRACE_END".split())
AFTER_VALUE = {"PAREN": "CALL", "BRACKET": "INDEX"}


class Layout:
    """The layout of ADL. It keeps nothing between texts, so any number of threads may share it.

    - `_SEPARATOR` stands for `;` and for a newline that ends a statement; runs of them are one, and
      none is left at either end of a file or a block.
    - `CALL` and `INDEX` are the `(` and `[` that follow a value on its own line.
    - `RECORD` is the `{` of `{}`, of `{name: …` and of `{name, …`.
    - `::` between index brackets is two `COLON`, as in `a[::2]`.
    - `DOC` holds the `##` lines directly above a `def` or a `let`.
    """

    # used by no rule, but lexed all the same
    always_accept = ("DOC_LINE", "FOREIGN", "ODD_NUMBER", "UNTERMINATED", "STRAY")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        ahead: deque[Token] = deque()  # read ahead for a `{`, but not yet handled
        brackets: list[str] = []  # the open ones, outermost first
        doc: list[Token] = []
        semicolon: Token | None = None
        last: Token | None = None
        while token := ahead.popleft() if ahead else next(stream, None):
            kind = token.type
            if kind == "NAME" and not token.isascii():
                token = Token(kind, composed(token), token.start_pos, token.line, token.end_pos)
            same_line = last is not None and last.line == token.line
            if kind == "DOC_LINE":
                if doc and not _next_line(doc[-1], token):
                    doc.clear()
                if not same_line:
                    doc.append(token)
                continue
            if kind == "_SEPARATOR":
                semicolon = semicolon or token
                continue

            if semicolon is not None:
                if last is not None and last.type != "BRACE" and kind != "BRACE_END":
                    yield semicolon
                semicolon = None
            elif last is not None and last.type in CAN_END:
                if same_line:
                    token.type = AFTER_VALUE.get(kind, kind)
                elif kind in CAN_BEGIN and (not brackets or brackets[-1] == "BRACE"):
                    yield Token("_SEPARATOR", "\n", last.end_pos, last.line, last.end_pos)

            if doc:
                if kind in ("DEF", "LET") and _next_line(doc[-1], token):
                    at = token.start_pos
                    yield Token("DOC", "\n".join(map(_remark, doc)), at, token.line, at)
                doc.clear()
            if kind == "BRACE" and _begins_record(ahead, stream):
                token.type = "RECORD"

            if token.type in OPENING:
                brackets.append(token.type)
            elif brackets and kind in CLOSING:
                brackets.pop()
            elif brackets and kind == "_WITH":
                brackets[-1] = "RECORD"  # an update: its lines belong together as in a record
            if kind == "CONS" and brackets and brackets[-1] == "INDEX":  # `a[::2]`: a list is not an index
                middle = token.start_pos + 1
                yield Token("COLON", ":", token.start_pos, token.line, middle)
                token = Token("COLON", ":", middle, token.line, token.end_pos)
            yield token
            last = token
        if semicolon is not None and last is not None and last.type not in CAN_END:
            yield semicolon


def _next_line(above: Token, below: Token) -> bool:
    return above.line + 1 == below.line


def _remark(token: Token) -> str:
    """A documentation line without its `## `."""
    return token[2:].removeprefix(" ").rstrip()


def _begins_record(ahead: deque[Token], stream: Iterator[Token]) -> bool:
    """Whether `}`, `name :` or `name ,` comes next, documentation lines aside."""
    kinds = [token.type for token in ahead if token.type != "DOC_LINE"]
    while len(kinds) < 2 and (token := next(stream, None)):
        ahead.append(token)
        if token.type != "DOC_LINE":
            kinds.append(token.type)
    return kinds[:1] == ["BRACE_END"] or kinds[:2] in (["NAME", "COLON"], ["NAME", "_COMMA"])
