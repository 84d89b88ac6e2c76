"""Sequences: the range that a loop runs over."""

from __future__ import annotations

import math
from typing import Any

from vlad_py.ground.budget import ask_memory, ask_work
from vlad_py.ground.errors import RunError
from vlad_py.ground.memory import most_memory
from vlad_py.primitives.axes import too_large
from vlad_py.primitives.declare import structural
from vlad_py.values.show import describe, show
from vlad_py.values.values import Range, Value, is_real, plain

LONGEST = 2**53  # reals that are counted by 1: from here on, x + 1 can be x
SMALL = 100_000  # values that any process can hold


def _range(low: Value, high: Value) -> Range:
    for end in (low, high):
        if not is_real(end):
            raise RunError(f"`..` expects reals, got {describe(end)}")
    last: Any = plain(high)
    distance = last - plain(low)
    if math.isnan(distance):
        raise RunError("the end of a range cannot be nan", hint="find out where the nan comes from")
    # counted by integers: 2 ^ 53 + 1 is no real
    count = math.floor(distance) + 1 if math.isfinite(distance) else distance
    if count > LONGEST:
        many = count if count < 2 * LONGEST else show(float(count))
        message = f"a range has at most {LONGEST} reals (2 ^ 53), this one would have {many}"
        raise RunError(message, hint="a loop that runs until something holds is `loop x = a while … do …`")
    return Range(low, float(count))


def check_held(sequence: Range) -> None:
    """RunError for a range with more reals than memory holds; LimitError for one beyond a limit of memory."""
    ask_memory(8 * sequence.size)
    ask_work(10 * sequence.size)
    if sequence.size > SMALL and 8 * sequence.size > most_memory():
        raise too_large((sequence.size,))


def _held_range(low: Value, high: Value) -> Range:
    sequence = _range(low, high)
    check_held(sequence)
    return sequence


range_of = structural(
    "..",
    2,
    doc="low..high: low, low + 1, … up to high, both ends included.",
    value=_range,
    word="range",
    internal=True,
)

held_range = structural(
    "held_range",
    2,
    doc="held_range(low, high): low..high for a loop that keeps a value for each real. An error, at once, "
    "where memory cannot hold so many.",
    value=_held_range,
    internal=True,
)
