"""The parts of Core's statements and operations, and the same statements with other parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Call,
    Fail,
    For,
    GetField,
    If,
    Let,
    MakeClosure,
    MakeRecord,
    MakeTuple,
    Operation,
    Part,
    Same,
    Statement,
    Store,
    Test,
    Untuple,
    UpdateRecord,
    Var,
    While,
)
from vlad_py.ground.source import Span

# ── what the phases ask of a statement ───────────────────────────────────────────────────────


def blocks_of(statement: Statement) -> tuple[Block, ...]:
    """The blocks inside a statement."""
    if isinstance(statement, If):
        return (statement.yes, statement.no)
    if isinstance(statement, While):
        return (statement.head, statement.body)
    return (statement.body,) if isinstance(statement, For) else ()


def targets_of(statement: Statement) -> tuple[Var, ...]:
    """The names that a statement binds for what follows it."""
    if isinstance(statement, Call):
        return (statement.target,)
    return () if isinstance(statement, Store) else statement.targets


def inner_names_of(statement: Statement) -> tuple[Var, ...]:
    """The names that a statement binds for its own blocks only."""
    if isinstance(statement, While):
        return statement.state
    return (*statement.state, statement.element) if isinstance(statement, For) else ()


def atoms_of(statement: Statement) -> tuple[Atom, ...]:
    """The atoms that a statement itself takes, its blocks apart."""
    match statement:
        case Let(_, operation):
            return operands(operation)
        case Call(_, function, argument, _, tag):
            return (function, argument) if tag is None else (function, argument, tag)
        case If(_, condition):
            return (condition,)
        case While(_, _, inits):
            return inits
        case For(_, _, inits, _, sequence):
            return (*inits, sequence)
        case Store(_, value):
            return (value,)


def operands(operation: Operation) -> tuple[Atom, ...]:
    """The atoms that an operation takes."""
    match operation:
        case Apply(_, arguments):
            return arguments
        case MakeTuple(items) | MakeRecord(_, items) | MakeClosure(_, items):
            return items
        case UpdateRecord(record, _, items):
            return (record, *items)
        case Same(value) | GetField(value) | Untuple(value) | Test(value) | Part(value) | Fail(value):
            return (value,)


# ── the same with other parts ────────────────────────────────────────────────────────────────


def with_atoms(statement: Statement, change: Callable[[Atom], Atom]) -> Statement:
    """The statement with the atoms that it itself takes changed, its blocks apart."""

    def all_of(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(change(a) for a in atoms)

    match statement:
        case Let(targets, operation, span):
            return Let(targets, with_operands(operation, change), span)
        case Call(target, function, argument, span, tag):
            live = None if tag is None else change(tag)
            return Call(target, change(function), change(argument), span, live)
        case If(targets, condition, yes, no, span):
            return If(targets, change(condition), yes, no, span)
        case While(targets, state, inits, head, body, span):
            return While(targets, state, all_of(inits), head, body, span)
        case For(targets, state, inits, element, sequence, body, span):
            return For(targets, state, all_of(inits), element, change(sequence), body, span)
        case Store(name, value, span):
            return Store(name, change(value), span)


def with_operands(operation: Operation, change: Callable[[Atom], Atom]) -> Operation:
    """The operation with the atoms that it takes changed."""

    def all_of(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(change(a) for a in atoms)

    match operation:
        case Apply(primitive, arguments):
            return Apply(primitive, all_of(arguments))
        case Same(value):
            return Same(change(value))
        case MakeTuple(items):
            return MakeTuple(all_of(items))
        case MakeRecord(names, items):
            return MakeRecord(names, all_of(items))
        case UpdateRecord(record, names, items):
            return UpdateRecord(change(record), names, all_of(items))
        case GetField(record, name):
            return GetField(change(record), name)
        case MakeClosure(function, captures):
            return MakeClosure(function, all_of(captures))
        case Untuple(value, what):
            return Untuple(change(value), what)
        case Test(value, shape, size, names, literal):
            return Test(change(value), shape, size, names, literal)
        case Part(value, which):
            return Part(change(value), which)
        case Fail(value, what):
            return Fail(change(value), what)


def with_blocks(statement: Statement, blocks: Sequence[Block]) -> Statement:
    """The statement with other blocks inside, as many as it has."""
    match statement:
        case If(targets, condition, _, _, span):
            return If(targets, condition, blocks[0], blocks[1], span)
        case While(targets, state, inits, _, _, span):
            return While(targets, state, inits, blocks[0], blocks[1], span)
        case For(targets, state, inits, element, sequence, _, span):
            return For(targets, state, inits, element, sequence, blocks[0], span)
        case _:
            return statement


def with_targets(statement: Statement, targets: tuple[Var, ...], span: Span) -> Let | If:
    """A binding or a choice with other names for its results, from another place."""
    match statement:
        case Let(_, operation, _):
            return Let(targets, operation, span)
        case If(_, condition, yes, no, _):
            return If(targets, condition, yes, no, span)
    raise TypeError(f"no names to change in {type(statement).__name__}")
