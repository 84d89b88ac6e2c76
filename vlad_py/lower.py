"""AST → Core: names are resolved, patterns taken apart, intermediate results named.

Scoping. A `let` is seen by what follows it. The `def`s of a block or file are seen by one another and
by the whole block; in a block a function is made as soon as the `let`s above it that it uses are
bound. A function captures the local names that it uses; top-level names are not captured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from vlad_py import core, syntax
from vlad_py.core import Atom, Block, Builtin, Const, Global, Lambda, Let, Sibling, Statement, Var
from vlad_py.errors import ResolveError, near
from vlad_py.groups import bound_names, definition_groups
from vlad_py.primitive import MANY
from vlad_py.primitives.table import PRIMITIVES
from vlad_py.source import Span
from vlad_py.syntax import Node
from vlad_py.values import NIL, Code
from vlad_py.walk import Walk, run

NO_ARRAYS = "arrays are not part of this version"


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """An imported module, as far as names are concerned."""

    id: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outside:
    """What a file sees besides itself: how outer names, imports and suggestions are found."""

    lookup: Callable[[str], Atom | None]
    load: Callable[[syntax.Import], ModuleNames]
    known: Callable[[], Iterable[str]]


@dataclass(slots=True, eq=False)
class _Pending:
    """A function of this block that cannot be made yet."""

    span: Span


@dataclass(slots=True, eq=False)
class _Group:
    """Functions that share an environment: what it captures, and under which names, in order."""

    captures: dict[tuple[Atom, str], None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Function:
    """A function being lowered."""

    parent: _Function | None
    group: _Group
    scopes: list[dict[str, Atom | _Pending]]
    out: list[Statement] = field(default_factory=list)
    captured: dict[tuple[Atom, str], Var] = field(default_factory=dict)


def lower(program: syntax.Program, name: str, outside: Outside) -> core.Module:
    """The Core of a parsed file. `name` is the name of the module.

    Raises ResolveError for a name that is unknown, bound twice, or used before it can exist.
    """
    return _Lowering(name, outside).module(program)


class _Lowering:
    def __init__(self, name: str, outside: Outside) -> None:
        self.name = name
        self.outside = outside
        self.ids = count(1).__next__
        self.lambdas: list[Lambda] = []
        self.globals: set[str] = set()
        self.modules: dict[str, ModuleNames] = {}
        self.arities: dict[str, int] = {}  # how many items the argument tuple of a top-level def has

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def module(self, program: syntax.Program) -> core.Module:
        code = Code(0, "", "", (), program.span, "")
        self.function = _Function(None, _Group(), [])
        last: Atom = Const(())
        self._declare(program.statements)
        for statement in program.statements:
            if isinstance(statement, syntax.Def):
                function = run(self.fn(statement.name, statement.pattern, statement.body, statement))
                self.function.out.append(core.Store(statement.name, function, statement.span))
        for statement in program.statements:
            last = run(self.top_level(statement))
        main = Lambda(code, False, (self.var("unit"),), (), Block(tuple(self.function.out), (last,)))
        return core.Module(self.name, tuple(self.lambdas), main)

    def _declare(self, statements: tuple[Node, ...]) -> None:
        for statement in statements:
            if isinstance(statement, syntax.Import):
                names = self.outside.load(statement)
                alias = statement.alias or statement.target
                self._declare_once(alias, statement.span, self.modules)
                self.modules[alias] = names
            elif isinstance(statement, syntax.Def):
                self._declare_once(statement.name, statement.name_span, self.modules)
                self.globals.add(statement.name)
                if isinstance(statement.pattern, syntax.Tuple):
                    self.arities[statement.name] = len(statement.pattern.items)
            elif isinstance(statement, syntax.Let):
                for name, span in bound_names(statement.pattern):
                    self._declare_once(name, span, self.modules)
                    self.globals.add(name)

    def _declare_once(self, name: str, span: Span, modules: dict[str, ModuleNames]) -> None:
        if name in self.globals or name in modules:
            raise ResolveError(
                f"`{name}` is defined twice in this file", span, hint="give one of them another name"
            )

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
        return Const(())

    # ── names ────────────────────────────────────────────────────────────────────────────────

    def var(self, name: str) -> Var:
        return Var(self.ids(), name)

    def resolve(self, name: str, span: Span) -> Atom:
        found = self.local(self.function, name, span)
        if found is not None:
            return found
        if name in self.globals:
            return Global("", name)
        if name in self.modules:
            raise ResolveError(
                f"`{name}` is a module, not a value", span, hint=f"take a name of it: `{name}.…`"
            )
        outer = self.outside.lookup(name)
        if outer is None:
            locals_ = {n for f in self.functions() for scope in f.scopes for n in scope}
            known = {*locals_, *self.globals, *self.modules, *self.outside.known()}
            raise ResolveError(f"unknown name `{name}`", span, hint=near(name, known))
        return outer

    def functions(self) -> Iterable[_Function]:
        function: _Function | None = self.function
        while function is not None:
            yield function
            function = function.parent

    def local(self, innermost: _Function, name: str, span: Span) -> Atom | None:
        """A local name, captured through every function between its binding and its use."""
        between: list[_Function] = []
        function: _Function | None = innermost
        while function is not None:
            for scope in reversed(function.scopes):
                if name in scope:
                    atom = scope[name]
                    if isinstance(atom, _Pending):
                        raise ResolveError(
                            f"`{name}` is used before a name that it needs is bound",
                            span,
                            hint="move the `let` that it needs above this use",
                        )
                    for inner in reversed(between):
                        if isinstance(atom, (Var, Sibling)):
                            atom = self.capture(inner, atom, name)
                    return atom
            between.append(function)
            function = function.parent
        return None

    def capture(self, function: _Function, outer: Atom, name: str) -> Var:
        key = (outer, name)
        if key not in function.captured:
            function.group.captures.setdefault(key)
            function.captured[key] = self.var(name)
        return function.captured[key]

    # ── functions ────────────────────────────────────────────────────────────────────────────

    def fn(self, name: str, pattern: Node, body: Node, node: Node) -> Walk[Atom]:
        """A function that does not refer to itself by a local name."""
        group = _Group()
        lambda_, function = yield self.lambda_(name, pattern, body, node, group, {})
        self.close(lambda_, function, group)
        operation = core.MakeClosure(lambda_, tuple(atom for atom, _ in group.captures))
        return self.let(name, operation, node.span)

    def lambda_(
        self,
        name: str,
        pattern: Node,
        body: Node,
        node: Node,
        group: _Group,
        siblings: dict[str, Atom | _Pending],
        into: Lambda | None = None,
    ) -> Walk[Any]:
        doc = node.doc if isinstance(node, syntax.Def) else ""
        is_tuple = isinstance(pattern, syntax.Tuple)
        lambda_ = into or self.new_lambda(name, pattern, node.span, doc)
        outer = self.function
        self.function = function = _Function(outer, group, [siblings, {}])
        items = pattern.items if isinstance(pattern, syntax.Tuple) else (pattern,)
        self.check_distinct(pattern)
        lambda_.is_tuple = is_tuple
        lambda_.parameters = tuple(self.var(_hint(item)) for item in items)
        for item, parameter in zip(items, lambda_.parameters, strict=True):
            yield self.bind(item, parameter, "this parameter")
        result = yield self.expression(body)
        lambda_.body = Block(tuple(function.out), (result,))
        self.function = outer
        return lambda_, function

    def new_lambda(self, name: str, pattern: Node, span: Span, doc: str) -> Lambda:
        text = pattern.span.text
        return Lambda(Code(self.ids(), name, text, (), span, doc), False)

    def close(self, lambda_: Lambda, function: _Function, group: _Group) -> None:
        """Completes a function once all captures of its group are known."""
        lambda_.captures = tuple(
            function.captured.get(key) or self.var(key[1]) for key in group.captures
        )
        lambda_.code.captures = tuple(name for _, name in group.captures)
        self.lambdas.append(lambda_)

    def define(self, definitions: tuple[syntax.Def, ...], recursive: bool) -> Walk[None]:
        """The functions of one recursive group of a block, which share an environment."""
        scope = self.function.scopes[-1]
        if not recursive:
            (d,) = definitions
            scope[d.name] = yield self.fn(d.name, d.pattern, d.body, d)
            return
        group = _Group()
        lambdas = [self.new_lambda(d.name, d.pattern, d.span, d.doc) for d in definitions]
        siblings: dict[str, Atom | _Pending] = {
            d.name: Sibling(f) for d, f in zip(definitions, lambdas, strict=True)
        }
        lowered = []
        for d, f in zip(definitions, lambdas, strict=True):
            lowered.append((yield self.lambda_(d.name, d.pattern, d.body, d, group, siblings, f)))
        for lambda_, function in lowered:
            self.close(lambda_, function, group)
        for d, f in zip(definitions, lambdas, strict=True):
            scope[d.name] = self.let(d.name, core.MakeClosure(f, tuple(atom for atom, _ in group.captures)), d.span)

    # ── emitting ─────────────────────────────────────────────────────────────────────────────

    def let(self, name: str, operation: core.Operation, span: Span) -> Var:
        target = self.var(name)
        self.function.out.append(Let((target,), operation, span))
        return target

    def apply(self, primitive: str, arguments: tuple[Atom, ...], span: Span) -> Var:
        return self.let("t", core.Apply(PRIMITIVES[primitive], arguments), span)

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
        return Const(node.value)
        yield

    def on_nil(self, node: syntax.Nil) -> Walk[Atom]:
        return Const(NIL)
        yield

    def on_name(self, node: syntax.Name) -> Walk[Atom]:
        return self.resolve(node.id, node.span)
        yield

    def on_operator(self, node: syntax.Operator) -> Walk[Atom]:
        if node.op not in PRIMITIVES:
            raise ResolveError(f"`{node.op}` is not a function", node.span, hint=f"write `fn (a, b) => a {node.op} b`")
        return Builtin(node.op)
        yield

    def on_tuple(self, node: syntax.Tuple) -> Walk[Atom]:
        if not node.items:
            return Const(())
        items = []
        for item in node.items:
            items.append((yield self.expression(item)))
        return self.let("t", core.MakeTuple(tuple(items)), node.span)

    def on_array(self, node: syntax.Array) -> Walk[Atom]:
        raise ResolveError(NO_ARRAYS, node.span, hint="a list is written `list(1, 2, 3)`")
        yield

    def on_comprehension(self, node: syntax.Comprehension) -> Walk[Atom]:
        raise ResolveError(NO_ARRAYS, node.span, hint="`map(fn x => …, xs)` makes a list of a list")
        yield

    def on_record(self, node: syntax.Record) -> Walk[Atom]:
        names, items = yield self.fields(node.fields)
        return self.let("t", core.MakeRecord(names, items), node.span)

    def on_update(self, node: syntax.Update) -> Walk[Atom]:
        record = yield self.expression(node.record)
        names, items = yield self.fields(node.fields)
        return self.let("t", core.UpdateRecord(record, names, items), node.span)

    def fields(self, fields: tuple[syntax.Field, ...]) -> Walk[Any]:
        names: list[str] = []
        items = []
        for f in fields:
            if f.name in names:
                raise ResolveError(f"the field `{f.name}` is given twice", f.span)
            names.append(f.name)
            items.append((yield self.expression(f.value)))
        return tuple(names), tuple(items)

    def on_fn(self, node: syntax.Fn) -> Walk[Atom]:
        return (yield self.fn("fn", node.pattern, node.body, node))

    def on_call(self, node: syntax.Call) -> Walk[Atom]:
        function = yield self.expression(node.function)
        argument = node.argument
        if isinstance(function, Builtin) and function.name in PRIMITIVES:
            primitive = PRIMITIVES[function.name]
            if isinstance(argument, syntax.Tuple) and primitive.arity == len(argument.items) != 1:
                atoms = []
                for item in argument.items:
                    atoms.append((yield self.expression(item)))
                return self.apply(function.name, tuple(atoms), node.span)
            if primitive.arity in (1, MANY):
                return self.apply(function.name, ((yield self.expression(argument)),), node.span)
        if isinstance(function, Global) and not function.module:
            self.check_arity(function.name, argument, node.span)
        value = yield self.expression(argument)
        target = self.var("r")
        self.function.out.append(core.Call(target, function, value, node.span))
        return target

    def check_arity(self, name: str, argument: Node, span: Span) -> None:
        """A call of a top-level definition with a number of arguments that can never fit."""
        expected = self.arities.get(name)
        got = 1 if isinstance(argument, syntax.Literal) else None
        if isinstance(argument, syntax.Tuple):
            got = len(argument.items)
        if expected is not None and got is not None and got != expected:
            noun = "argument" if expected == 1 else "arguments"
            raise ResolveError(f"`{name}` takes {expected} {noun}, got {got}", span)

    def on_select(self, node: syntax.Select) -> Walk[Atom]:
        name = node.value.id if isinstance(node.value, syntax.Name) else ""
        if name in self.modules and self.local(self.function, name, node.span) is None:
            module = self.modules[name]
            if node.field not in module.names:
                hint = near(node.field, module.names)
                raise ResolveError(f"the module `{name}` has no `{node.field}`", node.field_span, hint=hint)
            return Global(module.id, node.field)
        value = yield self.expression(node.value)
        return self.let(node.field, core.GetField(value, node.field), node.value.span + node.field_span)

    def on_index(self, node: syntax.Index) -> Walk[Atom]:
        value = yield self.expression(node.value)
        for index in node.indices:
            if isinstance(index, syntax.Slice):
                ends = []
                for end in (index.start, index.stop):
                    ends.append(Const(()) if end is None else (yield self.expression(end)))
                value = self.apply("slice", (value, *ends), node.span)
            else:
                position = yield self.expression(index)
                value = self.apply("index", (value, position), node.span)
        return value

    def on_unary(self, node: syntax.Unary) -> Walk[Atom]:
        if node.op == "-" and isinstance(node.operand, syntax.Literal) and type(node.operand.value) is float:
            return Const(-node.operand.value)
        operand = yield self.expression(node.operand)
        if node.op == "-":
            return self.apply("neg", (operand,), node.span)
        target = self.var("not")
        no, yes = Block((), (Const(False),)), Block((), (Const(True),))
        self.function.out.append(core.If((target,), operand, no, yes, node.operand.span))
        return target

    def on_binary(self, node: syntax.Binary) -> Walk[Atom]:
        if node.op == "@":
            raise ResolveError(NO_ARRAYS, node.op_span)
        if node.op == "..":
            raise ResolveError(NO_ARRAYS, node.span, hint="a range stands after `in`: `for i in 1..n`")
        left = yield self.expression(node.left)
        if node.op in ("and", "or"):
            return (yield self.connective(node, left))
        right = yield self.expression(node.right)
        return self.apply(node.op, (left, right), node.span)

    def connective(self, node: syntax.Binary, left: Atom) -> Walk[Atom]:
        """`a and b` is `if a then b else false`, where b has to be a boolean too."""
        short = Block((), (Const(node.op == "or"),))
        outer, self.function.out = self.function.out, []
        right = yield self.expression(node.right)
        checked = self.var(node.op)
        true, false = Block((), (Const(True),)), Block((), (Const(False),))
        self.function.out.append(core.If((checked,), right, true, false, node.right.span))
        statements, self.function.out = self.function.out, outer
        other = Block(tuple(statements), (checked,))
        target = self.var(node.op)
        yes, no = (other, short) if node.op == "and" else (short, other)
        self.function.out.append(core.If((target,), left, yes, no, node.left.span))
        return target

    def on_if(self, node: syntax.If) -> Walk[Atom]:
        condition = yield self.expression(node.condition)
        (target,) = yield self.choice(condition, node.yes, node.no, node.condition.span)
        return target  # type: ignore[no-any-return]

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
        element = self.var(_hint(node.element))
        self.check_distinct(node.element)
        self.function.scopes.append({})
        outer, self.function.out = self.function.out, []
        yield self.bind_state(node.pattern, state)
        yield self.bind(node.element, element, "an element of the sequence")
        body = yield self.body(node.body, len(state))
        self.function.out = outer
        self.function.scopes.pop()
        targets = tuple(self.var(s.name) for s in state)
        span = node.sequence.span
        self.function.out.append(core.For(targets, state, inits, element, sequence, body, span))
        return self.loop_result(node.pattern, targets, node.span)

    def sequence(self, node: Node) -> Walk[Atom]:
        if not (isinstance(node, syntax.Binary) and node.op == ".."):
            return (yield self.expression(node))
        low = yield self.expression(node.left)
        high = yield self.expression(node.right)
        return self.apply("..", (low, high), node.span)

    def start_loop(self, pattern: Node, init: Node) -> Walk[Any]:
        self.check_distinct(pattern)
        items = _state_items(pattern)
        inits = yield self.several(init, len(items))
        return tuple(self.var(_hint(item)) for item in items), inits

    def bind_state(self, pattern: Node, state: tuple[Var, ...]) -> Walk[None]:
        for item, atom in zip(_state_items(pattern), state, strict=True):
            yield self.bind(item, atom, "the loop's state")

    def body(self, node: Node, width: int) -> Walk[Block]:
        """The rest of a loop's body, after what was emitted to take its state apart."""
        results = yield self.several(node, width)
        return Block(tuple(self.function.out), results)

    def loop_result(self, pattern: Node, targets: tuple[Var, ...], span: Span) -> Atom:
        if len(_state_items(pattern)) == 1:
            return targets[0]
        return self.let("t", core.MakeTuple(targets), span)

    def on_block(self, node: syntax.Block) -> Walk[Atom]:
        (result,) = yield self.in_block(node, 1)
        return result  # type: ignore[no-any-return]

    def in_block(self, node: syntax.Block, width: int) -> Walk[Any]:
        *statements, last = node.statements
        scope: dict[str, Atom | _Pending] = {}
        self.function.scopes.append(scope)
        if isinstance(last, (syntax.Def, syntax.Let, syntax.Import)):
            raise ResolveError("a block ends with an expression, its value", last.span)
        groups = definition_groups(node.statements)
        for definition in (s for s in node.statements if isinstance(s, syntax.Def)):
            if definition.name in scope:
                raise ResolveError(f"`{definition.name}` is defined twice in this block", definition.name_span)
            scope[definition.name] = _Pending(definition.name_span)
        for i, statement in enumerate(node.statements):
            for group in groups:
                if group.position == i:
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

    # ── patterns: see patterns of the language ───────────────────────────────────────────────

    def check_distinct(self, pattern: Node) -> None:
        seen: set[str] = set()
        for name, span in bound_names(pattern):
            if name in seen:
                raise ResolveError(f"`{name}` is bound twice in one pattern", span)
            seen.add(name)

    def bind(self, pattern: Node, value: Atom, what: str) -> Walk[None]:
        """Binds the names of a pattern that has to fit."""
        scope = self.function.scopes[-1]
        match pattern:
            case syntax.Wildcard():
                pass
            case syntax.Name():
                # a name of its own, so that a function that uses it captures it
                known = isinstance(value, Var)
                scope[pattern.id] = value if known else self.let(pattern.id, core.Same(value), pattern.span)
            case syntax.Tuple():
                targets = tuple(self.var(_hint(item)) for item in pattern.items)
                self.function.out.append(Let(targets, core.Untuple(value, what), pattern.span))
                for item, target in zip(pattern.items, targets, strict=True):
                    yield self.bind(item, target, what)
            case syntax.Record():
                for f in pattern.fields:
                    yield self.bind(f.value, self.let(f.name, core.GetField(value, f.name), f.span), what)
            case _:
                test = self.test(pattern, value)
                fail = self.fail(value, what, pattern.span)
                self.function.out.append(core.If((), test, Block((), ()), fail, pattern.span))
                for part, target in self.take_apart(pattern, value):
                    yield self.bind(part, target, what)

    def fail(self, value: Atom, what: str, span: Span, width: int = 0) -> Block:
        statement = Let((), core.Fail(value, what), span)
        return Block((statement,), (Const(()),) * width)

    def test(self, pattern: Node, value: Atom) -> Atom | None:
        """Whether the outermost shape of a pattern fits; None where it always does."""
        match pattern:
            case syntax.Wildcard() | syntax.Name():
                return None
            case syntax.Literal():
                return self.apply("==", (value, Const(pattern.value)), pattern.span)
            case syntax.Nil():
                return self.let("is", core.Test(value, "nil"), pattern.span)
            case syntax.Tuple():
                return self.let("is", core.Test(value, "tuple", len(pattern.items)), pattern.span)
            case syntax.Record():
                names = tuple(f.name for f in pattern.fields)
                return self.let("is", core.Test(value, "record", 0, names), pattern.span)
            case syntax.Binary(op="::"):
                return self.let("is", core.Test(value, "cons"), pattern.span)
        raise ResolveError("this is not a pattern", pattern.span)

    def take_apart(self, pattern: Node, value: Atom) -> list[tuple[Node, Atom]]:
        """The parts of a pattern whose outermost shape fits, each with its value."""
        which: list[tuple[Node, int | str]] = []
        match pattern:
            case syntax.Tuple():
                which = [(item, i) for i, item in enumerate(pattern.items)]
            case syntax.Record():
                which = [(f.value, f.name) for f in pattern.fields]
            case syntax.Binary(left=left, right=right):
                which = [(left, "head"), (right, "tail")]
        return [
            (part, self.let(_hint(part), core.Part(value, w), part.span))
            for part, w in which
            if not isinstance(part, syntax.Wildcard)
        ]

    def on_match(self, node: syntax.Match) -> Walk[Atom]:
        value = yield self.expression(node.value)
        frames: list[tuple[list[Statement], Atom, Block, Span]] = []
        rest = self.function.out
        exhausted = True
        for arm in node.arms:
            self.check_distinct(arm.pattern)
            self.function.out = tests = []
            fits, names = yield self.fits(arm.pattern, value)
            outer_scope: dict[str, Atom | _Pending] = {}
            self.function.out = []
            self.function.scopes.append(outer_scope)
            for name, atom in names:
                outer_scope[name] = atom
            result = yield self.expression(arm.body)
            self.function.scopes.pop()
            body = Block(tuple(self.function.out), (result,))
            frames.append((tests, Const(True) if fits is None else fits, body, arm.pattern.span))
            if fits is None:
                exhausted = False
                break
        last = self.fail(value, "an arm of this match", node.value.span, 1) if exhausted else frames.pop()[2]
        for tests, fits, body, span in reversed(frames):
            target = self.var("match")
            last = Block((*tests, core.If((target,), fits, body, last, span)), (target,))
        self.function.out = rest
        self.function.out.extend(last.statements)
        return last.results[0]

    def fits(self, pattern: Node, value: Atom) -> Walk[Any]:
        """Emits the test of a whole pattern: the atom that says whether it fits (None: always), and
        what its names then are. Parts are taken only where the shape around them fits.
        """
        if isinstance(pattern, syntax.Wildcard):
            return None, []
        if isinstance(pattern, syntax.Name):
            return None, [(pattern.id, value)]
        condition = self.test(pattern, value)
        outer, self.function.out = self.function.out, []
        verdict: Atom = Const(True)
        names: list[tuple[str, Atom]] = []
        parts = self.take_apart(pattern, value)
        inner_blocks: list[tuple[list[Statement], Atom]] = []
        for part, atom in parts:
            inner, found = yield self.fits(part, atom)
            names += found
            if inner is not None:
                inner_blocks.append((self.function.out, inner))
                self.function.out = []
        statements = self.function.out
        block = Block(tuple(statements), (verdict, *(a for _, a in names)))
        for before, inner in reversed(inner_blocks):
            targets = tuple(self.var("fits") for _ in block.results)
            no = Block((), (Const(False), *(Const(()) for _ in names)))
            block = Block((*before, core.If(targets, inner, block, no, pattern.span)), targets)
        self.function.out = outer
        if not block.statements:
            return condition, names
        targets = (self.var("fits"), *(self.var(name) for name, _ in names))
        no = Block((), (Const(False), *(Const(()) for _ in names)))
        self.function.out.append(core.If(targets, condition, block, no, pattern.span))
        return targets[0], [(name, t) for (name, _), t in zip(names, targets[1:], strict=True)]


def _hint(pattern: Node) -> str:
    """A name for what a pattern binds."""
    return pattern.id if isinstance(pattern, syntax.Name) else "p"


def _state_items(pattern: Node) -> tuple[Node, ...]:
    """A loop's state as separate names where its pattern is a tuple."""
    if isinstance(pattern, syntax.Tuple) and len(pattern.items) > 1:
        return pattern.items
    return (pattern,)
