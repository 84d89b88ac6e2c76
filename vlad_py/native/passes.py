"""Who looks at the IR after each pass: tests, and everybody who sets the variable `VLAD_CHECK` to "on"."""

from __future__ import annotations

import os
from collections.abc import Callable

from vlad_py.execution.pipeline import CHECK
from vlad_py.native.ir import Name, Op, Region
from vlad_py.native.verify import verify_piece

Observer = Callable[[str, Region], object]
observers: list[Observer] = [verify_piece] if os.environ.get(CHECK) == "on" else []


def seen(stage: str, region: Region) -> Region:
    """What a pass has made, after all observers have looked at it."""
    for look in observers:
        look(stage, region)
    return region


def seen_written(stage: str, ops: list[Op], results: list[Name]) -> None:
    """The same, for a pass that writes operations where others are."""
    if observers:
        seen(stage, Region([], ops, results))
