"""Parts of forms: parameters, bindings, quoted values, and the nodes that several forms are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vlad_py.ground.errors import ResolveError, SyntaxError
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.syntax.vlad import names
from vlad_py.syntax.vlad.datum import Constant, Datum, List, Symbol

LONGEST_SHOWN = 60  # characters of an expression that an error message repeats


def parts_of_lambda(datum: List) -> tuple[tuple[Datum, ...], Datum]:
    if len(datum.items) != 3 or not isinstance(datum.items[1], List) or datum.items[1].tail is not None:
        hint = "write `(lambda (parameter …) body)`, with one body"
        raise invalid("expression", datum, hint)
    return datum.items[1].items, datum.items[2]


def bindings_of(datum: List, rest: list[Datum], usage: str) -> list[tuple[Datum, Datum]]:
    found = rest[0] if len(rest) == 2 else None
    if not isinstance(found, List) or found.tail is not None:
        raise invalid("expression", datum, f"write `{usage}`")
    pairs = [b for b in found.items if isinstance(b, List) and is_pair_of_two(b)]
    if len(pairs) != len(found.items):
        raise invalid("expression", datum, f"write `{usage}`")
    return [(b.items[0], b.items[1]) for b in pairs]


def parameters_of(parameters: Iterable[Datum], span: Span, form: Datum) -> tuple[Node, list[str]]:
    """The pattern of a procedure's parameters, and the names that it binds."""
    patterns: list[Node] = []
    bound: list[str] = []
    for parameter in parameters:
        pattern, more = pattern_of(parameter)
        patterns.append(pattern)
        bound += more
    check_distinct(bound, form)
    return chain(patterns, syntax.Tuple(span, ()), span), bound


def pattern_of(datum: Datum) -> tuple[Node, list[str]]:
    """A parameter as a pattern, and the names that it binds."""
    bound: list[str] = []
    return run(_pattern(datum, bound)), bound


def is_form(datum: Datum, name: str) -> bool:
    return (
        isinstance(datum, List)
        and datum.tail is None
        and bool(datum.items)
        and isinstance(datum.items[0], Symbol)
        and datum.items[0].name == name
    )


def _pattern(datum: Datum, bound: list[str]) -> Walk[Node]:
    """A parameter as a pattern; the names that it binds are added to `bound`."""
    span = datum.span
    if isinstance(datum, Symbol):
        bound.append(datum.name)
        return syntax.Name(span, names.translated(datum.name))
    if isinstance(datum, Constant):
        return syntax.Literal(span, datum.value)
    head = datum.items[0] if isinstance(datum, List) and datum.items and datum.tail is None else None
    if isinstance(datum, List) and isinstance(head, Symbol):
        rest = datum.items[1:]
        if head.name == "quote" and len(rest) == 1:
            return (yield quoted(rest[0], datum))
        if (head.name == "cons" and len(rest) == 2) or head.name in ("cons*", "list"):
            items: list[Node] = []
            for item in rest:
                items.append((yield _pattern(item, bound)))
            if head.name == "list":
                items.append(syntax.Tuple(span, ()))
            return chain(items, syntax.Tuple(span, ()), span)
    raise invalid(
        "parameter", datum, "a parameter is a name, a constant, `(cons a b)`, `(cons* …)` or `(list …)`"
    )


def quoted(datum: Datum, form: Datum) -> Walk[Node]:
    """A quoted value, as an expression or a pattern."""
    span = datum.span
    if isinstance(datum, Constant):
        return syntax.Literal(span, datum.value)
    if not isinstance(datum, List):
        kind = "a symbol" if isinstance(datum, Symbol) else "a string"
        raise invalid(
            "expression", form, f"VLAD has no {kind[2:]}s as values: reals, booleans and lists of them"
        )
    items: list[Node] = []
    for item in (*datum.items, *(() if datum.tail is None else (datum.tail,))):
        items.append((yield quoted(item, form)))
    if datum.tail is None:
        items.append(syntax.Tuple(span, ()))
    return chain(items, syntax.Tuple(span, ()), span)


def chain(items: list[Node], empty: Node, span: Span) -> Node:
    """The pair of the first item and the pair of the second and …, as `cons*` puts them together."""
    if not items:
        return empty
    result = items[-1]
    for item in reversed(items[:-1]):
        result = syntax.Tuple(span, (item, result))
    return result


def equal(left: Node, right: Node, span: Span, sign: Span) -> Node:
    """Whether two reals are equal, by comparisons that refuse whatever has no order."""
    a, b = syntax.Name(left.span, "a'"), syntax.Name(right.span, "b'")
    below = syntax.Binary(span, "<=", a, b, sign)
    above = syntax.Binary(span, ">=", a, b, sign)
    test = syntax.If(span, below, above, syntax.Literal(span, False))
    bindings = syntax.Let(left.span, a, left, ""), syntax.Let(right.span, b, right, "")
    return syntax.Block(span, (*bindings, test))


def match(value: Node, pattern: Node, yes: Node, no: Node, span: Span) -> Node:
    """`yes` where a value fits a pattern, else `no`."""
    wild = syntax.Arm(span, syntax.Wildcard(span), no)
    return syntax.Match(span, value, (syntax.Arm(span, pattern, yes), wild))


def is_pair_of_two(datum: List) -> bool:
    return len(datum.items) == 2 and datum.tail is None


def check_distinct(bound: list[str], form: Datum) -> None:
    for name, count in Counter(bound).items():
        if count > 1:
            raise ResolveError(
                f"Duplicate variables: {_shown(form)}", form.span, hint=f"`{name}` is bound more than once"
            )


def invalid(what: str, datum: Datum, hint: str) -> SyntaxError:
    return SyntaxError(f"Invalid {what}: {_shown(datum)}", datum.span, hint=hint)


def _shown(datum: Datum) -> str:
    text = " ".join(datum.span.text.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
