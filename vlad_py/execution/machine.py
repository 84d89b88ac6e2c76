"""The machine's loop: runs segments one after another, and places every error in the source.

A state of the machine is a step: the next segment, its environment, a value, the continuation. All
of it is immutable, so a paused state may be resumed any number of times, with the same result.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from contextvars import ContextVar
from gc import disable, enable, isenabled
from types import FrameType, TracebackType
from typing import Any

from vlad_py.differentiation.checkpoints import run_by
from vlad_py.differentiation.tags import EVERY
from vlad_py.execution.collector import holders
from vlad_py.execution.looking import LOOKER, STEPS_BETWEEN_LOOKS, UNEVEN, Instead, Looker
from vlad_py.execution.operations import safe
from vlad_py.execution.runtime import NoField, NotAFunction, WrongArguments, apply
from vlad_py.execution.tightening import Tightening
from vlad_py.execution.unit import Unit
from vlad_py.ground import errors
from vlad_py.ground.errors import Caller, Error, Inlined
from vlad_py.ground.late_numpy import quiet
from vlad_py.ground.node import record
from vlad_py.ground.source import Span
from vlad_py.values.values import Closure, Continuation, Step, Value

UNITS = "__units__"  # the global of compiled code that maps its file names to their units
STEPS_BETWEEN_CHECKS = 10_000
SPARE = 4 << 20  # bytes
MOST_CALLS = 10_000_000  # in progress, about 2 GB: who recurses without end is told so in seconds
MOST_CALLERS = 500  # of either end of a call stack that an error keeps

_spare: list[bytearray] = []  # memory to give back when there is no other left, so that it can be told


@record(public=True)
class Limits:
    """How far a run may go; None: no limit. `steps` needs code compiled to be stepped.

    `depth` counts calls in progress; it is looked at from time to time, so a run may exceed it by
    up to STEPS_BETWEEN_CHECKS. Raises errors.ConversionError for anything but whole numbers from 0.
    """

    steps: int | None = None
    depth: int | None = None

    def __post_init__(self) -> None:
        for name, count in (("steps", self.steps), ("depth", self.depth)):
            if count is not None and (type(count) is not int or count < 0):
                got = count if type(count) is int else f"an object of the class `{type(count).__name__}`"
                message = f"{name}: expected a whole number from 0, or None for no limit, got {got}"
                raise errors.ConversionError(message)


def tightest(*limits: Limits) -> Limits:
    """The limits that keep all of the given ones."""

    def least(counts: list[int | None]) -> int | None:
        return min((count for count in counts if count is not None), default=None)

    return Limits(least([each.steps for each in limits]), least([each.depth for each in limits]))


@record
class Paused:
    """A state between two steps. `limits` are new ones, which came with a value after so many `steps` of the
    last fuel, and hold from here on.
    """

    step: Step
    limits: Limits | None = None
    steps: int = 0


class _Halt(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


def _halt(_: object, value: Value, __: Continuation) -> Step:
    raise _Halt(value)


def start(function: Value, argument: Value) -> Paused:
    """The state in which a function is about to be called. RunError if it is none."""
    return Paused(apply(function, argument, (_halt, None, ())))


def run(function: Value, argument: Value, limits: Limits | None = None) -> Value:
    """The value of a call. Raises errors.Error, placed in the source, with the call stack."""
    if not _spare:
        _spare.append(bytearray(SPARE))
    paused = start(function, argument)
    looker: Looker | None = function.enter.__globals__.get(LOOKER) if type(function) is Closure else None
    holds = isenabled()
    if holds:
        disable()
        holders.append(None)
    try:
        if looker is not None:
            paused = looker.begin(paused, limits)
        if looker is None and (limits is None or (limits.steps is None and limits.depth is None)):
            ended = _unlimited(paused)
        else:
            before = _count.set(count := _Count(limits or Limits()))
            try:
                ended = _limited(paused, count, looker)
            finally:
                _count.reset(before)
    except Error as error:
        if error.span is None and type(function) is Closure and not function.code.span.source.library:
            error.span = function.code.span  # it went on into the library, and left no call behind
        raise
    finally:
        if looker is not None:
            looker.end()
        if holds:
            holders.pop()
            enable()
    assert type(ended) is Finished
    return ended.value


def run_inside(function: Value, argument: Value) -> Value:
    """The value of a call that a sweep makes, which is itself part of a run and keeps that run's limits.

    Raises errors.Error, placed in the source.
    """
    state = Paused(apply(function, argument, (_halt, None, EVERY)))
    count = _count.get()
    ended = _unlimited(state) if count is None else _limited(state, count)
    assert type(ended) is Finished
    return ended.value


run_by(run_inside)


@record
class Finished:
    """The value of a finished run, and how many steps of the last fuel it took."""

    value: Value
    steps: int = 0


class _Count:
    """The limits of a run, and how many steps it has taken, those of calls that its sweeps make included."""

    __slots__ = ("done", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.done = 0


# of the run in progress that has limits
_count: ContextVar[_Count | None] = ContextVar("count", default=None)


def _unlimited(state: Paused) -> Paused | Finished:
    """Runs a state to the end; without limits, unless some come with a value."""
    end = advance(state, None)
    if type(end) is Finished:
        return end
    assert isinstance(end, Paused)
    before = _count.set(count := _Count(Limits()))
    try:
        return _limited(end, count)
    finally:
        _count.reset(before)


def _limited(paused: Paused, count: _Count, looker: Looker | None = None) -> Paused | Finished:
    limits = count.limits
    state: Paused | Finished = paused
    # how many steps until the depth is looked at; without a limit of steps, most runs are over before
    unseen = max(limits.depth or 0, STEPS_BETWEEN_CHECKS) if limits.steps is None else 0
    more = 0
    while isinstance(state, Paused):
        if state.limits is not None:
            if count.limits.steps is None:
                count.done = 0
            count.limits = tightest(count.limits, state.limits)
            unseen = 0
            if looker is not None:
                looker.limit(count.limits)
        limits = count.limits  # which a call inside may have tightened
        if limits.steps is not None and count.done >= limits.steps:
            limit = errors.LimitError(f"more than {limits.steps} steps", _span_within(state.step[0]))
            raise _placed(limit, state.step[3])
        if limits.depth is not None and unseen <= 0:
            depth = _depth(state.step[3])
            if depth > limits.depth:
                hint = "does the recursion end?"
                raise _placed(
                    errors.LimitError(f"more than {limits.depth} calls in progress", hint=hint), state.step[3]
                )
            # a step adds one call at most, so it takes this many to pass the limit
            unseen = max(limits.depth - depth, STEPS_BETWEEN_CHECKS)
        turn = sys.maxsize if limits.depth is None else unseen
        if limits.steps is not None:
            turn = min(turn, limits.steps - count.done)
        if looker is not None:
            more = (more + 617) % UNEVEN
            turn = min(turn, STEPS_BETWEEN_LOOKS + more)
        state = advance(state, turn)
        count.done += turn if isinstance(state, Paused) and state.limits is None else state.steps
        unseen -= turn
        if looker is not None and isinstance(state, Paused) and state.limits is None:
            state = looker.look(state)
    return state


def _depth(k: Continuation | None) -> int:
    depth = 0
    while k is not None:
        depth += 1
        k = k[1]
    return depth


def advance(state: Paused, fuel: int | None) -> Paused | Finished:
    """Runs a state on, for at most `fuel` steps (None: to the end).

    Raises errors.Error with its place: what the program did wrong, a limit of Python's, Ctrl-C, or,
    for anything else that Python raises, Bug.
    """
    f, env, x, k = state.step
    taken = 0
    try:
        with quiet():
            if fuel is None:
                while True:
                    f, env, x, k = f(env, x, k)
            for taken in range(fuel):  # noqa: B007 - how many steps it took to the end
                f, env, x, k = f(env, x, k)
        return Paused((f, env, x, k))
    except _Halt as halt:
        return Finished(halt.value, taken)
    except Tightening as tightening:  # a step that is none of the program's
        return Paused((k[0], k, x, k[1]), tightening.limits, taken)
    except Instead as other:
        return Paused(other.step)
    except Error as error:
        failure, trace = error, error.__traceback__
    except OSError:
        raise  # of whoever takes the output
    except KeyboardInterrupt as error:
        failure, trace = errors.Interrupted("stopped by the user"), error.__traceback__
    except RecursionError as error:
        failure = errors.LimitError("differentiations are nested too deeply")
        trace = error.__traceback__
    except MemoryError as error:
        _spare.clear()
        failure, trace = errors.LimitError("out of memory"), error.__traceback__
    except NameError as error:
        failure, trace = _without_value(error), error.__traceback__
    except Exception as error:
        failure, trace = errors.Bug(f"{type(error).__name__}: {error}"), error.__traceback__
        failure.__cause__ = error
    raise _placed(failure, k, trace).with_traceback(None)


# ── placing errors ───────────────────────────────────────────────────────────────────────────


def _placed(error: Error, k: Continuation, trace: TracebackType | None = None) -> Error:
    """The error with its span and call stack. What happens in the library is shown at its user."""
    stack, left_out, in_library = _callers(k)
    span = error.span or _span_of(trace)
    if isinstance(span, Inlined):
        stack = [*(c for c in span.callers if not c.span.source.library), *stack]
    if isinstance(error, WrongArguments) and stack:
        shows_call = in_library or _called_by_name(error.function, stack[0].span)
        span = stack[0].span if shows_call else span
        over_list = in_library and any(_called_by_name(f, stack[0].span) for f in ("map", "filter"))
        if over_list and error.is_one_for_many:
            error.hint += "; a list of one tuple is `(a, b) :: nil`, as `list((a, b))` is `list(a, b)`"
    within = ""
    if span is None or span.source.library:
        within = "" if span is None else span.definition
        if isinstance(error, NotAFunction):
            error.hint = ""  # it is about a call that is not shown
        elif isinstance(error, NoField):
            error.hint = error.wanted  # the record is the user's, the name the library's
        span = stack[0].span if stack else None  # a library function may have been called from Python
    if isinstance(error, (NoField, NotAFunction, WrongArguments)):
        # what these know besides has been used: whoever catches the error meets a class with a public name
        of_call = isinstance(error, WrongArguments)
        mismatch = error.mismatch
        error = errors.RunError(error.message, hint=error.hint)
        error.of_call, error.mismatch = of_call, mismatch
    error.span = span
    error.stack, error.left_out = tuple(map(_named, stack)), left_out
    if span is not None and span.source.words is not None:
        span.source.words.retell(error, within)
    if isinstance(error, errors.RunError):
        error.mismatch = None
    return error


def _named(caller: Caller) -> Caller:
    """A level of the call stack, its function by the name that its text gives it."""
    words = caller.span.source.words
    return caller if words is None else Caller(words.name(caller.function), caller.span)


def _without_value(error: NameError) -> Error:
    """The error for a top-level name that is used before it has a value: Python knows no such name."""
    span = _span_of(error.__traceback__)
    text = span.source.text if span else ""
    uses = [m for m in re.finditer(r"[^\W\d][\w']*", text) if error.name == f"g_{safe(m[0])}"]
    if span is None or not uses:
        return errors.Bug(f"{type(error).__name__}: {error}")
    # the operation's span may be a part that does not name it: the nearest use is the one
    use = min(uses, key=lambda m: max(m.start() - span.end, span.start - m.end(), 0))
    hint = "it has a value only below its `let`"
    place: Span = Span(span.source, use.start(), use.end())
    if isinstance(span, Inlined):
        place = Inlined(span.source, use.start(), use.end(), span.callers)
    return errors.RunError(f"`{use[0]}` is used before it has a value", place, hint=hint)


def _called_by_name(name: str, call: Span) -> bool:
    words = call.source.words
    if words is None:
        return call.text.split("(")[0].strip() == name
    return re.split(r"[\s()]", call.text.removeprefix("("), maxsplit=1)[0] == words.name(name)


def unit_of(frame: FrameType) -> Unit | None:
    """The unit whose code a frame of Python runs; None for other code."""
    units: dict[str, Unit] = frame.f_globals.get(UNITS, {})
    return units.get(frame.f_code.co_filename)


def continuation_of(frame: FrameType) -> Continuation | None:
    """The continuation that a segment's frame was entered with; None for a run of arithmetic within one."""
    found: Continuation | None = frame.f_locals.get("k")  # the third parameter of a segment (see compile.py)
    return found


def _span_of(trace: TracebackType | None) -> Span | None:
    """The span of the innermost line of compiled code in a traceback."""
    span = None
    while trace is not None:
        unit = unit_of(trace.tb_frame)
        if unit is not None:
            span = unit.spans[trace.tb_lineno - 1] or span
        trace = trace.tb_next
    return span


def _span_within(segment: Any) -> Span | None:
    """What a segment begins with; None where that is a whole function."""
    unit: Unit | None = getattr(segment, "__globals__", {}).get(UNITS, {}).get(segment.__code__.co_filename)
    if unit is None or segment.__name__ in unit.lambdas:
        return None
    return unit.spans[segment.__code__.co_firstlineno - 1]


def _callers(k: Continuation) -> tuple[list[Caller], int, bool]:
    """The user's calls in progress, innermost first; how many are left out in the middle, where there
    are very many; and whether the innermost call of all is the library's.
    """
    found: dict[object, Caller | None] = {}  # by segment
    in_library: bool | None = None
    first: list[Caller] = []
    last: deque[Caller] = deque(maxlen=MOST_CALLERS)
    count = 0
    while k:
        segment = k[0]
        if segment in found:
            caller = found[segment]
        else:
            caller = caller_of(segment)
            if caller is not None:
                in_library = caller.span.source.library if in_library is None else in_library
                caller = None if caller.span.source.library else caller
            found[segment] = caller
        if caller is not None:
            count += 1
            (first if count <= MOST_CALLERS else last).append(caller)
        k = k[1]
    return [*first, *last], count - len(first) - len(last), bool(in_library)


def caller_of(segment: Any) -> Caller | None:
    """The call that a segment waits for; None for segments that are not code of the language."""
    units: dict[str, Unit] = getattr(segment, "__globals__", {}).get(UNITS, {})
    unit = units.get(segment.__code__.co_filename)
    call = unit.calls.get(segment.__name__) if unit is not None else None
    return None if call is None else Caller(*call)
