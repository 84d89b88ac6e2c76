"""Patterns, taken apart into tests and parts."""

from __future__ import annotations

from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Block, Const, Let, Statement, Undefined, Var
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ResolveError
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.groups import bound_names
from vlad_py.lowering.scope import Scopes
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node


def check_distinct(pattern: Node) -> None:
    seen: set[str] = set()
    for name, span in bound_names(pattern):
        if name in seen:
            hint = "give one of them another name"
            raise ResolveError(f"`{name}` is bound twice in one pattern", span, hint=hint)
        seen.add(name)


def bind(scopes: Scopes, pattern: Node, value: Atom, what: str) -> Walk[None]:
    """Binds the names of a pattern that has to fit."""
    if not isinstance(value, Var):
        # a name of its own, so that a function that uses it captures it
        value = scopes.let(hint_of(pattern), core.Same(value), pattern.span)
    match pattern:
        case syntax.Wildcard():
            pass
        case syntax.Name():
            scopes.bind(pattern.id, value)
        case syntax.Tuple():
            targets = tuple(scopes.var(hint_of(item)) for item in pattern.items)
            scopes.function.out.append(Let(targets, core.Untuple(value, what), pattern.span))
            for item, target in zip(pattern.items, targets, strict=True):
                yield bind(scopes, item, target, what)
        case syntax.Record():
            for f in pattern.fields:
                yield bind(scopes, f.value, scopes.let(f.name, core.GetField(value, f.name), f.span), what)
        case syntax.Array():
            size = Const(float(len(pattern.items)))
            value = scopes.apply("expected_array", (value, size, Const(what)), pattern.span)
            for part, inner in take_apart(scopes, pattern, value):
                yield bind(scopes, part, inner, what)
        case _:
            test = shape_test(scopes, pattern, value)
            assert test is not None
            fail = failure(value, what, pattern.span)
            scopes.function.out.append(core.If((), test, Block((), ()), fail, pattern.span))
            for part, inner in take_apart(scopes, pattern, value):
                yield bind(scopes, part, inner, what)


def failure(value: Atom, what: str, span: Span, width: int = 0) -> Block:
    statement = Let((), core.Fail(value, what), span)
    return Block((statement,), (Undefined(),) * width)


def shape_test(scopes: Scopes, pattern: Node, value: Atom) -> Atom | None:
    """Whether the outermost shape of a pattern fits; None where it always does."""
    match pattern:
        case syntax.Wildcard() | syntax.Name():
            return None
        case syntax.Literal():
            literal = Const(pattern.value)
            return scopes.let("is", core.IsLiteral(value, literal), pattern.span)
        case syntax.Nil():
            return scopes.let("is", core.IsNil(value), pattern.span)
        case syntax.Array():
            return scopes.apply("is_array_of", (value, Const(float(len(pattern.items)))), pattern.span)
        case syntax.Tuple():
            return scopes.let("is", core.IsTuple(value, len(pattern.items)), pattern.span)
        case syntax.Record():
            names = tuple(f.name for f in pattern.fields)
            return scopes.let("is", core.IsRecord(value, names), pattern.span)
        case syntax.Binary(op="::"):
            return scopes.let("is", core.IsCons(value), pattern.span)
    raise ResolveError("this is not a pattern", pattern.span)


def take_apart(scopes: Scopes, pattern: Node, value: Atom) -> list[tuple[Node, Atom]]:
    """The parts of a pattern whose outermost shape fits, each with its value."""
    parts: list[tuple[Node, core.Operation]] = []
    match pattern:
        case syntax.Tuple():
            parts = [(item, core.Part(value, i)) for i, item in enumerate(pattern.items)]
        case syntax.Array():
            at = [(value, Const(float(i))) for i in range(len(pattern.items))]
            elements = [core.Apply(PRIMITIVES["index"], arguments) for arguments in at]
            parts = list(zip(pattern.items, elements, strict=True))
        case syntax.Record():
            parts = [(f.value, core.GetField(value, f.name)) for f in pattern.fields]
        case syntax.Binary(left=left, right=right):
            parts = [(left, core.Part(value, "head")), (right, core.Part(value, "tail"))]
    return [
        (part, scopes.let(hint_of(part), operation, part.span))
        for part, operation in parts
        if not isinstance(part, syntax.Wildcard)
    ]


def match_(scopes: Scopes, node: syntax.Match) -> Walk[Atom]:
    value = yield scopes.expression(node.value)
    value = scopes.let("value", core.Same(value), node.value.span)
    frames: list[tuple[list[Statement], Atom, Block, Span]] = []
    rest = scopes.function.out
    exhausted = True
    for arm in node.arms:
        check_distinct(arm.pattern)
        tests: list[Statement] = []
        scopes.function.out = tests
        fits, names = yield whole_test(scopes, arm.pattern, value)
        scopes.function.out = []
        scopes.enter(dict(names))
        result = yield scopes.expression(arm.body)
        scopes.leave()
        body = Block(tuple(scopes.function.out), (result,))
        frames.append((tests, Const(True) if fits is None else fits, body, arm.pattern.span))
        if fits is None:
            exhausted = False
            break
    last = failure(value, "an arm of this match", node.value.span, 1) if exhausted else frames.pop()[2]
    for tests, fits, body, span in reversed(frames):
        target = scopes.var("match")
        last = Block((*tests, core.If((target,), fits, body, last, span)), (target,))
    scopes.function.out = rest
    scopes.function.out.extend(last.statements)
    return last.results[0]


def whole_test(scopes: Scopes, pattern: Node, value: Atom) -> Walk[Any]:
    """Emits the test of a whole pattern: the atom that says whether it fits (None: always), and
    what its names then are. Parts are taken only where the shape around them fits.
    """
    if isinstance(pattern, syntax.Wildcard):
        return None, []
    if isinstance(pattern, syntax.Name):
        return None, [(pattern.id, value)]
    condition = shape_test(scopes, pattern, value)
    assert condition is not None
    outer, scopes.function.out = scopes.function.out, []
    verdict: Atom = Const(True)
    names: list[tuple[str, Atom]] = []
    parts = take_apart(scopes, pattern, value)
    inner_blocks: list[tuple[list[Statement], Atom]] = []
    for part, atom in parts:
        inner, found = yield whole_test(scopes, part, atom)
        names += found
        if inner is not None:
            inner_blocks.append((scopes.function.out, inner))
            scopes.function.out = []
    statements = scopes.function.out
    block = Block(tuple(statements), (verdict, *(a for _, a in names)))
    for before, inner in reversed(inner_blocks):
        targets = tuple(scopes.var("fits") for _ in block.results)
        no = Block((), (Const(False), *(Undefined() for _ in names)))
        block = Block((*before, core.If(targets, inner, block, no, pattern.span)), targets)
    scopes.function.out = outer
    if not block.statements:
        return condition, names
    targets = (scopes.var("fits"), *(scopes.var(name) for name, _ in names))
    no = Block((), (Const(False), *(Undefined() for _ in names)))
    scopes.function.out.append(core.If(targets, condition, block, no, pattern.span))
    return targets[0], [(name, t) for (name, _), t in zip(names, targets[1:], strict=True)]


def hint_of(pattern: Node) -> str:
    """A name for what a pattern binds."""
    return pattern.id if isinstance(pattern, syntax.Name) else "p"


def state_items(pattern: Node) -> tuple[Node, ...]:
    """A loop's state as separate names where its pattern is a tuple."""
    if isinstance(pattern, syntax.Tuple) and len(pattern.items) > 1:
        return pattern.items
    return (pattern,)
