"""One traversal of Core's nodes: the parts of a kind, and the same node with other parts.

What a phase asks of a node is mostly the same for all of them: which atoms it takes, which names it binds,
which blocks lie inside. The types of the node's fields answer that, once for each class. So a new statement
or operation needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from enum import Enum
from typing import Any, get_args

from vlad_py.core.tree import Atom, Block, Let, Operation, Statement, Var
from vlad_py.ground.source import Span


class Kind(Enum):
    """What a field of a node is."""

    ATOMS = "taken by the node itself"
    TARGETS = "bound for what follows the statement"
    INNER = "names bound for the statement's own blocks only"
    BLOCKS = "inside the statement"
    OPERATION = "of a `Let`: its atoms are the statement's"
    SPAN = "where the statement comes from"
    OTHER = "not followed"


KINDS = {
    "Atom": Kind.ATOMS,
    "Atom | None": Kind.ATOMS,
    "tuple[Atom, ...]": Kind.ATOMS,
    "Var": Kind.INNER,
    "tuple[Var, ...]": Kind.INNER,
    "Block": Kind.BLOCKS,
    "Operation": Kind.OPERATION,
    "Span": Kind.SPAN,
}


NODES: tuple[type[Any], ...] = (*get_args(Statement), *get_args(Operation))

FIELDS: dict[type[Any], tuple[tuple[str, Kind], ...]] = {
    node: tuple(
        (f.name, Kind.TARGETS if f.name == "targets" else KINDS.get(str(f.type), Kind.OTHER))
        for f in fields(node)
    )
    for node in NODES
}
"""The fields of every class of nodes, in order, each with its kind."""

_BY_KIND = {
    (node, kind): tuple(name for name, its in FIELDS[node] if its is kind) for node in NODES for kind in Kind
}


def _parts(node: Statement | Operation, kind: Kind) -> tuple[Any, ...]:
    found: list[Any] = []
    for name in _BY_KIND[type(node), kind]:
        part = getattr(node, name)
        if type(part) is tuple:
            found += part
        elif part is not None:
            found.append(part)
    return tuple(found)


def atoms_of(node: Statement | Operation) -> tuple[Atom, ...]:
    """The atoms that a statement or an operation itself takes, its blocks apart."""
    return _parts(node.operation if isinstance(node, Let) else node, Kind.ATOMS)


def targets_of(statement: Statement) -> tuple[Var, ...]:
    """The names that a statement binds for what follows it."""
    return _parts(statement, Kind.TARGETS)


def inner_names_of(statement: Statement) -> tuple[Var, ...]:
    """The names that a statement binds for its own blocks only."""
    return _parts(statement, Kind.INNER)


def blocks_of(statement: Statement) -> tuple[Block, ...]:
    """The blocks inside a statement."""
    return _parts(statement, Kind.BLOCKS)


def changed(
    node: Any,
    *,
    atom: Callable[[Atom], Atom] | None = None,
    name: Callable[[Var], Var] | None = None,
    blocks: Iterable[Block] | None = None,
    span: Span | None = None,
) -> Any:
    """The statement or operation with other parts: its atoms and all names that it binds changed, other
    blocks inside, as many as it has, another span. What is left out stays.
    """
    others = iter(blocks or ())
    new: list[Any] = []
    for field, kind in FIELDS[type(node)]:
        part = getattr(node, field)
        change: Callable[[Any], Any] | None = None
        if kind is Kind.ATOMS:
            change = atom
        elif kind is Kind.TARGETS or kind is Kind.INNER:
            change = name
        elif kind is Kind.OPERATION and atom is not None:
            part = changed(part, atom=atom)
        elif kind is Kind.BLOCKS and blocks is not None:
            part = next(others)
        elif kind is Kind.SPAN and span is not None:
            part = span
        if change is not None and part is not None:
            part = tuple(map(change, part)) if type(part) is tuple else change(part)
        new.append(part)
    return type(node)(*new)


def statements_of(block: Block) -> Iterator[Statement]:
    """All statements of a block, those of its inner blocks included, the outer ones of each block first."""
    todo = [block]
    while todo:
        for statement in todo.pop().statements:
            yield statement
            todo.extend(blocks_of(statement))


def all_atoms_of(block: Block) -> Iterator[Atom]:
    """All atoms that a block and its inner blocks take or give."""
    yield from block.results
    for statement in statements_of(block):
        yield from atoms_of(statement)
        for inner in blocks_of(statement):
            yield from inner.results
