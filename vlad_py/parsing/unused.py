"""Statements of a block whose values nobody gets, although nothing but a value comes of them.

Mostly the next line was to continue them: one that begins with `-`, `(` or `[` begins a statement.
"""

from __future__ import annotations

from vlad_py import syntax
from vlad_py.errors import SyntaxError
from vlad_py.syntax import Node

_CONTINUED = {
    "-": "does the next line continue it? then end this line in the operator",
    "(": "does the next line continue it? the `(` of a call stands on the line of its function",
    "[": "does the next line continue it? the `[` of an index stands on the line of its value",
}
_CONTINUES = "does it continue the line above? then end that line in the operator"
_LAST = "only the last expression of a block is its value; `let` keeps one"


def refuse_unused(statement: Node, after: Node) -> None:
    """SyntaxError for an operation without a call, where the statement `after` it follows in a block."""
    if isinstance(statement, (syntax.Unary, syntax.Binary)) and _only_computes(statement):
        between = statement.span.source.text[statement.span.end : after.span.start]
        hint = _CONTINUED.get(after.span.text[:1]) if "\n" in between else None
        if hint is None:
            hint = _CONTINUES if statement.span.text.startswith("-") else _LAST
        raise SyntaxError("this value is not used", statement.span, hint=hint)


def _only_computes(node: Node) -> bool:
    """Whether an expression calls nothing, so that it has no effect."""
    todo: list[Node | None] = [node]
    while todo:
        match todo.pop():
            case None | syntax.Literal() | syntax.Name() | syntax.Nil():
                pass
            case syntax.Unary(operand=operand):
                todo.append(operand)
            case syntax.Binary(left=left, right=right):
                todo += (left, right)
            case syntax.Tuple(items=items) | syntax.Array(items=items):
                todo += items
            case syntax.Index(value=value, indices=indices):
                todo += (value, *indices)
            case syntax.Slice(start=start, stop=stop):
                todo += (start, stop)
            case syntax.Select(value=value):
                todo.append(value)
            case _:
                return False
    return True
