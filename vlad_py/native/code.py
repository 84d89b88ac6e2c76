"""Machine code, called with reals, in a context of its own."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from struct import Struct
from typing import Any, NoReturn

from vlad_py.ground.late_numpy import np
from vlad_py.ground.memory import can_reserve, machine_memory
from vlad_py.native.arena import Lists
from vlad_py.native.back import Back
from vlad_py.native.constants import Data
from vlad_py.native.exits import Full, Invalid, Left, NoStack, raise_kept
from vlad_py.native.progressing import Loop
from vlad_py.native.status import (
    ARRAYS,
    HEADER,
    LEFT,
    NO_ROOM,
    NO_STACK,
    NO_TAPE,
    PYTHON,
    RAISED,
    ROOM_END,
    STOP,
    STOPPED,
    WORDS_OF_TAPE,
)
from vlad_py.native.storage import ALIGNED

NEAR = 200 << 10  # bytes of the stack of whatever thread calls
BETWEEN_LOOKS = 0.05  # seconds, while another thread runs
DEEP = 1 << 30  # bytes of stack, reserved, of the thread on which deep recursion runs again
SPARE = 1 << 20  # of them that stay free
MOST_TAPE = 1 << 30  # bytes, before long loops are swept in pieces
LARGEST_TAPE = max(MOST_TAPE, machine_memory() // 4)  # bytes, where pieces do not help
KEPT_TAPE = 64 << 20  # bytes of a tape that stay for the next call

REASONS = {
    LEFT: "a guard did not hold",
    NO_STACK: "the recursion is too deep",
    NO_TAPE: "the tape, or the lists, are too long",
    NO_ROOM: "the arrays of the recursion are too many",
}
EXITS: dict[int, type[Left]] = {NO_TAPE: Full, NO_STACK: NoStack}  # of exits that are more than Left

_floating = ctypes.CDLL(None)
FE_INVALID = 1


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _turn() -> None:
    """Native code calls this to give Python its turn. It raises the exception that a callback has kept."""
    raise_kept()


# what gives Python its turn, in the order of `emit.POLL`
_python = [
    *(
        _address(function)
        for function in (
            ctypes.pythonapi.PyGILState_Ensure,
            ctypes.pythonapi.PyObject_CallNoArgs,
            ctypes.pythonapi.PyErr_Fetch,
            ctypes.pythonapi.PyGILState_Release,
            ctypes.pythonapi.Py_DecRef,
        )
    ),
    id(_turn),
]


def _raise_again(words: Any) -> NoReturn:
    """Raises what a handler of a signal has raised while native code ran."""
    restore = ctypes.pythonapi.PyErr_Restore
    restore.argtypes = [ctypes.c_void_p] * 3
    restore.restype = None
    raised = words[RAISED : RAISED + 3]
    words[RAISED : RAISED + 3] = (0, 0, 0)
    restore(*(pointer or None for pointer in raised))
    raise KeyboardInterrupt


class Context:
    """The memory of one call, kept for the next: the context of `emit.py`, parameters, results.

    `put` writes the parameters, `call` runs the code and gives the status, `take` reads the results.
    """

    __slots__ = ("call", "put", "room", "take", "words")

    def __init__(self, code: Code) -> None:
        self.words = (ctypes.c_int64 * (HEADER + WORDS_OF_TAPE * code.tapes))()
        self.words[0] = NEAR
        self.words[2] = code.most_tape
        for i, function in enumerate(_python):
            self.words[PYTHON + i] = function
        self.room: np.ndarray | None = None
        if code.room:
            self.room = np.empty(code.room + ALIGNED, np.uint8)
            start = -(-self.room.ctypes.data // ALIGNED) * ALIGNED
            self.words[ARRAYS] = start
            self.words[ROOM_END] = start + code.room
        given = (ctypes.c_double * (code.arguments + code.arrays_out))()
        out = (ctypes.c_double * code.results)()
        address = ctypes.addressof
        self.put = partial(Struct(f"={code.takes}").pack_into, given, 0)
        self.call = partial(code.call, address(given), address(out), address(self.words))
        self.take = partial(Struct(f"={code.results}d").unpack_from, out)


@dataclass(slots=True, eq=False)
class Code:
    """A unit as machine code; `run` calls it."""

    address: int
    takes: str  # a letter for each parameter and each array that it returns, see `takes`
    arguments: int
    arrays_out: int
    results: int
    tapes: int
    room: int  # bytes for arrays
    recurs: bool
    made_zeros: bool
    sweeps: bool
    straight: int  # operations as interpreted, if there are no loops and no functions: each runs once; else 0
    back: list[tuple[str, int]]  # the primitives that it calls back, with how many reals
    loops: list[str]  # the functions of numpy whose loops it calls
    progress: list[Loop]  # the loops that a long run shows
    engine: Any  # keeps the memory of the code, and what it calls
    data: Data  # that it uses where it is
    back_on_arrays: dict[str, Back] = field(default_factory=dict)  # primitives that it calls back, by name
    lists: Lists | None = None  # among the results
    most_tape: int = field(default_factory=lambda: MOST_TAPE)
    contexts: list[Context] = field(default_factory=list)  # that no call is using
    call: Any = None

    def __post_init__(self) -> None:
        pointer = ctypes.c_void_p
        self.call = ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer)(self.address)

    def run(self, reals: Sequence[float], context: Context | None = None, stack: int = NEAR) -> Sequence[Any]:
        """The results, booleans as 0 and 1, lists as rows of values. Raises Left, or Invalid where the
        interpreter has to decide, and what handlers of signals raise: KeyboardInterrupt on Ctrl-C.

        For arrays `reals` has the addresses of words where their addresses stand: of those that go in, each
        in its place, then of the results.
        """
        contexts = self.contexts
        if context is None:
            context = contexts.pop() if contexts else Context(self)
        context.put(*reals)
        if self.made_zeros:
            _floating.feclearexcept(FE_INVALID)
        if stack != NEAR:
            context.words[0] = stack
        status = context.call()
        if stack != NEAR:
            context.words[0] = NEAR
        invalid = self.made_zeros and _floating.fetestexcept(FE_INVALID)
        out: Sequence[Any] = context.take()
        if self.lists is not None and not status:
            out = self.lists.read(context.words, out)  # before another call has the context
        if self.tapes:
            self._shorten(context.words)
        contexts.append(context)
        if status or self.back:
            raise_kept()
        if status:
            return self._unfinished(context, status, reals, stack)
        if invalid:
            raise Invalid
        return out

    def quick(self, is_one: bool) -> Callable[[Sequence[float]], Any] | None:
        """Like `run`, but faster; None for code that gives anything but reals, or leaves something behind. If
        the result `is_one` real, it gives that real, else a sequence.
        """
        if self.made_zeros or self.lists is not None or self.tapes or self.back or self.arrays_out:
            return None
        contexts = self.contexts

        def run(reals: Sequence[float]) -> Any:
            context = contexts.pop() if contexts else Context(self)
            context.put(*reals)
            status = context.call()
            out: Sequence[float] = context.take()
            contexts.append(context)
            if status:
                out = self._unfinished(context, status, reals)
            return out[0] if is_one else out

        return run

    def _unfinished(
        self, context: Context, status: int, reals: Sequence[float], stack: int = NEAR
    ) -> Sequence[Any]:
        """What follows from a call that gave no results: it runs again with more stack, or raises."""
        if status == NO_STACK and stack == NEAR:
            return self._deep(reals)
        if status == STOPPED and not context.words[STOP]:
            _raise_again(context.words)
        raise EXITS.get(status, Left)(REASONS[status])

    def _shorten(self, words: Any) -> None:
        """Gives back the memory of tapes that were long."""
        for tape in range(HEADER, len(words), WORDS_OF_TAPE):
            if words[tape + 2] - words[tape] > KEPT_TAPE:
                _free(words[tape])
                words[tape] = words[tape + 1] = words[tape + 2] = 0

    def _deep(self, reals: Sequence[float]) -> Sequence[Any]:
        """Runs again on a thread with a large stack."""
        if not can_reserve(DEEP):  # where a thread fails to start, Python 3.11 may end in an endless loop
            raise NoStack(REASONS[NO_STACK])
        found: list[Sequence[Any] | BaseException] = []
        context = self.contexts.pop()

        def work() -> None:
            try:
                found.append(self.run(reals, context, DEEP - SPARE))
            except BaseException as error:
                found.append(error)

        with _threads:
            before = threading.stack_size(DEEP)
            try:
                thread = threading.Thread(target=work)
                thread.start()
            finally:
                threading.stack_size(before)
        try:
            while thread.is_alive():
                thread.join(BETWEEN_LOOKS)  # nothing that another thread raises here comes into a longer wait
        except BaseException:  # Ctrl-C reaches this thread: the other one has to be told
            context.words[STOP] = 1
            thread.join()
            context.words[STOP] = 0
            raise
        if isinstance(found[0], BaseException):
            raise found[0]
        return found[0]

    def __del__(self) -> None:
        for context in self.contexts:
            for tape in range(HEADER, len(context.words), WORDS_OF_TAPE):
                _free(context.words[tape])


_threads = threading.Lock()  # while the size of the stacks of new threads is another


def _free(address: int) -> None:
    if address:
        free = _floating.free
        free.argtypes = [ctypes.c_void_p]
        free(address)
