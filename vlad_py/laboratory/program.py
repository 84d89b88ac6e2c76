"""Derivative programs: a trace's operations and their tangents or adjoints as straight-line ADL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from vlad_py.differentiation.levels import zero_of
from vlad_py.expressions.expression import Application, Constant, Expression, Name
from vlad_py.expressions.text.printer import Printer
from vlad_py.ground.errors import RunError
from vlad_py.ground.names import keywords
from vlad_py.ground.walk import Walk, run
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE, Update, expression_of
from vlad_py.laboratory.recording import Recording
from vlad_py.laboratory.trace_text import adl, is_product
from vlad_py.numbers.observed.wengert import Recorded
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.show import show
from vlad_py.values.structure import data_parts
from vlad_py.values.values import NIL, NO_STATICS, Cons, Record, Value, is_numeric

Key: TypeAlias = tuple[str, int]  # the kind and the index of a name

_PREFIX = {VALUE: "", TANGENT: "d", ADJOINT: "a"}
_OURS = re.compile(r"[da]?[vu]\d+|[da].*|inf|nan")


def reverse_program(recording: Recording, updates: list[Update]) -> str:
    """A function that gives the gradient, in the shape of the argument. RunError where ADL has no words."""
    terms: dict[int, Expression] = {}
    for update in updates:
        term = _carried_out(update.term)
        before = terms.get(update.target)
        terms[update.target] = term if before is None else _sum(before, term)
    statements = _values(recording)
    statements |= {(ADJOINT, i): terms[i] for i in sorted(terms, reverse=True)}
    names = _Names(recording, updates)
    found = [
        names.of((ADJOINT, i)) if i in terms else show(zero_of(recording.entries[i].value))
        for i in range(recording.inputs)
    ]
    f, parameters = recording.function, ", ".join(names.roots)
    lines = [
        f"## {f}_gradient({parameters}): the gradient of {f}; "
        "a… is the derivative of the result with respect to …",
        f"def {f}_gradient({parameters}) = {{",
        *names.taken_apart(""),
        *names.lines(statements, [(ADJOINT, i) for i in range(recording.inputs) if i in terms]),
        f"  {_structure(recording.argument, iter(found))}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def forward_program(recording: Recording, tangents: list[Expression]) -> str:
    """A function of a point and a direction that gives the value and the derivative along the direction.

    RunError where ADL has no words.
    """
    statements: dict[Key, Expression] = {}
    for key, expression in _values(recording).items():
        statements[key] = expression
        statements[TANGENT, key[1]] = tangents[key[1]]
    names = _Names(recording)
    wanted: list[Key] = []
    texts: dict[str, list[str]] = {VALUE: [], TANGENT: []}
    for x in recording.outputs():
        for kind in (VALUE, TANGENT):
            if type(x) is Recorded:
                wanted.append((kind, x.index))
                texts[kind].append(names.of((kind, x.index)))
            else:
                texts[kind].append(show(x if kind == VALUE else zero_of(x)))
    point, direction = (
        _grouped([prefix + root for root in names.roots]) for prefix in (_PREFIX[VALUE], _PREFIX[TANGENT])
    )
    value, slope = (_structure(recording.result, iter(texts[kind])) for kind in (VALUE, TANGENT))
    f = recording.function
    lines = [
        f"## {f}_forward(x, v): the pair of {f}(x) and its derivative along v; d… is the derivative of …",
        f"def {f}_forward({point}, {direction}) = {{",
        *names.taken_apart(""),
        *names.taken_apart(_PREFIX[TANGENT]),
        *names.lines(statements, wanted),
        f"  ({value}, {slope})",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _values(recording: Recording) -> dict[Key, Expression]:
    first = recording.inputs
    return {(VALUE, i): expression_of(e) for i, e in enumerate(recording.entries[first:], first)}


def _sum(a: Expression, b: Expression) -> Application:
    return Application(PRIMITIVES["+"], (a, b), NO_STATICS, 0.0)


def _carried_out(term: Expression) -> Expression:
    """A product with 1 or -1 as the chain rule carries it out: not at all, or as a change of sign."""
    if isinstance(term, Application) and is_product(term) and isinstance(term.arguments[1], Constant):
        factor = term.arguments[1].value
        if factor == 1.0:
            return term.arguments[0]
        if factor == -1.0:
            return Application(PRIMITIVES["neg"], term.arguments[:1], NO_STATICS, term.value)
    return term


class _Names:
    """What a program calls the numbers of a recording: inputs as its function does, where they are plain
    names that nothing else has.
    """

    def __init__(self, recording: Recording, updates: Sequence[Update] = ()) -> None:
        self.recording = recording
        self.updates = updates
        self.roots = [f"{root}_" if _is_taken(root) else root for root in recording.roots]
        self.paths = list(self.roots)
        if recording.paths != recording.roots:
            renamed = dict(zip(recording.roots, self.roots, strict=True))
            heads = [re.split(r"[.\[]", path, maxsplit=1)[0] for path in recording.paths]
            self.paths = [renamed[h] + path[len(h) :] for h, path in zip(heads, recording.paths, strict=True)]
        is_plain = recording.paths == recording.roots
        self.inputs = [path if is_plain else f"u{i + 1}" for i, path in enumerate(self.paths)]

    def of(self, key: Key) -> str:
        """The name of a value, a tangent or an adjoint."""
        kind, i = key
        own = self.inputs[i] if i < len(self.inputs) else f"v{self.recording.number(i)}"
        return _PREFIX[kind] + own

    def taken_apart(self, prefix: str) -> Iterator[str]:
        """The lines that name the inputs within a structure."""
        for name, path in zip(self.inputs, self.paths, strict=True):
            if name != path:
                yield f"  let {prefix}{name} = {prefix}{path}"

    def lines(self, statements: dict[Key, Expression], wanted: list[Key]) -> list[str]:
        """The bindings, in order, that the wanted names need."""
        needed = set(wanted)
        notation = adl(lambda name: self.of((name.kind, name.index)))
        lines = []
        for key, expression in reversed(statements.items()):
            if key in needed:
                needed.update(_names_in(expression))
                try:
                    lines.append(f"  let {self.of(key)} = {notation.of(expression)}")
                except RunError as error:
                    error.span = error.span or self.recording.spans[self._culprit(key, notation)]
                    raise
        return lines[::-1]

    def _culprit(self, key: Key, notation: Printer) -> int:
        """The operation whose derivative cannot be written, where a value, a tangent or an adjoint cannot."""
        for update in self.updates:
            if key == (ADJOINT, update.target):
                try:
                    notation.of(update.term)
                except RunError:
                    return update.source
        return key[1]


def _is_taken(root: str) -> bool:
    """Whether a name, or that of its tangent or adjoint, means something else in a program."""
    names = [prefix + root for prefix in _PREFIX.values()]
    return _OURS.fullmatch(root) is not None or any(n in PRIMITIVES or n in keywords() for n in names)


def _names_in(expression: Expression) -> Iterator[Key]:
    todo = [expression]
    while todo:
        item = todo.pop()
        if isinstance(item, Name):
            yield item.kind, item.index
        elif isinstance(item, Application):
            todo.extend(item.arguments)


def _grouped(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _structure(value: Value, numbers: Iterator[str]) -> str:
    """The text of a structure with these texts for its reals and arrays, and `()` for other leaves."""
    return run(_written(value, numbers))


def _written(value: Value, numbers: Iterator[str]) -> Walk[str]:
    inner = data_parts(value)
    if inner is None:
        return next(numbers) if is_numeric(value) else "nil" if value is NIL else "()"
    texts: list[str] = []
    for part in inner:
        texts.append((yield _written(part, numbers)))
    if isinstance(value, Record):
        return f"{{{', '.join(f'{n}: {text}' for n, text in zip(value.names, texts, strict=True))}}}"
    if isinstance(value, Cons):
        return " :: ".join([*(f"({text})" for text in texts), "nil"])
    return _grouped(texts)
