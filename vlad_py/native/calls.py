"""Calls: functions are inlined, those that call themselves become loops or functions of the IR.

A function that calls itself in tail position only is a loop, whose state is its argument. Any other one is
inlined into itself as long as the kinds of its arguments differ. It becomes a function of the IR
(recursion.py) where they do not, or where there are too many copies.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vlad_py.core.traversal import atoms_of, is_tail
from vlad_py.core.tree import Atom, Block, Call, Global, If, Lambda, Let, MakeClosure, Sibling
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, alone, run
from vlad_py.native import given, loops, operators
from vlad_py.native.abstract import UNDEFINED, Applied, Backward, Slope, Switch
from vlad_py.native.closures import Linked, Scope, bound, core_of, linked
from vlad_py.native.exits import Fails, Oversized, Restart, TooDeep, TooLarge, tell_caller
from vlad_py.native.ir import Op
from vlad_py.native.kinds import kind_of, leaves, names_like
from vlad_py.native.recursion import call_variant
from vlad_py.native.unknown import NamedList
from vlad_py.primitives.primitive import MANY, Primitive
from vlad_py.values.values import Closure, Cons, Nil, Value, list_items

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

DEEPEST = 400  # calls inside one another
MOST_WRITTEN_OUT = 64  # turns of a recursion over a list of known length
ALL_WRITTEN_OUT = 1000  # such turns in a unit
MOST_COPIES = 2000  # of functions inside themselves, in a unit, including copies that are given up
MANY_COPIES = 64  # of one function, where the unit is too large
DEEP = 40  # regions inside one another: any deeper, no function is inlined into itself
MANY_TURNS = "a recursion over a list that takes many turns"


@dataclass(slots=True, eq=False)
class WrittenOut:
    """A recursion over a list of known length, turn by turn: the argument of the turn that is being followed,
    and how many turns may still come. One that known reals count stands in one region, `ops`: no turn
    depends on a choice.
    """

    argument: Value
    left: int = MOST_WRITTEN_OUT
    ops: list[Op] | None = None


@dataclass(slots=True, eq=False)
class Turns:
    """The recursions of a unit that are written out, by first segment, and how many turns may still come; how
    often other functions were inlined into themselves.
    """

    of: dict[object, WrittenOut] = field(default_factory=dict)
    left: int = ALL_WRITTEN_OUT
    copies: Counter[object] = field(default_factory=Counter)


class Shortens(NotNative):
    """A recursion has made a list of known length shorter: it may be written out, turn by turn."""


def outermost(s: Specialiser, function: Value, argument: Value) -> Value:
    """The value of the call that a unit is. Where it is too large, functions that were inlined many times
    into themselves become functions of the IR: Restart.
    """
    try:
        return run(call(s, function, argument))
    except TooLarge:
        many = {f for f, copies in s.turns.copies.items() if copies > MANY_COPIES}
        if not many:
            raise
        s.memo.recursions.functions |= many
        raise Restart from None


def call(s: Specialiser, function: Value, argument: Value) -> Walk[Value]:
    """The value of a call."""
    if type(function) is Closure:
        operator = operators.operator_of(function)
        if operator is not None:
            return operators.differentiated(s, operator, function, argument)
        call_given = given.call_of(function) or closure
        place = s.place
        try:
            return (yield call_given(s, function, argument))
        except NotNative as reason:
            tell_caller(reason, function, place)
            raise
    if isinstance(function, Primitive):
        if type(argument) is Switch:
            return (yield s.each(argument, lambda option: alone(call(s, function, option))))[0]
        if function.arity in (1, MANY):
            return s.apply(function, (argument,))
        if type(argument) is not tuple or len(argument) != function.arity:
            raise Fails
        return s.apply(function, argument)
    if type(function) is Switch:
        return (yield s.each(function, lambda option: alone(call(s, option, argument))))[0]
    if isinstance(function, (Slope, Applied, Backward)):
        return (yield operators.called(s, function, argument))
    raise Fails


def closure(s: Specialiser, function: Closure, argument: Value) -> Walk[Value]:
    """The value of a call of a function of the language."""
    code = core_of(function)
    if code.is_tuple and type(argument) is Switch:
        return (yield s.each(argument, lambda option: alone(closure(s, function, option))))[0]
    if _loops(code, linked(function.enter)):
        return (yield tail_recursion(s, function, code, argument))
    if function.enter in s.memo.recursions.functions:
        return (yield call_variant(s, function, code, argument))
    key = ((kind_of(function), kind_of(argument)), _known_reals(function, argument) if s.unrolls else ())
    if key in s.in_progress or not _may_copy(s, function):
        s.memo.recursions.functions.add(function.enter)
        raise Restart
    if len(s.in_progress) >= DEEPEST:
        raise TooDeep
    s.in_progress[key] = function.enter
    (result,) = yield s.block(code.body, bound(function, code, argument))
    del s.in_progress[key]
    return result


def _may_copy(s: Specialiser, function: Closure) -> bool:
    """Whether one more call of a function may be followed, perhaps inside itself."""
    if function.enter not in s.in_progress.values():
        return True
    if s.unrolls:
        s.turns.left -= 1
        return s.turns.left >= 0 and len(s.in_progress) < DEEPEST
    s.turns.copies[function.enter] += 1
    return s.turns.copies.total() <= MOST_COPIES and s.builder.depth <= DEEP


def _known_reals(function: Closure, argument: Value) -> tuple[str, ...]:
    """The reals of known value in a call, told apart as nan and the zeros are too."""
    return tuple([leaf.hex() for leaf in leaves((function, argument)) if type(leaf) is float])


# ── recursion in tail position ───────────────────────────────────────────────────────────────


def _is_own(atom: Atom, code: Lambda, text: Linked) -> bool:
    """Whether an atom is the function that is running."""
    if isinstance(atom, Sibling):
        return atom.lambda_ is code
    if isinstance(atom, Global) and not atom.module:
        value = text.namespace.get(text.key(atom))
        return type(value) is Closure and value.code is code.code
    return False


def _loops(code: Lambda, text: Linked) -> bool:
    """Whether a function mentions itself, and only as what it calls in tail position."""
    if code not in text.notes:
        mentions = 0
        blocks = [code.body]
        while blocks:
            for statement in blocks.pop().statements:
                mentions += sum(_is_own(a, code, text) for a in atoms_of(statement))
                if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
                    blocks.append(statement.operation.lambda_.body)
                blocks += statement.blocks
        tails = sum(_is_own(c.function, code, text) for c in _tail_calls(code.body)) if mentions else 0
        text.notes[code] = 0 < mentions == tails
    is_loop: bool = text.notes[code]
    return is_loop


def _tail_calls(block: Block) -> list[Call]:
    found = []
    todo = [block]
    while todo:
        inner = todo.pop()
        last = inner.statements[-1] if inner.statements else None
        if last is not None and is_tail(inner, len(inner.statements) - 1):
            if isinstance(last, Call) and last.tag is None:
                found.append(last)
            elif isinstance(last, If):
                todo += [last.yes, last.no]
    return found


def tail_recursion(s: Specialiser, function: Closure, code: Lambda, argument: Value) -> Walk[Value]:
    """A call of a function that calls itself in tail position only."""
    turns = s.turns.of.get(function.enter)
    if turns is not None and (turns.ops is not None or _is_shorter(turns.argument, argument)):
        return (yield written_out(s, function, code, argument, turns))
    mark = s.mark()
    if s.unrolls and _known_reals(function, argument):
        try:
            counted = WrittenOut(argument, ops=s.builder.ops)
            return (yield written_out(s, function, code, argument, counted))
        except Shortens:
            s.reset(mark)
    try:
        return tail_loop(s, function, code, argument)
    except Shortens:
        s.reset(mark)
    try:
        return (yield written_out(s, function, code, argument, WrittenOut(argument)))
    except Shortens:
        s.reset(mark)
    return tail_loop(s, function, code, argument, grows=True)


def written_out(
    s: Specialiser, function: Closure, code: Lambda, argument: Value, turns: WrittenOut
) -> Walk[Value]:
    """The turns of a recursion from this one on, each by itself: no turn is followed twice.

    Shortens where they are too many, or depend on a choice though reals count them.
    """
    if turns.ops is not None and turns.ops is not s.builder.ops:
        raise Shortens(MANY_TURNS)
    if max(_lengths(argument), default=0) > turns.left or not turns.left or s.turns.left <= 0:
        raise Shortens(MANY_TURNS)
    turns.left -= 1
    s.turns.left -= 1
    outer, own = turns.argument, s.turns.of.get(function.enter)
    turns.argument, s.turns.of[function.enter] = argument, turns
    try:
        (result,) = yield s.block(code.body, bound(function, code, argument))
    finally:
        turns.argument = outer
        if own is None:
            del s.turns.of[function.enter]
        else:
            s.turns.of[function.enter] = own
    return result


def _is_shorter(before: Value, after: Value) -> bool:
    """Whether a list of known length, as an argument or a part of one, has become shorter."""
    return any(0 <= b < a for a, b in zip(_lengths(before), _lengths(after), strict=False))


def _lengths(argument: Value) -> list[int]:
    """The length of each list in an argument, which is one value or several; -1 for any other value."""
    parts = argument if type(argument) is tuple else (argument,)
    return [sum(1 for _ in list_items(x)) if isinstance(x, (Cons, Nil)) else -1 for x in parts]


def tail_loop(
    s: Specialiser, function: Closure, code: Lambda, argument: Value, *, grows: bool = False
) -> Value:
    """A function that calls itself in tail position only, as a loop. Shortens where its turns make a list of
    known length shorter: they may be written one by one. Where it `grows`, that is one of unknown length.
    """
    text = linked(function.enter)
    tails = {id(c) for c in _tail_calls(code.body) if _is_own(c.function, code, text)}

    def has_lists() -> bool:
        return any(type(leaf) is NamedList for leaf in leaves((function, argument)))

    def block(inner: Block, scope: Scope, state: Value) -> Walk[tuple[Value, Value, Value]]:
        """Whether to go on, the next state, what the function gives."""
        last = inner.statements[-1] if inner.statements else None
        if last is not None and is_tail(inner, len(inner.statements) - 1):
            if isinstance(last, Call) and id(last) in tails:
                for statement in inner.statements[:-1]:
                    yield s.statement(statement, scope)
                new = s.atom(last.argument, scope)
                if not grows and _is_shorter(state, new) and not has_lists():
                    raise Shortens(MANY_TURNS)
                return True, new, UNDEFINED
            if isinstance(last, If):
                for statement in inner.statements[:-1]:
                    yield s.statement(statement, scope)
                condition = s.atom(last.condition, scope)
                yes, no = last.yes, last.no
                branches = (lambda: block(yes, scope, state)), (lambda: block(no, scope, state))
                return (yield s.choice(condition, *branches))
        (result,) = yield s.block(inner, scope)
        return False, state, result

    def turn(state: Value) -> Walk[tuple[Value, Value, Value]]:
        again, new, result = yield block(code.body, bound(function, code, state), state)
        if result is UNDEFINED:
            if names_like(state, new) is not None:
                raise Fails  # it never ends
            if not grows:
                raise NotNative(loops.CHANGES)
        return again, new, result

    def made() -> Value:
        s.memo.recursions.functions.add(function.enter)
        return run(call_variant(s, function, code, argument))

    def grown() -> Value:
        return loops.loop(s, argument, turn, True)[1]

    if grows:
        return grown()
    mark = s.mark()
    try:
        return loops.loop(s, argument, turn)[1]
    except loops.Unsettled:
        s.reset(mark)
    try:
        return grown()
    except Oversized:
        raise
    except NotNative:
        s.reset(mark)
    return made()
