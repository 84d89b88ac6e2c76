"""The places where a function uses its names, for questions about one name and one block.

Sets of the names that each block needs would take n² memory for n nested blocks. Instead, statements and ends
of blocks are numbered in the order of the text: a block is a range of numbers, and the uses of a name are a
rising list.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import count

from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import Atom, Block, Var
from vlad_py.execution.liveness import names
from vlad_py.ground.walk import Walk, run


class Uses:
    """The uses of the names of a body."""

    def __init__(self, body: Block) -> None:
        self._of: dict[Var, list[int]] = {}  # by name: the numbers of its uses, rising
        self._statements: dict[int, list[int]] = {}  # by the id of a block: the numbers of its statements
        self._ends: dict[int, int] = {}  # by the id of a block: the number of its end
        self._numbers = count().__next__
        run(self._block(body))

    def _block(self, block: Block) -> Walk[None]:
        numbers = self._statements[id(block)] = []
        for statement in block.statements:
            numbers.append(self._used(atoms_of(statement)))
            for inner in statement.blocks:
                yield self._block(inner)
        self._ends[id(block)] = self._used(block.results)

    def _used(self, atoms: tuple[Atom, ...]) -> int:
        """Numbers a statement, or the end of a block, that uses these atoms."""
        number = self._numbers()
        for name in names(atoms):
            self._of.setdefault(name, []).append(number)
        return number

    def last(self, name: Var, block: Block) -> int | None:
        """The position of the last statement of a block that uses a name, itself or in its blocks; the number
        of its statements if the block gives it.
        """
        numbers, end, uses = self._statements[id(block)], self._ends[id(block)], self._of.get(name, [])
        before = bisect_right(uses, end)
        if not before or uses[before - 1] < (numbers[0] if numbers else end):
            return None
        return len(numbers) if uses[before - 1] == end else bisect_right(numbers, uses[before - 1]) - 1

    def is_inside(self, name: Var, block: Block) -> bool:
        """Whether a block, or a block in it, uses a name."""
        return self.last(name, block) is not None
