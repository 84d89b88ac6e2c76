"""Python's collector of cycles, held while a program runs.

Values are never cyclic, so the collector finds nothing; but it looks at every young object, and a long
gradient has millions. Functions of Python that a program calls may leave cycles: while one runs, the
collector is let go.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

holders: list[None] = []
"""As long as the runs that switched the collector off, and will switch it on. A run that finds it off leaves
it alone."""


def released(action: Callable[[], T]) -> T:
    """What an action gives, which runs with the collector on if it is off only because a program runs."""
    if not holders or gc.isenabled():
        return action()
    gc.enable()
    try:
        return action()
    finally:
        if holders:
            gc.disable()
