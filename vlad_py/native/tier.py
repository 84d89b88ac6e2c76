"""Decides when a session compiles to native code, at calls and during runs.

A function of the language is entered by its first segment. A hook stands in its place: it looks at the kinds
of the environment and the argument, and gives what the native code gives, or goes on into the interpreted
segment. So the machine does not know, and every call may be of either tier. A call that leaves its native
code is interpreted from its beginning: the interpreter says what is wrong.

A tier that waits hooks a function only once it has turned out to be hot. It looks at the run every few
milliseconds, and counts for each function how long it has been in progress. After as long as compiling takes,
the next call is compiled. The derivative operators are hooked from the beginning, and remember their calls:
one that is in progress is taken over, and a long one counts itself as it ends. A unit is pure, so its call
may begin again, as machine code, and what was interpreted of it is forgotten. Only the processor's time of
this thread counts, so other processes change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from functools import cache, partial
from itertools import chain
from sys import _getframe
from threading import local
from time import thread_time
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias

from vlad_py.execution.limits import MOST_CALLS, Limits
from vlad_py.execution.looking import LOOKER, Instead
from vlad_py.execution.machine import Paused
from vlad_py.execution.runtime import iterate
from vlad_py.execution.unit import UNITS, Unit
from vlad_py.ground.budget import whole
from vlad_py.native.effort import MOST_OPS
from vlad_py.native.entry import NOTHING, Entry, returned, timed
from vlad_py.native.known import may_differentiate
from vlad_py.native.tables import Attempt
from vlad_py.values.values import Continuation, Range, Step, Value

if TYPE_CHECKING:
    from vlad_py.native.calling import Native

EARLY, PART = 0.4, 0.25  # compiling takes so many seconds of a run at most, and this part of the others
EARLY_LOST, PART_LOST = 0.06, 0.1  # likewise for attempts in vain, before there is another one
MOST_TOO_LARGE, PART_TOO_LARGE = 3, 0.1  # attempts that may be too large; more for each that is not
FEWER_OPS = MOST_OPS // 20  # that a unit may have once more of them were too large
BETWEEN_LOOKS = 0.01  # seconds of a run
LATE = 0.02  # seconds that a look may be late: a longer step imports something, or is one of numpy's
SHARE = 20  # looking takes at most the SHARE-th part of the time
TURNS = 8192  # of a loop within one step, between two looks
FIRST_TURNS = range(TURNS)
Listener = Callable[[Attempt], object]  # is told of every attempt to compile
Compiler: TypeAlias = "tuple[Callable[[Value], Hashable], type[Native]]"


class Tier:
    """When a session compiles: every call the first time or, if it `waits`, only the calls that are hot.

    It is a `machine.Looker`.
    """

    def __init__(self, *, waits: bool = False) -> None:
        self.waits = waits
        self.listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
        self.taken = 0  # kinds of calls that have native code
        self.entered = 0  # calls that ran natively to their end
        self.compiling = 0.0  # seconds that went into compiling
        self.has_compiler = False
        self.lost = 0.0  # those of them that gave no code
        self.saved = 0.0  # seconds that native code has saved, about
        self.too_large = 0  # attempts that turned out to be too large
        self.clock = 0.0  # seconds that runs have taken, compiling included
        self.looked = 0.0  # when a look was last taken, by this clock less what went into compiling
        self.due = BETWEEN_LOOKS  # when to look again
        self.due_in = BETWEEN_LOOKS  # seconds from the last look to that
        self._threads = _Thread()

    def names(self) -> dict[str, Any]:
        """The names of compiled code that the tier gives."""
        if not self.waits:
            return {LOOKER: self}
        # a loop with a condition asks for `turns`: partial and chain run no Python code if it ends early
        return {LOOKER: self, "iterate": self.iterate, "turns": partial(chain, FIRST_TURNS, _Later(self))}

    def hook(self, unit: Unit, namespace: dict[str, Any]) -> None:
        """Looks at the functions of a text that was just linked."""
        for name, function in unit.lambdas.items():
            if name == unit.main:
                continue
            if not self.waits:
                Entry.of(self, namespace, name).install()
            elif may_differentiate(function.code):
                Entry.of(self, namespace, name, remembers=True).install()

    # ── the limits of the run ────────────────────────────────────────────────────────────────

    @property
    def is_on(self) -> bool:
        """Whether the limits of the run allow native code, which does not count steps."""
        limits = self._threads.limits
        return limits is None or limits.steps is None

    @property
    def may_recur(self) -> bool:
        """Whether native code may recur, since it does not count calls in progress."""
        limits = self._threads.limits
        return limits is None or limits.depth is None or limits.depth >= MOST_CALLS

    # ── looking at runs ──────────────────────────────────────────────────────────────────────

    def begin(self, state: Paused, limits: Limits | None) -> Paused:
        """A run begins."""
        thread = self._threads
        thread.outer.append(thread.limits)
        thread.limits = limits
        if len(thread.outer) == 1:
            thread.began = thread_time()
        return self._looked(state, self.clock) if self.waits and self.clock >= self.due else state

    def limit(self, limits: Limits) -> None:
        """The run has other limits from now on."""
        self._threads.limits = limits

    def end(self) -> None:
        """A run has ended."""
        thread = self._threads
        thread.limits = thread.outer.pop()
        if not thread.outer:
            self.clock += thread_time() - thread.began

    def may_compile(self, seconds: float, *, again: bool) -> bool:
        """Whether a tier that waits may make an attempt that takes so many seconds at most. Where it is one
        `again`, with more time than before, a sixth of that may be lost.
        """
        own = self._now() - self.compiling
        left = EARLY + PART * own - self.compiling
        not_saved = max(self.compiling - self.lost - self.saved, 0.0)
        left_to_lose = EARLY_LOST + PART_LOST * own - self.lost - not_saved
        return left >= seconds and left_to_lose > (seconds / 6 if again else 0.0)

    @property
    def most_ops(self) -> int:
        """How many operations a unit may have. They are fewer if attempts were too large again and again: a
        program that is differentiated in many ways may be too large in each. A tier that waits counts the
        seconds that it loses instead.
        """
        is_often = not self.waits and self.too_large > MOST_TOO_LARGE + PART_TOO_LARGE * self.taken
        return FEWER_OPS if is_often else MOST_OPS

    def compiler(self) -> Compiler:
        """What compiles. To load it takes as long as an attempt, and counts as one in vain."""
        if not self.has_compiler:
            self.has_compiler = True
            began = thread_time()
            compiler()
            took = thread_time() - began
            self.compiling += took
            self.lost += took
        return compiler()

    def _now(self) -> float:
        return self.clock + thread_time() - self._threads.began

    def look(self, state: Paused) -> Paused:
        """A run has made some steps: from time to time, what is in progress is counted."""
        if not self.waits:
            return state
        now = self._now()
        return state if now < self.due else self._looked(state, now)

    def _looked(self, state: Paused, now: float) -> Paused:
        segment, env, x, k = state.step
        try:
            return self._counted([segment], k, now) or state
        except (KeyboardInterrupt, MemoryError, RecursionError) as error:
            return Paused((_raising(error), env, x, k))  # within a step, where the machine gives it its place

    def ended(self, call: Continuation, took: float) -> Step | None:
        """A call of an operator has ended, after so many seconds by the clock. Counts those that no look has
        counted: between few steps of the machine there may be no look. Gives the step with which the run goes
        on, if an outer call was taken over.
        """
        entry, env, argument, *_ = call[3:]
        now = self._now()
        if self.is_on:
            unseen = now - self.compiling - self.looked
            table = entry.count_call(env, argument, min(took, unseen, BETWEEN_LOOKS + LATE))
            table.interpreted_seconds = took
        state = None if now < self.due else self._counted([], call[1], now)
        return None if state is None else state.step

    def _within(self, frame: FrameType | None) -> None:
        """As `look`, within a step. Raises Instead where the run goes on elsewhere."""
        now = self._now()
        if now < self.due or frame is None or UNITS not in frame.f_globals:
            return
        given = frame.f_locals
        name, k = frame.f_code.co_name, given["k"]
        state = self._counted([frame.f_globals[name]], k, now)
        if state is None and name in frame.f_globals[UNITS][frame.f_code.co_filename].lambdas:
            # the function itself is in its first segment, which has its environment and its argument
            entry = Entry.of(self, frame.f_globals, name)
            value = entry.take_over(given["env"], given[frame.f_code.co_varnames[1]], 0.0)
            state = None if value is NOTHING else Paused((k[0], k, value, k[1]))
        if state is not None:
            raise Instead(state.step)

    def _counted(self, segments: list[Any], k: Continuation, now: float) -> Paused | None:
        """Counts the time since the last look for what is in progress. Gives the state after a call that was
        taken over, the outermost one if there are several.
        """
        spent = min(now - self.compiling - self.looked, self.due_in + LATE)
        calls: list[Continuation] = []  # of operators, the innermost first
        found: dict[Any, None] = dict.fromkeys(segments)
        while k:
            if k[0] is returned or k[0] is timed:
                calls.append(k)
            else:
                found[k[0]] = None
            k = k[1]
        walked = self._now() - now
        result: Paused | None = None
        if self.is_on:
            for segment in found:
                entry = self._entry(segment)
                if entry is not None:
                    entry.count(spent)
            for call in reversed(calls):
                entry, env, argument, _, is_tried = call[3:]
                value = entry.take_over(env, argument, spent, is_tried)
                if value is not NOTHING:
                    after = call[1]
                    result = Paused((after[0], after, value, after[1]))
                    break
        end = self._now()
        self.looked = end - self.compiling
        self.due_in = max(BETWEEN_LOOKS, SHARE * walked)
        self.due = end + self.due_in
        return result

    def _entry(self, segment: Any) -> Entry | None:
        """The function that a segment is of; None where it is none of a program."""
        namespace = getattr(segment, "__globals__", {})
        unit: Unit | None = namespace.get(UNITS, {}).get(segment.__code__.co_filename) if namespace else None
        if unit is None:
            return None
        name: str = segment.__name__
        if name not in unit.lambdas:
            name = name.rpartition("_")[0]
        if name not in unit.lambdas or name == unit.main or namespace.get(LOOKER) is not self:
            return None
        return Entry.of(self, namespace, name)

    # ── loops within one step ────────────────────────────────────────────────────────────────

    def iterate(self, sequence: Value) -> Iterator[Value]:
        """As `runtime.iterate`, with looks on the way through a long range."""
        if type(sequence) is Range and type(sequence.low) is float and sequence.size > TURNS:
            low = sequence.low
            if low.is_integer() and abs(low) + sequence.size < 2.0**53:
                return chain.from_iterable(self._pieces(int(low), int(low) + int(sequence.size)))
        return iterate(sequence)

    def _pieces(self, low: int, high: int) -> Iterator[Iterator[float]]:
        for start in range(low, high, TURNS):
            yield map(float, range(start, min(start + TURNS, high)))
            self._within(_getframe(1))

    def later(self) -> Iterator[range]:
        """The turns of a loop with a condition after the FIRST_TURNS, with looks on the way."""
        while True:
            self._within(_getframe(1))
            yield FIRST_TURNS


@cache
def compiler() -> Compiler:
    """What compiles. It is loaded late: programs that end at once compile nothing."""

    def load() -> Compiler:
        from vlad_py.native.calling import Native
        from vlad_py.native.kinds import kind_of_plain

        return kind_of_plain, Native

    return whole(load)


class _Later:
    """Makes the iterator of the later turns only once a loop asks for it: most loops end before that."""

    def __init__(self, tier: Tier) -> None:
        self.tier = tier

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.tier.later())


def _raising(error: BaseException) -> Callable[..., Step]:
    """A segment that raises an error."""

    def segment(_: object, __: Value, ___: Continuation) -> Step:
        raise error

    return segment


class _Thread(local):
    """What a thread runs: the limits of the innermost run, those of the ones around it, when it began."""

    def __init__(self) -> None:
        self.limits: Limits | None = None
        self.outer: list[Limits | None] = []
        self.began = 0.0
