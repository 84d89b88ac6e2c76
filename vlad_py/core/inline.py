"""Core → Core: calls of small top-level functions of the same file give way to the functions' bodies.

A small function costs less than its call, and its arithmetic joins its caller's straight run. It is
done only where names are final: a function of a session may be redefined, and is found by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from vlad_py.core import tree as core
from vlad_py.core.smooth import smooth_powers
from vlad_py.core.traversal import all_atoms_of, changed
from vlad_py.core.tree import Atom, Block, Call, Global, If, Lambda, Let, MakeTuple, Statement, Var
from vlad_py.ground.errors import Caller, Inlined
from vlad_py.ground.node import field, replaced, state
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run

MOST_STATEMENTS = 40  # of a body that is put in place of its call
LONGEST = 2000  # statements of a function into which no more is put


def inline_calls(module: core.Module) -> core.Module:
    """The module with calls replaced in the bodies of its functions. What it computes is the same.

    The functions that bodies refer to, by `MakeClosure` and `Sibling`, stay those of the given module.
    """
    inliner = _Inliner(_definitions(module), count(module.next_id).__next__)
    for function in (*module.lambdas, module.main):
        run(inliner.function(function))
    *lambdas, main = (replaced(f, body=inliner.bodies[f.code.id]) for f in (*module.lambdas, module.main))
    return core.Module(module.name, tuple(lambdas), main, inliner.ids(), module.conditions)


def _definitions(module: core.Module) -> dict[str, Lambda]:
    """The functions that top-level definitions made before anything else runs."""
    made: dict[Atom, Lambda] = {}
    found: dict[str, Lambda] = {}
    for statement in module.main.body.statements:
        if isinstance(statement, Let) and isinstance(statement.operation, core.MakeClosure):
            made[statement.targets[0]] = statement.operation.lambda_
        elif isinstance(statement, core.Store) and statement.value in made:
            found[statement.name] = made[statement.value]
        else:
            break
    return found


@state
class _Inliner:
    definitions: dict[str, Lambda]
    ids: Callable[[], int]  # for new names
    begun: set[int] = field(default_factory=set)  # functions that are done, or being done
    bodies: dict[int, Block] = field(default_factory=dict)  # of functions that are done
    known: dict[Atom, Atom] = field(default_factory=dict)  # names that stand for other atoms
    tuples: dict[Atom, tuple[Atom, ...]] = field(default_factory=dict)
    room: int = 0

    def function(self, function: Lambda) -> Walk[None]:
        if function.code.id in self.begun:
            return
        self.begun.add(function.code.id)
        saved = self.room
        self.room = LONGEST
        body = yield self.block(function.body, function.code.name)
        self.bodies[function.code.id] = smooth_powers(_without_unused_tuples(body), self.ids)
        self.room = saved

    def atom(self, atom: Atom) -> Atom:
        while atom in self.known:
            atom = self.known[atom]
        return atom

    def block(self, block: Block, caller: str) -> Walk[Block]:
        out: list[Statement] = []
        for statement in block.statements:
            statement = changed(statement, atom=self.atom)
            if isinstance(statement, Let):
                if isinstance(statement.operation, MakeTuple):
                    self.tuples[statement.targets[0]] = statement.operation.items
                elif isinstance(statement.operation, core.Untuple):
                    items = self.tuples.get(statement.operation.value)
                    if items is not None and len(items) == len(statement.targets):
                        self.known.update(zip(statement.targets, items, strict=True))
                        continue
            elif isinstance(statement, Call):
                body = yield self.body_for(statement)
                if body is not None:
                    copy = yield self.copy(body, Caller(caller, statement.span))
                    out += copy.statements
                    self.known[statement.targets[0]] = copy.results[0]
                    continue
            else:
                blocks = []
                for inner in statement.blocks:
                    blocks.append((yield self.block(inner, caller)))
                statement = changed(statement, blocks=blocks)
            out.append(statement)
        return Block(tuple(out), tuple(self.atom(a) for a in block.results))

    def body_for(self, call: Call) -> Walk[Block | None]:
        """The body to put in place of a call, its parameters known to be the arguments; or None."""
        f = call.function
        is_own = isinstance(f, Global) and not f.module and call.tag is None
        function = self.definitions.get(f.name) if isinstance(f, Global) and is_own else None
        if function is None:
            return None
        yield self.function(function)
        body = self.bodies.get(function.code.id)
        if body is None:
            return None  # it calls itself
        arguments = self.tuples.get(call.argument) if function.is_tuple else (call.argument,)
        if arguments is None or len(arguments) != len(function.parameters):
            return None
        size = _size(body)
        if size is None or size > self.room:
            return None
        self.room -= size
        self.known.update(zip(function.parameters, arguments, strict=True))
        return body

    def copy(self, block: Block, caller: Caller) -> Walk[Block]:
        """A block with names of its own, its places marked as called from elsewhere."""
        out = []
        for statement in block.statements:
            blocks = []
            for inner in statement.blocks:
                blocks.append((yield self.copy(inner, caller)))
            targets = statement.targets
            fresh = tuple(Var(self.ids(), t.name) for t in targets)
            renamed: dict[Var, Var] = dict(zip(targets, fresh, strict=True))
            new: Statement = changed(
                statement,
                atom=self.atom,
                name=renamed.__getitem__,
                blocks=blocks,
                span=_called_from(statement.span, caller),
            )
            if isinstance(new, Let) and isinstance(new.operation, MakeTuple):
                self.tuples[fresh[0]] = new.operation.items
            self.known.update(renamed.items())
            out.append(new)
        return Block(tuple(out), tuple(self.atom(a) for a in block.results))


def _called_from(span: Span, caller: Caller) -> Inlined:
    callers = (*span.callers, caller) if isinstance(span, Inlined) else (caller,)
    return Inlined(span.source, span.start, span.end, callers)


def _size(block: Block) -> int | None:
    """How many statements a small straight body has; None for any other."""
    size = 0
    todo = [block]
    while todo:
        for statement in todo.pop().statements:
            size += 1
            if size > MOST_STATEMENTS or not isinstance(statement, (Let, If)):
                return None
            todo.extend(statement.blocks)
    return size


def _without_unused_tuples(block: Block) -> Block:
    """The block without those tuples, made in it, that nothing takes any more."""
    used = set(all_atoms_of(block))
    kept = [
        s
        for s in block.statements
        if not (isinstance(s, Let) and isinstance(s.operation, MakeTuple) and s.targets[0] not in used)
    ]
    return Block(tuple(kept), block.results)
