"""How large a unit may be, and how much work may go into making it."""

from __future__ import annotations

from vlad_py.native.exits import Exhausted

MOST_OPS = 20_000  # of a unit
WORK = 10  # statements followed and operations written, for each operation that a unit may have


class Effort:
    """The work that may still go into a unit. What is given up counts as well: a loop inside a loop is tried
    in several ways for each way of the outer one, and a recursion in two branches is followed in both.
    """

    __slots__ = ("left",)

    def __init__(self, most_ops: int) -> None:
        self.left = WORK * most_ops

    def spend(self) -> None:
        """Spends one statement or operation. Exhausted where nothing is left."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted
