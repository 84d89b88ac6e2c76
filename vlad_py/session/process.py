"""A process of our own: its streams, its garbage collector, its limits of stack and memory."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from vlad_py.ground.memory import machine_memory
from vlad_py.values.values import NIL, Cons, Value

MEMORY_SHARE = 0.75  # of the machine's memory, where no limit is given
STACK_LEVELS = 15_000  # more than Python frees by recursion
LEAST_MEMORY = 100 << 20  # Python itself takes some 40 MB
NESTING = 4_000  # Python frames for numbers inside numbers; on the heap, since no C call is in between
MOST = 1 << 60  # of any limit
M_ARENA_MAX = -8  # in malloc.h


def prepare(max_memory: int | None) -> None:
    """Settings for a process of our own."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - closed by who started us
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    gc.disable()  # values are never cyclic, so counting references frees all of them
    sys.setrecursionlimit(NESTING)
    if sys.version_info >= (3, 13):  # earlier versions recurse at most 50 levels deep to free objects
        _grow_stack(50)
    limit_memory(max_memory)


def limit_memory(size: int | None) -> None:
    """Limits the memory of the process in bytes; None: MEMORY_SHARE of the machine's."""
    try:
        import resource

        wanted = size or int(machine_memory() * MEMORY_SHARE)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    except (ImportError, ValueError, OSError):
        return  # a system without such limits
    if size is not None:
        _share_one_arena()


def _share_one_arena() -> None:
    """All threads allocate in one arena. The GNU C library reserves 64 MB of address space for each thread's
    own, which a limit counts as used: of 100 MB, a program had 36 or all, as threads happened to run.
    """
    import ctypes  # only here: loading it takes time, and few processes have a limit

    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def _grow_stack(calls: int) -> int:
    """Grows Python's stack now by the pages that freeing deep values needs, and some more.

    Once memory is at its limit, a growing stack crashes the process.
    """
    if calls:
        return max((calls - 1,), key=_grow_stack)  # a call through the C stack
    chain: Value = NIL
    for _ in range(STACK_LEVELS):
        chain = Cons((chain,), NIL)
    return 0


def wants_color(stream: TextIO) -> bool:
    """Whether what is written to a stream should be coloured: on a terminal, or where FORCE_COLOR says so."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def count_of(text: str) -> int:
    """A limit given as a whole number. ValueError, with the message, if it is not one."""
    count = _whole(text)
    if not count:
        raise ValueError(f"expected a whole number from 1, got {text!r}")
    return count


def seconds_of(text: str) -> float:
    """A limit given as seconds. ValueError, with the message, if it is not one."""
    try:
        seconds = float(text) if text.isascii() else -1.0
    except ValueError:
        seconds = -1.0
    if not 0.0 < seconds < MOST:
        raise ValueError(f"expected a number of seconds such as 2.5, got {text!r}")
    return seconds


def _whole(text: str) -> int | None:
    """A whole number, at most MOST; None if it is not one."""
    digits = text.lstrip("0") or text[:1]
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(digits[:20]), MOST)  # 20 digits are more than MOST has


def size_of(text: str) -> int:
    """A limit given as an amount of memory. ValueError, with the message, if it is not one."""
    shift = {"K": 10, "M": 20, "G": 30}.get(text[-1:].upper(), 0)
    digits = text[:-1] if shift else text
    count = _whole(digits)
    if count is None:
        raise ValueError(f"expected a size such as 500M or 4G, got {text!r}")
    if count << shift < LEAST_MEMORY:
        raise ValueError(f"expected at least {LEAST_MEMORY >> 20}M ({LEAST_MEMORY} bytes), got {text!r}")
    return min(count << shift, MOST)
