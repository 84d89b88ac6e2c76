"""One traversal of Core's nodes: the atoms that they take, and the same node with other parts.

Phases mostly ask the same of every node: which atoms it takes, and what it is with other atoms, names or
blocks. The types of the node's fields answer that, once for each class. So a new statement or operation needs
nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Boolean,
    IsCons,
    IsLiteral,
    IsNil,
    IsRecord,
    IsTuple,
    Lambda,
    Let,
    Not,
    Operation,
    Statement,
    Var,
)
from vlad_py.ground.node import fields_of
from vlad_py.ground.source import Span
from vlad_py.values.values import Closure

# what a field of a node is to a traversal
ATOMS = "taken by the node"
NAMES = "bound by the node"
BLOCKS = "inside the node"
OPERATION = "of a `Let`: its atoms are the statement's"
SPAN = "where the node comes from"
OTHER = "not followed"

KINDS = {  # by the type of the field
    "Atom": ATOMS,
    "Atom | None": ATOMS,
    "tuple[Atom, ...]": ATOMS,
    "Var": NAMES,
    "tuple[Var, ...]": NAMES,
    "Block": BLOCKS,
    "Operation": OPERATION,
    "Span": SPAN,
}


NODES: tuple[type[Any], ...] = (*get_args(Statement), *get_args(Operation))

FIELDS: dict[type[Any], tuple[tuple[str, str], ...]] = {
    node: tuple((name, KINDS.get(kind, OTHER)) for name, kind in fields_of(node).items()) for node in NODES
}
"""The fields of every class of nodes, in order, each with its kind."""

_TAKEN = {node: tuple(name for name, kind in FIELDS[node] if kind is ATOMS) for node in NODES}


def atoms_of(node: Statement | Operation) -> tuple[Atom, ...]:
    """The atoms that a statement or an operation itself takes, its blocks apart."""
    if isinstance(node, Let):
        node = node.operation
    found: list[Atom] = []
    for name in _TAKEN[type(node)]:
        part = getattr(node, name)
        if type(part) is tuple:
            found += part
        elif part is not None:
            found.append(part)
    return tuple(found)


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
        if kind is ATOMS:
            change = atom
        elif kind is NAMES:
            change = name
        elif kind is OPERATION and atom is not None:
            part = changed(part, atom=atom)
        elif kind is BLOCKS and blocks is not None:
            part = next(others)
        elif kind is SPAN and span is not None:
            part = span
        if change is not None and part is not None:
            part = tuple(map(change, part)) if type(part) is tuple else change(part)
        new.append(part)
    return type(node)(*new)


def statements_of(block: Block) -> list[Statement]:
    """All statements of a block, those of its inner blocks included, the outer ones of each block first."""
    found: list[Statement] = []
    todo = [block]
    while todo:
        for statement in todo.pop().statements:
            found.append(statement)
            todo.extend(statement.blocks)
    return found


def all_atoms_of(block: Block) -> list[Atom]:
    """All atoms that a block and its inner blocks take or give."""
    found = [*block.results]
    for statement in statements_of(block):
        found += atoms_of(statement)
        for inner in statement.blocks:
            found += inner.results
    return found


# ── other questions ────────────────────────────────────────────────────────────────────────────────


def is_tail(block: Block, position: int) -> bool:
    """Whether all that a block gives is what its statement at `position` gives: where the block is in tail
    position, so is a call that stands there.
    """
    statement = block.statements[position]
    return position + 1 == len(block.statements) and block.results == statement.targets != ()


def gives_boolean(operation: Operation) -> bool:
    """Whether what an operation gives is always a boolean."""
    if isinstance(operation, Apply):
        return operation.primitive.gives_boolean
    return isinstance(operation, (Boolean, Not, IsTuple, IsRecord, IsCons, IsNil, IsLiteral))


def lambda_of(function: Closure) -> Lambda | None:
    """The Core of a function value, as lowered, with nothing inlined; None for a function of Python."""
    found = function.code.core
    return found if isinstance(found, Lambda) else None
