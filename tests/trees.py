"""Reading texts and showing the trees that come of them, for the tests of the parser."""

from __future__ import annotations

from vlad_py.ground.node import fields_of
from vlad_py.ground.source import Source
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Node


def program(text: str) -> syntax.Program:
    return parse(Source("test.adl", text))


def show(item: object) -> str:
    """A tree on one line, for small trees: operators in front, the rest by the name of the node."""
    match item:
        case syntax.Literal(value=float(number)):
            return f"{number:g}"
        case syntax.Literal(value=bool(truth)):
            return str(truth).lower()
        case syntax.Literal(value=value):
            return repr(value)
        case syntax.Name(id=name):
            return name
        case syntax.Wildcard():
            return "_"
        case syntax.Binary(op=op, left=left, right=right):
            return f"({op} {show(left)} {show(right)})"
        case syntax.Unary(op=op, operand=operand):
            return f"({op} {show(operand)})"
        case syntax.Field(name=name, value=value):
            return f"{name}:{show(value)}"
        case syntax.Program(statements=statements):
            return " ; ".join(map(show, statements))
        case tuple():
            return "[" + " ".join(map(show, item)) + "]"
        case Node():
            shown = [getattr(item, name) for name in fields_of(type(item)) if "span" not in name]
            return "(" + " ".join([type(item).__name__.lower(), *map(show, shown)]) + ")"
        case None:
            return "-"
        case _:
            return str(item) or '""'


def preorder(node: Node) -> list[Node]:
    found = []
    waiting: list[object] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Node):
            found.append(item)
            waiting += [getattr(item, name) for name in reversed(fields_of(type(item)))]
        elif isinstance(item, tuple):
            waiting += reversed(item)
    return found
