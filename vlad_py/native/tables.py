"""Two records: an attempt to compile, and the facts about the calls of a function."""

from __future__ import annotations

from collections.abc import Hashable
from math import inf
from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative
from vlad_py.ground.node import field, node, state
from vlad_py.values.values import Code

if TYPE_CHECKING:
    from vlad_py.native.calling import Native
    from vlad_py.native.ir import Unit


@node
class Attempt:
    """A call that was compiled, or could not be: the function, what function of a program went into it, the
    seconds, and its unit or the reason.
    """

    code: Code
    given: Code | None
    seconds: float
    unit: Unit | None
    reason: NotNative | None


@state
class Table:
    """Facts about the calls of a function whose arguments hold functions of one text, or none."""

    units: dict[Hashable, Native | None] = field(default_factory=dict)
    left: dict[Hashable, int] = field(default_factory=dict)  # calls in a row that native code has left
    refused: int = 0
    misses: int = 0  # calls with values that native code is never given
    entered: int = 0  # calls that ran natively to their end
    took: float = 0.0  # seconds that making native code took
    saved: float = 0.0  # seconds that native code has saved, about
    interpreted_seconds: float = inf  # that the last long interpreted call took; inf before the first
    spent: float = 0.0  # seconds in progress since something was compiled
    needs: float = 0.0  # such seconds, besides HOT, before a call is compiled that was too large until now
    large: set[Hashable] = field(default_factory=set)  # the kinds of such calls
    is_given_up: bool = False  # whether nothing that came could be compiled

    @property
    def has_code(self) -> bool:
        """Whether there is native code for any kind."""
        return any(self.units.values())
