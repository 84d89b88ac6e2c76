"""Loops of Core as loops of the IR, or turn by turn where the turns are known and the state changes kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import TYPE_CHECKING, Any

from vlad_py.core.tree import For, While
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native.cells import head, is_cons, tail
from vlad_py.native.closures import Scope
from vlad_py.native.counters import ENDS
from vlad_py.native.exits import Oversized
from vlad_py.native.ir import Name, Region, zero_of
from vlad_py.native.kinds import generalised, names_like, refilled
from vlad_py.native.leaf_types import is_an_array
from vlad_py.native.progressing import tell
from vlad_py.native.unknown import Named, NamedBoolean, NamedList, name_of, real
from vlad_py.native.widening import widened
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.shapes import element as element_of
from vlad_py.values.values import Cons, Nil, Range, Value, list_items, shape_of

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser, Values

MOST_TURNS = 64  # that are written one by one
MOST_KINDS = 3  # that a state is given on the way to one that stays
FEW = 8  # elements of an array, likewise
PEELED = 3  # turns that may come before the state's kind settles
CHANGES = "a loop whose state changes its structure"

Turn = Callable[[Any], Walk[tuple[Value, Value, Value]]]


class Unsettled(NotNative):
    """A loop's state has another kind after a turn."""


def loop(
    s: Specialiser, state: Value, turn: Turn, grows: bool = False, *, ends: bool = False
) -> tuple[Value, Value]:
    """Writes a loop that runs once at least. `turn(state)` gives whether to go on, the next state, and what
    the loop gives besides if it ends here.

    Gives the last state, and what the last turn gave besides.

    Where it `grows`, lists in the state that change their length are ones of unknown length. `ends` says that
    the loop is known to end. Unsettled where the kind of the state changes otherwise.
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
            state = widened(s.builder, state, new, grows)
        except NotNative as reason:
            raise Unsettled(reason.message if grows else CHANGES) from None
        kinds += 1
        if kinds > MOST_KINDS:
            raise Unsettled(CHANGES)
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
    fillers = [zero_of(n.type) for n in slots]
    s.builder.emit("loop", [*(inits[k] for k in kept), *fillers], results, ENDS if ends else None, (region,))
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
        tell(statement.state, state, statement.span)
        yield head(state)
        new = yield s.block(statement.body, scope)
        return (yield head(new)), new, ()

    state = s.atoms(statement.inits, scope)
    return _repeated(s, state, (yield head(state)), turn, MOST_TURNS)


def _repeated(
    s: Specialiser,
    state: Values,
    condition: Value,
    turn: Turn,
    turns: int,
    is_first: bool = True,
    *,
    ends: bool = False,
) -> Values:
    """The last state of a loop that goes on while a condition holds, which is known for the first turn.

    Where the state changes its kind, some turns may come before the loop. Where the condition is not known,
    or these do not help, lists in the state that grow become ones of unknown length.
    """
    if condition is False:
        return state
    is_known = condition is True
    if not is_known:
        turns = min(turns, PEELED)

    def plain() -> Values:
        return loop(s, state, turn, ends=ends)[0]  # type: ignore[return-value]

    def grown() -> Values:
        return loop(s, state, turn, True, ends=ends)[0]  # type: ignore[return-value]

    def peeled() -> Values:
        again, new, _ = run(turn(state))
        return _repeated(s, new, again, turn, turns - 1, not is_known, ends=ends)  # type: ignore[arg-type]

    def whole() -> Values:
        peels, grows = [peeled] if turns else [], [grown] if is_first or not is_known else []
        ways = [plain, *peels, *grows] if is_known else [plain, *grows, *peels]
        mark = s.mark()
        for way in ways[:-1]:
            try:
                return way()
            except Oversized:
                raise
            except NotNative as reason:
                # of turns that are known, each may be what all together are not
                if not (isinstance(reason, Unsettled) or is_known):
                    raise
                s.reset(mark)
        return ways[-1]()

    if is_known:
        return whole()
    return run(s.choice(condition, lambda: done(whole()), lambda: done(state)))


def for_loop(s: Specialiser, statement: For, scope: Scope) -> Walk[Values]:
    """A loop over a range, a list, or the elements of an array."""

    def body(state: Values, element: Value) -> Walk[Values]:
        scope.names.update(zip(statement.state, state, strict=True))
        scope.names[statement.element] = element
        tell((statement.element, *statement.state), (element, *state), statement.span)
        return (yield s.block(statement.body, scope))

    state = s.atoms(statement.inits, scope)
    sequence = s.atom(statement.sequence, scope)
    elements = elements_of(sequence)
    if elements is not None:
        for element in elements:
            state = yield body(state, element)
        return tuple(state)
    if type(sequence) is NamedList:
        return over_list(s, body, state, sequence.as_list())
    low, size, array = places(sequence)
    return (yield counted(s, body, state, low, size, array))


def places(sequence: Value) -> tuple[Value, Value, Name | None]:
    """The first real of a range, how many there are, and None; for an array 0, its length, and its name."""
    if is_an_array(sequence):
        return 0.0, float(shape_of(sequence)[0]), name_of(sequence)
    if type(sequence) is Range:
        return sequence.low, sequence.size, None
    raise NotNative("a loop over another sequence")


Body = Callable[[tuple[Value, ...], Value], Walk[tuple[Value, ...]]]


def counted(
    s: Specialiser, body: Body, state: Values, low: Value, size: Value, array: Name | None
) -> Walk[Values]:
    """The last state of a loop over low, low + 1, …, `size` of them, or over the elements of an array at
    these places.
    """
    counts_itself = (
        type(low) is float and low.is_integer() and (type(size) is not float or abs(low) + size < 2**53)
    )
    start: Value = low if counts_itself else 0.0
    end = add(start, size)

    def turn(both: tuple[Value, Values]) -> Walk[tuple[Value, Value, Value]]:
        count, state = both
        if counts_itself and type(count) is Named:
            last = low + size - 1.0 if type(size) is float else inf  # type: ignore[operator]
            count.name.within = (low, last)  # type: ignore[assignment]
        element = count if counts_itself else add(low, count)
        if array is not None:
            element = real(s.builder, s.builder.take(array, [name_of(element)]))
        new = yield body(state, element)
        following = add(count, 1.0)
        return _less(s, following, end), (following, new), ()

    turns = MOST_TURNS if type(size) is not float or size <= MOST_TURNS else PEELED
    last = _repeated(s, (start, state), _less(s, start, end), turn, turns, ends=True)[1]
    return done(last)  # type: ignore[arg-type]


def over_list(s: Specialiser, body: Body, state: Values, sequence: NamedList) -> Values:
    """The last state of a loop over a list of unknown length."""

    def turn(both: tuple[NamedList, Values]) -> Walk[tuple[Value, Value, Value]]:
        rest, state = both
        new = yield body(state, head(rest))
        following = tail(rest)
        return is_cons(following), (following, new), ()

    return _repeated(s, (sequence, state), is_cons(sequence), turn, PEELED, ends=True)[1]  # type: ignore[return-value]


def elements_of(sequence: Value) -> Iterable[Value] | None:
    """The elements over which a loop goes turn by turn; None where it becomes a loop of the IR."""
    if isinstance(sequence, (Cons, Nil)):
        return list_items(sequence)
    if is_an_array(sequence) and shape_of(sequence)[0] <= FEW:
        return [element_of(sequence, i) for i in range(shape_of(sequence)[0])]
    return None


def _less(s: Specialiser, a: Value, b: Value) -> Value:
    name = s.builder.compare("<", name_of(a), name_of(b))
    return name.constant if name.constant is not None else NamedBoolean(s.builder, name)
