"""The machine's loop: runs segments one after another, and places every error in the source.

A state of the machine is a step: the next segment, its environment, a value, the continuation. All
of it is immutable, so a paused state may be resumed any number of times, with the same result.
"""

from __future__ import annotations

import sys
from functools import partial
from gc import disable, enable, isenabled

from vlad_py.differentiation.checkpoints import run_by
from vlad_py.differentiation.tags import EVERY, outermost_batch
from vlad_py.execution.collector import holders
from vlad_py.execution.limits import MOST_CALLS, STEPS_BETWEEN_CHECKS, Limits, tightest
from vlad_py.execution.looking import LOOKER, STEPS_BETWEEN_LOOKS, UNEVEN, Instead, Looker
from vlad_py.execution.placing import placed, span_within, without_value
from vlad_py.execution.runtime import apply
from vlad_py.execution.tightening import Tightening
from vlad_py.ground import budget, errors, outside
from vlad_py.ground.errors import Error
from vlad_py.ground.late_numpy import quiet
from vlad_py.ground.node import record, replaced
from vlad_py.numbers.each.each import Unbatched
from vlad_py.values.values import Closure, Continuation, Step, Value

SPARE = 4 << 20  # bytes

_spare: list[bytearray] = []  # memory to give back when there is no other left, so that it can be told


@record
class Paused:
    """A state between two steps. `limits` are new ones, which came with a value and hold from here on.
    `steps` is how many it took, where it did not take all of the last fuel.
    """

    step: Step
    limits: Limits | None = None
    steps: int | None = None


class _Halt(Exception):
    """Raised by the last step of a run, with the value."""


def _halt(_: object, value: Value, __: Continuation) -> Step:
    raise _Halt(value)


def start(function: Value, argument: Value) -> Paused:
    """The state in which a function is about to be called. RunError if it is none."""
    return Paused(apply(function, argument, (_halt, None, ())))


def run(function: Value, argument: Value, limits: Limits | None = None) -> Value:
    """The value of a call. Raises errors.Error, placed in the source, with the call stack."""
    if budget.asked and (outer := outside.around()) is not None:
        return outside.kept(outer, partial(run, function, argument, limits))
    if limits is not None and (
        limits.seconds is not None or limits.memory is not None or limits.output is not None
    ):
        held = budget.thread.budget
        if held is None or held.given is not limits:
            return budget.spend(limits, partial(run, function, argument, limits))
    if not _spare:
        _spare.append(bytearray(SPARE))
    paused = start(function, argument)
    looker: Looker | None = function.enter.__globals__.get(LOOKER) if type(function) is Closure else None
    thread = budget.thread
    before = thread.counting
    if limits is not None and type(before) is _Count:
        count = before.inside(limits)
        limits = count.limits
    else:
        count = _Count(limits or Limits())
    begun = count.done
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
            thread.counting = count
            try:
                if limits is None or limits.steps is None:
                    ended = _limited(paused, count, looker)
                else:
                    ended = budget.asking(partial(_limited, paused, count, looker))
            finally:
                thread.counting = before
                if type(before) is _Count:
                    before.done += count.done - begun
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


def is_counted() -> bool:
    """Whether a run with a limit of steps has called Python, in this thread or in the one that started it."""
    run = outside.around()
    count = budget.thread.counting if run is None else run.counting
    return type(count) is _Count and count.limits.steps is not None


def run_inside(function: Value, argument: Value) -> Value:
    """The value of a call that a sweep makes, which is itself part of a run and keeps that run's limits.

    Raises errors.Error, placed in the source.
    """
    state = Paused(apply(function, argument, (_halt, None, EVERY)))
    count = budget.thread.counting
    ended = _limited(state, count) if type(count) is _Count else _unlimited(state)
    assert type(ended) is Finished
    return ended.value


run_by(run_inside)


@record
class Finished:
    """The value of a finished run, and how many steps of the last fuel it took."""

    value: Value
    steps: int = 0


class _Count:
    """The limits of a run, and how many steps it has taken, those of calls that its sweeps make included,
    and those of runs that Python functions begin meanwhile.
    """

    __slots__ = ("done", "limits")

    def __init__(self, limits: Limits, done: int = 0) -> None:
        self.limits = limits
        self.done = done

    def inside(self, limits: Limits) -> _Count:
        """The count of a run that a Python function begins, which this run calls: it keeps both limits."""
        mine = self.limits
        if mine.steps is None and (mine.depth is None or mine is limits):
            return _Count(limits)
        both = tightest(limits, Limits(depth=mine.depth))
        if mine.steps is None or (limits.steps is not None and limits.steps <= mine.steps - self.done):
            return _Count(both)
        return _Count(replaced(both, steps=mine.steps), self.done)

    def add(self, steps: int, hint: str = "") -> None:
        """As budget.Counting has it."""
        self.done += steps
        most = self.limits.steps
        if most is not None and self.done > most:
            raise errors.LimitError(f"more than {most} steps", hint=hint)


def _unlimited(state: Paused) -> Paused | Finished:
    """Runs a state to the end; without limits, unless some come with a value."""
    end = advance(state, None)
    if type(end) is Finished:
        return end
    assert isinstance(end, Paused)
    before = budget.thread.counting
    budget.thread.counting = count = _Count(Limits())
    try:
        return _limited(end, count)
    finally:
        budget.thread.counting = before


def _limited(paused: Paused, count: _Count, looker: Looker | None = None) -> Paused | Finished:
    limits = count.limits
    state: Paused | Finished = paused
    unseen = 0  # how many steps until the depth is looked at
    if limits.steps is None and paused.limits is None:
        # most runs are over before the depth is looked at; a looker changes nothing of when that is
        unseen = max(limits.depth or 0, STEPS_BETWEEN_CHECKS)
        if looker is None:
            state, unseen = advance(paused, unseen), 0
            if type(state) is Finished:
                return state
    more = 0
    while isinstance(state, Paused):
        if state.limits is not None:
            if count.limits.steps is None:
                count.done = 0
            before, count.limits = count.limits, tightest(count.limits, state.limits)
            counts = count.limits.steps is not None and before.steps is None  # as nothing did before
            unseen = 0
            if looker is not None:
                looker.limit(count.limits)
            rest = partial(_limited, Paused(state.step), count, looker)
            if count.limits.is_measured and count.limits != before:
                return budget.spend(count.limits, partial(budget.asking, rest) if counts else rest)
            if counts:
                return budget.asking(rest)
        limits = count.limits  # which a call inside may have tightened
        if limits.steps is not None and count.done >= limits.steps:
            count.done = limits.steps + 1  # so that `check` knows, should Python code swallow the error
            limit = errors.LimitError(f"more than {limits.steps} steps", span_within(state.step[0]))
            raise placed(limit, state.step[3])
        if limits.depth is not None and unseen <= 0:
            depth = _depth(state.step[3])
            if depth > limits.depth:
                hint = "does the recursion end?"
                if limits.depth == MOST_CALLS:
                    hint += " `--max-depth N`, in Python `vlad.Limits(depth=N)`, allows more calls"
                raise placed(
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
        count.done += turn if state.steps is None else state.steps
        unseen -= turn
        if looker is not None and isinstance(state, Paused) and state.limits is None:
            state = looker.look(state)
    return state


FAILED = "an item has an error"


def under(tag: int, k: Continuation | None) -> Continuation | None:
    """The frame that waits for the call under which a tag came to be live; None if it is not."""
    while k is not None:
        live = k[2]
        if live and live[0] == tag and k[1] is not None and k[1][2] is live[1]:
            return k
        k = k[1]
    return None


def resumed(frame: Continuation, value: Value) -> Step:
    """The step that gives a value to a frame."""
    return frame[0], frame, value, frame[1]


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
        return Finished(halt.args[0], taken)
    except Unbatched as refusal:
        frame = under(refusal.tag, k)
        if frame is None:  # it is that of a run around this one
            raise
        return Paused(resumed(frame, refusal), steps=taken)
    except Tightening as tightening:  # a step that is none of the program's
        return Paused((k[0], k, x, k[1]), tightening.limits, taken)
    except Instead as other:
        return Paused(other.step)
    except Error as error:
        if isinstance(error, errors.RunError) and (tag := outermost_batch(k[2])) is not None:
            frame = under(tag, k)
            assert frame is not None
            return Paused(resumed(frame, Unbatched(tag, FAILED)), steps=taken)
        failure, trace = error, error.__traceback__
    except OSError:
        raise  # of whoever takes the output
    except KeyboardInterrupt as error:
        failure, trace = budget.stopped(error), error.__traceback__
    except RecursionError as error:
        failure, trace = outside.overflow(), error.__traceback__
    except MemoryError as error:
        _spare.clear()
        failure, trace = errors.LimitError("out of memory"), error.__traceback__
    except NameError as error:
        failure, trace = without_value(error), error.__traceback__
    except Exception as error:
        failure, trace = errors.Bug(f"{type(error).__name__}: {error}"), error.__traceback__
        failure.__cause__ = error
    raise placed(failure, k, trace).with_traceback(None)
