"""Names that many calls leave live, packed into tuples, so that no frame has to save very many of them.

A segment that ends in a call, or in what else suspends, saves every name that is needed after it. A function
that binds n names, calls n times, and then uses them all would save n² of them. Where more than MOST_LIVE are
live across a call, the PACK that were used longest ago become one tuple, which is one name; a packed
name is taken out again where it is used:

    packed = tuple(a, b, c)
    …
    b = part 1 of packed

So `b` is bound twice, which Core itself never does: this is for the compiler alone, which comes next. A value
is kept as long as any other of its tuple.

Source: spilling in register allocation, G. J. Chaitin et al., "Register allocation via coloring", Computer
Languages 6 (1981); the tuples are this project's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count, islice

from vlad_py.core.traversal import atoms_of, changed, statements_of
from vlad_py.core.tree import Atom, Block, For, Lambda, Let, MakeTuple, Part, Statement, Var, While
from vlad_py.execution.liveness import Names, free_names, ordered, suspending
from vlad_py.execution.uses import Uses
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run

MOST_LIVE = 32
PACK = 16


def packed(function: Lambda, *, stepped: bool) -> Block:
    """The body of a function, with hardly more than MOST_LIVE names live across any of its calls.

    With `stepped`, a turn of a loop counts as a call, and so does what is nested too deeply for Python.
    """
    given = len(function.parameters) + len(function.captures)
    bound = sum(len(s.targets) + len(s.inner_names) for s in statements_of(function.body))
    if given + bound <= MOST_LIVE or not (calling := suspending(function.body, stepped)):
        return function.body
    return run(_Packer(function, calling).block(function.body, function.code.span))


class _Packer:
    """One function. `live` are the names at hand, the one used longest ago first, and how many tuples there
    are around what they hold; `places` says where a packed name is.
    """

    def __init__(self, function: Lambda, calling: set[int]) -> None:
        self.live: dict[Var, int] = dict.fromkeys((*function.captures, *function.parameters), 0)
        self.places: dict[Var, tuple[Var, int]] = {}
        self.taken: set[Var] = set()  # packed names that were taken out since the last call
        self.ids = count(1).__next__
        self.uses = Uses(function.body)
        self.calling = calling

    def block(self, block: Block, span: Span, mortal: Iterable[Var] = ()) -> Walk[Block]:
        """A block of the function; `live` and `places` are afterwards as they were before.

        `mortal` are live names that nothing needs after the block.
        """
        outer, known = dict(self.live), len(self.places)
        end = len(block.statements)
        ends: dict[Var, int] = {}  # of names that die in this block: the position of their last use
        dying: dict[int, list[Var]] = {}  # these, by that position

        def dies(name: Var, at: int) -> None:
            ends[name] = at
            dying.setdefault(at, []).append(name)

        for name in mortal:
            if (last := self.uses.last(name, block)) is None:
                del self.live[name]
            else:
                dies(name, last)
        out: list[Statement] = []
        for position, statement in enumerate(block.statements):
            span = statement.span
            if id(statement) in self.calling:
                for holder, items in self.pack():
                    out.append(Let((holder,), MakeTuple(items), span))
                    dies(holder, max(ends.get(item, end) for item in items))
                out += self.take(atoms_of(statement), span)
                out.append((yield self.inside(statement, dying.get(position, ()))))
            else:
                needed = Names().union(*map(free_names, statement.blocks))
                out += self.take((*atoms_of(statement), *ordered(needed)), span)
                out.append(statement)
            for target in statement.targets:
                self.live[target] = 0
                last = self.uses.last(target, block)
                dies(target, position if last is None else last)
            for name in dying.pop(position, ()):
                self.live.pop(name, None)
        out += self.take(block.results, span)
        self.live = outer
        while len(self.places) > known:
            self.places.popitem()
        return Block(tuple(out), block.results)

    def inside(self, statement: Statement, dying: Iterable[Var]) -> Walk[Statement]:
        """A statement that calls, its blocks packed; nothing stays taken out across it.

        `dying` are the live names that nothing needs afterwards. A loop may need them at every turn.
        """
        mortal = [name for name in dying if self.live.get(name) == 0]  # what tuples hold is not known here
        if isinstance(statement, (While, For)):
            inner = statement.blocks
            mortal = [name for name in mortal if not any(self.uses.is_inside(name, b) for b in inner)]
        blocks = []
        for name in statement.inner_names:
            self.live[name] = 0
        for block in statement.blocks:
            self.taken.clear()
            blocks.append((yield self.block(block, statement.span, mortal)))
        for name in statement.inner_names:
            del self.live[name]
        self.taken.clear()
        return changed(statement, blocks=blocks)

    def pack(self) -> Iterator[tuple[Var, tuple[Var, ...]]]:
        """Tuples to make, each under its name, until few enough names are live.

        Tuples are packed with their like, so that none is ever far inside others.
        """
        while len(self.live) > MOST_LIVE:
            levels = Counter(self.live.values())
            level = min((level for level in levels if levels[level] >= PACK), default=None)
            if level is None:
                return
            items = tuple(islice((name for name in self.live if self.live[name] == level), PACK))
            holder = Var(self.ids(), "packed*")  # spelt like no name of a program
            for i, item in enumerate(items):
                del self.live[item]
                self.places[item] = holder, i
            self.taken.update(items)  # until the call
            self.live[holder] = level + 1
            yield holder, items

    def take(self, atoms: Iterable[Atom], span: Span) -> list[Statement]:
        """What takes packed names out of their tuples, and these out of the tuples that they are in."""
        found: list[Statement] = []
        for atom in atoms:
            if isinstance(atom, Var) and atom in self.live:
                self.live[atom] = self.live.pop(atom)
            chain = []
            while isinstance(atom, Var) and atom in self.places and atom not in self.taken:
                chain.append(atom)
                atom = self.places[atom][0]
            for name in reversed(chain):
                found.append(Let((name,), Part(*self.places[name]), span))
            self.taken.update(chain)
        return found
