"""Finds the fields that a function's text takes of its argument."""

from __future__ import annotations

from vlad_py.ground.errors import Error
from vlad_py.ground.source import Source
from vlad_py.lowering.groups import all_nodes, children
from vlad_py.primitives.kinds import OfReals, Predicate
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.python.function import Function
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Node
from vlad_py.values.values import Closure


def fields_taken(function: Function) -> frozenset[str] | None:
    """The fields that a function takes of its only argument; None if its text leaves that open, because it
    hands the argument on as a whole.
    """
    value = function.value
    if isinstance(value, OfReals):
        return frozenset()
    if not isinstance(value, Closure):
        return None
    try:
        (made,) = parse(Source("<function>", value.code.span.text)).statements
    except (Error, ValueError):
        return None
    if not isinstance(made, (syntax.Fn, syntax.Def)):
        return None
    if isinstance(made.pattern, syntax.Record):
        return frozenset(field.name for field in made.pattern.fields)
    return _taken_of(made.pattern.id, made.body) if isinstance(made.pattern, syntax.Name) else None


def _taken_of(name: str, body: Node) -> frozenset[str] | None:
    found: set[str] = set()
    nodes = list(all_nodes(body))
    told: set[int] = set()  # where the name stands and must be a record
    for node in nodes:
        if isinstance(node, syntax.Select) and _is(node.value, name):
            found.add(node.field)
            told.add(node.value.span.start)
        elif isinstance(node, syntax.Binary) and _is_of_reals(node.op):
            told |= {side.span.start for side in (node.left, node.right) if _is(side, name)}
        elif any(_is(part, name) for part in children(node) if _binds(node, part)):
            return None  # another thing of the same name
    uses = {node.span.start for node in nodes if _is(node, name)}
    return frozenset(found) if uses and uses <= told else None


def _is_of_reals(sign: str) -> bool:
    """Whether an operator refuses records."""
    primitive = PRIMITIVES.get(sign)
    return isinstance(primitive, (OfReals, Predicate)) and primitive.structures is None


def _is(node: Node, name: str) -> bool:
    return isinstance(node, syntax.Name) and node.id == name


def _binds(node: Node, part: Node) -> bool:
    return part is getattr(node, "pattern", None)
