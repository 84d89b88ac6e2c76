"""Names while a file is lowered: scopes, captures, and the statements emitted so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, TypeAlias

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Builtin, Const, Global, Lambda, Let, Sibling, Statement, Var
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ConversionError, ResolveError
from vlad_py.ground.literals import one_line
from vlad_py.ground.node import field, record, state
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.groups import Mentions
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Predicate
from vlad_py.primitives.primitive import Primitive
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

UNDER = "under"  # `under(tag, f, x)` of the library is f(x), called while the tag is live


@record
class ModuleNames:
    """An imported module, as far as names are concerned."""

    id: str
    names: frozenset[str]


@record
class Usage:
    """How a function of the library is called, by its documentation; empty for other names. `functions` are
    the parameters that have to be functions.
    """

    signature: str = ""
    functions: frozenset[str] = frozenset()
    example: str = ""


@record
class Outside:
    """What a file sees besides itself: how outer names, imports and suggestions are found.

    `modules` are those that earlier texts imported, by the names that they imported them under;
    `conditions` are the names that they gave to conditions, as of `x > 0`. `usage` is how a function of the
    library is called.
    """

    lookup: Callable[[str], Atom | None]
    load: Callable[[syntax.Import], ModuleNames]
    known: Callable[[], Iterable[str]]
    modules: Mapping[str, ModuleNames] = field(default_factory=dict)
    conditions: frozenset[str] = frozenset()
    usage: Callable[[Global], Usage] = lambda _: Usage()


@state
class Pending:
    """A function of this block that cannot be made yet."""

    span: Span


@state
class Environment:
    """What the functions of a group capture together, by name, in order."""

    captures: dict[str, Atom] = field(default_factory=dict)


Scope: TypeAlias = "dict[str, Atom | Pending]"


@state
class Function:
    """A function being lowered."""

    parent: Function | None
    environment: Environment
    scopes: list[Scope] = field(default_factory=list)
    out: list[Statement] = field(default_factory=list)
    around: dict[str, Atom] = field(default_factory=dict)  # names from around it, as captured here once used


EQUALITIES = (Form.EQUAL, Form.UNEQUAL)

Lower: TypeAlias = "Callable[[Scopes, Any], Walk[Atom]]"


class Scopes:
    """The names of the file being lowered, as far as they are known; `function` is the innermost.

    `lower` lowers an expression of any form (see lower.py); `conditions` are the names that are known to be a
    condition (see conditions.py).
    """

    def __init__(self, name: str, outside: Outside, lower: Lower) -> None:
        self.lower = lower
        self.name = name
        self.outside = outside
        self.ids = count(1).__next__
        self.lambdas: list[Lambda] = []
        self.globals: set[str] = set()
        self.modules: dict[str, ModuleNames] = {}
        self.places: dict[str, Span] = {}  # of the definitions of globals and modules
        self.parameters: dict[str, syntax.Tuple] = {}  # of the top-level defs that take a tuple apart
        self.function = Function(None, Environment())
        self.bound: dict[str, list[tuple[Function, Scope]]] = {}  # by name: where it is bound, innermost last
        self.mentions = Mentions()
        self.conditions: set[object] = {Global("", name) for name in outside.conditions}
        self.equalities: dict[Atom, tuple[Atom, ...]] = {}  # the results of `==`, and what it compared

    def expression(self, node: Node) -> Walk[Atom]:
        """The atom of a node, after the statements that compute it."""
        return self.lower(self, node)

    # ── names ────────────────────────────────────────────────────────────────────────────────

    def var(self, name: str) -> Var:
        return Var(self.ids(), name)

    def resolve(self, name: str, span: Span) -> Atom:
        found = self.local(name, span)
        if found is not None:
            return found
        if name in self.globals:
            return Global("", name)
        if self.imported(name) is not None:
            raise ResolveError(
                f"`{name}` is a module, not a value", span, hint=f"use one of its names: `{name}.…`"
            )
        try:
            outer = self.outside.lookup(name)
        except ConversionError as error:  # for what Python has by that name
            error.span = span
            raise
        if outer is None and name == "_":
            hint = "in a pattern it matches all, in the REPL it is the last value; a function is `fn x => …`"
            raise ResolveError("`_` has no value here", span, hint=hint)
        if outer is None:
            from vlad_py.lowering.unknown import unknown  # only here: most texts know their names

            raise unknown(name, span, self.visible(), [*self.outside.known()])
        return outer

    def visible(self) -> set[str]:
        """The names that the text itself binds, as seen from here."""
        locals_ = {n for f in self.functions() for scope in f.scopes for n in scope}
        return {*locals_, *self.globals, *self.modules, *self.outside.modules}

    def is_built_in(self, name: str) -> bool:
        """Whether a name means the same here as in every program: a primitive or a library function."""
        outer = None if name in self.visible() else self.outside.lookup(name)
        return isinstance(outer, Builtin) or (
            isinstance(outer, Global) and bool(self.outside.usage(outer).signature)
        )

    def imported(self, name: str) -> ModuleNames | None:
        """The module that a name stands for at the top of this file, if it is one."""
        if name in self.globals:
            return None
        return self.modules.get(name) or self.outside.modules.get(name)

    def declare_once(self, name: str, span: Span, advice: str = "") -> None:
        if name in self.globals or name in self.modules:
            raise self.twice(name, "this file", span, self.places, advice)
        self.places[name] = span

    def declare_global(self, name: str, span: Span) -> None:
        self.declare_once(name, span, "; names never change: choose another for the new value")
        self.globals.add(name)
        self.conditions.discard(Global("", name))

    def twice(
        self, name: str, where: str, span: Span, places: dict[str, Span], advice: str = ""
    ) -> ResolveError:
        line, _ = places[name].source.position(places[name].start)
        return ResolveError(
            f"`{name}` is defined twice in {where}",
            span,
            hint=f"the first one is at line {line}{advice}",
        )

    def check_arity(self, name: str, argument: Node, span: Span) -> None:
        """A call of a top-level definition with a number of arguments that can never fit."""
        if name not in self.parameters:
            return
        parameters = self.parameters[name]
        expected = len(parameters.items)
        got = 1 if isinstance(argument, syntax.Literal) else None
        if isinstance(argument, syntax.Tuple):
            got = len(argument.items)
        if got is not None and got != expected:
            noun = "argument" if expected == 1 else "arguments"
            hint = f"its parameters are `{one_line(parameters.span.text)}`" if expected else ""
            raise ResolveError(f"`{name}` takes {expected} {noun}, got {got}", span, hint=hint)

    def functions(self) -> Iterable[Function]:
        function: Function | None = self.function
        while function is not None:
            yield function
            function = function.parent

    def enter(self, names: Scope) -> None:
        """Begins a scope inside all others, with the names that are bound in it."""
        self.function.scopes.append(names)
        for name in names:
            self.bound.setdefault(name, []).append((self.function, names))

    def leave(self) -> Scope:
        """Ends the innermost scope and returns it."""
        names = self.function.scopes.pop()
        for name in names:
            self.bound[name].pop()
        return names

    def bind(self, name: str, atom: Atom | Pending) -> None:
        """Binds a name in the innermost scope from here on."""
        scope = self.function.scopes[-1]
        if name not in scope:
            self.bound.setdefault(name, []).append((self.function, scope))
        scope[name] = atom

    def local(self, name: str, span: Span) -> Atom | None:
        """A local name, captured through every function between its binding and its use."""
        if not (bound := self.bound.get(name)):
            return None
        owner, scope = bound[-1]
        atom = scope[name]
        if isinstance(atom, Pending):
            raise ResolveError(
                f"`{name}` is used before a name that it needs is bound",
                span,
                hint="move the `let` that it needs above this use",
            )
        between: list[Function] = []
        function: Function | None = self.function
        while function is not None and function is not owner:
            if name in function.around:
                atom = function.around[name]
                break
            between.append(function)
            function = function.parent
        return self.captured_through(between, atom, name)

    def captured_through(self, functions: list[Function], atom: Atom, name: str) -> Atom:
        """A local name of a function as the innermost of the functions inside it sees it."""
        is_captured = isinstance(atom, (Var, Sibling))
        is_condition = atom in self.conditions
        for inner in reversed(functions):
            if is_captured:
                inner.environment.captures[name] = atom
                atom = Var(self.ids(), name)
                if is_condition:
                    self.conditions.add(atom)
            inner.around[name] = atom
        return atom

    # ── emitting ─────────────────────────────────────────────────────────────────────────────

    def let(self, name: str, operation: core.Operation, span: Span) -> Var:
        target = self.var(name)
        self.function.out.append(Let((target,), operation, span))
        if is_condition(operation, self.conditions):
            self.conditions.add(target)
        if isinstance(operation, core.Apply) and operation.primitive.form in EQUALITIES:
            self.equalities[target] = operation.arguments
        return target

    def name_condition(self, name: str, value: Atom) -> None:
        """A top-level name of a value is a condition where the value is."""
        if value in self.conditions:
            self.conditions.add(Global("", name))
        if value in self.equalities:
            self.equalities[Global("", name)] = self.equalities[value]

    def apply(self, primitive: str, arguments: tuple[Atom, ...], span: Span) -> Var:
        return self.let("t", core.Apply(PRIMITIVES[primitive], arguments), span)


def is_condition(operation: core.Operation, known: set[object]) -> bool:
    """Whether an operation gives a condition, or a tuple of such: an order, or what is made of known ones."""
    match operation:
        case core.Apply(Primitive(form=Form.DIFFERENCE), (left, right)):
            return left == Const(1.0) and right in known
        case core.Apply(primitive, atoms) if primitive.of_conditions:
            return known.issuperset(atoms)
        case core.MakeTuple(atoms):
            return known.issuperset(atoms)
        case core.Apply(primitive):
            return isinstance(primitive, Predicate)
    return False
