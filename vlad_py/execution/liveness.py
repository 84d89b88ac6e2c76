"""What the compiler needs to know of a block beforehand: its free names, and where it suspends.

A block suspends where it calls a function and goes on afterwards: a call returns to the machine's
loop, so the rest becomes a segment of its own, and what the rest needs has to be saved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import Atom, Block, Call, For, Sibling, Statement, Var, While

ENVIRONMENT = Var(0, "env")  # a recursive group's environment, which its members share
MOST_NESTED = 18  # Python allows 20 nested loops and 100 levels of indentation

Names: TypeAlias = frozenset[Var]


class Analysis:
    """Facts about the blocks of one function. With `stepped`, every loop suspends at each turn."""

    def __init__(self, body: Block, stepped: bool) -> None:
        self.suspending = suspending(body, stepped)
        self.uses: Counter[Atom] = Counter()  # how often a name is used
        self._free: dict[int, Names] = {}
        self._after: dict[tuple[int, int], Names] = {}
        for block in reversed(_all_blocks(body)):
            free = set(names(block.results))
            self.uses.update(block.results)
            for position in reversed(range(len(block.statements))):
                statement = block.statements[position]
                atoms = atoms_of(statement)
                self.uses.update(atoms)
                if id(statement) in self.suspending:
                    self._after[id(block), position] = frozenset(free)
                _go_before(statement, atoms, free, self._free)
            self._free[id(block)] = frozenset(free)

    def free(self, block: Block) -> Names:
        """The names that a block needs from around it."""
        return self._free[id(block)]

    def after(self, block: Block, position: int, outer: Names) -> Names:
        """What is needed after the suspending statement at `position`, given what is after the block."""
        return self._after[id(block), position] | outer


def suspending(body: Block, stepped: bool) -> set[int]:
    """The ids of the statements in a body, and in its blocks, that cannot be straight code in Python: calls,
    loops if they are `stepped`, and statements with too many levels of nesting.
    """
    height: dict[int, int] = {}  # levels of nesting, by block
    found: set[int] = set()
    for block in reversed(_all_blocks(body)):
        levels = 0
        for statement in block.statements:
            if isinstance(statement, Call) or (stepped and isinstance(statement, (While, For))):
                nested = MOST_NESTED
            elif blocks := statement.blocks:
                nested = max([height[id(inner)] for inner in blocks])
            else:
                continue
            if nested >= MOST_NESTED:
                found.add(id(statement))
            levels = max(levels, 1 + nested)
        height[id(block)] = levels
    return found


def _all_blocks(body: Block) -> list[Block]:
    """A body and all blocks in it, an outer one before its inner ones."""
    blocks = [body]
    for block in blocks:
        blocks += [inner for statement in block.statements for inner in statement.blocks]
    return blocks


def free_names(body: Block) -> Names:
    """The names that a block needs from around it."""
    used, bound = set[Var](), set[Var]()
    for block in _all_blocks(body):
        used.update(names(block.results))
        for statement in block.statements:
            used.update(names(atoms_of(statement)))
            bound.update(statement.targets)
            bound.update(statement.inner_names)
    return frozenset(used - bound)


def _go_before(
    statement: Statement, atoms: tuple[Atom, ...], needed: set[Var], free: Mapping[int, Names]
) -> None:
    """Makes the names needed after a statement of these atoms those needed before it; `free` are those of its
    blocks.
    """
    needed.difference_update(statement.targets)
    needed.update(names(atoms))
    for inner in statement.blocks:
        needed.update(free[id(inner)].difference(statement.inner_names))


def names(atoms: tuple[Atom, ...]) -> Names:
    """The local names among atoms."""
    found: set[Var] = set()
    for atom in atoms:
        if isinstance(atom, Var):
            found.add(atom)
        elif isinstance(atom, Sibling):
            found.add(ENVIRONMENT)
    return frozenset(found)


def ordered(names: Names) -> list[Var]:
    """Names in an order that is the same at every run."""
    return sorted(names, key=lambda v: (v.id, v.name))
