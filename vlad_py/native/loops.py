"""Loops of Core as loops of the IR, or turn by turn where the turns are known and the state changes kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from vlad_py.core.tree import For, While
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native.closures import Scope
from vlad_py.native.ir import Name, Region
from vlad_py.native.kinds import generalised, names_like, refilled
from vlad_py.native.unknown import NamedBoolean, name_of
from vlad_py.native.widening import widened
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.shapes import element as element_of
from vlad_py.values.values import Array, Cons, Nil, Range, Value, list_items

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser, Values

MOST_TURNS = 64  # that are written one by one
MOST_KINDS = 3  # that a state is given on the way to one that stays
PEELED = 3  # turns that may come before the state's kind settles

Turn = Callable[[Any], Walk[tuple[Value, Value, Value]]]


class Unsettled(NotNative):
    """A loop's state has another kind after a turn."""


def loop(s: Specialiser, state: Value, turn: Turn) -> tuple[Value, Value]:
    """Writes a loop that runs once at least. `turn(state)` gives whether to go on, the next state, and what
    the loop gives besides if it ends here.

    Gives the last state, and what the last turn gave besides.

    Unsettled where the kind of the state changes.
    """
    kinds = 0
    while True:
        for booleans_known in (True, False):
            template, parameters, inits = generalised(s.builder, state, booleans_known)
            with s.builder.into([]) as ops:
                again, new, extra = run(turn(template))
                names = names_like(template, new)
                if names is not None:
                    break
        if names is not None:
            break
        try:
            state = widened(s.builder, state, new)
        except NotNative:
            kinds = MOST_KINDS
        kinds += 1
        if kinds > MOST_KINDS:
            raise Unsettled("a loop whose state changes its structure")
    given, _, extras = generalised(s.builder, extra, True)
    inside = {name for op in ops for name in op.results}
    # what stays the same is not state; what is given besides needs a place only where it is made in the loop
    fixed = {p: i for p, i, n in zip(parameters, inits, names, strict=True) if n is p}
    kept = [k for k, p in enumerate(parameters) if p not in fixed]
    slots: dict[Name, Name] = {}
    for name in extras:
        if name in inside:
            slots.setdefault(name, Name(name.type))
    region = Region(
        [*(parameters[k] for k in kept), *slots.values()],
        ops,
        [name_of(again), *(names[k] for k in kept), *slots],
    )
    _replace(region, fixed)
    results = [Name(p.type) for p in region.parameters]
    fillers = [Name(n.type, 0.0 if n.type == "real" else False) for n in slots]
    s.builder.emit("loop", [*(inits[k] for k in kept), *fillers], results, regions=(region,))
    final = dict(zip(parameters, inits, strict=True)) | fixed
    final |= {parameters[k]: r for k, r in zip(kept, results, strict=False)}
    slot = dict(zip(slots, results[len(kept) :], strict=True))
    last = refilled(s.builder, template, [final[p] for p in parameters])
    # a loop that gives more than its state ends with the state unchanged: a parameter stands for what is left
    return last, refilled(s.builder, given, [slot.get(n) or final.get(n, n) for n in extras])


def _replace(region: Region, by: dict[Name, Name]) -> None:
    """Puts other names in the place of some, in place."""
    if not by:
        return
    for op in region.ops:
        op.operands = [by.get(o, o) for o in op.operands]
        for inner in op.regions:
            _replace(inner, by)
    region.results = [by.get(r, r) for r in region.results]


def while_loop(s: Specialiser, statement: While, scope: Scope) -> Walk[Values]:
    """A loop with a condition."""

    def head(state: Values) -> Walk[Value]:
        scope.names.update(zip(statement.state, state, strict=True))
        (condition,) = yield s.block(statement.head, scope)
        return condition

    def turn(state: Values) -> Walk[tuple[Value, Value, Value]]:
        yield head(state)
        new = yield s.block(statement.body, scope)
        return (yield head(new)), new, ()

    state = s.atoms(statement.inits, scope)
    return _repeated(s, state, (yield head(state)), turn, MOST_TURNS)


def _repeated(s: Specialiser, state: Values, condition: Value, turn: Turn, turns: int) -> Values:
    """The last state of a loop that goes on while a condition holds, which is known for the first turn."""
    if condition is False:
        return state

    def whole() -> Values:
        mark = s.mark()
        try:
            return loop(s, state, turn)[0]  # type: ignore[return-value]
        except NotNative as reason:
            # of turns that are known, each may be what all together are not
            if turns == 0 or not (isinstance(reason, Unsettled) or condition is True):
                raise
            s.reset(mark)
        again, new, _ = run(turn(state))
        return _repeated(s, new, again, turn, turns - 1)  # type: ignore[arg-type]

    if condition is True:
        return whole()
    turns = min(turns, PEELED)

    return s.choice(condition, lambda: done(whole()), lambda: done(state))


def for_loop(s: Specialiser, statement: For, scope: Scope) -> Walk[Values]:
    """A loop over a range, a list, or the elements of an array."""

    def body(state: Values, element: Value) -> Walk[Values]:
        scope.names.update(zip(statement.state, state, strict=True))
        scope.names[statement.element] = element
        return (yield s.block(statement.body, scope))

    state = s.atoms(statement.inits, scope)
    sequence = s.atom(statement.sequence, scope)
    elements = _elements(sequence, statement.collects)
    if elements is not None:
        collected = []
        for element in elements:
            state = yield body(state, element)
            if statement.collects:
                *rest, last = state
                state = tuple(rest)
                collected.append(last)
        return (tuple(collected),) if statement.collects else state
    if statement.collects:
        raise NotNative("an array that a loop makes, of a length that is not known")
    if type(sequence) is not Range:
        raise NotNative("a loop over another sequence")
    low: Value = sequence.low
    size: Value = sequence.size  # unknown perhaps
    counts_itself = (
        type(low) is float and low.is_integer() and (type(size) is not float or abs(low) + size < 2**53)
    )
    start: Value = low if counts_itself else 0.0
    end = add(start, size)

    def turn(both: tuple[Value, Values]) -> Walk[tuple[Value, Value, Value]]:
        count, state = both
        new = yield body(state, count if counts_itself else add(low, count))
        following = add(count, 1.0)
        return _less(s, following, end), (following, new), ()

    state = _repeated(s, (start, state), _less(s, start, end), turn, MOST_TURNS)[1]  # type: ignore[assignment]
    return state


def _elements(sequence: Value, collects: bool) -> Iterable[Value] | None:
    """The elements over which a loop goes turn by turn; None where it becomes a loop of the IR."""
    if isinstance(sequence, (Cons, Nil)):
        return list_items(sequence)
    if type(sequence) is Array:
        return [element_of(sequence, i) for i in range(len(sequence.data))]
    if collects and type(sequence) is Range:
        low, size = sequence.low, sequence.size
        if type(low) is float and type(size) is float and size <= MOST_TURNS:
            return [low + k for k in range(int(size))]
    return None


def _less(s: Specialiser, a: Value, b: Value) -> Value:
    name = s.builder.compare("<", name_of(a), name_of(b))
    return name.constant if name.constant is not None else NamedBoolean(s.builder, name)
