"""Python functions that programs call: how deep they may call one another, and what holds in their threads.

Python gives a thread a copy of the context if it is asked to, as `asyncio.to_thread` does. The context names
the run that has called Python, so what the thread computes keeps the limits of that run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import NamedTuple, TypeVar

from vlad_py.ground.budget import Budget, Counting, asked, spend_like, thread
from vlad_py.ground.errors import LimitError

T = TypeVar("T")

MOST_OUTSIDE = 200  # Python functions in progress, each called by a program


class Around(NamedTuple):
    """The run that has called Python: its thread, budget and counter of steps."""

    thread: int
    budget: Budget | None
    counting: Counting | None


_run: ContextVar[Around | None] = ContextVar("vlad limits", default=None)


def outside(call: Callable[[], T]) -> T:
    """The result of a Python function that a program calls. LimitError if such calls are nested too deeply:
    each takes some of C's stack.
    """
    before = thread.outside
    if before >= MOST_OUTSIDE:
        raise overflow()
    run = _run.set(Around(threading.get_ident(), thread.budget, thread.counting)) if asked else None
    try:
        thread.outside = before + 1
        return call()
    except RecursionError:
        if not before:  # a recursion of its own
            raise
        raise overflow() from None
    finally:
        thread.outside = before
        if run is not None:
            _run.reset(run)


def around() -> Around | None:
    """The run in another thread whose Python function has started this one, and whose limits this thread does
    not keep yet.
    """
    found = _run.get() if asked else None
    if found is None or found.thread == threading.get_ident() or thread.around is found:
        return None
    return found


def kept(run: Around, action: Callable[[], T]) -> T:
    """The result of an action within the limits left to a run in another thread. Raises as `spend` does."""
    before = thread.around, thread.budget, thread.counting
    try:
        thread.around, thread.budget, thread.counting = run, run.budget, run.counting
        budget = run.budget
        while budget is not None:
            action = partial(spend_like, budget, budget.given, action)
            budget = budget.outer
        return action()
    finally:
        thread.around, thread.budget, thread.counting = before


def overflow(alone: str = "differentiations are nested too deeply") -> LimitError:
    """The error for a full Python stack; `alone` is its message if no program has called Python."""
    if thread.outside:
        message = "Python functions and the program call one another too deeply"
        return LimitError(message, hint="does the recursion end?")
    return LimitError(alone)
