"""Which functions of a block are made together, and where: recursive groups in dependency order.

The functions of a strongly connected component share one environment, so that a reference among
them is no capture and no value is ever cyclic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from vlad_py.ground.graph import components
from vlad_py.ground.source import Span
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node


@dataclass(frozen=True, slots=True)
class Group:
    """Functions made together, right before the statement number `position` of their block."""

    definitions: tuple[syntax.Def, ...]
    recursive: bool
    position: int


def bound_names(pattern: Node) -> Iterator[tuple[str, Span]]:
    """The names that a pattern binds, in order."""
    todo = [pattern]
    while todo:
        node = todo.pop()
        if isinstance(node, syntax.Name):
            yield node.id, node.span
        else:
            todo.extend(reversed(list(children(node))))


def children(node: Node) -> Iterator[Node]:
    """The nodes that a node is made of, in the order of its fields."""
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def mentioned_names(node: Node) -> set[str]:
    """Every name that a node mentions, bound inside it or not."""
    names: set[str] = set()
    todo = [node]
    while todo:
        inner = todo.pop()
        if isinstance(inner, syntax.Name):
            names.add(inner.id)
        else:
            todo.extend(children(inner))
    return names


def definition_groups(statements: tuple[Node, ...]) -> list[Group]:
    """The groups of a block's functions, each after those that it needs."""
    definitions = {s.name: s for s in statements if isinstance(s, syntax.Def)}
    if not definitions:
        return []
    mentions = {name: mentioned_names(d) for name, d in definitions.items()}
    needs = {name: [n for n in definitions if n in mentions[name]] for name in definitions}
    position: dict[str, int] = {}
    groups = []
    for component in components(needs):
        members = sorted(component, key=lambda name: definitions[name].span.start)
        place = 0
        for name in members:
            lets = _last_let(statements, definitions[name], mentions[name])
            place = max([place, lets, *(position[n] for n in needs[name] if n not in component)])
        position.update(dict.fromkeys(members, place))
        recursive = len(members) > 1 or members[0] in needs[members[0]]
        groups.append(Group(tuple(definitions[n] for n in members), recursive, place))
    return groups


def _last_let(statements: tuple[Node, ...], definition: syntax.Def, mentions: set[str]) -> int:
    """The number of the statement after the last `let` above a definition that it mentions."""
    place = 0
    for i, statement in enumerate(statements):
        if statement is definition:
            break
        if isinstance(statement, syntax.Let) and any(
            n in mentions for n, _ in bound_names(statement.pattern)
        ):
            place = i + 1
    return place
