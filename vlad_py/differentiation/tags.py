"""Tags: which differentiation a perturbation belongs to. They are unique for ever, newest largest."""

from __future__ import annotations

from typing import Any, TypeAlias

from vlad_py.values.serial import next_serial

# The tags of the differentiations in progress, newest first: (tag, the others) or (). A
# continuation carries them, so an error, a pause or another thread can leave none behind.
Live: TypeAlias = tuple[Any, ...]

# For a call that a sweep runs again: all differentiations around the sweep are in progress.
EVERY: Live = (-1, ())

fresh_tag = next_serial


class BatchTag(int):
    """The tag of a batch, whose items one number stands for (see numbers/each/each.py)."""

    __slots__ = ()


def outermost_batch(live: Live) -> BatchTag | None:
    """The oldest batch in progress; None if there is none."""
    found: BatchTag | None = None
    while live:
        if type(live[0]) is BatchTag:
            found = live[0]
        live = live[1]
    return found


def is_live(tag: int, live: Live) -> bool:
    """Whether a tag is among the live ones."""
    while live:
        if live[0] == tag or live is EVERY:
            return True
        live = live[1]
    return False
