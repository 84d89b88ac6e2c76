"""Sequences: the range that a loop runs over."""

from __future__ import annotations

import math
from typing import Any

from vlad_py.ground.asking import ask_memory, ask_work
from vlad_py.ground.errors import RunError
from vlad_py.ground.memory import most_memory
from vlad_py.primitives.axes import too_large
from vlad_py.primitives.declare import structural
from vlad_py.values.show import not_numbers, show
from vlad_py.values.values import Range, Value, is_real, plain

LONGEST = 2**53  # reals that are counted by 1: from here on, x + 1 can be x
SMALL = 100_000  # values that any process can hold
COLLECTED = (
    32  # bytes for each value that a comprehension collects: a float of Python, and its place in a tuple
)


def _range(low: Value, high: Value) -> Range:
    for end in (low, high):
        if not is_real(end):
            raise not_numbers("`..` expects reals", end)
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


def check_collected(turns: float) -> None:
    """RunError for a comprehension that collects more values than memory holds; LimitError beyond a limit."""
    ask_memory(COLLECTED * turns)
    if turns > SMALL and COLLECTED * turns > most_memory():
        raise too_large((turns,), "a comprehension of {} values", COLLECTED)


def _held_range(low: Value, high: Value) -> Range:
    sequence = _range(low, high)
    check_held(sequence)
    return sequence


def _collected_range(low: Value, high: Value) -> Range:
    sequence = _held_range(low, high)
    check_collected(sequence.size)
    return sequence


def _turns_of(low: Value, high: Value, times: Value) -> Value:
    first, last, many = plain(low), plain(high), plain(times)
    if type(first) is not float or type(last) is not float or type(many) is not float:
        return times  # the loop says what is wrong
    count = last - first + 1.0
    return many * max(count, 0.0) if count <= LONGEST else times  # as here


def _held_turns(sequence: Range, times: Value) -> Range:
    check_collected(sequence.size * plain(times))  # type: ignore[operator]
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

collected_range = structural(
    "collected_range",
    2,
    doc="collected_range(low, high): low..high for a comprehension. An error, at once, where memory "
    "cannot hold as many values.",
    value=_collected_range,
    internal=True,
)

turns_of = structural(
    "turns_of",
    3,
    doc="turns_of(low, high, times): times as many turns as low..high has reals.",
    value=_turns_of,
    internal=True,
)

held_turns = structural(
    "held_turns",
    2,
    doc="held_turns(range, times): the range, for a comprehension that collects so many values for each of "
    "its reals. An error, at once, where memory cannot hold them.",
    value=_held_turns,
    internal=True,
)
