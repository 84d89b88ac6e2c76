"""The names that a text binds, and the range where each is visible."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from vlad_py.ground.errors import ResolveError, SyntaxError
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source, Span
from vlad_py.lowering.groups import all_nodes, bound_names
from vlad_py.session import catalogue
from vlad_py.session.catalogue import Entry
from vlad_py.session.files import imported_path
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Node

PARAMETER, STATE, PART = "parameter", "state of a loop", "part of a pattern"


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """A name that is visible from `start` to `end`, where no inner name hides it.

    `value` is its expression, or the body of the function that it names, if the text has one.
    """

    entry: Entry
    start: int
    end: int
    value: Node | None = None

    def is_global(self, program: syntax.Program) -> bool:
        """Whether the whole text sees it."""
        return (self.start, self.end) == (program.span.start, program.span.end)


class Scope:
    """What the names of a text mean, by where they stand."""

    def __init__(self, names: list[Local]) -> None:
        by_name: dict[str, list[Local]] = {}
        for local in names:
            by_name.setdefault(local.entry.name, []).append(local)
        self._binders = {local.entry.place.start for local in names if local.entry.place}
        self._innermost = {name: _innermost(same_name) for name, same_name in by_name.items()}

    def meant(self, name: syntax.Name) -> Local | None:
        """The binding that a name refers to; None for one that every program sees, and where it is bound."""
        at = name.span.start
        if at in self._binders or name.id not in self._innermost:
            return None
        places, found = self._innermost[name.id]
        before = bisect(places, at)
        return found[before - 1] if before else None

    def is_unbound(self, name: syntax.Name) -> bool:
        """Whether the text neither binds a name there nor above: every program sees it, or none does."""
        return name.span.start not in self._binders and self.meant(name) is None


def _innermost(same_name: list[Local]) -> tuple[list[int], list[Local | None]]:
    """Places, and the binding that a name refers to from each of them on: that with the shortest range."""
    begin = sorted(range(len(same_name)), key=lambda i: same_name[i].start)
    places = sorted({place for local in same_name for place in (local.start, local.end + 1)})
    around: list[tuple[int, int]] = []  # a heap of lengths, with bindings whose ranges have begun
    found: list[Local | None] = []
    begun = 0
    for place in places:
        while begun < len(begin) and same_name[begin[begun]].start <= place:
            local = same_name[begin[begun]]
            heappush(around, (local.end - local.start, begin[begun]))
            begun += 1
        while around and same_name[around[0][1]].end < place:
            heappop(around)
        found.append(same_name[around[0][1]] if around else None)
    return places, found


def names_of(program: syntax.Program, folder: str | None) -> list[Local]:
    """Every name that a text binds; files that it imports are looked for in the folder."""
    return [local for node in all_nodes(program) for local in _bound_by(node, folder)]


def _bound_by(node: Node, folder: str | None) -> Iterator[Local]:
    """The names that a node binds for its parts or, if it has statements, for those."""
    if isinstance(node, (syntax.Program, syntax.Block)):
        yield from _statements(node, folder)
    elif isinstance(node, (syntax.Def, syntax.Fn)):
        yield from _pattern(node.pattern, PARAMETER, node.pattern.span.start, node.span.end)
    elif isinstance(node, syntax.While):
        yield from _pattern(node.pattern, STATE, node.init.span.end, node.span.end)
    elif isinstance(node, syntax.For):
        yield from _pattern(node.pattern, STATE, node.sequence.span.end, node.span.end)
        yield from _pattern(node.element, PART, node.sequence.span.end, node.span.end)
    elif isinstance(node, syntax.Arm):
        yield from _pattern(node.pattern, PART, node.pattern.span.start, node.span.end)
    elif isinstance(node, syntax.Comprehension):
        for clause in node.clauses:
            yield from _pattern(clause.pattern, PART, node.body.span.start, node.body.span.end)
            yield from _pattern(clause.pattern, PART, clause.span.end, node.span.end)


def _pattern(pattern: Node, kind: str, start: int, end: int) -> Iterator[Local]:
    for name, place in bound_names(pattern):
        yield Local(Entry(name, kind, name, "", place), start, end)


def _statements(node: syntax.Program | syntax.Block, folder: str | None) -> Iterator[Local]:
    for statement in node.statements:
        sequential = isinstance(node, syntax.Block) and isinstance(statement, syntax.Let)
        start = statement.span.end if sequential else node.span.start
        value = value_of(statement)
        for entry in catalogue.defined(syntax.Program(node.span, (statement,))).values():
            yield Local(entry, start, node.span.end, value)
        if isinstance(statement, syntax.Import):
            file, members = _imported(statement, folder)
            entry = catalogue.module(statement.name, members, "", Span(file, 0, 0))
            yield Local(entry, start, node.span.end)


def value_of(statement: Node) -> Node | None:
    """The expression that a statement binds one name to, or the body of the function that it names."""
    if isinstance(statement, syntax.Def):
        return statement.body
    if isinstance(statement, syntax.Let) and isinstance(statement.pattern, syntax.Name):
        return statement.value.body if isinstance(statement.value, syntax.Fn) else statement.value
    return None


def is_short(field: syntax.Field) -> bool:
    """Whether a field is written `{x}` for `{x: x}`."""
    return field.value.span == field.span


def _imported(statement: syntax.Import, folder: str | None) -> tuple[Source, Mapping[str, Entry]]:
    """The imported file, without its text, and its definitions; none if it cannot be found, may not be
    imported, or does not parse.
    """
    if not statement.is_path:
        module = catalogue.libraries().get(statement.target)
        return Source(f"{statement.target}.adl", "", library=True), module.members if module else {}
    if folder is None:
        return Source("", ""), {}
    name = os.path.join(folder, statement.target)
    try:
        path = imported_path(statement, folder, folder)
        program = parse(Source(name, read_text(path, is_plain=True)))
    except (OSError, UnicodeDecodeError, ResolveError, SyntaxError):
        return Source(name, ""), {}
    return Source(name, ""), catalogue.public(catalogue.defined(program))
