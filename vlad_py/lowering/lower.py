"""AST → Core: names are resolved, patterns taken apart, intermediate results named.

Scoping. A `let` is seen by what follows it. The `def`s of a block or file are seen by one another and
by the whole block; in a block a function is made as soon as the `let`s above it that it uses are
bound. A function captures the local names that it uses; top-level names are not captured.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.calls import mark_recursive
from vlad_py.core.smooth import smooth_powers
from vlad_py.core.tree import Atom, Block, Builtin, Const, Global, Lambda
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ResolveError, UnknownName, meant, near
from vlad_py.ground.names import is_name
from vlad_py.ground.walk import Walk, done, run
from vlad_py.lowering.blocks import block_expression, fn, if_, make_function, named, several
from vlad_py.lowering.conditions import as_choice, index
from vlad_py.lowering.groups import bound_names
from vlad_py.lowering.loops import comprehension, for_, while_
from vlad_py.lowering.patterns import bind, check_distinct, match_
from vlad_py.lowering.quoted import is_quoted, quoted
from vlad_py.lowering.scope import UNDER, Lower, Outside, Pending, Scopes
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Reduction
from vlad_py.primitives.primitive import MANY
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.values.values import NIL, Code

MOST_LISTED = 12  # names of a module that an error lists


def lower(program: syntax.Program, name: str, outside: Outside) -> core.Module:
    """The Core of a parsed file. `name` is the name of the module.

    Raises ResolveError for a name that is unknown, bound twice, or used before it can exist.
    """
    return module(Scopes(name, outside, expression), program)


# ── files ────────────────────────────────────────────────────────────────────────────────────


def module(scopes: Scopes, program: syntax.Program) -> core.Module:
    code = Code(0, "", "", (), program.span, "")
    last: Atom = Const(())
    declare(scopes, program.statements)
    for statement in program.statements:
        if isinstance(statement, syntax.Def):
            function = run(
                make_function(scopes, statement.name, statement.pattern, statement.body, statement)
            )
            scopes.function.out.append(core.Store(statement.name, function, statement.span))
    for statement in program.statements:
        last = run(top_level(scopes, statement))
    body = Block(tuple(scopes.function.out), (last,))
    code.core = main = Lambda(code, False, (scopes.var("unit"),), (), body)
    for lowered in (*scopes.lambdas, main):
        lowered.body = smooth_powers(lowered.body, scopes.ids)
    conditions = frozenset(name for name in scopes.globals if Global("", name) in scopes.conditions)
    module = core.Module(scopes.name, tuple(scopes.lambdas), main, scopes.ids(), conditions)
    mark_recursive(module)
    return module


def declare(scopes: Scopes, statements: tuple[Node, ...]) -> None:
    for statement in statements:
        if isinstance(statement, syntax.Import):
            names = scopes.outside.load(statement)
            check_import(scopes, statement)
            scopes.declare_once(statement.name, statement.span)
            scopes.modules[statement.name] = names
        elif isinstance(statement, syntax.Def):
            scopes.declare_global(statement.name, statement.name_span)
            if isinstance(statement.pattern, syntax.Tuple):
                scopes.parameters[statement.name] = statement.pattern
        elif isinstance(statement, syntax.Let):
            check_distinct(statement.pattern)
            for name, span in bound_names(statement.pattern):
                scopes.declare_global(name, span)


def check_import(scopes: Scopes, statement: syntax.Import) -> None:
    if not is_name(statement.name):
        hint = f'write `import "{statement.target}" as name`'
        raise ResolveError(f"`{statement.name}` cannot be the name of a module", statement.span, hint=hint)


def top_level(scopes: Scopes, statement: Node) -> Walk[Atom]:
    if isinstance(statement, (syntax.Def, syntax.Import)):
        return Const(())
    if not isinstance(statement, syntax.Let):
        return (yield expression(scopes, statement))
    value = yield named(scopes, statement.pattern, statement.value, statement.doc)
    scopes.enter({})
    yield bind(scopes, statement.pattern, value, "this pattern")
    for name, atom in scopes.leave().items():
        assert not isinstance(atom, Pending)
        scopes.function.out.append(core.Store(name, atom, statement.span))
        scopes.name_condition(name, atom)
    return Const(())


# ── expressions ──────────────────────────────────────────────────────────────────────────────


def expression(scopes: Scopes, node: Node) -> Walk[Atom]:
    """The atom of a node, after the statements that compute it."""
    form = FORMS.get(type(node))
    if form is None:
        raise ResolveError("this is not a value", node.span)
    return form(scopes, node)


def literal(scopes: Scopes, node: syntax.Literal) -> Walk[Atom]:
    return done(Const(node.value))


def nil(scopes: Scopes, node: syntax.Nil) -> Walk[Atom]:
    return done(Const(NIL))


def name(scopes: Scopes, node: syntax.Name) -> Walk[Atom]:
    return done(scopes.resolve(node.id, node.span))


def operator(scopes: Scopes, node: syntax.Operator) -> Walk[Atom]:
    if node.op in PRIMITIVES and not PRIMITIVES[node.op].internal:
        return Builtin(node.op)
    span = node.span
    a, b = syntax.Name(span, "a"), syntax.Name(span, "b")
    if node.op == "not":
        return (yield make_function(scopes, "not", a, syntax.Unary(span, "not", a), node))
    body = syntax.Binary(span, node.op, a, b, span)
    return (yield make_function(scopes, node.op, syntax.Tuple(span, (a, b)), body, node))


def tuple_(scopes: Scopes, node: syntax.Tuple) -> Walk[Atom]:
    if not node.items:
        return Const(())
    items = []
    for item in node.items:
        items.append((yield expression(scopes, item)))
    return scopes.let("t", core.MakeTuple(tuple(items)), node.span)


def array(scopes: Scopes, node: syntax.Array) -> Walk[Atom]:
    items = []
    for item in node.items:
        items.append((yield expression(scopes, item)))
    elements = scopes.let("t", core.MakeTuple(tuple(items)), node.span) if items else Const(())
    return scopes.apply("array", (elements,), node.span)


def record(scopes: Scopes, node: syntax.Record) -> Walk[Atom]:
    names, items = yield field_items(scopes, node.fields)
    return scopes.let("t", core.MakeRecord(names, items), node.span)


def update(scopes: Scopes, node: syntax.Update) -> Walk[Atom]:
    record = yield expression(scopes, node.record)
    names, items = yield field_items(scopes, node.fields)
    return scopes.let("t", core.UpdateRecord(record, names, items), node.span)


def field_items(scopes: Scopes, fields: tuple[syntax.Field, ...]) -> Walk[Any]:
    items: dict[str, Atom] = {}
    for f in fields:
        if f.name in items:
            raise ResolveError(f"the field `{f.name}` is given twice", f.span)
        items[f.name] = yield expression(scopes, f.value)
    return tuple(items), tuple(items.values())


def call(scopes: Scopes, node: syntax.Call) -> Walk[Atom]:
    function = yield expression(scopes, node.function)
    argument = node.argument
    if function == Builtin(UNDER) and isinstance(argument, syntax.Tuple):
        tag, callee, point = yield several(scopes, argument, 3)
        target = scopes.var("r")
        scopes.function.out.append(core.Call((target,), callee, point, node.span, tag))
        return target
    if isinstance(function, Builtin) and function.name in PRIMITIVES:
        primitive = PRIMITIVES[function.name]
        if is_quoted(primitive.name, argument):
            return (yield quoted(scopes, primitive.name, node))
        if isinstance(primitive, Reduction) and primitive.pair and _are_two_numbers(argument):
            primitive = PRIMITIVES[primitive.pair]
        if isinstance(argument, syntax.Tuple) and primitive.arity == len(argument.items) != 1:
            atoms = []
            for item in argument.items:
                atoms.append((yield expression(scopes, item)))
            arguments = tuple(atoms)
            if primitive.form is Form.CHOICE:
                arguments = as_choice(scopes, arguments, node.span)
            return scopes.apply(primitive.name, arguments, node.span)
        if primitive.arity in (1, MANY):
            return scopes.apply(primitive.name, ((yield expression(scopes, argument)),), node.span)
    if isinstance(function, Global) and not function.module:
        scopes.check_arity(function.name, argument, node.span)
    around, depth = scopes.function, len(scopes.function.scopes)
    try:
        value = yield expression(scopes, argument)
    except UnknownName as error:
        if error.is_free and isinstance(function, Global):
            from vlad_py.lowering.missing_fn import advise_function  # only here: most texts know their names

            scopes.function = around  # the scopes inside the argument, which the error left open, are over
            del around.scopes[depth:]
            advise_function(error, scopes.outside.usage(function), node, scopes)
        raise
    target = scopes.var("r")
    scopes.function.out.append(core.Call((target,), function, value, node.span))
    return target


def _what_it_has(name: str, names: Iterable[str]) -> str:
    public = sorted(each for each in names if not each.startswith("_"))
    if not 0 < len(public) <= MOST_LISTED:
        return f"`?{name}` in the REPL shows what it has"
    return f"it has {', '.join(f'`{each}`' for each in public)}"


def select(scopes: Scopes, node: syntax.Select) -> Walk[Atom]:
    name = node.value.id if isinstance(node.value, syntax.Name) else ""
    module = scopes.imported(name)
    if module is not None and scopes.local(name, node.span) is None:
        if node.field not in module.names:
            if node.field.startswith("_"):
                message = f"`{node.field}` is private to the module: no other file can use it"
                raise ResolveError(message, node.field_span)
            from vlad_py.lowering import unknown  # only here: most texts know their names

            hint = unknown.instead_in(module.id, name, node.field)
            if scopes.is_built_in(node.field) and not hint:
                hint = f"`{node.field}` is built in: write `{node.field}`, without `{name}.`"
                error = ResolveError(f"the module `{name}` has no `{node.field}`", node.field_span, hint=hint)
                raise error.fixed_by(node.span, node.field)
            hint = hint or near(node.field, module.names) or unknown.within(module.id, name, node.field)
            hint = hint or _what_it_has(name, module.names)
            error = ResolveError(f"the module `{name}` has no `{node.field}`", node.field_span, hint=hint)
            raise error.fixed_by(node.field_span, meant(hint))
        return Global(module.id, node.field)
    value = yield expression(scopes, node.value)
    return scopes.let(node.field, core.GetField(value, node.field), node.field_span)


def unary(scopes: Scopes, node: syntax.Unary) -> Walk[Atom]:
    if node.op == "-" and isinstance(node.operand, syntax.Literal) and type(node.operand.value) is float:
        return Const(-node.operand.value)
    operand = yield expression(scopes, node.operand)
    if node.op == "-":
        return scopes.apply("neg", (operand,), node.span)
    return scopes.let("not", core.Not(operand), node.operand.span)


def binary(scopes: Scopes, node: syntax.Binary) -> Walk[Atom]:
    left = yield expression(scopes, node.left)
    if node.op in ("and", "or"):
        return (yield connective(scopes, node, left))
    right = yield expression(scopes, node.right)
    if node.op == "^" and right == Const(2.0):
        return scopes.apply("square", (left,), node.span)
    if node.op == "..":
        return scopes.apply("of_range", (scopes.apply("held_range", (left, right), node.span),), node.span)
    return scopes.apply(node.op, (left, right), node.span)


def connective(scopes: Scopes, node: syntax.Binary, left: Atom) -> Walk[Atom]:
    """`a and b` is `if a then b else false`, where b has to be a boolean too."""
    short = Block((), (Const(node.op == "or"),))
    outer, scopes.function.out = scopes.function.out, []
    right = yield expression(scopes, node.right)
    checked = scopes.let(node.op, core.Boolean(right), node.right.span)
    statements, scopes.function.out = scopes.function.out, outer
    other = Block(tuple(statements), (checked,))
    target = scopes.var(node.op)
    yes, no = (other, short) if node.op == "and" else (short, other)
    scopes.function.out.append(core.If((target,), left, yes, no, node.left.span))
    return target


def _are_two_numbers(argument: Node) -> bool:
    """Whether a text shows that an argument is two numbers, and not one with an axis."""
    return (
        isinstance(argument, syntax.Tuple)
        and len(argument.items) == 2
        and all(isinstance(item, syntax.Binary) and item.op in "+-*/^" for item in argument.items)
    )


FORMS: dict[type[Node], Lower] = {
    syntax.Array: array,
    syntax.Binary: binary,
    syntax.Block: block_expression,
    syntax.Call: call,
    syntax.Comprehension: comprehension,
    syntax.Fn: fn,
    syntax.For: for_,
    syntax.If: if_,
    syntax.Index: index,
    syntax.Literal: literal,
    syntax.Match: match_,
    syntax.Name: name,
    syntax.Nil: nil,
    syntax.Operator: operator,
    syntax.Record: record,
    syntax.Select: select,
    syntax.Tuple: tuple_,
    syntax.Unary: unary,
    syntax.Update: update,
    syntax.While: while_,
}
"""What every form of expression becomes. A form that is not here cannot stand where a value is expected."""
