"""Random programs as machine code whose memory is guarded: `python -m native.guarded FIRST LAST`.

Every tape and every block for arrays ends where a page begins that nobody may touch: whoever writes or reads
beyond its end ends the process. Before it lies a page of the same sort, and up to there a pattern that has to
be there still when the memory is given back. Memory is full of nan when it is handed out, so what is read
before it was written is seen in a result. A tape begins with room for a few reals, so it grows, and moves.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from native.agreement import Tally
from native.test_random_programs import compare
from vlad_py.native import code, emit_tapes, llvm

PAGE = mmap.PAGESIZE
PATTERN, NAN = 0xA5, 0xFF  # of bytes
FIRST_ROOM = 64  # bytes of a tape
LARGEST = 1 << 24  # bytes that are filled; more is handed out as it is

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


@dataclass
class Heap:
    """Guarded blocks, by their address."""

    blocks: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # where it is mapped, two sizes
    overruns: int = 0
    moved: int = 0

    def new(self, size: int) -> int:
        """The address of a block of so many bytes, between two pages that nobody may touch."""
        inside = -(-size // PAGE) * PAGE
        whole = inside + 2 * PAGE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        base = libc.mmap(None, whole, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
        for page in (base, base + PAGE + inside):
            assert libc.mprotect(page, PAGE, 0) == 0
        address = base + PAGE + inside - size
        ctypes.memset(base + PAGE, PATTERN, inside - size)
        if size <= LARGEST:
            ctypes.memset(address, NAN, size)
        self.blocks[address] = base, whole, size
        return int(address)

    def free(self, address: int) -> None:
        """Gives a block back."""
        if address:
            base, whole, _ = self.blocks.pop(address)
            slack = address - base - PAGE
            if ctypes.string_at(base + PAGE, slack) != bytes([PATTERN]) * slack:
                self.overruns += 1
            libc.munmap(base, whole)

    def realloc(self, old: int | None, size: int) -> int:
        """As `realloc` in C; a block always moves."""
        address = self.new(size)
        if old:
            ctypes.memmove(address, old, min(size, self.blocks[old][2]))
            self.free(old)
            self.moved += 1
        return address

    def empty(self, size: int, dtype: Any) -> Any:
        """As numpy's `empty`, of bytes."""
        address = self.new(size)
        return np.frombuffer(memoryview((ctypes.c_uint8 * size).from_address(address)), dtype)


def guard() -> tuple[Heap, Any]:
    """From now on machine code gets guarded memory. Gives that, and what has to be kept for as long."""
    heap = Heap()
    realloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(heap.realloc)
    llvm.binding().add_symbol("realloc", ctypes.cast(realloc, ctypes.c_void_p).value)
    emit_tapes.GROW = emit_tapes.GROW.replace(str(emit_tapes.FIRST_TAPE), str(FIRST_ROOM))
    code._free = heap.free
    numpy = SimpleNamespace(empty=heap.empty, uint8=np.uint8, ndarray=np.ndarray)
    vars(code)["np"] = numpy
    return heap, realloc


def main(first: int, last: int) -> None:
    """Compares programs; AssertionError where one differs, or has written where it may not."""
    heap, _ = guard()
    tally = Tally()
    for seed in range(first, last):
        compare(seed, tally)
    for address in [*heap.blocks]:
        heap.free(address)
    assert heap.overruns == 0
    print(f"{tally.taken} taken, {heap.moved} moved")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
