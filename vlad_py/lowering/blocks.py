"""Blocks and functions: which names are bound where, closures, recursive groups."""

from __future__ import annotations

from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Block, Const, Lambda, Let, Sibling
from vlad_py.ground.errors import ResolveError
from vlad_py.ground.literals import one_line
from vlad_py.ground.names import is_name
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.groups import definition_groups
from vlad_py.lowering.patterns import bind, check_distinct, hint_of
from vlad_py.lowering.scope import Environment, Function, Pending, Scopes
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.values.values import Code

# ── functions ────────────────────────────────────────────────────────────────────────────────


def make_function(scopes: Scopes, name: str, pattern: Node, body: Node, node: Node) -> Walk[Atom]:
    """A function that does not refer to itself by a local name."""
    environment = Environment()
    lambda_, function = yield lower_function(scopes, name, pattern, body, node, environment, {})
    complete(scopes, lambda_, function, environment)
    operation = core.MakeClosure(lambda_, tuple(environment.captures.values()))
    return scopes.let(name if is_name(name) else "fn", operation, node.span)


def fn(scopes: Scopes, node: syntax.Fn) -> Walk[Atom]:
    return (yield make_function(scopes, "fn", node.pattern, node.body, node))


def lower_function(
    scopes: Scopes,
    name: str,
    pattern: Node,
    body: Node,
    node: Node,
    environment: Environment,
    siblings: dict[str, Atom | Pending],
    into: Lambda | None = None,
) -> Walk[Any]:
    doc = node.doc if isinstance(node, syntax.Def) else ""
    is_tuple = isinstance(pattern, syntax.Tuple)
    lambda_ = into or new_lambda(scopes, name, pattern, node.span, doc)
    outer = scopes.function
    scopes.function = function = Function(outer, environment)
    scopes.enter(siblings)
    scopes.enter({})
    items = pattern.items if isinstance(pattern, syntax.Tuple) else (pattern,)
    check_distinct(pattern)
    lambda_.is_tuple = is_tuple
    lambda_.parameters = tuple(scopes.var(hint_of(item)) for item in items)
    for item, parameter in zip(items, lambda_.parameters, strict=True):
        yield bind(scopes, item, parameter, "this parameter")
    result = yield scopes.expression(body)
    scopes.leave()
    scopes.leave()
    lambda_.body = Block(tuple(function.out), (result,))
    scopes.function = outer
    return lambda_, function


def new_lambda(scopes: Scopes, name: str, pattern: Node, span: Span, doc: str) -> Lambda:
    code = Code(scopes.ids(), name, one_line(pattern.span.text), (), span, doc)
    code.core = lambda_ = Lambda(code, False)
    return lambda_


def complete(scopes: Scopes, lambda_: Lambda, function: Function, environment: Environment) -> None:
    """Completes a function once all that its group captures is known."""
    names = lambda_.code.captures = tuple(environment.captures)
    known: Any = function.around  # all that is captured is a Var
    lambda_.captures = tuple([known.get(name) or scopes.var(name) for name in names])
    scopes.lambdas.append(lambda_)


def define(scopes: Scopes, definitions: tuple[syntax.Def, ...], recursive: bool) -> Walk[None]:
    """The functions of one recursive group of a block, which share an environment."""
    if not recursive:
        (d,) = definitions
        scopes.bind(d.name, (yield make_function(scopes, d.name, d.pattern, d.body, d)))
        return
    environment = Environment()
    lambdas = [new_lambda(scopes, d.name, d.pattern, d.span, d.doc) for d in definitions]
    siblings: dict[str, Atom | Pending] = {
        d.name: Sibling(f) for d, f in zip(definitions, lambdas, strict=True)
    }
    lowered = []
    for d, f in zip(definitions, lambdas, strict=True):
        lowered.append((yield lower_function(scopes, d.name, d.pattern, d.body, d, environment, siblings, f)))
    for lambda_, function in lowered:
        complete(scopes, lambda_, function, environment)
    captures = tuple(environment.captures.values())
    for d, f in zip(definitions, lambdas, strict=True):
        scopes.bind(d.name, scopes.let(d.name, core.MakeClosure(f, captures), d.span))


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def inner_block(scopes: Scopes, *nodes: Node, width: int = 1) -> Walk[Block]:
    """A block of its own for a node, in a scope of its own. No node: the block gives unit."""
    outer, scopes.function.out = scopes.function.out, []
    scopes.enter({})
    results = (yield several(scopes, nodes[0], width)) if nodes else (Const(()),) * width
    scopes.leave()
    statements, scopes.function.out = scopes.function.out, outer
    return Block(tuple(statements), results)


def choice(scopes: Scopes, condition: Atom, yes: Node, no: Node, span: Span, width: int = 1) -> Walk[Any]:
    first = yield inner_block(scopes, yes, width=width)
    second = yield inner_block(scopes, no, width=width)
    targets = tuple(scopes.var("if") for _ in range(width))
    scopes.function.out.append(core.If(targets, condition, first, second, span))
    return targets


def if_(scopes: Scopes, node: syntax.If) -> Walk[Atom]:
    condition = yield scopes.expression(node.condition)
    (target,) = yield choice(scopes, condition, node.yes, node.no, node.condition.span)
    return target


def several(scopes: Scopes, node: Node, width: int) -> Walk[Any]:
    """A node that gives a tuple of `width` items, as that many atoms; one atom for width 1."""
    if width == 1:
        return ((yield scopes.expression(node)),)
    if isinstance(node, syntax.Tuple) and len(node.items) == width:
        atoms = []
        for item in node.items:
            atoms.append((yield scopes.expression(item)))
        return tuple(atoms)
    if isinstance(node, syntax.If):
        condition = yield scopes.expression(node.condition)
        return (yield choice(scopes, condition, node.yes, node.no, node.condition.span, width))
    if isinstance(node, syntax.Block) and node.statements:
        return (yield in_block(scopes, node, width))
    value = yield scopes.expression(node)
    targets = tuple(scopes.var("t") for _ in range(width))
    scopes.function.out.append(Let(targets, core.Untuple(value, "the loop's state"), node.span))
    return targets


def named(scopes: Scopes, pattern: Node, value: Node, doc: str) -> Walk[Atom]:
    """The value of a binding; a function expression takes the name that it is bound to."""
    check_distinct(pattern)
    if isinstance(value, syntax.Fn) and isinstance(pattern, syntax.Name):
        node = syntax.Def(value.span, pattern.id, pattern.span, value.pattern, value.body, doc)
        return (yield make_function(scopes, pattern.id, value.pattern, value.body, node))
    return (yield scopes.expression(value))


def block_expression(scopes: Scopes, node: syntax.Block) -> Walk[Atom]:
    (result,) = yield in_block(scopes, node, 1)
    return result


def in_block(scopes: Scopes, node: syntax.Block, width: int) -> Walk[Any]:
    last = node.statements[-1]
    scopes.enter({})
    if isinstance(last, (syntax.Def, syntax.Let, syntax.Import)):
        raise ResolveError("a block ends with an expression, its value", last.span)
    groups = definition_groups(node.statements, scopes.mentions)
    places: dict[str, Span] = {}
    for definition in (s for s in node.statements if isinstance(s, syntax.Def)):
        if definition.name in places:
            raise scopes.twice(definition.name, "this block", definition.name_span, places)
        places[definition.name] = definition.name_span
        scopes.bind(definition.name, Pending(definition.name_span))
    for i, statement in enumerate(node.statements):
        for group in groups.get(i, ()):
            yield define(scopes, group.definitions, group.recursive)
        if statement is last:
            break
        if isinstance(statement, syntax.Import):
            raise ResolveError("put an `import` at the top level of a file", statement.span)
        if isinstance(statement, syntax.Let):
            value = yield named(scopes, statement.pattern, statement.value, statement.doc)
            yield bind(scopes, statement.pattern, value, "this pattern")
        elif not isinstance(statement, syntax.Def):
            yield scopes.expression(statement)
    results = yield several(scopes, last, width)
    scopes.leave()
    return results
