"""How much memory this process has, and can have."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def machine_memory() -> int:
    """The machine's memory in bytes; on a system that does not say, more than any machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return sys.maxsize


def _most_address_space() -> int:
    """The process's limit of address space in bytes; -1 if it has none."""
    try:
        import resource  # only here: not every system has it

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        return limit
    except (ImportError, ValueError, OSError):
        return -1


def most_memory() -> int:
    """What this process can have at most, in bytes: the machine's memory, or the process's limit."""
    limit = _most_address_space()
    return min(machine_memory(), limit) if limit >= 0 else machine_memory()


def can_reserve(size: int) -> bool:
    """Whether the limit of the process leaves room for so many bytes more of address space."""
    limit = _most_address_space()
    return limit < 0 or _address_space() + size <= limit


def beside_the_limit(load: Callable[[], T]) -> T:
    """The result of an action that loads a library. The limit of the process is lifted for it, then grows by
    the address space that the library took: the limit is for programs, and a library takes more than it uses,
    numpy some 40 MB for each core. Without room for that, OpenBLAS ends the process.
    """
    try:
        import resource

        limit, hard = resource.getrlimit(resource.RLIMIT_AS)
        if limit == resource.RLIM_INFINITY:
            return load()
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    except (ImportError, ValueError, OSError):
        return load()  # a system without such limits
    before = _address_space()
    try:
        return load()
    finally:
        grown = limit + max(_address_space() - before, 0)
        within = grown if hard == resource.RLIM_INFINITY else min(grown, hard)
        resource.setrlimit(resource.RLIMIT_AS, (within, hard))


def _address_space() -> int:
    """The bytes of this process's address space; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def resident() -> int:
    """How many bytes of memory this process has; where that is not known, the most that it has had, or 0."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    try:
        import resource  # only here: not every system has it

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    except ImportError:
        return 0


def as_size(count: float) -> str:
    """A number of bytes as people write it: `500M`, `4G`."""
    for shift, unit in ((30, "G"), (20, "M"), (10, "K")):
        if count >= 1 << shift:
            return f"{count / (1 << shift):.3g}{unit}"
    return f"{count:.0f} bytes"
