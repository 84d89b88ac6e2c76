"""How large a unit may be, and how much work may go into making it."""

from __future__ import annotations

from math import inf

from vlad_py.native.exits import Exhausted

MOST_OPS = 20_000  # of a unit
WORK = 10  # statements followed and operations written, for each operation that a unit may have
WORK_A_SECOND = 100_000  # of those; measured from 55,000 to 220,000


class Effort:
    """The work that may still go into a unit. What is given up counts as well: a loop inside a loop is tried
    in several ways for each way of the outer one, and a recursion in two branches is followed in both.

    A unit that is begun again, because more is known of it by then, may take as much work again, but no more
    than so many `seconds` in all.
    """

    __slots__ = ("_begun", "_later", "_most", "left")

    def __init__(self, most_ops: int, seconds: float = inf) -> None:
        self._most = WORK * most_ops
        self._later = WORK_A_SECOND * seconds
        self.left = self._begun = 0.0
        self.begin()

    def begin(self) -> None:
        """The unit is begun, perhaps again."""
        self._later += max(self.left, 0.0)  # what the last time has not taken
        self.left = self._begun = min(self._most, self._later)
        self._later -= self.left

    @property
    def spent(self) -> int:
        """The statements and operations since the unit was begun the last time."""
        return int(self._begun - self.left)

    def spend(self) -> None:
        """Spends one statement or operation. Exhausted where nothing is left."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted
