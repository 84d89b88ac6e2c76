"""The memory of reverse mode at its highest, beside what the sweep back has to find on the tape."""

from __future__ import annotations

import sys

import numpy as np

import vlad_py as vlad
from benchmarks.measure import Result, Row, peak_memory, python
from benchmarks.sides import module
from vlad_py.numbers.reverse.tape import Node

OPERATIONS = 1_000_000  # of reals
LENGTH = 100_000  # of an array
TURNS = 200  # of a chain of five operations of arrays
MEGABYTE = 1e6


def tapes() -> list[Result]:
    """The tape of operations of reals, and of operations of arrays.

    What must be kept is the tape itself, and on it what the partial derivatives need, but no other values:

    - of `v -> sin(v)`, a million times: for each a node, its links, a partial and an index, as the host
      allocates them;
    - of `v -> w * (1 - w)` with `w = sin(v) * 0.8 + 0.1` of arrays: three arrays each turn, which are
      cos(v) (or v itself), w and 1 - w. The product with a constant, the sum and the difference need none.
      That is operation by operation; a turn that is preaccumulated needs its one partial only.
    """
    node = (Node(1, 0.0, ()), (None, 0.0), 0.5, 1 << 20)
    each = sum(-(-sys.getsizeof(part) // 16) * 16 for part in node)
    kept = {"sines": OPERATIONS * each, "chain": TURNS * 3 * LENGTH * 8}
    names = {"sines": "tape of 10⁶ operations", "chain": "… of 1000 on arrays of 10⁵"}
    return [
        Row(names[key], _peak(key), "what must be kept", kept[key] / MEGABYTE, 1.2, "MB") for key in names
    ]


def _peak(name: str) -> float:
    """Megabytes that a gradient adds, in a process of its own."""
    return float(python(["-c", f"from benchmarks.tapes import measure; measure({name!r})"]).stdout)


def measure(name: str) -> None:
    """Prints the megabytes that one gradient adds to this process, which has nothing else to do."""
    programs = module("arrays.adl")
    operations, point, turns = {
        "sines": (programs.sines, 0.5, OPERATIONS),
        "chain": (programs.chain, np.linspace(0.1, 0.9, LENGTH), TURNS),
    }[name]
    vlad.gradient(operations(3))(point)  # what is loaded and compiled at the first call
    slope = vlad.gradient(operations(turns))
    before = peak_memory()
    slope(point)
    print((peak_memory() - before) / MEGABYTE)
