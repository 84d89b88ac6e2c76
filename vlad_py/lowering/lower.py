"""AST → Core: names are resolved, patterns taken apart, intermediate results named.

Scoping. A `let` is seen by what follows it. The `def`s of a block or file are seen by one another and
by the whole block; in a block a function is made as soon as the `let`s above it that it uses are
bound. A function captures the local names that it uses; top-level names are not captured.
"""

from __future__ import annotations

from typing import Any

from vlad_py.core import tree as core
from vlad_py.core.calls import mark_recursive
from vlad_py.core.smooth import smooth_powers
from vlad_py.core.tree import Atom, Block, Builtin, Const, Global, Lambda, Let, Sibling
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ResolveError, near
from vlad_py.ground.names import is_name
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, done, run
from vlad_py.lowering.conditions import Conditions
from vlad_py.lowering.groups import bound_names, definition_groups
from vlad_py.lowering.patterns import hint_of
from vlad_py.lowering.scope import UNDER, Function, Group, Outside, Pending
from vlad_py.primitives.kinds import Reduction
from vlad_py.primitives.primitive import MANY
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.values.values import NIL, Code


def lower(program: syntax.Program, name: str, outside: Outside) -> core.Module:
    """The Core of a parsed file. `name` is the name of the module.

    Raises ResolveError for a name that is unknown, bound twice, or used before it can exist.
    """
    return _Lowering(name, outside).module(program)


class _Lowering(Conditions):
    # ── files ────────────────────────────────────────────────────────────────────────────────

    def module(self, program: syntax.Program) -> core.Module:
        code = Code(0, "", "", (), program.span, "")
        last: Atom = Const(())
        self._declare(program.statements)
        for statement in program.statements:
            if isinstance(statement, syntax.Def):
                function = run(self.fn(statement.name, statement.pattern, statement.body, statement))
                self.function.out.append(core.Store(statement.name, function, statement.span))
        for statement in program.statements:
            last = run(self.top_level(statement))
        body = Block(tuple(self.function.out), (last,))
        code.core = main = Lambda(code, False, (self.var("unit"),), (), body)
        for lowered in (*self.lambdas, main):
            lowered.body = smooth_powers(lowered.body, self.ids)
        conditions = frozenset(name for name in self.globals if Global("", name) in self.conditions)
        module = core.Module(self.name, tuple(self.lambdas), main, self.ids(), conditions)
        mark_recursive(module)
        return module

    def _declare(self, statements: tuple[Node, ...]) -> None:
        for statement in statements:
            if isinstance(statement, syntax.Import):
                names = self.outside.load(statement)
                self._check_name(statement)
                self.declare_once(statement.name, statement.span)
                self.modules[statement.name] = names
            elif isinstance(statement, syntax.Def):
                self.declare_global(statement.name, statement.name_span)
                if isinstance(statement.pattern, syntax.Tuple):
                    self.parameters[statement.name] = statement.pattern
            elif isinstance(statement, syntax.Let):
                self.check_distinct(statement.pattern)
                for name, span in bound_names(statement.pattern):
                    self.declare_global(name, span)

    def _check_name(self, statement: syntax.Import) -> None:
        if not is_name(statement.name):
            hint = f'write `import "{statement.target}" as name`'
            raise ResolveError(f"`{statement.name}` is no name for a module", statement.span, hint=hint)

    def top_level(self, statement: Node) -> Walk[Atom]:
        if isinstance(statement, (syntax.Def, syntax.Import)):
            return Const(())
        if not isinstance(statement, syntax.Let):
            return (yield self.expression(statement))
        value = yield self.named(statement.pattern, statement.value, statement.doc)
        self.function.scopes.append({})
        yield self.bind(statement.pattern, value, "this pattern")
        for name, atom in self.function.scopes.pop().items():
            self.function.out.append(core.Store(name, atom, statement.span))  # type: ignore[arg-type]
            self.name_condition(name, atom)  # type: ignore[arg-type]
        return Const(())

    # ── functions ────────────────────────────────────────────────────────────────────────────

    def fn(self, name: str, pattern: Node, body: Node, node: Node) -> Walk[Atom]:
        """A function that does not refer to itself by a local name."""
        group = Group()
        lambda_, function = yield self.lambda_(name, pattern, body, node, group, {})
        self.close(lambda_, function, group)
        operation = core.MakeClosure(lambda_, tuple(atom for atom, _ in group.captures))
        return self.let(name if is_name(name) else "fn", operation, node.span)

    def lambda_(
        self,
        name: str,
        pattern: Node,
        body: Node,
        node: Node,
        group: Group,
        siblings: dict[str, Atom | Pending],
        into: Lambda | None = None,
    ) -> Walk[Any]:
        doc = node.doc if isinstance(node, syntax.Def) else ""
        is_tuple = isinstance(pattern, syntax.Tuple)
        lambda_ = into or self.new_lambda(name, pattern, node.span, doc)
        outer = self.function
        self.function = function = Function(outer, group, [siblings, {}])
        items = pattern.items if isinstance(pattern, syntax.Tuple) else (pattern,)
        self.check_distinct(pattern)
        lambda_.is_tuple = is_tuple
        lambda_.parameters = tuple(self.var(hint_of(item)) for item in items)
        for item, parameter in zip(items, lambda_.parameters, strict=True):
            yield self.bind(item, parameter, "this parameter")
        result = yield self.expression(body)
        lambda_.body = Block(tuple(function.out), (result,))
        self.function = outer
        return lambda_, function

    def new_lambda(self, name: str, pattern: Node, span: Span, doc: str) -> Lambda:
        code = Code(self.ids(), name, pattern.span.text, (), span, doc)
        code.core = lambda_ = Lambda(code, False)
        return lambda_

    def close(self, lambda_: Lambda, function: Function, group: Group) -> None:
        """Completes a function once all captures of its group are known."""
        lambda_.captures = tuple(function.captured.get(key) or self.var(key[1]) for key in group.captures)
        lambda_.code.captures = tuple(name for _, name in group.captures)
        self.lambdas.append(lambda_)

    def define(self, definitions: tuple[syntax.Def, ...], recursive: bool) -> Walk[None]:
        """The functions of one recursive group of a block, which share an environment."""
        scope = self.function.scopes[-1]
        if not recursive:
            (d,) = definitions
            scope[d.name] = yield self.fn(d.name, d.pattern, d.body, d)
            return
        group = Group()
        lambdas = [self.new_lambda(d.name, d.pattern, d.span, d.doc) for d in definitions]
        siblings: dict[str, Atom | Pending] = {
            d.name: Sibling(f) for d, f in zip(definitions, lambdas, strict=True)
        }
        lowered = []
        for d, f in zip(definitions, lambdas, strict=True):
            lowered.append((yield self.lambda_(d.name, d.pattern, d.body, d, group, siblings, f)))
        for lambda_, function in lowered:
            self.close(lambda_, function, group)
        captures = tuple(atom for atom, _ in group.captures)
        for d, f in zip(definitions, lambdas, strict=True):
            scope[d.name] = self.let(d.name, core.MakeClosure(f, captures), d.span)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def block(self, *nodes: Node, width: int = 1) -> Walk[Block]:
        """A block of its own for a node, in a scope of its own. No node: the block gives unit."""
        outer, self.function.out = self.function.out, []
        self.function.scopes.append({})
        results = (yield self.several(nodes[0], width)) if nodes else (Const(()),) * width
        self.function.scopes.pop()
        statements, self.function.out = self.function.out, outer
        return Block(tuple(statements), results)

    def choice(self, condition: Atom, yes: Node, no: Node, span: Span, width: int = 1) -> Walk[Any]:
        first = yield self.block(yes, width=width)
        second = yield self.block(no, width=width)
        targets = tuple(self.var("if") for _ in range(width))
        self.function.out.append(core.If(targets, condition, first, second, span))
        return targets

    # ── expressions ──────────────────────────────────────────────────────────────────────────

    def several(self, node: Node, width: int) -> Walk[Any]:
        """A node that gives a tuple of `width` items, as that many atoms; one atom for width 1."""
        if width == 1:
            return ((yield self.expression(node)),)
        if isinstance(node, syntax.Tuple) and len(node.items) == width:
            atoms = []
            for item in node.items:
                atoms.append((yield self.expression(item)))
            return tuple(atoms)
        if isinstance(node, syntax.If):
            condition = yield self.expression(node.condition)
            return (yield self.choice(condition, node.yes, node.no, node.condition.span, width))
        if isinstance(node, syntax.Block) and node.statements:
            return (yield self.in_block(node, width))
        value = yield self.expression(node)
        targets = tuple(self.var("t") for _ in range(width))
        self.function.out.append(Let(targets, core.Untuple(value, "the loop's state"), node.span))
        return targets

    def named(self, pattern: Node, value: Node, doc: str) -> Walk[Atom]:
        """The value of a binding; a function expression takes the name that it is bound to."""
        self.check_distinct(pattern)
        if isinstance(value, syntax.Fn) and isinstance(pattern, syntax.Name):
            node = syntax.Def(value.span, pattern.id, pattern.span, value.pattern, value.body, doc)
            return (yield self.fn(pattern.id, value.pattern, value.body, node))
        return (yield self.expression(value))

    def expression(self, node: Node) -> Walk[Atom]:
        method = getattr(self, "on_" + type(node).__name__.lower(), None)
        if method is None:
            raise ResolveError("this cannot stand where a value is expected", node.span)
        return (yield method(node))

    def on_literal(self, node: syntax.Literal) -> Walk[Atom]:
        return done(Const(node.value))

    def on_nil(self, node: syntax.Nil) -> Walk[Atom]:
        return done(Const(NIL))

    def on_name(self, node: syntax.Name) -> Walk[Atom]:
        return done(self.resolve(node.id, node.span))

    def on_operator(self, node: syntax.Operator) -> Walk[Atom]:
        if node.op in PRIMITIVES and not PRIMITIVES[node.op].internal:
            return Builtin(node.op)
        span = node.span
        a, b = syntax.Name(span, "a"), syntax.Name(span, "b")
        if node.op == "not":
            return (yield self.fn("not", a, syntax.Unary(span, "not", a), node))
        body = syntax.Binary(span, node.op, a, b, span)
        return (yield self.fn(node.op, syntax.Tuple(span, (a, b)), body, node))

    def on_tuple(self, node: syntax.Tuple) -> Walk[Atom]:
        if not node.items:
            return Const(())
        items = []
        for item in node.items:
            items.append((yield self.expression(item)))
        return self.let("t", core.MakeTuple(tuple(items)), node.span)

    def on_array(self, node: syntax.Array) -> Walk[Atom]:
        items = []
        for item in node.items:
            items.append((yield self.expression(item)))
        elements = self.let("t", core.MakeTuple(tuple(items)), node.span) if items else Const(())
        return self.apply("array", (elements,), node.span)

    def on_record(self, node: syntax.Record) -> Walk[Atom]:
        names, items = yield self.fields(node.fields)
        return self.let("t", core.MakeRecord(names, items), node.span)

    def on_update(self, node: syntax.Update) -> Walk[Atom]:
        record = yield self.expression(node.record)
        names, items = yield self.fields(node.fields)
        return self.let("t", core.UpdateRecord(record, names, items), node.span)

    def fields(self, fields: tuple[syntax.Field, ...]) -> Walk[Any]:
        items: dict[str, Atom] = {}
        for f in fields:
            if f.name in items:
                raise ResolveError(f"the field `{f.name}` is given twice", f.span)
            items[f.name] = yield self.expression(f.value)
        return tuple(items), tuple(items.values())

    def on_fn(self, node: syntax.Fn) -> Walk[Atom]:
        return (yield self.fn("fn", node.pattern, node.body, node))

    def on_call(self, node: syntax.Call) -> Walk[Atom]:
        function = yield self.expression(node.function)
        argument = node.argument
        if function == Builtin(UNDER) and isinstance(argument, syntax.Tuple):
            tag, callee, point = yield self.several(argument, 3)
            target = self.var("r")
            self.function.out.append(core.Call((target,), callee, point, node.span, tag))
            return target
        if isinstance(function, Builtin) and function.name in PRIMITIVES:
            primitive = PRIMITIVES[function.name]
            if isinstance(primitive, Reduction) and primitive.pair and _are_two_numbers(argument):
                primitive = PRIMITIVES[primitive.pair]
            if isinstance(argument, syntax.Tuple) and primitive.arity == len(argument.items) != 1:
                atoms = []
                for item in argument.items:
                    atoms.append((yield self.expression(item)))
                return self.apply(primitive.name, tuple(atoms), node.span)
            if primitive.arity in (1, MANY):
                return self.apply(primitive.name, ((yield self.expression(argument)),), node.span)
        if isinstance(function, Global) and not function.module:
            self.check_arity(function.name, argument, node.span)
        value = yield self.expression(argument)
        target = self.var("r")
        self.function.out.append(core.Call((target,), function, value, node.span))
        return target

    def on_select(self, node: syntax.Select) -> Walk[Atom]:
        name = node.value.id if isinstance(node.value, syntax.Name) else ""
        module = self.imported(name)
        if module is not None and self.local(self.function, name, node.span) is None:
            if node.field not in module.names:
                hint = near(node.field, module.names)
                raise ResolveError(f"the module `{name}` has no `{node.field}`", node.field_span, hint=hint)
            return Global(module.id, node.field)
        value = yield self.expression(node.value)
        return self.let(node.field, core.GetField(value, node.field), node.field_span)

    def on_unary(self, node: syntax.Unary) -> Walk[Atom]:
        if node.op == "-" and isinstance(node.operand, syntax.Literal) and type(node.operand.value) is float:
            return Const(-node.operand.value)
        operand = yield self.expression(node.operand)
        if node.op == "-":
            return self.apply("neg", (operand,), node.span)
        return self.let("not", core.Not(operand), node.operand.span)

    def on_binary(self, node: syntax.Binary) -> Walk[Atom]:
        left = yield self.expression(node.left)
        if node.op in ("and", "or"):
            return (yield self.connective(node, left))
        right = yield self.expression(node.right)
        if node.op == "^" and right == Const(2.0):
            return self.apply("square", (left,), node.span)
        if node.op == "..":
            return self.apply("of_range", (self.apply("..", (left, right), node.span),), node.span)
        return self.apply(node.op, (left, right), node.span)

    def connective(self, node: syntax.Binary, left: Atom) -> Walk[Atom]:
        """`a and b` is `if a then b else false`, where b has to be a boolean too."""
        short = Block((), (Const(node.op == "or"),))
        outer, self.function.out = self.function.out, []
        right = yield self.expression(node.right)
        checked = self.let(node.op, core.Boolean(right), node.right.span)
        statements, self.function.out = self.function.out, outer
        other = Block(tuple(statements), (checked,))
        target = self.var(node.op)
        yes, no = (other, short) if node.op == "and" else (short, other)
        self.function.out.append(core.If((target,), left, yes, no, node.left.span))
        return target

    def on_if(self, node: syntax.If) -> Walk[Atom]:
        condition = yield self.expression(node.condition)
        (target,) = yield self.choice(condition, node.yes, node.no, node.condition.span)
        return target

    def on_block(self, node: syntax.Block) -> Walk[Atom]:
        (result,) = yield self.in_block(node, 1)
        return result

    def in_block(self, node: syntax.Block, width: int) -> Walk[Any]:
        last = node.statements[-1]
        scope: dict[str, Atom | Pending] = {}
        self.function.scopes.append(scope)
        if isinstance(last, (syntax.Def, syntax.Let, syntax.Import)):
            raise ResolveError("a block ends with an expression, its value", last.span)
        groups = definition_groups(node.statements)
        places: dict[str, Span] = {}
        for definition in (s for s in node.statements if isinstance(s, syntax.Def)):
            if definition.name in places:
                raise self.twice(definition.name, "this block", definition.name_span, places)
            places[definition.name] = definition.name_span
            scope[definition.name] = Pending(definition.name_span)
        for i, statement in enumerate(node.statements):
            for group in groups.get(i, ()):
                yield self.define(group.definitions, group.recursive)
            if statement is last:
                break
            if isinstance(statement, syntax.Import):
                raise ResolveError("an `import` stands at the top of a file", statement.span)
            if isinstance(statement, syntax.Let):
                value = yield self.named(statement.pattern, statement.value, statement.doc)
                yield self.bind(statement.pattern, value, "this pattern")
            elif not isinstance(statement, syntax.Def):
                yield self.expression(statement)
        results = yield self.several(last, width)
        self.function.scopes.pop()
        return results


def _are_two_numbers(argument: Node) -> bool:
    """Whether a text shows that an argument is two numbers, and not one with an axis."""
    return (
        isinstance(argument, syntax.Tuple)
        and len(argument.items) == 2
        and all(isinstance(item, syntax.Binary) and item.op in "+-*/^" for item in argument.items)
    )
