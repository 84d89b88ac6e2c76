"""From VLAD's text to datums."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from vlad_py.ground import resources
from vlad_py.ground.errors import SyntaxError
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import tables
from vlad_py.syntax.parser import END, Parser, Token, UnexpectedCharacter, UnexpectedToken
from vlad_py.syntax.vlad.datum import Constant, Datum, List, Symbol, Text

GRAMMAR = "vlad.lark"

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_RATIO = re.compile(r"([+-]?\d+)/(\d+)")
_RADIX = re.compile(r"#([bodx])([+-]?[0-9a-f]+)", re.IGNORECASE)
_BASES = {"b": 2, "o": 8, "d": 10, "x": 16}
_BOOLEANS = {"#t": True, "#f": False, "#true": True, "#false": False}
_BRACKET = re.compile(r"[\[\]{}]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read(source: Source) -> tuple[Datum, ...]:
    """The datums of a whole text, `#;` comments and what they hide left out. Raises errors.SyntaxError."""
    try:
        found = _parser().parse(source.text)
    except UnexpectedToken as error:
        raise _mistake(source, error.token) from None
    except UnexpectedCharacter as error:
        raise _unreadable(source, error.at) from None
    assert isinstance(found, _Items)
    return found.placed(source)


# ── the tree of tokens ───────────────────────────────────────────────────────────────────────


class _Items:
    """A parenthesis of the text, or the whole text: tokens know their place, but not in which source.

    Datums are made from it once it is complete, so that the parser needs no source of its own.
    """

    __slots__ = ("closing", "has_tail", "items", "opening")

    def __init__(
        self, items: tuple[Token | _Items, ...], opening: Token | None, closing: Token | None, has_tail: bool
    ) -> None:
        self.items = items
        self.opening = opening
        self.closing = closing
        self.has_tail = has_tail

    def placed(self, source: Source) -> tuple[Datum, ...]:
        """The datums that it holds, innermost first, on a stack of its own: depth is the user's."""
        done: list[list[Datum]] = [[]]
        todo: list[tuple[_Items, Iterator[Token | _Items]]] = [(self, iter(self.items))]
        while True:
            holder, rest = todo[-1]
            item = next(rest, None)
            if isinstance(item, _Items):
                todo.append((item, iter(item.items)))
                done.append([])
            elif item is not None:
                done[-1].append(_atom(source, item))
            elif len(todo) == 1:
                return _visible(done[0])
            else:
                todo.pop()
                made = _list(source, holder, done.pop())
                done[-1].append(made)


def _list(source: Source, holder: _Items, items: list[Datum]) -> Datum:
    opening, closing = holder.opening, holder.closing
    assert opening is not None
    start = opening.start_pos
    if closing is None:  # a quoted datum
        quoted = items[0]
        quote = Symbol(Span(source, start, start + 1), "quote")
        return List(Span(source, start, quoted.span.end), (quote, quoted))
    span = Span(source, start, closing.end_pos)
    if holder.has_tail:
        return List(span, _visible(items[:-1]), items[-1])
    return List(span, _visible(items))


def _visible(items: list[Datum]) -> tuple[Datum, ...]:
    """The items without those that `#;` hides."""
    if not any(isinstance(item, Symbol) and item.name == "#;" for item in items):
        return tuple(items)
    kept: list[Datum] = []
    hiding: list[Symbol] = []
    for item in items:
        if isinstance(item, Symbol) and item.name == "#;":
            hiding.append(item)
        elif hiding:
            hiding.pop()
        else:
            kept.append(item)
    if hiding:
        raise SyntaxError("a datum is missing after `#;`", hiding[0].span, incomplete=True)
    return tuple(kept)


class _Build:
    """The methods that the grammar names."""

    def start(self, *items: Token | _Items) -> _Items:
        return _Items(items, None, None, False)

    def atom(self, token: Token) -> Token:
        return token

    text = atom

    def proper(self, opening: Token, *rest: Token | _Items) -> _Items:
        assert isinstance(rest[-1], Token)
        return _Items(rest[:-1], opening, rest[-1], False)

    def improper(self, opening: Token, *rest: Token | _Items) -> _Items:
        assert isinstance(rest[-1], Token)
        return _Items((*rest[:-3], rest[-2]), opening, rest[-1], True)

    def quoted(self, quote: Token, item: Token | _Items) -> _Items:
        return _Items((item,), quote, None, False)


def _atom(source: Source, token: Token) -> Datum:
    span = Span(source, token.start_pos, token.end_pos)
    text = str(token)
    if token.type == "STRING":
        return Text(span, _ESCAPE.sub(lambda found: found[1], text[1:-1]))
    if text in _BOOLEANS:
        return Constant(span, _BOOLEANS[text])
    if _DECIMAL.fullmatch(text):
        return Constant(span, float(text))
    if (ratio := _RATIO.fullmatch(text)) is not None and int(ratio[2]):
        return Constant(span, int(ratio[1]) / int(ratio[2]))
    if (whole := _RADIX.fullmatch(text)) is not None:
        try:
            return Constant(span, float(int(whole[2], _BASES[whole[1].lower()])))
        except (ValueError, OverflowError):
            raise SyntaxError(f"`{text}` is not a number", span) from None
    if (bracket := _BRACKET.search(text)) is not None:
        at = span.start + bracket.start()
        hint = "a list is written `(list 1 2)` or `'(1 2)`"
        raise SyntaxError(f"VLAD has no `{bracket[0]}`", Span(source, at, at + 1), hint=hint)
    if text.startswith("#") and text != "#;":
        raise SyntaxError(
            f"VLAD has no `{text}`",
            span,
            hint="booleans are `#t` and `#f`, and `#x1f` is a hexadecimal number",
        )
    return Symbol(span, text)


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────


def _mistake(source: Source, token: Token) -> SyntaxError:
    if token.type == END:
        opening = _unclosed(source)
        if opening is None:
            end = len(source.text)
            return SyntaxError("a datum is missing after `'`", Span(source, end, end), incomplete=True)
        return SyntaxError("this `(` has no `)`", opening, incomplete=True)
    span = Span(source, token.start_pos, token.end_pos)
    before = _before(source, span.start)
    if token.type == "RPAR" and before is not None and before.type in ("DOT", "QUOTE"):
        return SyntaxError(f"a datum is missing after `{before}`", span)
    if token.type == "RPAR":
        return SyntaxError("this `)` closes nothing", span, hint="there is one `)` too many, here or above")
    return SyntaxError(f"`{token}` cannot stand here", span, hint="a dotted pair is `(a . b)`")


def _unreadable(source: Source, at: int) -> SyntaxError:
    span = Span(source, at, at + 1)
    if source.text[at] == '"':
        return SyntaxError("a string without its end", Span(source, at, len(source.text)), incomplete=True)
    return SyntaxError("VLAD has no quasiquotation", span, hint="build the value with `cons` and `list`")


def _before(source: Source, end: int) -> Token | None:
    """The last token before a place in a text; None if there is none."""
    last = None
    for token in _parser().lex(source.text[:end]):
        last = token
    return last


def _unclosed(source: Source) -> Span | None:
    """The innermost parenthesis that is open where the text ends."""
    open_at: list[int] = []
    for token in _parser().lex(source.text):
        if token.type == "LPAR":
            open_at.append(token.start_pos)
        elif token.type == "RPAR":
            open_at.pop()
    return Span(source, open_at[-1], open_at[-1] + 1) if open_at else None


class _Unchanged:
    """Tokens as they come: in VLAD no line has a meaning."""

    always_accept: tuple[str, ...] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@functools.cache
def _parser() -> Parser:
    layout = _Unchanged()
    return tables.parser_of(resources.grammar_text(GRAMMAR), "start", layout, _Build())
