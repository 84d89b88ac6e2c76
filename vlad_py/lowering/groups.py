"""Which functions of a block are made together, and where: recursive groups in dependency order.

The functions of a strongly connected component share one environment, so that a reference among
them is not a capture, and no value is ever cyclic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from vlad_py.ground.graph import components
from vlad_py.ground.node import fields_of, record, state
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node


@record
class Group:
    """Functions made together."""

    definitions: tuple[syntax.Def, ...]
    recursive: bool


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
    for name in fields_of(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def all_nodes(node: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    todo = [node]
    while todo:
        inner = todo.pop()
        yield inner
        todo.extend(children(inner))


def mentioned_names(node: Node) -> set[str]:
    """Every name that a node mentions, bound inside it or not."""
    return {inner.id for inner in all_nodes(node) if isinstance(inner, syntax.Name)}


@state
class _Open:
    """A block being walked, and what the function of it mentions that is being walked, if one is."""

    mentioned: set[str] | None = None


class Mentions:
    """The names of their own block that functions of blocks mention. All blocks inside a block are looked
    through in one walk, since functions may stand in one another to any depth.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[syntax.Def, set[str]]] = {}  # by the id of the function, which is kept
        self._open: dict[str, list[_Open]] = {}  # by name: the blocks around that bind it, outermost first

    def of(self, function: syntax.Def, statements: tuple[Node, ...]) -> set[str]:
        """The names of a block, of which these are the statements, that a function of it mentions."""
        if id(function) not in self._found:
            run(self._block(statements))
        return self._found[id(function)][1]

    def _block(self, statements: tuple[Node, ...]) -> Walk[None]:
        block = _Open()
        names = {s.name for s in statements if isinstance(s, syntax.Def)}
        for statement in statements:
            if isinstance(statement, syntax.Let):
                names.update(name for name, _ in bound_names(statement.pattern))
        for name in names:
            self._open.setdefault(name, []).append(block)
        for statement in statements:
            if isinstance(statement, syntax.Def):
                block.mentioned = set()
                self._found[id(statement)] = statement, block.mentioned
            yield self._inside(statement)
            block.mentioned = None
        for name in names:
            self._open[name].pop()

    def _inside(self, node: Node) -> Walk[None]:
        todo = [node]
        while todo:
            inner = todo.pop()
            if isinstance(inner, syntax.Name):
                self._mention(inner.id)
            elif isinstance(inner, syntax.Block) and any(isinstance(s, syntax.Def) for s in inner.statements):
                yield self._block(inner.statements)
            else:
                todo.extend(children(inner))

    def _mention(self, name: str) -> None:
        for block in reversed(self._open.get(name, ())):
            if block.mentioned is None:
                continue
            if name in block.mentioned:
                return  # and so in the functions around it
            block.mentioned.add(name)


def definition_groups(statements: tuple[Node, ...], mentioned: Mentions) -> dict[int, list[Group]]:
    """The groups of a block's functions, each after those that it needs, by the number of the statement right
    before which they are made.
    """
    definitions = {s.name: (s, i) for i, s in enumerate(statements) if isinstance(s, syntax.Def)}
    if not definitions:
        return {}
    bound: dict[str, list[int]] = {}  # by name: after which statements a `let` of it is over
    for i, statement in enumerate(statements):
        if isinstance(statement, syntax.Let):
            for name, _ in bound_names(statement.pattern):
                bound.setdefault(name, []).append(i + 1)
    mentions = {name: mentioned.of(d, statements) for name, (d, _) in definitions.items()}
    order = {name: i for i, name in enumerate(definitions)}
    needs = {name: sorted(mentions[name] & order.keys(), key=order.__getitem__) for name in definitions}
    position: dict[str, int] = {}
    groups: dict[int, list[Group]] = {}
    for component in components(needs):
        members = sorted(component, key=lambda name: definitions[name][0].span.start)
        place = 0
        for name in members:
            above = definitions[name][1]
            lets = [_last_to(above, bound[n]) for n in mentions[name] & bound.keys()]
            place = max([place, *lets, *(position[n] for n in needs[name] if n not in component)])
        position.update(dict.fromkeys(members, place))
        recursive = len(members) > 1 or members[0] in needs[members[0]]
        group = Group(tuple(definitions[n][0] for n in members), recursive)
        groups.setdefault(place, []).append(group)
    return groups


def _last_to(end: int, numbers: list[int]) -> int:
    """The last of rising numbers that is at most `end`; 0 where there is none."""
    before = bisect_right(numbers, end)
    return numbers[before - 1] if before else 0
