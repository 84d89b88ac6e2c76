"""From datums to a syntax tree: forms are checked and rewritten until ADL's own nodes are left.

A procedure takes one argument, as in ADL: `(f a b c)` passes the pair of a and the pair of b and c. A pair is
a tuple of two, the empty list is the unit. So a parameter `(cons x y)` is the pattern `(x, y)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from vlad_py.ground.errors import Error, ResolveError, SyntaxError, near
from vlad_py.ground.source import Source, Span
from vlad_py.ground.walk import Walk, run
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node
from vlad_py.syntax.vlad import names
from vlad_py.syntax.vlad.datum import Constant, Datum, List, Symbol, Text
from vlad_py.syntax.vlad.forms import FORMS
from vlad_py.syntax.vlad.parts import chain, equal, invalid, is_form, match, parameters_of, parts_of_lambda

PARAMETER = "argument'"  # what a procedure takes apart

IN_INCLUDE = "a string stands in `include` only"
ARROW = "===>"
TOP_LEVEL = ("define", "include")  # forms that stand there only
HINTS = {
    "expt": "a power is `(exp (* y (log x)))`, for x above 0",
    "abs": "write `(if (negative? x) (- 0 x) x)`",
    "max": "write `(if (< x y) y x)`",
    "min": "write `(if (< x y) x y)`",
    "display": "`(write x)` prints a value, and gives it",
    "newline": "`(write x)` ends its line",
    ARROW: "`===>` stands at the top level, before the value that is expected of the form above it",
    "include": "`include` stands at the top level",
    "car": "VLAD has no `car`: define it, `(define (car (cons x y)) x)`",
    "cdr": "VLAD has no `cdr`: define it, `(define (cdr (cons x y)) y)`",
    "not": "VLAD has no `not`: define it, `(define (not x) (if x #f #t))`",
    "begin": "VLAD has one expression in a body; `(let ((ignore (write x))) y)` does two things",
    "set!": "nothing is ever changed in VLAD: a loop carries its state as parameters",
    "define": "`define` stands at the top level; inside, use `let` or `letrec`",
    "else": "`else` stands in the last clause of `cond`",
}

Include = Callable[[Text], tuple[Datum, ...]]


def program(
    datums: Iterable[Datum], span: Span, known: frozenset[str], include: Include, *, echo: bool = True
) -> syntax.Program:
    """The tree of a text. `known` are names that earlier texts define; `include` reads a file's datums.

    With `echo`, every form that is not a definition prints its value.

    Raises errors.SyntaxError for a form that is wrong, errors.ResolveError for a name that is unknown or
    defined twice.
    """
    return run(Expansion(span, known, echo).statements(_flat(datums, include)))


def _flat(datums: Iterable[Datum], include: Include) -> Iterator[Datum]:
    """The forms of a text and of the files that it includes, without `===>` and the datum after it."""
    todo = [iter(datums)]
    while todo:
        datum = next(todo[-1], None)
        if datum is None:
            todo.pop()
        elif isinstance(datum, Symbol) and datum.name == ARROW:
            if next(todo[-1], None) is None:
                raise SyntaxError("a datum is missing after `===>`", datum.span, hint=HINTS[ARROW])
        elif (file := _included(datum)) is not None:
            todo.append(iter(include(file)))
        else:
            yield datum


def _included(datum: Datum) -> Text | None:
    """The name of the file that a form includes; None for any other form."""
    if not isinstance(datum, List) or not is_form(datum, "include"):
        return None
    name = datum.items[1] if len(datum.items) == 2 else None
    if not isinstance(name, Text):
        raise invalid("expression", datum, 'write `(include "file")`')
    return name


@dataclass(frozen=True, slots=True)
class _Unresolved:
    """A name in a definition that nothing defines yet: a later definition may."""

    name: Symbol
    bound: tuple[str, ...]  # the local names that are seen there, for a hint


class Expansion:
    """The forms of one text, in their order. `defined` and `local` are the names that are seen."""

    def __init__(self, span: Span, known: frozenset[str], echo: bool) -> None:
        self.span = span
        self.echo = echo
        self.known = known
        self.defined: dict[str, Span] = {}
        self.local: Counter[str] = Counter()  # how many scopes around bind a name
        self.unresolved: list[_Unresolved] = []
        self.writers: set[str] = set()

    # ── the top level ────────────────────────────────────────────────────────────────────────

    def statements(self, forms: Iterable[Datum]) -> Walk[syntax.Program]:
        found: list[Node] = []
        for form in forms:
            if isinstance(form, List) and is_form(form, "define"):
                found.append((yield self.definition(form)))
                continue
            value = yield self.expression(form)
            self.resolve()
            found.append(self.printed(value) if self.echo else value)
        self.resolve()
        opening: list[Node] = [syntax.Import(self.span, names.LIBRARY, False, names.BASIS)]
        opening += [self.writer(name) for name in sorted(self.writers)]
        return syntax.Program(self.span, (*opening, *found))

    def definition(self, form: List) -> Walk[Node]:
        if len(form.items) != 3:
            raise invalid("definition", form, "write `(define (name parameter …) body)`")
        target, body = form.items[1:]
        layers: list[List] = []  # of `(define ((f x) y) body)`: the parameters, the last ones first
        while isinstance(target, List) and target.items and target.tail is None:
            layers.append(target)
            target = target.items[0]
        if not isinstance(target, Symbol):
            raise invalid("definition", form, "write `(define (name parameter …) body)`")
        if target.name in self.defined:
            line, _ = self.defined[target.name].source.position(self.defined[target.name].start)
            raise ResolveError(
                f"Duplicate variables: `{target.name}`", target.span, hint=f"it is defined at line {line}"
            )
        self.defined[target.name] = target.span
        if layers:
            outermost = layers.pop()
            parameters, place = outermost.items[1:], outermost.span
        elif isinstance(body, List) and is_form(body, "lambda"):
            place = body.items[1].span
            parameters, body = parts_of_lambda(body)
        else:
            raise invalid(
                "expression", body, f"`define` binds procedures: `(define ({target.name}) …)` takes none"
            )
        span = form.span
        pattern, bound = parameters_of(parameters, place, form)
        self.local.update(bound)
        all_bound = list(bound)
        curried: list[tuple[Node, Span]] = []
        for layer in reversed(layers):
            inner, more = parameters_of(layer.items[1:], layer.span, form)
            curried.append((inner, layer.span))
            self.local.update(more)
            all_bound += more
        value = yield self.expression(body)
        self.local.subtract(all_bound)
        for inner, place in reversed(curried):
            value = syntax.Fn(place + body.span, inner, value)
        if isinstance(pattern, syntax.Tuple) and pattern.items:
            # One parameter that the body takes apart: a call of it is inlined whatever its argument is.
            parameter = syntax.Name(pattern.span, PARAMETER)
            value = syntax.Block(span, (syntax.Let(pattern.span, pattern, parameter, ""), value))
            pattern = parameter
        return syntax.Def(span, names.translated(target.name), target.span, pattern, value, "")

    def resolve(self) -> None:
        """All names of definitions so far must be defined by now: an expression is about to use them."""
        for unresolved in self.unresolved:
            if unresolved.name.name not in self.defined:
                raise self.unbound(unresolved.name, unresolved.bound)
        self.unresolved.clear()

    def printed(self, value: Node) -> Node:
        """A statement that prints a value."""
        text = syntax.Call(value.span, self.basis("text", value.span), value)
        return syntax.Call(value.span, syntax.Name(value.span, "print"), text)

    def writer(self, name: str) -> Node:
        """The procedure `write` or `write-real`: it prints its argument and gives it back.

        To whoever places an error it is of the library: no text of the user's has it.
        """
        own = names.WRITERS[name]
        text = f"def {own}(x) = …"
        span = Span(Source(names.LIBRARY, text, library=True), 0, len(text))
        x = syntax.Name(span, "x")
        value = x if name == "write" else syntax.Call(span, self.basis("real", span), x)
        body = syntax.Block(span, (self.printed(value), x))
        return syntax.Def(span, own, span, x, body, "")

    # ── names ────────────────────────────────────────────────────────────────────────────────

    def basis(self, name: str, span: Span) -> Node:
        return syntax.Select(span, syntax.Name(span, names.BASIS), name, span)

    def name(self, symbol: Symbol) -> Node:
        name, span = symbol.name, symbol.span
        if self.is_bound(name):
            return syntax.Name(span, names.translated(name))
        if name not in names.BUILT_IN:
            self.unresolved.append(_Unresolved(symbol, tuple(+self.local)))
            return syntax.Name(span, names.translated(name))
        if name in names.OPERATORS:
            return syntax.Operator(span, name)
        if name in names.FUNCTIONS:
            return syntax.Name(span, names.FUNCTIONS[name])
        if name in names.WRITERS:
            self.writers.add(name)
            return syntax.Name(span, names.WRITERS[name])
        if name in names.PRIMITIVES:
            return syntax.Name(span, name)
        return self.basis(names.PROCEDURES[name], span)

    def is_built_in(self, head: Datum) -> TypeGuard[Symbol]:
        """Whether a datum is a name that still stands for what VLAD gives it."""
        return isinstance(head, Symbol) and head.name in names.BUILT_IN and not self.is_bound(head.name)

    def is_bound(self, name: str) -> bool:
        """Whether a name is the program's own."""
        return self.local[name] > 0 or name in self.defined or name in self.known

    def unbound(self, symbol: Symbol, bound: tuple[str, ...]) -> Error:
        name = symbol.name
        hint = HINTS.get(name) or near(name, [*bound, *self.defined, *self.known, *names.BUILT_IN, *FORMS])
        return ResolveError(f"Unbound variable: {name}", symbol.span, hint=hint)

    # ── expressions ──────────────────────────────────────────────────────────────────────────

    def expression(self, datum: Datum) -> Walk[Node]:
        span = datum.span
        if isinstance(datum, Constant):
            return syntax.Literal(span, datum.value)
        if isinstance(datum, Symbol):
            return self.name(datum)
        if not isinstance(datum, List) or datum.tail is not None:
            raise invalid("expression", datum, IN_INCLUDE if isinstance(datum, Text) else "")
        if not datum.items:
            raise invalid("expression", datum, "the empty list is written `'()`")
        head, *arguments = datum.items
        if isinstance(head, Symbol) and head.name in FORMS:
            return (yield FORMS[head.name](self, datum, arguments))
        if isinstance(head, Symbol) and head.name in TOP_LEVEL and not self.is_bound(head.name):
            raise self.unbound(head, tuple(+self.local))
        return (yield self.call(datum, head, arguments))

    def call(self, datum: List, head: Datum, arguments: list[Datum]) -> Walk[Node]:
        span = datum.span
        if self.is_built_in(head):
            assert isinstance(head, Symbol)
            found = yield self.built_in(datum, head, arguments)
            if found is not None:
                return found
        function = yield self.expression(head)
        items: list[Node] = []
        for argument in arguments:
            items.append((yield self.expression(argument)))
        return syntax.Call(span, function, chain(items, syntax.Tuple(span, ()), span))

    def built_in(self, datum: List, head: Symbol, arguments: list[Datum]) -> Walk[Node | None]:
        """A call of a procedure that ADL has a shorter way for; None for all others."""
        span, name = datum.span, head.name
        if name in names.OPERATORS and len(arguments) == 2:
            left = yield self.expression(arguments[0])
            right = yield self.expression(arguments[1])
            return syntax.Binary(span, name, left, right, head.span)
        if name in ("positive?", "negative?") and len(arguments) == 1:
            value = yield self.expression(arguments[0])
            sign = ">" if name == "positive?" else "<"
            return syntax.Binary(span, sign, value, syntax.Literal(span, 0.0), head.span)
        if (name == "=" and len(arguments) == 2) or (name == "zero?" and len(arguments) == 1):
            left = yield self.expression(arguments[0])
            right = (yield self.expression(arguments[1])) if name == "=" else syntax.Literal(span, 0.0)
            return equal(left, right, span, head.span)
        if name in ("null?", "pair?") and len(arguments) == 1:
            value = yield self.expression(arguments[0])
            wild = syntax.Wildcard(span)
            shape = syntax.Tuple(span, (wild, wild) if name == "pair?" else ())
            return match(value, shape, syntax.Literal(span, True), syntax.Literal(span, False), span)
        return None
