"""What functions reach by calls: themselves, if they are recursive, and whatever has an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from vlad_py.core.traversal import all_atoms_of, atoms_of, lambda_of, statements_of
from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Builtin,
    Global,
    Lambda,
    Let,
    MakeClosure,
    Module,
    Sibling,
    Store,
)
from vlad_py.ground.graph import components
from vlad_py.ground.node import record
from vlad_py.ground.source import Span
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.values import Closure, Code, Value

# ── recursion ────────────────────────────────────────────────────────────────────────────────


def mark_recursive(module: Module) -> None:
    """Sets `is_recursive` of every function of a module: whether it can be reached from itself, by the
    functions that it makes, its siblings, and the names that the module gives to functions.
    """
    named = definitions(module)
    functions = {f.code.id: f for f in (*module.lambdas, module.main)}
    needs = {
        id: [other.code.id for other in _functions_of(f.body, named) if other.code.id in functions]
        for id, f in functions.items()
    }
    for component in components(needs):
        for id in component:
            functions[id].is_recursive = len(component) > 1 or id in needs[id]


def definitions(module: Module) -> dict[str, Lambda]:
    """The functions that a module's top level makes and names."""
    made: dict[Atom, Lambda] = {}
    found: dict[str, Lambda] = {}
    for statement in module.main.body.statements:
        if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
            made[statement.targets[0]] = statement.operation.lambda_
        elif isinstance(statement, Store) and statement.value in made:
            found[statement.name] = made[statement.value]
    return found


def _functions_of(block: Block, named: dict[str, Lambda]) -> Iterator[Lambda]:
    for statement in statements_of(block):
        if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
            yield statement.operation.lambda_
    for atom in all_atoms_of(block):
        if isinstance(atom, Sibling):
            yield atom.lambda_
        elif isinstance(atom, Global) and not atom.module and atom.name in named:
            yield named[atom.name]


# ── purity ───────────────────────────────────────────────────────────────────────────────────


@record
class Effect:
    """Something that a function does besides giving a value: the primitive that does it, and where."""

    primitive: Primitive
    span: Span


def effect_of(function: Closure, value_of: Callable[[Closure, Global], Value]) -> Effect | None:
    """The first thing found that a call of a function may do besides giving a value: print, or call Python.
    None: it is pure, as far as its text tells.

    All functions that it names or makes are looked at, in other modules too; `value_of` gives the value of a
    top-level name as a function's module sees it (KeyError: it has none yet). What it calls by a parameter
    or a captured name is not known here: whoever calls the function knows what it is given.
    """
    core = lambda_of(function)
    seen: set[Code] = {function.code}
    todo = [(function, core)] if core is not None else []
    while todo:
        closure, running = todo.pop()
        for span, part in _named_in(running):
            found: object = part
            if isinstance(part, Builtin):
                found = PRIMITIVES.get(part.name)
            elif isinstance(part, Sibling):
                found = part.lambda_
            elif isinstance(part, Global):
                with suppress(KeyError):
                    found = value_of(closure, part)
            if isinstance(found, Primitive) and not found.pure:
                return Effect(found, span)
            owner, inner = (found, lambda_of(found)) if isinstance(found, Closure) else (closure, found)
            if isinstance(inner, Lambda) and inner.code not in seen:
                seen.add(inner.code)
                todo.append((owner, inner))
    return None


def _named_in(function: Lambda) -> Iterator[tuple[Span, Atom | Primitive | Lambda]]:
    """Where each of its atoms stands, and each primitive that it applies and function that it makes."""
    for atom in function.body.results:
        yield function.code.span, atom
    for statement in statements_of(function.body):
        if isinstance(statement, Let) and isinstance(statement.operation, Apply):
            yield statement.span, statement.operation.primitive
        elif isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
            yield statement.span, statement.operation.lambda_
        for atom in (*atoms_of(statement), *(a for block in statement.blocks for a in block.results)):
            yield statement.span, atom
