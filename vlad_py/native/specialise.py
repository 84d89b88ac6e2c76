"""Core → typed IR: Core is run on abstract values, and what depends on unknown reals is written down.

Structures, closures and everything else that is known are followed here, by the interpreter's own functions:
so the IR has only the reals, and the choices and loops that depend on them. Functions are inlined; see
`calls.py` for recursion and `loops.py` for loops.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from vlad_py.core import tree as core
from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Builtin,
    Call,
    Const,
    For,
    GetField,
    Global,
    If,
    Let,
    MakeClosure,
    MakeRecord,
    MakeTuple,
    Part,
    Same,
    Sibling,
    Statement,
    Untuple,
    UpdateRecord,
    Var,
    While,
)
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution import runtime
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native import calls, cells, collecting, loops, structural, texts, unknown, vectors
from vlad_py.native.abstract import UNDEFINED, Switch
from vlad_py.native.builder import Builder
from vlad_py.native.closures import Linked, Scope
from vlad_py.native.exits import Fails, Restart, Unfinished, looks_at_a_value
from vlad_py.native.given import InRule
from vlad_py.native.ir import Op, Region, constant
from vlad_py.native.joins import Join
from vlad_py.native.kinds import leaves
from vlad_py.native.leaf_types import is_unknown, refuse_other_numbers
from vlad_py.native.recursion import Memo
from vlad_py.native.tidy import acts
from vlad_py.native.unknown import NamedBoolean, boolean, name_of
from vlad_py.primitives.kinds import Host, OfReals, Predicate
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Closure, Record, Value

MOVES = (Same, MakeTuple, MakeRecord, MakeClosure)  # operations that look at no value
ARITHMETIC = (OfReals, Predicate)  # primitives of reals alone
RULES = (collecting, vectors, structural)  # of primitives that look at values

Values = tuple[Value, ...]
Branch = Callable[[], Walk[Values]]


@dataclass(slots=True, eq=False)
class Specialiser:
    """One unit on its way from Core to IR.

    `in_progress` are the calls being followed, outermost first, each with its function's first segment;
    `uses` the names relied on.
    """

    builder: Builder
    memo: Memo
    unrolls: bool = False  # whether recursion that known reals count is written turn by turn
    in_progress: dict[tuple[Hashable, tuple[str, ...]], object] = field(default_factory=dict)
    turns: calls.Turns = field(default_factory=calls.Turns)  # of recursions, that are written by themselves
    rule: InRule | None = None  # the outermost rule that is being followed
    place: Span | None = None  # of the statement that is being followed, outside of the library
    uses: dict[tuple[int, str], tuple[Linked, Global, Value]] = field(default_factory=dict)

    def mark(self) -> tuple[int, int, int]:
        """Where the work stands, for `reset`."""
        return len(self.builder.ops), self.builder.count, len(self.in_progress)

    def reset(self, mark: tuple[int, int, int]) -> None:
        """Gives up what was begun since the mark, after an exception has left it."""
        ops, self.builder.count, calls = mark
        del self.builder.ops[ops:]
        while len(self.in_progress) > calls:
            self.in_progress.popitem()

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def block(self, block: Block, scope: Scope) -> Walk[Values]:
        """The values that a block gives."""
        for statement in block.statements:
            yield self.statement(statement, scope)
        return self.atoms(block.results, scope)

    def statement(self, statement: Statement, scope: Scope) -> Walk[None]:
        """Binds what a statement binds."""
        self.builder.effort.spend()
        if not statement.span.source.library:
            self.place = statement.span
        match statement:
            case Let(targets, operation):
                values = self.operation(operation, len(targets), scope)
            case Call():
                if statement.tag is not None:
                    raise NotNative("a differentiation by tags")
                function = self.atom(statement.function, scope)
                argument = self.atom(statement.argument, scope)
                values = ((yield calls.call(self, function, argument)),)
            case If(_, condition, yes, no):
                values = yield self.choice(
                    self.atom(condition, scope),
                    lambda: self.block(yes, scope),
                    lambda: self.block(no, scope),
                )
            case While():
                values = yield loops.while_loop(self, statement, scope)
            case For():
                values = yield collecting.for_loop(self, statement, scope)
            case core.Store():
                raise NotNative("a definition at the top level")
        scope.names.update(zip(statement.targets, values, strict=True))

    def atoms(self, atoms: tuple[Atom, ...], scope: Scope) -> Values:
        """The values of atoms."""
        return tuple([self.atom(a, scope) for a in atoms])

    def atom(self, atom: Atom, scope: Scope) -> Value:
        """The value of an atom."""
        match atom:
            case Var():
                return scope.names[atom]
            case Const(value):
                return value
            case Global():
                value = scope.text.value(atom)
                key = (id(scope.text.namespace), repr(atom))
                if key not in self.uses:
                    refuse_other_numbers(leaves(value))
                    self.uses[key] = (scope.text, atom, value)
                return value
            case Builtin(name):
                primitive = PRIMITIVES[name]
                return primitive if primitive.pure else scope.text.own(atom)
            case core.Undefined():
                return UNDEFINED
            case Sibling(function):
                return scope.text.closure(function, scope.closure.env)

    def operation(self, operation: core.Operation, width: int, scope: Scope) -> Values:
        """What an operation binds. Fails where it would be an error."""
        looked_at = () if isinstance(operation, MOVES) else atoms_of(operation)
        several = next((a for a in looked_at if isinstance(a, Var) and type(scope.names[a]) is Switch), None)
        if several is not None:
            switch = cast(Switch, scope.names[several])

            def having(option: Value) -> Walk[Values]:
                return done(self.operation(operation, width, scope.having(several, option)))

            return run(self.each(switch, having))

        def items(atoms: tuple[Atom, ...]) -> Values:
            return self.atoms(atoms, scope)

        try:
            match operation:
                case Apply(primitive, arguments):
                    return (self.apply(primitive, items(arguments), scope.closure),)
                case Same(value):
                    return (self.atom(value, scope),)
                case MakeTuple(atoms):
                    return (items(atoms),)
                case MakeRecord(names, atoms):
                    return (Record(names, items(atoms)),)
                case UpdateRecord(record, names, atoms):
                    return (runtime.update_record(self.record(record, scope), names, items(atoms)),)
                case GetField(record, name):
                    return (runtime.get_field(self.record(record, scope), name),)
                case MakeClosure(function, captures):
                    return (scope.text.closure(function, items(captures)),)
                case Untuple(value):
                    parts = self.atom(value, scope)
                    if type(parts) is not tuple or len(parts) != width:
                        raise Fails
                    return parts
                case core.Boolean(value):
                    return (_checked_boolean(self.atom(value, scope)),)
                case core.Not(value):
                    boolean_ = _checked_boolean(self.atom(value, scope))
                    return (boolean_.negated() if isinstance(boolean_, NamedBoolean) else not boolean_,)
                case core.IsTuple(value, size):
                    parts = self.atom(value, scope)
                    return (type(parts) is tuple and len(parts) == size,)
                case core.IsRecord(value, names):
                    taken = self.atom(value, scope)
                    return (type(taken) is Record and runtime.has_fields(taken.names, names),)
                case core.IsCons(value):
                    return (cells.is_cons(self.atom(value, scope)),)
                case core.IsNil(value):
                    return (cells.is_nil(self.atom(value, scope)),)
                case core.IsLiteral(value, literal):
                    return (structural.fits_literal(self, self.atom(value, scope), literal.value),)
                case Part(value, which):
                    return (cells.part(self.atom(value, scope), which),)
        except RunError:
            raise Fails from None
        raise Fails  # a pattern that does not fit

    def record(self, atom: Atom, scope: Scope) -> Record:
        """The record that an atom is. Fails where it is none."""
        value = self.atom(atom, scope)
        if type(value) is not Record:
            raise Fails
        return value

    def apply(self, primitive: Primitive, arguments: Values, caller: Closure | None = None) -> Value:
        """A primitive at abstract values. Fails where it is an error; NotNative where it cannot be."""
        if not primitive.pure or isinstance(primitive, Host):
            raise NotNative(f"an effect: `{primitive.called}`")
        rule = vectors.rule_of(primitive, arguments) or structural.rule_of(primitive, caller)
        texts.refuse(primitive, arguments)
        try:
            value = primitive.apply(*arguments) if rule is None else rule(self, *arguments)
            refuse_other_numbers((value, *arguments))
            return value
        except (NotNative, Fails, Unfinished, Restart) as reason:
            raise unknown.with_name(reason, primitive.called) from None
        except Exception as error:
            # an exception of Python at a real that is not known is not an error of the program
            is_known = not any(map(is_unknown, leaves(arguments)))
            if isinstance(error, RunError) and (is_known or isinstance(primitive, ARITHMETIC)):
                raise Fails from None
            if is_known:
                raise
            raise looks_at_a_value(primitive.called, error) from None

    def call(self, function: Value, argument: Value) -> Walk[Value]:
        """The value of a call."""
        return calls.call(self, function, argument)

    # ── choices ──────────────────────────────────────────────────────────────────────────────

    def choice(self, condition: Value, yes: Branch, no: Branch) -> Walk[Values]:
        """What a choice gives: of both branches where the condition is not known.

        A branch that fails becomes a guard. Fails, Unfinished where that holds of both.
        """
        if type(condition) is bool:
            return (yield (yes() if condition else no()))
        if type(condition) is not NamedBoolean:
            raise Fails
        written: list[list[Op]] = []
        given: list[Values] = []
        stopped: list[type[Exception] | None] = []
        for branch in (yes, no):
            with self.builder.into([]) as ops:
                mark = self.mark()
                try:
                    given.append((yield branch()))
                    stopped.append(None)
                except (Fails, Unfinished) as stop:
                    self.reset(mark)
                    given.append(())
                    stopped.append(type(stop))
            written.append(ops)
        if all(stopped):
            raise Unfinished if Unfinished in stopped else Fails
        for i, reason in enumerate(stopped):
            if reason is not None:
                if reason is Fails:
                    holds = condition.name if i else self.builder.negated(condition.name)
                    self.builder.guard(holds, "an error of the program")
                self.builder.ops.extend(written[1 - i])
                return given[1 - i]
        return self.joined(condition, written, given)

    def each(self, switch: Switch, then: Callable[[Value], Walk[Values]]) -> Walk[Values]:
        """What follows from a value that is one of several: from every option, in a choice."""

        def of(i: int) -> Walk[Values]:
            if i == len(switch.keys) - 1:
                return (yield then(switch.options[i]))
            is_it = self.builder.compare("==", name_of(switch.number), constant(float(switch.keys[i])))
            branches = (lambda: then(switch.options[i])), (lambda: of(i + 1))
            return (yield self.choice(boolean(self.builder, is_it), *branches))

        return of(0)

    def joined(self, condition: NamedBoolean, written: list[list[Op]], given: list[Values]) -> Values:
        """The results of two branches as those of an `if`."""
        yes, no = given
        if len(yes) == 1 and not any(written) and _are_opposite(yes[0], no[0]):
            return (condition if yes[0] else condition.negated(),)
        join = Join(self.builder, written)
        values = tuple([join(a, b) for a, b in zip(yes, no, strict=True)])
        if join.results or any(acts(op) for ops in written for op in ops):
            regions = tuple(map(partial(Region, []), written, (join.yes, join.no)))
            self.builder.emit("if", [condition.name], join.results, regions=regions)
        return values


def _are_opposite(a: Value, b: Value) -> bool:
    return type(a) is bool and type(b) is bool and a is not b


def _checked_boolean(value: Value) -> bool | NamedBoolean:
    if type(value) is bool or isinstance(value, NamedBoolean):
        return value
    raise Fails
