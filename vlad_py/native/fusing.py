"""Loop fusion: array results that are not stored, but computed where their elements are needed.

So chains of operations are one loop. A result with one user is computed there; one with several is computed
again for each if that costs less than to store and load it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vlad_py.native.array_kinds import (
    is_arithmetic,
    is_assembly,
    is_elementwise,
    is_repeated_real,
    moves_each_once,
    sums_one,
)
from vlad_py.native.ir import Name, Op, Region, free_names
from vlad_py.native.storage import is_large

LONGEST = 32  # nested operations that are computed where they are needed
AGAIN = 4  # operations, and arrays that they read, which are computed again rather than stored


@dataclass(frozen=True, slots=True)
class Chain:
    """Operations that are computed where an element of the last one is needed: how deeply they are nested,
    how many they are (those needed twice count twice), the arrays in memory that they read, whether they are
    cheap arithmetic, and whether one of them moves elements to other places.
    """

    depth: int
    count: int
    read: frozenset[Name]
    is_cheap: bool
    moves: bool

    @staticmethod
    def of(op: Op, chains: dict[Name, Chain]) -> Chain | None:
        """The chain that ends with an operation, after those of its operands; None if it cannot be fused."""
        inner = [chains[o] for o in op.operands if o in chains]
        if not is_elementwise(op) and not (inner and moves_each_once(op)):
            return None
        read = {o for o in op.operands if o not in chains and is_large(o.type) and not is_repeated_real(o)}
        return Chain(
            1 + max((chain.depth for chain in inner), default=0),
            1 + sum(chain.count for chain in inner),
            frozenset(read).union(*(chain.read for chain in inner)),
            is_arithmetic(op) and all(chain.is_cheap for chain in inner),
            not is_elementwise(op) or any(chain.moves for chain in inner),
        )

    def is_worth(self, times: int) -> bool:
        """Whether its last result is better computed so many times than stored: a store and a load each time
        cost more than some arithmetic on what is loaded anyway.
        """
        if times == 1:
            return self.depth <= LONGEST
        return self.is_cheap and self.count <= AGAIN and times * len(self.read) <= AGAIN


class Uses:
    """The uses of the names that a region binds, or that it was handed: where each is the last, and which
    results of operations are not stored, but computed where their users need them.
    """

    def __init__(self, region: Region, handed: set[Name]) -> None:
        ops = region.ops
        self.last: dict[Name, int] = {}
        counts: dict[Name, int] = {}
        users: dict[Name, list[Op | None]] = {}  # None: whoever asks for what the region gives
        needed: list[list[Name]] = []
        for op in ops:
            inner = [name for each in op.regions for name in free_names(each)]
            for name in op.operands:
                counts[name] = counts.get(name, 0) + 1
                users.setdefault(name, []).append(op)
            for name in inner:
                counts[name] = counts.get(name, 0) + 2
            needed.append([*op.operands, *inner])
        for name in region.results:
            counts[name] = counts.get(name, 0) + 1
            users.setdefault(name, []).append(None)
        self.chains = chains = dict[Name, Chain]()
        for op in ops:
            if not (op.results and is_large(op.results[0].type)):
                continue
            name = op.results[0]
            chain, own = Chain.of(op, chains), users.get(name, [])
            is_asked_alone = len(own) == counts.get(name) and all(u is None or fuses(u, name) for u in own)
            if chain and is_asked_alone and chain.is_worth(len(own)):
                chains[name] = chain
        at: dict[Op, int] = {}  # where an operation is computed: at its own place, or its user's
        bound = {*region.parameters, *handed, *(r for op in ops for r in op.results)}
        for name in region.results:
            self.last[name] = len(ops)
        for i in range(len(ops) - 1, -1, -1):
            op = ops[i]
            at[op] = i
            if op.results and op.results[0] in chains:
                at[op] = max(len(ops) if user is None else at[user] for user in users[op.results[0]])
            for name in needed[i]:
                if name in bound:
                    self.last[name] = max(self.last.get(name, -1), at[op])
            for name in op.results:
                self.last.setdefault(name, i)
        self.ends: dict[int, list[Name]] = {}
        for name, i in self.last.items():
            if name in bound:
                self.ends.setdefault(i, []).append(name)


def fuses(user: Op, operand: Name) -> bool:
    """Whether an operation asks for each element of an operand once at most."""
    if is_elementwise(user):
        return user.results[0].type == operand.type
    return sums_one(user) or moves_each_once(user) or is_assembly(user)
