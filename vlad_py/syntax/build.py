"""From grammar rules to nodes: one method per rule, called by the parser while it parses."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vlad_py.ground import errors
from vlad_py.ground.node import replaced
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parser import Token
from vlad_py.syntax.tree import Node

# the operators by rank, loosest first; the signs `-x` and `not x` have separate ranks
RANKS = "PIPE OR AND NOT COMPARE CONS RANGE PLUS TIMES SIGN POWER".split()
RANK = {kind: rank for rank, kind in enumerate(RANKS)} | {"MINUS": RANKS.index("PLUS")}
PREFIX_RANK = {"MINUS": RANKS.index("SIGN"), "NOT": RANKS.index("NOT")}
RIGHT = frozenset(("CONS", "POWER"))  # `a :: b :: c` is `a :: (b :: c)`
UNCHAINED = {
    "COMPARE": ("comparisons do not chain", "write `a {0} b and b {1} c`"),
    "RANGE": ("ranges do not chain", "a range is `first..last`"),
}

MOST_DIGITS = 15  # that a double holds, whatever they are

ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]*\}|u[0-9a-fA-F]{4}|.)")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}

Chain = list[Node | Token]  # operands and operators, last one first


class _Here(threading.local):
    source: Source  # the text that this thread is parsing


_here = _Here()


@contextmanager
def nodes_of(source: Source) -> Iterator[None]:
    """Sets the source that this thread parses: tokens know their place, but not their text."""
    _here.source = source
    try:
        yield
    finally:
        del _here.source


class Build:
    """The methods that the grammar names. No method calls another rule's, so depth costs no stack."""

    def _span(self, first: Token | Node, last: Token | Node) -> Span:
        start = first.start_pos if isinstance(first, Token) else first.span.start
        end = last.end_pos if isinstance(last, Token) else last.span.end
        return Span(_here.source, start, end)

    # ── statements ──────────────────────────────────────────────────────────────────────────

    def program(self, *statements: Node) -> Node:
        return syntax.Program(Span(_here.source, 0, len(_here.source.text)), statements)

    def import_(self, keyword: Token, target: Token, alias: Token | None) -> Node:
        is_path = target.type == "STRING"
        text = self._text(target) if is_path else str(target)
        return syntax.Import(self._span(keyword, alias or target), text, is_path, alias and str(alias))

    def let(self, doc: Token | None, keyword: Token, pattern: Node, value: Node) -> Node:
        return syntax.Let(self._span(keyword, value), pattern, value, str(doc or ""))

    def define(self, doc: Token | None, keyword: Token, name: Token, parameters: Node, body: Node) -> Node:
        span = self._span(keyword, body)
        return syntax.Def(span, str(name), self._span(name, name), parameters, body, str(doc or ""))

    def parameters(self, opening: Token, *rest: Token | Node) -> Node:
        return self._argument(opening, *rest)

    def _argument(self, opening: Token, *rest: Node | Token) -> Node:
        """One item is itself, none or several are a tuple; the last of `rest` is the closing bracket."""
        if len(rest) == 2 and isinstance(rest[0], Node):
            return rest[0]
        return self.tuple_(opening, *rest)

    # ── operators ───────────────────────────────────────────────────────────────────────────

    def infix(self, left: Node, operator: Token, tail: Node | Chain) -> Chain:
        chain: Chain = [tail] if isinstance(tail, Node) else tail
        chain += (operator, left)
        return chain

    def prefix(self, operator: Token, tail: Node | Chain) -> Chain:
        chain: Chain = [tail] if isinstance(tail, Node) else tail
        chain.append(operator)
        return chain

    def operation(self, chain: Chain) -> Node:
        """The tree of a chain, by the ranks of its operators."""
        operands: list[Node] = []
        waiting: list[tuple[int, Token, bool]] = []  # operators: rank, token, whether in front
        in_front = True
        while chain:
            item = chain.pop()
            if isinstance(item, Node):
                operands.append(item)
                in_front = False
                continue
            if in_front:
                rank = PREFIX_RANK[item.type]
                if item.type == "NOT" and waiting and waiting[-1][0] > rank:
                    at = self._span(item, item)
                    raise errors.SyntaxError(
                        f"`not` binds more loosely than `{waiting[-1][1]}`", at, hint="write `(not …)`"
                    )
            else:
                rank = RANK[item.type]
                while waiting and (
                    waiting[-1][0] > rank or (waiting[-1][0] == rank and item.type not in RIGHT)
                ):
                    if waiting[-1][0] == rank and item.type in UNCHAINED:
                        message, hint = UNCHAINED[item.type]
                        hint = hint.format(waiting[-1][1], item)
                        raise errors.SyntaxError(message, self._span(item, item), hint=hint)
                    self._apply(operands, *waiting.pop())
            waiting.append((rank, item, in_front))
            in_front = True
        while waiting:
            self._apply(operands, *waiting.pop())
        return operands[0]

    def _apply(self, operands: list[Node], rank: int, operator: Token, in_front: bool) -> None:
        right = operands.pop()
        if in_front:
            operands.append(syntax.Unary(self._span(operator, right), str(operator), right))
            return
        left = operands.pop()
        span = self._span(left, right)
        if operator.type == "PIPE":
            operands.append(syntax.Call(span, right, left))
        else:
            op_span = self._span(operator, operator)
            operands.append(syntax.Binary(span, str(operator), left, right, op_span))

    def operator(self, opening: Token, operator: Token, closing: Token) -> Node:
        return syntax.Operator(self._span(opening, closing), str(operator))

    # ── forms that extend to the right ──────────────────────────────────────────────────────

    def fn(self, keyword: Token, pattern: Node, body: Node) -> Node:
        return syntax.Fn(self._span(keyword, body), pattern, body)

    def if_(self, keyword: Token, condition: Node, yes: Node, no: Node) -> Node:
        return syntax.If(self._span(keyword, no), condition, yes, no)

    def while_(self, keyword: Token, pattern: Node, init: Node, condition: Node, body: Node) -> Node:
        return syntax.While(self._span(keyword, body), pattern, init, condition, body)

    def for_(
        self, keyword: Token, pattern: Node, init: Node, element: Node, sequence: Node, body: Node
    ) -> Node:
        return syntax.For(self._span(keyword, body), pattern, init, element, sequence, body)

    # ── operands ────────────────────────────────────────────────────────────────────────────

    def name(self, token: Token) -> Node:
        return syntax.Name(self._span(token, token), str(token))

    def number(self, token: Token) -> Node:
        return syntax.Literal(self._span(token, token), self._real(token))

    def _real(self, token: Token) -> float:
        """The value of a number; one without a fraction and an exponent has to be a double."""
        real = float(token)
        if token.isdecimal() and len(token) > MOST_DIGITS and not _is_exact(token, real):
            nearest = f"the nearest one is `{real:.0f}`" if real < math.inf else "it is too large"
            message = f"`{_shortened(token)}` is not a double; {nearest}"
            hint = "a real has about 16 digits; write one that may be rounded with a fraction or an exponent"
            raise errors.SyntaxError(message, self._span(token, token), hint=hint)
        if real == math.inf:
            message = f"`{_shortened(token)}` is too large: the greatest real is about 1.8e308"
            raise errors.SyntaxError(message, self._span(token, token), hint="infinity is `inf`")
        return real

    def string(self, token: Token) -> Node:
        return syntax.Literal(self._span(token, token), self._text(token))

    def _text(self, token: Token) -> str:
        """The value of a string literal."""

        def character(match: re.Match[str]) -> str:
            escape = match[1]
            if escape in ESCAPES:
                return ESCAPES[escape]
            code = int(escape.strip("u{}") or "-1", 16) if len(escape) > 1 else -1
            if 0 <= code < 0xD800 or 0xDFFF < code <= 0x10FFFF:
                return chr(code)
            start = token.start_pos + 1 + match.start()
            span = Span(_here.source, start, start + len(match[0]))
            hint = r"the escapes are `\n` `\t` `\r` `\0` `\"` `\\` `\u1234` and `\u{1F600}`"
            raise errors.SyntaxError(f"`{match[0]}` is not an escape", span, hint=hint)

        body = token[1:-1]
        return ESCAPE.sub(character, body) if "\\" in body else body

    def boolean(self, token: Token) -> Node:
        return syntax.Literal(self._span(token, token), token.type == "TRUE")

    def nil(self, token: Token) -> Node:
        return syntax.Nil(self._span(token, token))

    def parenthesised(self, opening: Token, inner: Node, closing: Token) -> Node:
        return replaced(inner, span=self._span(opening, closing))

    def tuple_(self, opening: Token, *rest: Node | Token) -> Node:
        return syntax.Tuple(self._span(opening, rest[-1]), _nodes(rest))

    def array(self, opening: Token, *rest: Node | Token) -> Node:
        return syntax.Array(self._span(opening, rest[-1]), _nodes(rest))

    def comprehension(self, opening: Token, body: Node, *rest: Node | Token) -> Node:
        clauses = tuple(item for item in rest if isinstance(item, syntax.Clause))
        return syntax.Comprehension(self._span(opening, rest[-1]), body, clauses)

    def clause(self, pattern: Node, sequence: Node) -> Node:
        return syntax.Clause(self._span(pattern, sequence), pattern, sequence)

    def block(self, opening: Token, *rest: Node | Token) -> Node:
        statements = _nodes(rest)
        span = self._span(opening, rest[-1])
        last = statements[-1]
        if (
            statements == (last,)
            and isinstance(last, syntax.Name)
            and last.span.text == last.id
            and "\n" not in span.text  # else it is meant to be a block
        ):
            hint = f"write `{last.id}` without braces, or `{{{last.id},}}` for a record with this field"
            raise errors.SyntaxError(f"`{{{last.id}}}` is neither a block nor a record", span, hint=hint)
        if isinstance(last, syntax.Let | syntax.Def):
            name = last.pattern if isinstance(last, syntax.Let) else last
            value = f"`{name.span.text}`" if isinstance(name, syntax.Name) else "its value"
            raise errors.SyntaxError(
                "a block ends with an expression, its value",
                last.span,
                hint=f"write {value} on a line below",
            )
        return syntax.Block(span, statements)

    def record(self, opening: Token, *rest: Node | Token) -> Node:
        return syntax.Record(self._span(opening, rest[-1]), self._distinct(rest))

    def update(self, opening: Token, record: Node, *rest: Node | Token) -> Node:
        return syntax.Update(self._span(opening, rest[-1]), record, self._distinct(rest))

    def field(self, name: Token, colon: Token, value: Node) -> Node:
        return syntax.Field(self._span(name, value), str(name), value)

    def same_name(self, name: Token) -> Node:
        span = self._span(name, name)
        return syntax.Field(span, str(name), syntax.Name(span, str(name)))

    def _distinct(self, rest: tuple[Node | Token, ...]) -> tuple[syntax.Field, ...]:
        fields = tuple(item for item in rest if isinstance(item, syntax.Field))
        seen: set[str] = set()
        for field in fields:
            if field.name in seen:
                start = field.span.start
                at = Span(field.span.source, start, start + len(field.name))
                raise errors.SyntaxError(f"the field `{field.name}` is given twice", at)
            seen.add(field.name)
        return fields

    def match(self, keyword: Token, value: Node, opening: Token, *rest: Node | Token) -> Node:
        arms = tuple(item for item in rest if isinstance(item, syntax.Arm))
        return syntax.Match(self._span(keyword, rest[-1]), value, arms)

    def arm(self, pattern: Node, body: Node) -> Node:
        return syntax.Arm(self._span(pattern, body), pattern, body)

    def call(self, function: Node, opening: Token, *rest: Node | Token) -> Node:
        return syntax.Call(self._span(function, rest[-1]), function, self._argument(opening, *rest))

    def index(self, value: Node, opening: Token, *rest: Node | Token) -> Node:
        indices = _nodes(rest)
        for index in indices:
            if isinstance(index, syntax.Literal) and isinstance(index.value, str):
                record = value.id if isinstance(value, syntax.Name) else "…"
                hint = f"write a field as `{record}.{index.value}`" if index.value.isidentifier() else ""
                raise errors.SyntaxError("an index must be a real, got a string", index.span, hint=hint)
        return syntax.Index(self._span(value, rest[-1]), value, indices)

    def slice(
        self,
        start: Node | None,
        colon: Token,
        stop: Node | None,
        second: Token | None = None,
        step: Node | None = None,
    ) -> Node:
        span = self._span(start or colon, step or second or stop or colon)
        return syntax.Slice(span, start, stop, step)

    def select(self, value: Node, name: Token) -> Node:
        if isinstance(value, syntax.Literal) and isinstance(value.value, float):
            raise errors.SyntaxError("a number has no fields", self._span(value, name))
        return syntax.Select(self._span(value, name), value, str(name), self._span(name, name))

    # ── patterns ────────────────────────────────────────────────────────────────────────────

    def cons_pattern(self, head: Node, operator: Token, tail: Node) -> Node:
        span = self._span(head, tail)
        return syntax.Binary(span, "::", head, tail, self._span(operator, operator))

    def wildcard(self, token: Token) -> Node:
        return syntax.Wildcard(self._span(token, token))

    def negative(self, minus: Token, number: Token) -> Node:
        return syntax.Literal(self._span(minus, number), -self._real(number))


def _is_exact(digits: str, real: float) -> bool:
    digits = digits.lstrip("0")
    return real < math.inf and (not digits or int(digits) == int(real))


def _shortened(digits: str) -> str:
    return digits if len(digits) <= 30 else f"{digits[:29]}…"


def _nodes(items: tuple[Node | Token, ...]) -> tuple[Node, ...]:
    return tuple(item for item in items if isinstance(item, Node))
