"""Questions before large operations, and what counts as steps and output: may this thread still use so much?

One call of C cannot be stopped: a product of matrices, an array that is filled. So these ask for what their
sizes say, and the answer is the same each time. Without limits nobody asks, and nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import TypeVar

from vlad_py.ground.budget import asked, late, thread
from vlad_py.ground.errors import LimitError
from vlad_py.ground.memory import as_size

T = TypeVar("T")

LARGE = 10_000_000  # operations, or bytes: below that nobody asks for time or memory
COUNTED = 200_000  # operations: below that they do not count as steps
OPERATIONS_AN_ELEMENT = 10.0  # of an array: what it takes to fill it, or to apply a function to it
OPERATIONS_A_STEP = 1_000  # of a primitive on large arrays: a step of the machine takes about as long
OPERATIONS_A_SECOND = 1e9  # at least, on any machine
MET_AT_ONCE = 1_000  # parts of data, until a walk counts them
PARTS_A_STEP = 10
OF_DATA = "large data take a step for 10 parts"
OF_ARRAYS = "large arrays take a step for 1000 operations"


def check() -> None:
    """LimitError where this thread has used up what it was given: Python code that a program calls may have
    swallowed what told it so.
    """
    if not asked:
        return
    if thread.counting is not None:
        thread.counting.add(0)
    write(0)
    budget = thread.budget
    while budget is not None:
        if budget.reached:
            raise LimitError(budget.reached)
        budget = budget.outer


def ask_memory(count: float) -> None:
    """LimitError if a thread that is about to take so many bytes at once may not have them."""
    budget = thread.budget if asked and count >= LARGE else None
    while budget is not None:
        memory = budget.given.memory
        if memory is not None and count > memory:
            raise LimitError(f"this takes {as_size(count)} of memory, more than {as_size(memory)}")
        budget = budget.outer


def is_memory_limited() -> bool:
    """Whether a limit of memory holds for this thread."""
    budget = thread.budget if asked else None
    while budget is not None:
        if budget.given.memory is not None:
            return True
        budget = budget.outer
    return False


def ask_elements(count: float) -> None:
    """LimitError if a thread may not fill an array of so many elements at once."""
    ask_memory(8.0 * count)
    ask_work(OPERATIONS_AN_ELEMENT * count)


def ask_work(operations: float) -> None:
    """LimitError if a thread may not do so much at once, as one call that cannot be stopped. They count as
    steps; of a limit of time they may take what is left, on a slow machine.
    """
    if operations < COUNTED or not asked:
        return
    if thread.counting is not None:
        thread.counting.add(int(operations // OPERATIONS_A_STEP), OF_ARRAYS)
    budget = thread.budget if operations >= LARGE else None
    while budget is not None:
        if budget.deadline is not None:
            left = budget.deadline - monotonic()
            if operations / OPERATIONS_A_SECOND > left:
                assert budget.given.seconds is not None
                message = late(budget.given.seconds).replace("ran", "would run")
                raise LimitError(message, hint=f"this takes about {operations:.2g} operations")
        budget = budget.outer


def take(steps: int, hint: str) -> None:
    """Counts the turns of a Python loop, each of which takes about as long as a step. LimitError where they
    are too many; the hint says what takes them.
    """
    if asked and thread.counting is not None:
        thread.counting.add(steps, hint)


def uncounted(action: Callable[[], T]) -> T:
    """The result of an action whose steps do not count: it makes code, which no program asks for."""
    before = thread.counting
    try:
        thread.counting = None
        return action()
    finally:
        thread.counting = before


def meet(parts: int) -> None:
    """Counts parts of data that a walk meets. LimitError where they are too many steps."""
    take(parts // PARTS_A_STEP, OF_DATA)


def counted(parts: Iterable[T]) -> Iterator[T]:
    """The parts of data, counted as a walk meets them."""
    for number, part in enumerate(parts, 1):
        yield part
        if not number % MET_AT_ONCE:
            meet(MET_AT_ONCE)


def write(characters: int) -> None:
    """Counts what is written. LimitError where that is too much."""
    budget = thread.budget if asked else None
    while budget is not None:
        if budget.given.output is not None:
            budget.written += characters
            if budget.written > budget.given.output:
                raise LimitError(f"wrote more than {budget.given.output} characters")
        budget = budget.outer
