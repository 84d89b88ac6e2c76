"""Warnings: what runs, or would run, but is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from vlad_py.checking.bindings import Local
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.machine import Limits
from vlad_py.ground.errors import Error, LimitError, Warned
from vlad_py.ground.source import Span
from vlad_py.lowering.groups import children
from vlad_py.session import catalogue
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

ENOUGH = Limits(steps=10_000)  # for a call with nothing but literals
MOST = 50  # warnings of that kind


def warnings_of(program: syntax.Program, names: list[Local]) -> list[Warned]:
    """The warnings about a text whose names are known, in the order of their places."""
    scope = _Scope(names)
    nodes = list(_nodes(program))
    used = {id(local) for node in nodes if isinstance(node, syntax.Name) and (local := scope.meant(node))}
    found = [*_unused(program, names, used), *_hiding(names, nodes)]
    for node in nodes:
        found += _conditions(node)
    found += islice((warning for node in nodes for warning in _failing(node, scope)), MOST)
    return sorted(found, key=lambda warning: warning.span.start if warning.span else 0)


class _Scope:
    """What the names of a text mean, by where they stand."""

    def __init__(self, names: list[Local]) -> None:
        self._by_name: dict[str, list[Local]] = {}
        self._binders = {local.entry.place.start for local in names if local.entry.place}
        for local in names:
            self._by_name.setdefault(local.entry.name, []).append(local)

    def meant(self, name: syntax.Name) -> Local | None:
        """The binding that a name refers to; None for one that every program sees, and where it is bound."""
        at = name.span.start
        if at in self._binders:
            return None
        around = [local for local in self._by_name.get(name.id, []) if local.start <= at <= local.end]
        return min(around, key=lambda local: local.end - local.start, default=None)


def _nodes(program: syntax.Program) -> Iterator[Node]:
    todo: list[Node] = [program]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(children(node))


# ── names ────────────────────────────────────────────────────────────────────────────────────


def _unused(program: syntax.Program, names: list[Local], used: set[int]) -> Iterator[Warned]:
    """Definitions inside functions and blocks, and imports, that nothing uses; not those named `_…`."""
    imports = {s.name: s for s in program.statements if isinstance(s, syntax.Import)}
    for local in names:
        entry = local.entry
        if id(local) in used or entry.name.startswith("_"):
            continue
        if entry.kind == catalogue.MODULE:
            if entry.name in imports:
                yield Warned(f"`{entry.name}` is imported but not used", imports[entry.name].span)
        elif entry.statement is not None and entry.place is not None and not _is_global(local, program):
            hint = f"a name like `_{entry.name}` or `_` says that this is meant"
            yield Warned(f"`{entry.name}` is defined but not used", entry.place, hint=hint)


def _is_global(local: Local, program: syntax.Program) -> bool:
    return (local.start, local.end) == (program.span.start, program.span.end)


def _hiding(names: list[Local], nodes: list[Node]) -> Iterator[Warned]:
    """Definitions that hide a name which every program sees, if the text calls that name."""
    everywhere = catalogue.everywhere()
    called = {
        n.function.id for n in nodes if isinstance(n, syntax.Call) and isinstance(n.function, syntax.Name)
    }
    for local in names:
        entry = local.entry
        if entry.name not in everywhere or entry.kind == catalogue.MODULE or entry.place is None:
            continue
        if entry.kind == catalogue.FUNCTION or entry.name in called:
            yield Warned(
                f"this `{entry.name}` hides the one that every program has",
                entry.place,
                hint=f"that is {everywhere[entry.name].signature}",
            )


# ── values that are known ────────────────────────────────────────────────────────────────────


def _conditions(node: Node) -> Iterator[Warned]:
    """Conditions, and operands of `and`, `or` and `not`, that cannot be booleans."""
    tested: tuple[Node, ...] = ()
    if isinstance(node, (syntax.If, syntax.While)):
        tested = (node.condition,)
    elif isinstance(node, syntax.Binary) and node.op in ("and", "or"):
        tested = (node.left, node.right)
    elif isinstance(node, syntax.Unary) and node.op == "not":
        tested = (node.operand,)
    for condition in tested:
        if _is_no_boolean(condition):
            yield Warned("a condition is a boolean, and this is not", condition.span)


def _is_no_boolean(node: Node) -> bool:
    match node:
        case syntax.Literal():
            return not isinstance(node.value, bool)
        case syntax.Binary():
            return node.op not in ("and", "or") and not PRIMITIVES[node.op].gives_boolean
        case syntax.Unary():
            return node.op != "not"
        case syntax.Tuple() | syntax.Array() | syntax.Comprehension() | syntax.Record() | syntax.Update():
            return True
        case _:
            return isinstance(node, (syntax.Nil, syntax.Fn))


def _failing(node: Node, scope: _Scope) -> Iterator[Warned]:
    """Calls of built-in functions, and operations, with nothing but literals that always fail."""
    if isinstance(node, syntax.Call):
        if not isinstance(node.function, syntax.Name) or scope.meant(node.function) is not None:
            return
        if node.function.id not in catalogue.built_in() or not _is_literal(node.argument):
            return
    elif not (isinstance(node, syntax.Binary) and _is_literal(node.left) and _is_literal(node.right)):
        return
    try:
        Session(limits=ENOUGH, write=lambda _: None).execute(syntax.Program(node.span, (node,)))
    except LimitError:
        return
    except Error as error:
        # what fails with the text that it is given is meant to
        if error.message not in node.span.text:
            place = error.span if error.span and error.span.source is node.span.source else node.span
            yield Warned(error.message, Span(node.span.source, place.start, place.end), hint=error.hint)


def _is_literal(node: Node) -> bool:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (syntax.Tuple, syntax.Array)):
            waiting += part.items
        elif isinstance(part, syntax.Unary) and part.op == "-":
            waiting.append(part.operand)
        elif not isinstance(part, (syntax.Literal, syntax.Nil)):
            return False
    return True
