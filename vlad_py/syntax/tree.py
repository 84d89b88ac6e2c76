"""The abstract syntax tree: the parser's result, every node with its span."""

from __future__ import annotations

from vlad_py.ground.node import node
from vlad_py.ground.source import Span


@node
class Node:
    """The part that all nodes share: the span of their text."""

    span: Span


# ── expressions ──────────────────────────────────────────────────────────────────────────────


@node
class Literal(Node):
    """`3`, `0.5`, `"text"`, `true`, `false`."""

    value: float | str | bool


@node
class Nil(Node):
    """`nil`, the empty list; an expression and a pattern."""


@node
class Name(Node):
    """A name; an expression and, binding it, a pattern. `_` is one as an expression, else `Wildcard`."""

    id: str


@node
class Operator(Node):
    """An operator as a function: `(+)`, `(<)`, `(::)`."""

    op: str


@node
class Tuple(Node):
    """`()` with no items, `(a, b)` with two or more; an expression and a pattern."""

    items: tuple[Node, ...]


@node
class Array(Node):
    """`[a, b]`, perhaps empty; an expression and a pattern."""

    items: tuple[Node, ...]


@node
class Clause(Node):
    """`for pattern in sequence` of a comprehension."""

    pattern: Node
    sequence: Node


@node
class Comprehension(Node):
    """`[body for pattern in sequence …]`; the last clause turns fastest."""

    body: Node
    clauses: tuple[Clause, ...]


@node
class Field(Node):
    """`name: value` of a record literal, a record update or a record pattern."""

    name: str
    value: Node


@node
class Record(Node):
    """`{w: 1, b: 2}`, `{w, b}` for `{w: w, b: b}`; as a pattern each field's value is a pattern."""

    fields: tuple[Field, ...]


@node
class Update(Node):
    """`{record with field: value}`."""

    record: Node
    fields: tuple[Field, ...]


@node
class Fn(Node):
    """`fn pattern => body`."""

    pattern: Node
    body: Node


@node
class Call(Node):
    """`f(x)`; `f(x, y)` has the tuple as its argument, `f()` the unit. `x |> f` is this too."""

    function: Node
    argument: Node


@node
class Select(Node):
    """`value.field`. The span of the field's name is kept for errors."""

    value: Node
    field: str
    field_span: Span


@node
class Slice(Node):
    """`start:stop` or `start:stop:step` between index brackets; each of them may be absent."""

    start: Node | None
    stop: Node | None
    step: Node | None = None


@node
class Index(Node):
    """`value[i, j]`; an index is an expression or a `Slice`."""

    value: Node
    indices: tuple[Node, ...]


@node
class Unary(Node):
    """`-x`, `not x`."""

    op: str
    operand: Node


@node
class Binary(Node):
    """`a + b`: `+ - * / @ ^ == != < <= > >= :: and or ..`; `::` is a pattern too.

    The operator's own span is kept for errors.
    """

    op: str
    left: Node
    right: Node
    op_span: Span


@node
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@node
class Arm(Node):
    """`pattern => body` of a match."""

    pattern: Node
    body: Node


@node
class Match(Node):
    """`match value { arms }`."""

    value: Node
    arms: tuple[Arm, ...]


@node
class Block(Node):
    """`{ statements… expression }`; `{ }` alone is the empty record."""

    statements: tuple[Node, ...]


@node
class While(Node):
    """`loop pattern = init while condition do body`."""

    pattern: Node
    init: Node
    condition: Node
    body: Node


@node
class For(Node):
    """`loop pattern = init for element in sequence do body`."""

    pattern: Node
    init: Node
    element: Node
    sequence: Node
    body: Node


# ── patterns (besides Name, Literal, Nil, Tuple, Array, Record and `::`) ────────────────────────────


@node
class Wildcard(Node):
    """`_`."""


# ── statements ───────────────────────────────────────────────────────────────────────────────


@node
class Def(Node):
    """`def name(parameters) = body`. The parameters are one pattern: a tuple unless there is one."""

    name: str
    name_span: Span
    pattern: Node
    body: Node
    doc: str


@node
class Let(Node):
    """`let pattern = value`."""

    pattern: Node
    value: Node
    doc: str


@node
class Import(Node):
    """`import optimize`, `import "path/util.adl"`, `… as name`. `target` is the text after `import`."""

    target: str
    is_path: bool
    alias: str | None

    @property
    def target_span(self) -> Span:
        """Where the target stands in the text, without quotes."""
        at = self.span.text.find(self.target, len("import"))
        if at < 0:  # a string with escapes
            return self.span
        start = self.span.start + at
        return Span(self.span.source, start, start + len(self.target))

    @property
    def name(self) -> str:
        """The file's name for the module; for a path without an alias this may not be a valid name."""
        return self.alias or self.target.rpartition("/")[2].removesuffix(".adl")


@node
class Program(Node):
    """A whole file: its statements in order; an expression stands for itself."""

    statements: tuple[Node, ...]
