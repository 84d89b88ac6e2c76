"""State of loops that counts: where it starts, how many turns the loop takes, which indices it makes.

A sweep back computes such a state from the number of turns that are left, instead of saving it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import TypeAlias

from vlad_py.native.builder import compared
from vlad_py.native.ir import Name, Op
from vlad_py.primitives.arithmetic import add, sub

Known: TypeAlias = float | bool
ENDS = "ends"  # marks a loop that is known to end, so it goes if nothing needs its results
NOTHING: Mapping[Name, Known] = MappingProxyType({})
EXACT = 2.0**53  # below it sums of whole numbers are not rounded
MOST_SUMS = 4  # one inside another, that are looked through


def start_of(loop: Op, i: int) -> float | None:
    """The start of the i-th state of a loop, if it is a whole number that grows by 1 each turn; else None."""
    (region,) = loop.regions
    parameter, start = region.parameters[i], loop.operands[i].constant
    if parameter.within is None or type(start) is not float or start != parameter.within[0]:
        return None
    return start if step_of(region.results[i + 1], parameter) == 1.0 else None


def turns_of(loop: Op, known: Mapping[Name, Known] = NOTHING) -> int | None:
    """The number of turns of a loop, if it is known before the loop: its counter changes by the same whole
    number in each turn, up to a bound. None for other loops.
    """
    (region,) = loop.regions
    if region.results[0].constant is False:
        return 1
    test = region.results[0].op
    if test is None or test.kind != "compare":
        return None
    for i, parameter in enumerate(region.parameters):
        following = region.results[i + 1]
        if following not in test.operands:
            continue
        start, by = whole(before(loop.operands[i], known)), step_of(following, parameter, known)
        is_first = test.operands[0] is following
        bound = whole(before(test.operands[is_first], known))
        if start is None or bound is None or not by:
            return None
        count = max(1, ceil((bound - start) / by))
        for n in (count - 1, count, count + 1):
            if (
                n >= 1
                and not _holds(test, start + n * by, bound, is_first)
                and (n == 1 or _holds(test, start + (n - 1) * by, bound, is_first))
            ):
                return n
    return None


def _holds(test: Op, x: float, bound: float, is_first: bool) -> bool:
    return compared(test.what, *((x, bound) if is_first else (bound, x)))


def step_of(following: Name, parameter: Name, known: Mapping[Name, Known] = NOTHING) -> float | None:
    """By which whole number a part of the state changes in each turn; None for other changes."""
    if following is parameter:
        return 0.0
    op = following.op
    if op is None or op.kind != "prim" or len(op.operands) != 2 or op.operands[0] is not parameter:
        return None
    size = whole(before(op.operands[1], known))
    if size is None:
        return None
    return size if op.what.apply is add else -size if op.what.apply is sub else None


def before(name: Name, known: Mapping[Name, Known]) -> Known | None:
    """A real or a boolean that is known before a loop."""
    if name.constant is None:
        return known.get(name)
    return name.constant if isinstance(name.constant, (float, bool)) else None


def whole(x: Known | None) -> float | None:
    """A whole number that counts exactly; None for anything else."""
    return x if type(x) is float and x.is_integer() and abs(x) < EXACT else None


def is_within(name: Name, size: int) -> bool:
    """Whether a real is known to be an index of so many things: a counter, or a sum of such."""
    found = _bounds(name, MOST_SUMS)
    return found is not None and found[0] >= 0.0 and found[1] < size


def _bounds(name: Name, most: int) -> tuple[float, float] | None:
    """Whole numbers between which a whole number is known to be."""
    if name.within is not None:
        return name.within
    if type(name.constant) is float:
        is_whole = name.constant.is_integer() and abs(name.constant) < EXACT
        return (name.constant, name.constant) if is_whole else None
    op = name.op
    if (
        op is None
        or op.kind != "prim"
        or len(op.operands) != 2
        or op.what.apply not in (add, sub)
        or not most
    ):
        return None
    left, right = (_bounds(o, most - 1) for o in op.operands)
    if left is None or right is None:
        return None
    low, high = right if op.what.apply is add else (-right[1], -right[0])
    found = left[0] + low, left[1] + high
    return found if -EXACT < found[0] <= found[1] < EXACT else None
