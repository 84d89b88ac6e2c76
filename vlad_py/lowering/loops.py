"""Loops: the state that they carry, as separate names where its pattern is a tuple."""

from __future__ import annotations

from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Block, Var
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.patterns import Patterns, hint_of, state_items
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node


class Loops(Patterns):
    """Lowering of the two forms of loop."""

    def on_while(self, node: syntax.While) -> Walk[Atom]:
        state, inits = yield self.start_loop(node.pattern, node.init)
        self.function.scopes.append({})
        outer, self.function.out = self.function.out, []
        yield self.bind_state(node.pattern, state)
        condition = yield self.expression(node.condition)
        statements, self.function.out = self.function.out, []
        head = Block(tuple(statements), (condition,))
        yield self.bind_state(node.pattern, state)
        body = yield self.body(node.body, len(state))
        self.function.out = outer
        self.function.scopes.pop()
        targets = tuple(self.var(s.name) for s in state)
        self.function.out.append(core.While(targets, state, inits, head, body, node.condition.span))
        return self.loop_result(node.pattern, targets, node.span)

    def on_for(self, node: syntax.For) -> Walk[Atom]:
        sequence = yield self.sequence(node.sequence)
        state, inits = yield self.start_loop(node.pattern, node.init)
        element = self.var(hint_of(node.element))
        self.check_distinct(node.element)
        self.function.scopes.append({})
        outer, self.function.out = self.function.out, []
        yield self.bind_state(node.pattern, state)
        yield self.bind(node.element, element, "the pattern after `for`")
        body = yield self.body(node.body, len(state))
        self.function.out = outer
        self.function.scopes.pop()
        targets = tuple(self.var(s.name) for s in state)
        span = node.sequence.span
        self.function.out.append(core.For(targets, state, inits, element, sequence, body, span))
        return self.loop_result(node.pattern, targets, node.span)

    def on_comprehension(self, node: syntax.Comprehension) -> Walk[Atom]:
        """`[e for p in s]`: a loop that collects the values of e, then the array of them."""
        sequence = yield self.sequence(node.sequence)
        element = self.var(hint_of(node.pattern))
        self.check_distinct(node.pattern)
        self.function.scopes.append({})
        outer, self.function.out = self.function.out, []
        yield self.bind(node.pattern, element, "the pattern after `for`")
        value = yield self.expression(node.body)
        body = Block(tuple(self.function.out), (value,))
        self.function.out = outer
        self.function.scopes.pop()
        target = self.var("values")
        span = node.sequence.span
        self.function.out.append(core.For((target,), (), (), element, sequence, body, span, True))
        return self.apply("array", (target,), node.span)

    def sequence(self, node: Node) -> Walk[Atom]:
        if not (isinstance(node, syntax.Binary) and node.op == ".."):
            return (yield self.expression(node))
        low = yield self.expression(node.left)
        high = yield self.expression(node.right)
        return self.apply("..", (low, high), node.span)

    def start_loop(self, pattern: Node, init: Node) -> Walk[Any]:
        self.check_distinct(pattern)
        items = state_items(pattern)
        inits = yield self.several(init, len(items))
        return tuple(self.var(hint_of(item)) for item in items), inits

    def bind_state(self, pattern: Node, state: tuple[Var, ...]) -> Walk[None]:
        for item, atom in zip(state_items(pattern), state, strict=True):
            yield self.bind(item, atom, "the loop's state")

    def body(self, node: Node, width: int) -> Walk[Block]:
        """The rest of a loop's body, after what was emitted to take its state apart."""
        results = yield self.several(node, width)
        return Block(tuple(self.function.out), results)

    def loop_result(self, pattern: Node, targets: tuple[Var, ...], span: Span) -> Atom:
        if len(state_items(pattern)) == 1:
            return targets[0]
        return self.let("t", core.MakeTuple(targets), span)
