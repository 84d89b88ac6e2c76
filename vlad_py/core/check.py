"""A checker of Core: what every phase may rely on, and has to leave as it found it. Tests run it.

- A name is bound once in a module, with an id below `next_id`.
- A name is used only where it is in scope: after its statement in the same block or in a block inside, or as
  a parameter or a capture of its function.
- Joins agree: a choice's blocks give as many results as it has targets; a loop has one initial value, one
  result of its body and one target for each name of its state, and its condition is one result.
- Arity: primitives get as many arguments as they take, operations bind as many names as they give, closures
  hold as many values as their functions capture, functions give one result.
- Every function that is referred to is in the module; siblings share one environment.
- `Undefined` is given by blocks only: no operation takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vlad_py.core.text import print_lambda
from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Fail,
    For,
    If,
    Lambda,
    Let,
    MakeClosure,
    MakeRecord,
    Module,
    Operation,
    Sibling,
    Statement,
    Store,
    Undefined,
    Untuple,
    UpdateRecord,
    Var,
    While,
)
from vlad_py.primitives.primitive import MANY


class Malformed(Exception):
    """A module that breaks the rules of Core: what is wrong, then the function that has it."""


def check(module: Module) -> None:
    """Raises Malformed for a module that breaks a rule."""
    checker = _Checker(module)
    for function in (*module.lambdas, module.main):
        for complaint in checker.function(function):
            raise Malformed(f"{complaint}, in\n{print_lambda(function)}")


class _Checker:
    def __init__(self, module: Module) -> None:
        self.next_id = module.next_id
        self.bound: set[int] = set()
        self.functions = {f.code.id: f for f in (*module.lambdas, module.main)}
        self.count = len(module.lambdas) + 1

    def function(self, function: Lambda) -> Iterator[str]:
        if self.count != len(self.functions):
            yield "two functions have the same number"
        if not function.is_tuple and len(function.parameters) != 1:
            yield f"{len(function.parameters)} parameters of a function that takes no tuple"
        if len(function.code.captures) != len(function.captures):
            yield "captures that the function's code does not name"
        scope: set[Var] = set()
        yield from self.bind((*function.parameters, *function.captures), scope)
        yield from _counted("results of a function", function.body.results, 1)
        # the blocks still to look at, each with the names that are in scope around it
        todo = [(function.body, scope)]
        while todo:
            block, visible = todo.pop()
            for statement in block.statements:
                yield from self.uses(atoms_of(statement), visible, function)
                yield from self.statement(statement)
                for inner in statement.blocks:
                    todo.append((inner, visible | set(statement.inner_names)))
                yield from self.bind(statement.inner_names, set())
                yield from self.bind(statement.targets, visible)
            defined = [a for a in block.results if not isinstance(a, Undefined)]
            yield from self.uses(defined, visible, function)

    def bind(self, names: Iterable[Var], scope: set[Var]) -> Iterator[str]:
        for name in names:
            if name.id in self.bound:
                yield f"{name.name}_{name.id} is bound twice"
            if not 0 < name.id < self.next_id:
                yield f"{name.name}_{name.id} has a number outside 1…{self.next_id - 1}"
            self.bound.add(name.id)
            scope.add(name)

    def uses(self, atoms: Iterable[Atom], scope: set[Var], function: Lambda) -> Iterator[str]:
        for atom in atoms:
            if isinstance(atom, Var) and atom not in scope:
                yield f"{atom.name}_{atom.id} is not in scope"
            elif isinstance(atom, Undefined):
                yield "an operation takes what is undefined"
            elif isinstance(atom, Sibling):
                yield from self.refers(atom.lambda_)
                if atom.lambda_.code.captures != function.code.captures:
                    yield f"{atom.lambda_.code.name}#{atom.lambda_.code.id} has another environment"

    def refers(self, function: Lambda) -> Iterator[str]:
        found = self.functions.get(function.code.id)
        if found is None or found.code is not function.code:
            yield f"{function.code.name}#{function.code.id} is not in the module"

    def statement(self, statement: Statement) -> Iterator[str]:
        match statement:
            case Let(targets, operation):
                yield from self.operation(operation, targets)
            case If(targets, _, yes, no):
                yield from _counted("results of `then`", yes.results, len(targets))
                yield from _counted("results of `else`", no.results, len(targets))
            case While(targets, state, inits, head, body):
                yield from _counted("results of a condition", head.results, 1)
                yield from _loop(targets, state, inits, body, 0)
            case For(targets, state, inits, _, _, body):
                yield from _loop(targets, state, inits, body, int(statement.collects))
            case Store():
                pass
            case _:
                yield from _counted("targets of a call", statement.targets, 1)

    def operation(self, operation: Operation, targets: Sequence[Var]) -> Iterator[str]:
        given = 1
        match operation:
            case Apply(primitive, arguments):
                arity = 1 if primitive.arity == MANY else primitive.arity
                yield from _counted(f"arguments of `{primitive.name}`", arguments, arity)
            case MakeRecord(names, items) | UpdateRecord(_, names, items):
                yield from _counted("fields of a record", items, len(names))
            case MakeClosure(function, captures):
                yield from self.refers(function)
                yield from _counted("captured values", captures, len(function.captures))
            case Untuple():
                given = len(targets)
            case Fail():
                given = 0
        yield from _counted("targets of an operation", targets, given)


def _loop(
    targets: Sequence[Var], state: Sequence[Var], inits: Sequence[Atom], body: Block, collected: int
) -> Iterator[str]:
    size = len(state)
    yield from _counted("initial values of a loop", inits, size)
    yield from _counted("results of a loop's body", body.results, size + collected)
    yield from _counted("targets of a loop", targets, size + collected)


def _counted(what: str, found: Sequence[object], expected: int) -> Iterator[str]:
    if len(found) != expected:
        yield f"{len(found)} {what}, where there have to be {expected}"
