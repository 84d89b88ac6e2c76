"""VLAD's special forms: each is checked, and rewritten as nodes of the syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.syntax.vlad import names
from vlad_py.syntax.vlad.datum import Constant, Datum, List, Symbol
from vlad_py.syntax.vlad.parts import (
    bindings_of,
    chain,
    check_distinct,
    invalid,
    is_form,
    is_pair_of_two,
    match,
    parameters_of,
    parts_of_lambda,
    pattern_of,
    quoted,
)

if TYPE_CHECKING:
    from vlad_py.syntax.vlad.expand import Expansion

Form: TypeAlias = "Callable[[Expansion, List, list[Datum]], Walk[Node]]"


def _on_quote(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    if len(rest) != 1:
        raise invalid("expression", datum, "write `(quote value)`")
    return (yield quoted(rest[0], datum))


def _on_lambda(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    parameters, body = parts_of_lambda(datum)
    pattern, bound = parameters_of(parameters, datum.items[1].span, datum)
    expansion.local.update(bound)
    value = yield expansion.expression(body)
    expansion.local.subtract(bound)
    return syntax.Fn(datum.span, pattern, value)


def _on_letrec(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    bindings = bindings_of(datum, rest, "(letrec ((name (lambda …)) …) body)")
    bound = [target.name for target, _ in bindings if isinstance(target, Symbol)]
    check_distinct(bound, datum)
    procedures: list[tuple[Symbol, List]] = []
    for target, value in bindings:
        if not isinstance(target, Symbol) or not isinstance(value, List) or not is_form(value, "lambda"):
            raise invalid("expression", datum, "`letrec` binds names to `lambda` expressions")
        procedures.append((target, value))
    expansion.local.update(bound)
    statements: list[Node] = []
    for target, value in procedures:
        statements.append((yield _procedure(expansion, target, value)))
    body = yield expansion.expression(rest[1])
    expansion.local.subtract(bound)
    return syntax.Block(datum.span, (*statements, body))


def _procedure(expansion: Expansion, target: Symbol, value: List) -> Walk[Node]:
    """A `lambda` expression as a definition of a block."""
    parameters, body = parts_of_lambda(value)
    pattern, bound = parameters_of(parameters, value.items[1].span, value)
    expansion.local.update(bound)
    result = yield expansion.expression(body)
    expansion.local.subtract(bound)
    return syntax.Def(value.span, names.translated(target.name), target.span, pattern, result, "")


def _on_let(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    if len(rest) == 3 and isinstance(rest[0], Symbol):
        return (yield _named_let(expansion, datum, rest[0], rest[1:]))
    bindings = bindings_of(datum, rest, "(let ((name value) …) body)")
    if not bindings:
        return (yield expansion.expression(rest[1]))
    # Every value but the last is bound to a name of its own before any pattern is bound, and the last one's
    # pattern comes first: no value sees the patterns.
    statements: list[Node] = []
    values: list[Node] = []
    for i, (target, value) in enumerate(bindings):
        node = yield expansion.expression(value)
        if i < len(bindings) - 1:
            name = f"{target.name if isinstance(target, Symbol) else i}'let"
            statements.append(syntax.Let(value.span, syntax.Name(target.span, name), node, ""))
            node = syntax.Name(value.span, name)
        values.append(node)
    all_bound: list[str] = []
    for (target, value), node in reversed(list(zip(bindings, values, strict=True))):
        pattern, bound = pattern_of(target)
        all_bound += bound
        statements.append(syntax.Let(target.span + value.span, pattern, node, ""))
    check_distinct(all_bound, datum)
    expansion.local.update(all_bound)
    body = yield expansion.expression(rest[1])
    expansion.local.subtract(all_bound)
    return syntax.Block(datum.span, (*statements, body))


def _named_let(expansion: Expansion, datum: List, target: Symbol, rest: list[Datum]) -> Walk[Node]:
    bindings = bindings_of(datum, rest, "(let name ((parameter value) …) body)")
    pattern, bound = parameters_of([p for p, _ in bindings], rest[0].span, datum)
    expansion.local.update([target.name, *bound])
    body = yield expansion.expression(rest[1])
    expansion.local.subtract(bound)
    loop = syntax.Def(datum.span, names.translated(target.name), target.span, pattern, body, "")
    items: list[Node] = []
    for _, value in bindings:
        items.append((yield expansion.expression(value)))
    expansion.local.subtract([target.name])
    name = syntax.Name(target.span, names.translated(target.name))
    start = syntax.Call(datum.span, name, chain(items, syntax.Tuple(datum.span, ()), datum.span))
    return syntax.Block(datum.span, (loop, start))


def _on_let_star(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    bindings = bindings_of(datum, rest, "(let* ((name value) …) body)")
    all_bound: list[str] = []
    values: list[tuple[Node, Node, Span]] = []
    for target, value in bindings:
        node = yield expansion.expression(value)
        pattern, bound = pattern_of(target)
        check_distinct(bound, datum)
        all_bound += bound
        expansion.local.update(bound)
        values.append((pattern, node, target.span + value.span))
    body = yield expansion.expression(rest[1])
    expansion.local.subtract(all_bound)
    for pattern, node, span in reversed(values):
        body = syntax.Block(datum.span, (syntax.Let(span, pattern, node, ""), body))
    return body


def _on_if(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    if len(rest) != 3:
        raise invalid("expression", datum, "write `(if test consequent alternative)`: both are needed")
    condition = yield expansion.expression(rest[0])
    yes = yield expansion.expression(rest[1])
    no = yield expansion.expression(rest[2])
    return _choice(expansion, rest[0], condition, yes, no, datum.span)


def _choice(expansion: Expansion, test: Datum, condition: Node, yes: Node, no: Node, span: Span) -> Node:
    """`if` on a value of which only `#f` is false."""
    if _is_boolean(expansion, test):
        return syntax.If(span, condition, yes, no)
    return match(condition, syntax.Literal(span, False), no, yes, span)


def _is_boolean(expansion: Expansion, test: Datum) -> bool:
    """Whether a test gives a boolean whatever happens, so that nobody need ask whether it is `#f`."""
    if isinstance(test, Constant):
        return isinstance(test.value, bool)
    return (
        isinstance(test, List)
        and len(test.items) > 1
        and expansion.is_built_in(head := test.items[0])
        and head.name in names.PREDICATES
    )


def _on_cond(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    clauses = [(c.items[0], c.items[1]) for c in rest if isinstance(c, List) and is_pair_of_two(c)]
    last = clauses[-1][0] if clauses else None
    if len(clauses) != len(rest) or not isinstance(last, Symbol) or last.name != "else":
        raise invalid("expression", datum, "write `(cond (test value) … (else value))`")
    found: list[tuple[Datum, Node, Node]] = []
    for test, value in clauses[:-1]:
        condition = yield expansion.expression(test)
        found.append((test, condition, (yield expansion.expression(value))))
    result = yield expansion.expression(clauses[-1][1])
    for question, condition, consequent in reversed(found):
        result = _choice(expansion, question, condition, consequent, result, datum.span)
    return result


def _on_and(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    if not rest:
        return syntax.Literal(datum.span, True)
    items: list[Node] = []
    for item in rest:
        items.append((yield expansion.expression(item)))
    result = items[-1]
    for test, condition in reversed(list(zip(rest, items, strict=True))[:-1]):
        result = _choice(expansion, test, condition, result, syntax.Literal(datum.span, False), datum.span)
    return result


def _on_or(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    span = datum.span
    if not rest:
        return syntax.Literal(span, False)
    items: list[Node] = []
    for item in rest:
        items.append((yield expansion.expression(item)))
    result = items[-1]
    for test, value in reversed(list(zip(rest, items, strict=True))[:-1]):
        if _is_boolean(expansion, test):
            result = syntax.If(span, value, syntax.Literal(span, True), result)
            continue
        name = syntax.Name(value.span, "or'")
        choice = _choice(expansion, test, name, name, result, span)
        result = syntax.Block(span, (syntax.Let(value.span, name, value, ""), choice))
    return result


def _on_cons(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    if len(rest) != 2:
        raise invalid("expression", datum, "write `(cons car cdr)`")
    return (yield _on_cons_star(expansion, datum, rest))


def _on_cons_star(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    items: list[Node] = []
    for item in rest:
        items.append((yield expansion.expression(item)))
    return chain(items, syntax.Tuple(datum.span, ()), datum.span)


def _on_list(expansion: Expansion, datum: List, rest: list[Datum]) -> Walk[Node]:
    items: list[Node] = []
    for item in rest:
        items.append((yield expansion.expression(item)))
    return chain([*items, syntax.Tuple(datum.span, ())], syntax.Tuple(datum.span, ()), datum.span)


FORMS: dict[str, Form] = {
    "quote": _on_quote,
    "lambda": _on_lambda,
    "letrec": _on_letrec,
    "let": _on_let,
    "let*": _on_let_star,
    "if": _on_if,
    "cons": _on_cons,
    "cons*": _on_cons_star,
    "list": _on_list,
    "cond": _on_cond,
    "and": _on_and,
    "or": _on_or,
}
