"""Warnings: what runs, or would run, but is probably a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from vlad_py.checking.bindings import Local, Scope, is_short
from vlad_py.checking.keys import key_warnings
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import Error, LimitError, Warned
from vlad_py.ground.node import replaced
from vlad_py.ground.source import Span
from vlad_py.lowering.groups import all_nodes
from vlad_py.session import catalogue
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

ENOUGH = Limits(steps=10_000, memory=1 << 28, seconds=1.0)  # for a call with nothing but literals
MOST = 50  # warnings of that kind
MINUS = {False: re.compile("-"), True: re.compile(r"-\s")}  # before a term; whether the value is used
PROMISE = re.compile(r"\s*#[>~!]")  # the comment of `vlad test` about what a line does
CONSTANT = (syntax.Literal, syntax.Nil, syntax.Tuple, syntax.Array, syntax.Unary, syntax.Binary)


def warnings_of(program: syntax.Program, names: list[Local]) -> list[Warned]:
    """The warnings about a text whose names are known, in the order of their places."""
    scope = Scope(names)
    nodes = list(all_nodes(program))
    used = {id(local) for node in nodes if isinstance(node, syntax.Name) and (local := scope.meant(node))}
    found = [*_unused(program, names, nodes, used), *_hiding(names, nodes)]
    for node in nodes:
        found += _conditions(node)
        if isinstance(node, (syntax.Program, syntax.Block)):
            found += _without_use(node.statements)
    found += key_warnings(program, scope.meant)
    functions = _functions(nodes)
    found += islice((warning for node in nodes for warning in _failing(node, scope, functions)), MOST)
    return sorted(found, key=lambda warning: warning.span.start if warning.span else 0)


def unsaid(warnings: list[Warned], errors: Iterable[Error]) -> list[Warned]:
    """The warnings whose words no error has at the same place."""
    said = {(error.message, error.span.start) for error in errors if error.span is not None}
    return [w for w in warnings if w.span is None or (w.message, w.span.start) not in said]


# ── names ────────────────────────────────────────────────────────────────────────────────────


def _unused(
    program: syntax.Program, names: list[Local], nodes: list[Node], used: set[int]
) -> Iterator[Warned]:
    """Definitions inside functions and blocks, and imports, that nothing uses; not those named `_…`."""
    imports = {s.name: s for s in program.statements if isinstance(s, syntax.Import)}
    short = {node.span.start for node in nodes if isinstance(node, syntax.Field) and is_short(node)}
    for local in names:
        entry = local.entry
        if id(local) in used or entry.name.startswith("_"):
            continue
        if entry.kind == catalogue.MODULE:
            if entry.name in imports:
                yield Warned(f"`{entry.name}` is imported but not used", imports[entry.name].span)
        elif entry.statement is not None and entry.place is not None and not local.is_global(program):
            hint = f"a name like `_{entry.name}` or `_` says that this is meant"
            warning = Warned(f"`{entry.name}` is defined but not used", entry.place, hint=hint)
            field = f"{entry.name}: " if entry.place.start in short else ""
            yield warning.fixed_by(entry.place, f"{field}_{entry.name}")


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


# ── statements ───────────────────────────────────────────────────────────────────────────────


def _without_use(statements: tuple[Node, ...]) -> Iterator[Warned]:
    """Expressions that are statements by a slip: those that seem to continue the line above, and constants
    that nothing uses. The last one is a value: it seems to continue a line only if it is written as `- x`.
    """
    for above, statement in zip((None, *statements), statements, strict=False):
        text, is_last = statement.span.text, statement is statements[-1]
        if above is not None and _goes_on_below(above, statement) and MINUS[is_last].match(text):
            message = "this line is a statement of its own, and does not continue the line above"
            yield Warned(message, statement.span, hint="to continue that line, end it with `-`")
        elif not is_last and _is_constant(statement) and not PROMISE.match(_rest_of_line(statement.span)):
            yield Warned("nothing uses this value", statement.span, hint="`print(x)` writes the value of `x`")


def _goes_on_below(above: Node, statement: Node) -> bool:
    """Whether a statement begins the line below another one."""
    between = statement.span.source.text[above.span.end : statement.span.start]
    return between.count("\n") == 1


def _rest_of_line(span: Span) -> str:
    return span.source.text[span.end :].partition("\n")[0]


def _is_constant(node: Node) -> bool:
    return all(isinstance(part, CONSTANT) for part in all_nodes(node))


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


def _functions(nodes: list[Node]) -> dict[int, syntax.Def]:
    """The functions that a text names, without their bodies, by where the names stand."""
    found = {}
    for node in nodes:
        if isinstance(node, syntax.Def):
            found[node.name_span.start] = replaced(node, body=_nothing(node), doc="")
            continue
        match node:
            case syntax.Let(pattern=syntax.Name() as name, value=syntax.Fn() as function):
                own = syntax.Def(node.span, name.id, name.span, function.pattern, _nothing(node), "")
                found[name.span.start] = own
    return found


def _nothing(node: Node) -> Node:
    return syntax.Literal(node.span, 0.0)


def _failing(node: Node, scope: Scope, functions: dict[int, syntax.Def]) -> Iterator[Warned]:
    """What always fails, as nothing but literals goes in: operations, fields, indices, patterns, and calls of
    built-in functions, or of the text's own where the argument does not fit the parameters.
    """
    program = _of_literals(node, scope, functions)
    if not program:
        return
    try:
        Session(limits=ENOUGH, write=lambda _: None).execute(syntax.Program(node.span, program))
    except LimitError:
        return
    except Error as error:
        # what fails with the text that it is given is meant to
        if error.message not in node.span.text:
            place = error.span if error.span and error.span.source is node.span.source else node.span
            yield Warned(error.message, Span(node.span.source, place.start, place.end), hint=error.hint)


def _of_literals(node: Node, scope: Scope, functions: dict[int, syntax.Def]) -> tuple[Node, ...]:
    """The program that tells whether a part of a text fails; empty where more than literals go in."""
    match node:
        case syntax.Call() if isinstance(node.function, syntax.Name) and _is_literal(node.argument):
            local = scope.meant(node.function)
            if local is None:
                return (node,) if node.function.id in catalogue.built_in() else ()
            place = local.entry.place
            own = functions.get(place.start) if place is not None else None
            return (own, node) if own is not None else ()
        case syntax.Binary() if _is_literal(node.left) and _is_literal(node.right):
            return (node,)
        case syntax.Select() if _is_literal(node.value):
            return (node,)
        case syntax.Index() if _is_literal(node.value) and all(map(_is_literal, node.indices)):
            return (node,)
        case syntax.Let() if _is_literal(node.value):
            return (replaced(node, doc=""),)
        case syntax.Match() if _is_literal(node.value):
            return (replaced(node, arms=tuple(replaced(arm, body=_nothing(arm)) for arm in node.arms)),)
        case _:
            return ()


def _is_literal(node: Node) -> bool:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (syntax.Tuple, syntax.Array)):
            waiting += part.items
        elif isinstance(part, syntax.Record):
            waiting += [field.value for field in part.fields]
        elif isinstance(part, syntax.Unary) and part.op == "-":
            waiting.append(part.operand)
        elif not isinstance(part, (syntax.Literal, syntax.Nil)):
            return False
    return True
