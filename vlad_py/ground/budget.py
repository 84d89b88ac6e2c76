"""What a thread may still use: time, memory and output.

Time and memory are measured from outside. A thread of this file looks at the clock, and at the memory of the
process, and stops a thread that has used up what it was given: it raises Exhausted there, at the next
bytecode, as Ctrl-C raises KeyboardInterrupt. So a limit holds wherever Ctrl-C does: in parsing, in a walk
through data, in a loop of native code. Without such limits there is no such thread, and nothing is measured.

One call of C cannot be stopped; see asking.py.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import Protocol, TypeVar

from vlad_py.ground.errors import Error, Interrupted, LimitError
from vlad_py.ground.memory import as_size, resident

T = TypeVar("T")

BETWEEN_LOOKS = 0.01  # seconds, while memory is limited
AGAIN = 0.2  # seconds until a thread is stopped once more, where something swallowed the first time
LATE = "ran for more than {:g} second{}"
LARGER = "took more than {} of memory"
IMPORTING = "<frozen importlib._bootstrap>"  # the file of Python's functions that import modules


class Exhausted(KeyboardInterrupt):
    """Raised anywhere in a thread that has used up its time or its memory; see `stopped`."""


class Allowed(Protocol):
    """What a budget is made from; None: no limit."""

    @property
    def seconds(self) -> float | None:
        """By the clock."""

    @property
    def memory(self) -> int | None:
        """Bytes."""

    @property
    def output(self) -> int | None:
        """Characters."""


class Counting(Protocol):
    """What counts the steps of a run."""

    def add(self, steps: int, hint: str = "") -> None:
        """Counts steps, before they are taken. LimitError where they are too many; the hint says of what."""


FOREVER = 1e9  # seconds: locks cannot wait much longer, and larger integers may not fit into a float


class Budget:
    """What a thread was given, and has used. `outer` is the budget that it had before."""

    __slots__ = ("before", "deadline", "frame", "given", "outer", "reached", "thread", "told", "written")

    def __init__(self, given: Allowed, outer: Budget | None, frame: FrameType) -> None:
        self.given = given
        self.outer = outer
        self.frame: FrameType | None = frame  # of whoever holds the budget
        self.thread = threading.get_ident()
        self.deadline = None if given.seconds is None else monotonic() + min(given.seconds, FOREVER)
        self.before = 0 if given.memory is None else resident()
        self.written = 0
        self.reached = ""  # the message, once something is used up
        self.told = False  # whether an error has said so

    def look(self) -> None:
        """Looks whether something is used up."""
        given = self.given
        if self.deadline is not None and monotonic() >= self.deadline:
            assert given.seconds is not None
            self.reached = late(given.seconds)
        elif self.thread in _whole or given.memory is None:
            return  # in `whole`, a library takes memory, which is not the program's
        elif resident() - self.before > given.memory:
            self.reached = LARGER.format(as_size(given.memory))


def late(seconds: float) -> str:
    """What is said of a run that took so long."""
    return LATE.format(seconds, "" if seconds == 1.0 else "s")


class _Thread(threading.local):
    """The state of a thread: its budget, the counter of its run's steps, the number of Python functions in
    progress that programs have called, and the run of another thread whose limits it keeps.
    """

    budget: Budget | None = None
    counting: Counting | None = None
    outside: int = 0
    around: object = None


thread = _Thread()
_held: set[Budget] = set()  # of all threads
_whole: set[int] = set()  # threads that must not be stopped now
asked: list[None] = []
"""One for each budget and each limit of steps that a thread has. If it is empty, no operation asks."""


def asking(action: Callable[[], T]) -> T:
    """The result of an action with a limit of steps: an operation that does much at once asks first."""
    asked.append(None)
    try:
        return action()
    finally:
        asked.pop()


def spend(given: Allowed | None, action: Callable[[], T]) -> T:
    """What an action gives that may use so much. What this thread was given before holds on.

    Raises LimitError where it uses more, and whatever the action raises.
    """
    outer = thread.budget
    is_limited = given is not None and any(x is not None for x in (given.seconds, given.memory, given.output))
    if not is_limited or (outer is not None and outer.given is given):
        return action()
    assert given is not None
    return spend_like(None, given, action)


def spend_like(like: Budget | None, given: Allowed, action: Callable[[], T]) -> T:
    """Like `spend`. The budget continues one of another thread, if it is given."""
    budget = Budget(given, thread.budget, sys._getframe())
    if like is not None:
        budget.deadline, budget.before = like.deadline, like.before
    try:
        try:
            _hold(budget)
            return action()
        finally:
            _release(budget)
    except Exhausted:
        _release(budget)  # once more: it may have been raised on the way into the first
        if budget.reached:
            raise LimitError(budget.reached) from None
        raise
    finally:
        budget.frame = None


def stopped(error: KeyboardInterrupt) -> Error:
    """The error for whatever has stopped this thread: a limit, or the user."""
    for budget in _budgets():
        if budget.reached:
            budget.told = True
            return LimitError(budget.reached)
    return LimitError("ran out of time or memory") if isinstance(error, Exhausted) else _by_user()


def _by_user() -> Error:
    return Interrupted("stopped by the user")


def whole(action: Callable[[], T]) -> T:
    """What an action gives that must not be stopped half way: numpy that is imported, LLVM that is called.
    Until it ends, a limit and Ctrl-C wait. The memory that it takes is not the program's.
    """
    stops: list[tuple[int, FrameType | None]] = []
    handler = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread() and callable(handler)
    me = threading.get_ident()
    if me in _whole:
        return action()
    limited = [budget for budget in _budgets() if budget.given.memory is not None]
    size = resident() if limited else 0
    try:
        if is_main:
            signal.signal(signal.SIGINT, lambda *stop: stops.append(stop))
        with _lock:
            _whole.add(me)
        _pause()  # what has been raised in this thread until now arrives here
        return action()
    finally:
        for budget in limited:
            budget.before += max(resident() - size, 0)
        _whole.discard(me)
        if is_main:
            signal.signal(signal.SIGINT, handler)
        if stops and callable(handler):
            handler(*stops[0])


def _budgets() -> Iterator[Budget]:
    """The budgets of this thread, the innermost first."""
    budget = thread.budget
    while budget is not None:
        yield budget
        budget = budget.outer


def _pause() -> None:
    """A call in which Python raises the pending exception."""


# ── the thread that looks ────────────────────────────────────────────────────────────────────

# Locks of C only: an exception that comes while a class of Python takes one would leave it taken.
_lock = threading.Lock()
_waiting = threading.Lock()  # free as soon as there is something new to look at
_looking: list[threading.Thread] = []  # the thread that looks


def _hold(budget: Budget) -> None:
    given = budget.given
    asked.append(None)
    thread.budget = budget
    with _lock:
        _held.add(budget)
    if given.seconds is not None or given.memory is not None:
        if not _looking or not _looking[0].is_alive():  # it dies with a fork
            _whole.add(budget.thread)
            try:
                _looking[:] = [threading.Thread(target=_look, name="vlad limits", daemon=True)]
                _looking[0].start()
                _be_quiet()
            finally:
                _whole.discard(budget.thread)
        _wake()


def _wake() -> None:
    """The thread that looks has something new to look at."""
    with suppress(RuntimeError):  # it is awake
        _waiting.release()


_before = [sys.unraisablehook]  # what tells of exceptions that nobody can catch


def _be_quiet() -> None:
    """Python no longer writes to standard error that Exhausted came where no exception can be raised, as in a
    destructor: it comes again.
    """
    if sys.unraisablehook is not _tell:
        _before[0] = sys.unraisablehook
        sys.unraisablehook = _tell


def _tell(raised: sys.UnraisableHookArgs) -> None:
    if raised.exc_type is not Exhausted:
        _before[0](raised)


def _release(budget: Budget) -> None:
    """The thread has again what it had before. Exhausted does not come any more, once this ends."""
    if thread.budget is budget:
        asked.pop()
    thread.budget = budget.outer
    while True:
        try:
            with _lock:
                _held.discard(budget)
            if budget.reached:
                _let_it_come()
            break
        except Exhausted:
            continue


def _let_it_come() -> None:
    """The Exhausted that is on its way to this thread comes, and ends here.

    It is not taken back: CPython before 3.13 then still expects it, for ever, and where a debugger or a
    profiler traces, the next call would wait for it.
    """
    try:
        _raise_in(threading.get_ident(), Exhausted)
        while True:
            pass
    except Exhausted:
        return


def _look() -> None:
    """Looks at all budgets, for as long as the process lives."""
    again: dict[Budget, float] = {}
    while True:
        try:
            wait = _stop_exhausted(again)
        except MemoryError:  # whoever used up the memory gets an error too; this thread must go on
            wait = BETWEEN_LOOKS
        _waiting.acquire(timeout=-1 if wait is None else wait)


def _stop_exhausted(again: dict[Budget, float]) -> float | None:
    """Stops the threads that have used up their budgets. Gives the seconds until the next look, None if
    only a new budget needs one. `again` says when a thread that was stopped before is stopped once more.
    """
    with _lock:
        now = monotonic()
        for budget in tuple(_held):
            if not budget.reached:
                budget.look()
            is_due = budget.reached and not budget.told and now >= again.get(budget, 0.0)
            if is_due and not _must_not_be_stopped(budget.thread):
                if budget in again and not _is_running(budget):
                    _held.discard(budget)
                    continue
                again[budget] = now + AGAIN
                _raise_in(budget.thread, Exhausted)
        for budget in again.keys() - _held:
            del again[budget]
        return _until_next(now)


def _until_next(now: float) -> float | None:
    """How long nothing has to be looked at."""
    due: list[float] = []
    for budget in _held:
        if budget.reached:
            due += [] if budget.told else [BETWEEN_LOOKS if _must_not_be_stopped(budget.thread) else AGAIN]
        else:
            due += [] if budget.deadline is None else [max(budget.deadline - now, 0.0)]
            due += [] if budget.given.memory is None else [BETWEEN_LOOKS]
    return min(due, default=None)


def _must_not_be_stopped(thread: int) -> bool:
    """Whether a thread is in `whole`, or imports a module: stopped there, it would leave the module's lock
    taken, and other threads would wait for ever.
    """
    return thread in _whole or any(frame.f_code.co_filename == IMPORTING for frame in _stack(thread))


def _is_running(budget: Budget) -> bool:
    """Whether whoever holds a budget is still on the stack of its thread."""
    return any(frame is budget.frame for frame in _stack(budget.thread))


def _stack(thread: int) -> Iterator[FrameType]:
    """The frames of a thread, the innermost first."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Raises an error in a thread, at its next bytecode."""
    import ctypes  # only here: without limits nobody needs it

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
