"""A session as a script: its definitions, in an order that gives the same values again."""

from __future__ import annotations

from vlad_py.ground.node import state
from vlad_py.ground.source import Source
from vlad_py.lowering.groups import bound_names, mentioned_names
from vlad_py.session.catalogue import MODULE, Entry, definition_text
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.show import show
from vlad_py.values.structure import is_data

LAST = "_"  # the name of the last value, which scripts do not have


@state
class _Statement:
    """A definition: the entry of one of its names, its statement, and the names that it still defines."""

    entry: Entry
    source: Source
    node: syntax.Def | syntax.Let
    names: list[str]

    @property
    def is_let(self) -> bool:
        return isinstance(self.node, syntax.Let)

    @property
    def mentioned(self) -> set[str]:
        return mentioned_names(self.node.value if isinstance(self.node, syntax.Let) else self.node.body)

    @property
    def is_whole(self) -> bool:
        """Whether none of its names has been redefined."""
        node = self.node
        return isinstance(node, syntax.Def) or {n for n, _ in bound_names(node.pattern)} == set(self.names)


def script_of(session: Session) -> tuple[str, list[str]]:
    """The script, and the names that no script could define as the session has them.

    A `let` that used a name which has been redefined since is written as its value.
    """
    entries = session.names().values()
    imports = [definition_text(entry) for entry in entries if entry.kind == MODULE]
    statements = _statements([e for e in entries if e.kind != MODULE and e.statement is not None])
    uses = {name: statement.mentioned for statement in statements for name in statement.names}
    gone = {LAST}
    while True:
        texts: list[str] = []
        left_out: list[str] = []
        for i, statement in enumerate(statements):
            reached = _reached(statement.names, uses)
            is_old = _is_outdated(statement, reached, statements[i + 1 :])
            if statement.is_whole and not is_old and gone.isdisjoint(reached):
                texts.append(definition_text(statement.entry))
                continue
            for name in statement.names:
                if statement.is_let and is_data(session.value(name)):  # its text gives it back
                    texts.append(f"let {name} = {show(session.value(name))}")
                else:
                    left_out.append(name)
        if gone.issuperset(left_out):
            return "".join(f"{text}\n" for text in (*imports, *texts)), left_out
        gone.update(left_out)  # their users go as well


def _statements(entries: list[Entry]) -> list[_Statement]:
    """The statements that define some names, the oldest first."""
    found: dict[tuple[int, int], _Statement] = {}
    for entry in entries:
        assert entry.statement is not None
        source = entry.statement.source
        key = (id(source), entry.statement.start)
        if key not in found:
            (node,) = parse(Source("", entry.statement.text)).statements
            assert isinstance(node, syntax.Def | syntax.Let)
            found[key] = _Statement(entry, source, node, [])
        found[key].names.append(entry.name)
    return list(found.values())


def _reached(names: list[str], uses: dict[str, set[str]]) -> frozenset[str]:
    """The names that the definitions of some names use, and the names that those use, and so on."""
    reached: set[str] = set()
    todo = [used for name in names for used in uses[name]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(uses.get(name, ()))
    return frozenset(reached)


def _is_outdated(statement: _Statement, reached: frozenset[str], later: list[_Statement]) -> bool:
    """Whether a `let` used a name that a later text defined, or an earlier definition of its own names.

    A function uses none before it is called.
    """
    if isinstance(statement.node, syntax.Def) or isinstance(statement.node.value, syntax.Fn):
        return False
    if not reached.isdisjoint(statement.names):
        return True
    return any(o.source is not statement.source and not reached.isdisjoint(o.names) for o in later)
