"""Loops: the state that they carry, as separate names where its pattern is a tuple."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Block, Const, Var
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.blocks import several
from vlad_py.lowering.groups import bound_names
from vlad_py.lowering.patterns import bind, check_distinct, hint_of, state_items
from vlad_py.lowering.scope import Scopes
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node


def while_(scopes: Scopes, node: syntax.While) -> Walk[Atom]:
    state, inits = yield start_loop(scopes, node.pattern, node.init)
    scopes.enter({})
    outer, scopes.function.out = scopes.function.out, []
    yield bind_state(scopes, node.pattern, state)
    condition = yield scopes.expression(node.condition)
    statements, scopes.function.out = scopes.function.out, []
    head = Block(tuple(statements), (condition,))
    yield bind_state(scopes, node.pattern, state)
    body = yield rest_of_body(scopes, node.body, len(state))
    scopes.function.out = outer
    scopes.leave()
    targets = tuple(scopes.var(name.name) for name in state)
    scopes.function.out.append(core.While(targets, state, inits, head, body, node.condition.span))
    return loop_result(scopes, node.pattern, targets, node.span)


def for_(scopes: Scopes, node: syntax.For) -> Walk[Atom]:
    sequence = yield sequence_of(scopes, node.sequence)
    state, inits = yield start_loop(scopes, node.pattern, node.init)
    element = scopes.var(hint_of(node.element))
    check_distinct(node.element)
    scopes.enter({})
    outer, scopes.function.out = scopes.function.out, []
    yield bind_state(scopes, node.pattern, state)
    yield bind(scopes, node.element, element, "the pattern after `for`")
    body = yield rest_of_body(scopes, node.body, len(state))
    scopes.function.out = outer
    scopes.leave()
    targets = tuple(scopes.var(name.name) for name in state)
    span = node.sequence.span
    scopes.function.out.append(core.For(targets, state, inits, element, sequence, body, span))
    return loop_result(scopes, node.pattern, targets, node.span)


def comprehension(scopes: Scopes, node: syntax.Comprehension) -> Walk[Atom]:
    """`[e for p in s]`: a loop that collects the values of e, then the array or the list of them."""
    values = yield turns(scopes, node, 0)
    return scopes.apply("collected", (values, Const(float(len(node.clauses)))), node.span)


def turns(scopes: Scopes, node: syntax.Comprehension, which: int) -> Walk[Atom]:
    """The tuple of what the turns of a clause give: values of the body, or tuples of the next clause."""
    clause = node.clauses[which]
    sequence = yield sequence_of(scopes, clause.sequence, "collected_range")
    if is_range(clause.sequence) and which + 1 < len(node.clauses):
        times = yield inner_turns(scopes, node.clauses[which:])
        if times != Const(1.0):
            sequence = scopes.apply("held_turns", (sequence, times), node.span)
    element = scopes.var(hint_of(clause.pattern))
    check_distinct(clause.pattern)
    scopes.enter({})
    outer, scopes.function.out = scopes.function.out, []
    yield bind(scopes, clause.pattern, element, "the pattern after `for`")
    is_last = which == len(node.clauses) - 1
    value = yield (scopes.expression(node.body) if is_last else turns(scopes, node, which + 1))
    body = Block(tuple(scopes.function.out), (value,))
    scopes.function.out = outer
    scopes.leave()
    target = scopes.var("values")
    span = clause.sequence.span
    scopes.function.out.append(core.For((target,), (), (), element, sequence, body, span, True))
    return target


def is_range(node: Node) -> bool:
    return isinstance(node, syntax.Binary) and node.op == ".."


def inner_turns(scopes: Scopes, clauses: tuple[syntax.Clause, ...]) -> Walk[Atom]:
    """How many turns the clauses after the first make in each of its turns, as far as their ranges do not
    depend on one another.
    """
    times: Atom = Const(1.0)
    bound: set[str] = set()
    for outer, inner in pairwise(clauses):
        bound |= {name for name, _ in bound_names(outer.pattern)}
        node = inner.sequence
        if not (isinstance(node, syntax.Binary) and is_range(node)):
            break
        ends = (node.left, node.right)
        if not all(_is_simple(end) for end in ends) or any(
            isinstance(end, syntax.Name) and end.id in bound for end in ends
        ):
            break
        low = yield scopes.expression(node.left)
        high = yield scopes.expression(node.right)
        times = scopes.apply("turns_of", (low, high, times), node.span)
    return times


def _is_simple(node: Node) -> bool:
    return isinstance(node, (syntax.Literal, syntax.Name))


def sequence_of(scopes: Scopes, node: Node, range_of: str = "..") -> Walk[Atom]:
    """The sequence of a clause; `range_of` is the primitive that makes a range."""
    if not (isinstance(node, syntax.Binary) and is_range(node)):
        return (yield scopes.expression(node))
    low = yield scopes.expression(node.left)
    high = yield scopes.expression(node.right)
    return scopes.apply(range_of, (low, high), node.span)


def start_loop(scopes: Scopes, pattern: Node, init: Node) -> Walk[Any]:
    check_distinct(pattern)
    items = state_items(pattern)
    inits = yield several(scopes, init, len(items))
    return tuple(scopes.var(hint_of(item)) for item in items), inits


def bind_state(scopes: Scopes, pattern: Node, state: tuple[Var, ...]) -> Walk[None]:
    for item, atom in zip(state_items(pattern), state, strict=True):
        yield bind(scopes, item, atom, "the loop's state")


def rest_of_body(scopes: Scopes, node: Node, width: int) -> Walk[Block]:
    """The rest of a loop's body, after what was emitted to take its state apart."""
    results = yield several(scopes, node, width)
    return Block(tuple(scopes.function.out), results)


def loop_result(scopes: Scopes, pattern: Node, targets: tuple[Var, ...], span: Span) -> Atom:
    if len(state_items(pattern)) == 1:
        return targets[0]
    return scopes.let("t", core.MakeTuple(targets), span)
