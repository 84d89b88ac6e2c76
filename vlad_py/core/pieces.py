"""Core → Core: what a file computes at its top level becomes functions, which a tier can compile.

A tier compiles calls. A loop at the top level of a file is not a call, and neither is the arithmetic there.
Here a run of such statements becomes a function without a name, of the names that it uses; the main program
calls it once. What the main program calls or prints, and what it defines, stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from vlad_py.core import tree as core
from vlad_py.core.traversal import atoms_of, changed, statements_of
from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Call,
    For,
    Lambda,
    Let,
    MakeClosure,
    MakeTuple,
    Module,
    Statement,
    Store,
    Untuple,
    Var,
    While,
)
from vlad_py.ground.node import field, state
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run
from vlad_py.values.values import Code


def in_pieces(module: Module, *, loops_only: bool) -> Module:
    """The module with the top level in pieces, or with `loops_only` its loops. It computes the same."""
    maker = _Maker(count(module.next_id).__next__)
    main = maker.main(module.main, loops_only)
    return core.Module(module.name, (*module.lambdas, *maker.pieces), main, maker.ids(), module.conditions)


def is_piece(function: Lambda) -> bool:
    """Whether a function is a piece of the top level, or all of it: they have no name."""
    return not function.code.name


@state
class _Maker:
    ids: Callable[[], int]  # for new names
    pieces: list[Lambda] = field(default_factory=list)
    known: dict[Atom, Atom] = field(default_factory=dict)  # the names within a piece by those outside

    def var(self, like: Var) -> Var:
        return Var(self.ids(), like.name)

    def main(self, main: Lambda, loops_only: bool) -> Lambda:
        """The main program, its pieces called."""
        statements = main.body.statements
        last_use = _last_uses(main.body)
        out: list[Statement] = []
        at = 0
        while at < len(statements):
            end = at
            while end < len(statements) and _may_move(statements[end], loops_only):
                end += 1
            given = [t for s in statements[at:end] for t in s.targets if last_use.get(t, -1) >= end]
            if given and any(map(_computes, statements[at:end])):
                out += self.piece(statements[at:end], given)
            else:
                end = max(end, at + 1)
                out += statements[at:end]
            at = end
        code = main.code
        code.core = whole = Lambda(
            code, main.is_tuple, main.parameters, main.captures, Block(tuple(out), main.body.results)
        )
        return whole

    def piece(self, statements: tuple[Statement, ...], given: list[Var]) -> list[Statement]:
        """The statements that make a function of statements and call it, for the names that it gives."""
        bound = {name for s in statements for name in _bound(s)}
        used = [a for s in statements for a in _used(s) if isinstance(a, Var) and a not in bound]
        outside = tuple(dict.fromkeys(used))
        inside = tuple(map(self.var, outside))
        self.known = dict(zip(outside, inside, strict=True))
        body = [run(self.renamed(s)) for s in statements]
        first, last = statements[0].span, statements[-1].span
        span: Span = Span(first.source, min(first.start, last.start), max(first.end, last.end))
        results: Atom = self.known[given[0]]
        if len(given) > 1:
            results = Var(self.ids(), "t")
            body.append(Let((results,), MakeTuple(tuple(self.known[g] for g in given)), span))
        code = Code(self.ids(), "", "", tuple(v.name for v in outside), span, "")
        code.core = function = Lambda(
            code, False, (Var(self.ids(), "unit"),), inside, Block(tuple(body), (results,))
        )
        self.pieces.append(function)
        made = Var(self.ids(), "piece")
        called = given[0] if len(given) == 1 else Var(self.ids(), "t")
        out: list[Statement] = [
            Let((made,), MakeClosure(function, outside), span),
            Call((called,), made, core.Const(()), span),
        ]
        if len(given) > 1:
            out.append(Let(tuple(given), Untuple(called, "a piece"), span))
        return out

    def renamed(self, statement: Statement) -> Walk[Statement]:
        """A statement with names of its own."""
        new: Statement = changed(statement, atom=self.atom)
        fresh = {name: self.var(name) for name in (*statement.targets, *statement.inner_names)}
        self.known.update(fresh.items())
        blocks = []
        for block in statement.blocks:
            inner = []
            for each in block.statements:
                inner.append((yield self.renamed(each)))
            blocks.append(Block(tuple(inner), tuple(map(self.atom, block.results))))
        new = changed(new, name=fresh.__getitem__, blocks=blocks)
        return new

    def atom(self, atom: Atom) -> Atom:
        return self.known.get(atom, atom)


def _last_uses(block: Block) -> dict[Var, int]:
    """By name, the position of the last statement that takes it; for what the results take, one behind."""
    uses = [*map(_used, block.statements), block.results]
    return {a: position for position, atoms in enumerate(uses) for a in atoms if isinstance(a, Var)}


def _used(statement: Statement) -> list[Atom]:
    """The atoms that a statement and the blocks in it take or give."""
    found = list(atoms_of(statement))
    for block in statement.blocks:
        found += block.results
        for inner in statements_of(block):
            found += atoms_of(inner)
            for each in inner.blocks:
                found += each.results
    return found


def _bound(statement: Statement) -> list[Var]:
    found = [*statement.targets, *statement.inner_names]
    for block in statement.blocks:
        for inner in statements_of(block):
            found += [*inner.targets, *inner.inner_names]
    return found


def _may_move(statement: Statement, loops_only: bool) -> bool:
    """Whether a statement of the main program may stand in a function: no definition, and no effect."""
    if isinstance(statement, (Store, Call)):
        return False
    if loops_only and not isinstance(statement, (While, For)):
        return False
    if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
        return False
    inside = [statement, *(s for block in statement.blocks for s in statements_of(block))]
    return all(
        not (isinstance(s, Let) and isinstance(s.operation, Apply) and not s.operation.primitive.pure)
        for s in inside
    )


def _computes(statement: Statement) -> bool:
    """Whether a statement does more than move values."""
    return not isinstance(statement, Let) or not isinstance(
        statement.operation, (core.Same, MakeTuple, core.MakeRecord)
    )
