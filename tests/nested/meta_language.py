"""Parser of the language that the cases' statements are written in: a curried lambda calculus, infix.

Precedence, loosest first: `;` · `:=` · comparisons (no chaining) · `+ -` · `* /` · unary `-` · `^` (right) ·
application. The bodies of `fn`, `let` and `letrec` extend as far right as they can, `;` included;
those of `if` stop before a `;`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYWORDS = frozenset({"let", "letrec", "in", "fn", "if", "then", "else", "ref"})

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_']*)"
    r"|(?P<symbol>->|:=|==|!=|<=|>=|[-+*/^<>=(),;!\[\]])"
    r"|(?P<end>$))"
)


@dataclass(frozen=True)
class Token:
    """A word of a statement; `kind` is number, name, symbol or end."""

    kind: str
    text: str
    start: int


class MetaSyntaxError(Exception):
    """A statement that is not of the language."""


@dataclass(frozen=True)
class Number:
    """A real literal, as it was written."""

    text: str


@dataclass(frozen=True)
class Variable:
    """A name; as a pattern it binds, and `_` binds nothing."""

    name: str


@dataclass(frozen=True)
class TupleOf:
    """`(a, b)`, `()`; an expression and a pattern."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Function:
    """`fn x y -> body`, curried."""

    parameters: tuple[Expression, ...]
    body: Expression


@dataclass(frozen=True)
class Apply:
    """`f x`."""

    function: Expression
    argument: Expression


@dataclass(frozen=True)
class Let:
    """`let f x y = value in body` and, `recursive`, `letrec`; the parameters already are a `Function`."""

    recursive: bool
    pattern: Expression
    value: Expression
    body: Expression


@dataclass(frozen=True)
class If:
    """`if c then a else b`."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Binary:
    """`a + b`, a comparison, or `r := e`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Unary:
    """`-x`, `!r`, `ref x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Sequence:
    """`first; second`."""

    first: Expression
    second: Expression


Expression = Number | Variable | TupleOf | ListOf | Function | Apply | Let | If | Binary | Unary | Sequence

# operator: (binding power of the operator, power that its right operand needs)
INFIX = {
    ":=": (1, 1),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (2, 3)),
    "+": (3, 4),
    "-": (3, 4),
    "*": (4, 5),
    "/": (4, 5),
    "^": (6, 5),  # its exponent may start with a unary minus
}
COMPARISON_POWER = 2
NEGATION_POWER = 5


def parse(statement: str) -> Expression:
    """The expression that a statement is."""
    parser = Parser(statement)
    tree = parser.sequence()
    if parser.here.kind != "end":
        raise parser.error("the end")
    return tree


def tokenize(statement: str) -> list[Token]:
    """The words of a statement, an end token last."""
    tokens: list[Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        found = TOKEN.match(statement, position)
        if found is None or found.lastgroup is None:
            raise MetaSyntaxError(f"no token at {statement[position : position + 20]!r} in {statement!r}")
        kind = found.lastgroup
        tokens.append(Token(kind, found.group(kind), found.start(kind)))
        position = found.end()
    return tokens


class Parser:
    """A Pratt parser over the tokens of one statement."""

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self.tokens = tokenize(statement)
        self.position = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def error(self, expected: str) -> MetaSyntaxError:
        found = self.here
        return MetaSyntaxError(
            f"expected {expected}, found {found.text!r} at {found.start} of {self.statement!r}"
        )

    def accept(self, text: str) -> bool:
        """Go past `text` if it stands here."""
        if self.here.text == text and self.here.kind in ("name", "symbol"):
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.error(repr(text))

    def sequence(self) -> Expression:
        first = self.expression(0)
        return Sequence(first, self.sequence()) if self.accept(";") else first

    def expression(self, power: int) -> Expression:
        """An expression whose infix operators all bind at least as tightly as `power`."""
        left = self.prefix()
        while self.here.kind == "symbol" and self.here.text in INFIX:
            operator = self.here.text
            binding, right_power = INFIX[operator]
            if binding < power:
                break
            self.position += 1
            left = Binary(operator, left, self.expression(right_power))
            if binding == COMPARISON_POWER and INFIX.get(self.here.text, (0, 0))[0] == binding:
                raise self.error("no second comparison")
        return left

    def prefix(self) -> Expression:
        """What may stand where an operand starts."""
        if self.accept("-"):
            return Unary("-", self.expression(NEGATION_POWER))
        if self.accept("fn"):
            parameters = self.patterns("->")
            return Function(parameters, self.sequence())
        if self.accept("let"):
            return self.let(recursive=False)
        if self.accept("letrec"):
            return self.let(recursive=True)
        if self.accept("if"):
            condition = self.expression(0)
            self.expect("then")
            yes = self.expression(0)
            self.expect("else")
            return If(condition, yes, self.expression(0))
        if self.accept("ref"):
            return Unary("ref", self.atom())
        return self.application()

    def let(self, recursive: bool) -> Expression:
        pattern = self.pattern()
        parameters = self.patterns("=")
        value = self.sequence()
        self.expect("in")
        bound = Function(parameters, value) if parameters else value
        return Let(recursive, pattern, bound, self.sequence())

    def patterns(self, end: str) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self.accept(end):
            found.append(self.pattern())
        return tuple(found)

    def pattern(self) -> Expression:
        """A name, or a tuple of patterns."""
        if self.here.kind == "name" and self.here.text not in KEYWORDS:
            self.position += 1
            return Variable(self.tokens[self.position - 1].text)
        self.expect("(")
        items: list[Expression] = []
        while not self.accept(")"):
            items.append(self.pattern())
            if not self.accept(","):
                self.expect(")")
                break
        return items[0] if len(items) == 1 else TupleOf(tuple(items))

    def application(self) -> Expression:
        """Atoms side by side."""
        result = self.atom()
        while self.starts_atom():
            result = Apply(result, self.atom())
        return result

    def starts_atom(self) -> bool:
        token = self.here
        if token.kind == "name":
            return token.text not in KEYWORDS
        return token.kind == "number" or token.text in ("(", "[", "!")

    def atom(self) -> Expression:
        token = self.here
        if not self.starts_atom():
            raise self.error("an expression")
        self.position += 1
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "name":
            return Variable(token.text)
        if token.text == "!":
            return Unary("!", self.atom())
        items = self.items(")" if token.text == "(" else "]")
        if token.text == "[":
            return ListOf(items)
        return items[0] if len(items) == 1 else TupleOf(items)

    def items(self, end: str) -> tuple[Expression, ...]:
        """Expressions between commas, up to the closing bracket."""
        found: list[Expression] = []
        while not self.accept(end):
            found.append(self.sequence())
            if not self.accept(","):
                self.expect(end)
                break
        return tuple(found)
