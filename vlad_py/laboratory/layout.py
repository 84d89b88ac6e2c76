"""The rows of a trace's tables, as the survey lays them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

from vlad_py.expressions.expression import Application, Expression, Name
from vlad_py.expressions.text.printer import Printer
from vlad_py.expressions.text.rounding import BRIEF, Rounding
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE, Update, expression_of
from vlad_py.laboratory.recording import Part, Recording
from vlad_py.laboratory.trace_text import follows, subscript, tidied
from vlad_py.numbers.observed.wengert import Recorded
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import NO_STATICS, Value, plain

_SYMBOLS = {"tangent": "ε", "coefficient": "Taylor", "partial": "∂", "adjoint": "adjoint"}
_INDEXED = re.compile(r"([A-Za-z])_?([0-9]+)")
_RESULTS = ("y", "z", "u", "w")
_ABOVE = {TANGENT: "\u0307", ADJOINT: "\u0304"}

PRIMAL_HEADS = (
    "name",
    "operation",
    "in numbers",
    "value",
    "tangent",
    "chain rule",
    "in numbers",
    "value",
    "part",
)
SWEEP_HEADS = ("adjoint", "chain rule", "expression", "in numbers", "value")


def part_text(parts: tuple[Part, ...]) -> str:
    """Which part of nested derivatives an operation computes: `ε₁`, `ε₁ ε₂`; empty for none."""
    return " ".join(f"{_SYMBOLS[part.role]}{subscript(part.level)}" for part in parts)


@dataclass(frozen=True, slots=True)
class Layout:
    """A trace's rows in one notation; `numeric` gives that with values in place of names, so rounded."""

    recording: Recording
    notation: Printer
    numeric: Callable[[Rounding], Printer]
    rounding: Rounding
    is_latex: bool

    @property
    def result(self) -> str:
        """The name of the result: y, unless an input has that name."""
        taken = {*self.recording.roots, *self.recording.names}
        return next((name for name in _RESULTS if name not in taken), "result")

    # ── the operations ───────────────────────────────────────────────────────────────────────

    def operations(self, tangents: list[Expression]) -> Iterator[tuple[str, ...]]:
        """A row for each operation, with its tangent if there is one, and for each output."""
        for i, entry in enumerate(self.recording.entries):
            if entry.primitive is None:
                path = self.recording.names[i]
                cells = (self.name(VALUE, i), self.word(path), "", self.notation.number(entry.value))
                dotted = self.word(path, TANGENT)
            else:
                cells = (
                    self.name(VALUE, i),
                    *self.formula(expression_of(entry)),
                    self.notation.number(entry.value),
                )
                dotted = ""
            yield (*cells, *self.tangent(i, tangents, dotted), part_text(self.recording.parts[i]))
        yield from self.outputs(tangents)

    def tangent(self, i: int, tangents: list[Expression], dotted: str) -> tuple[str, str, str, str]:
        if not tangents:
            return "", "", "", ""
        value = self.notation.number(tangents[i].value)
        formula = (dotted, "") if dotted else self.formula(tangents[i])
        return self.name(TANGENT, i), *formula, value

    def outputs(self, tangents: list[Expression]) -> Iterator[tuple[str, ...]]:
        found = self.recording.outputs()
        for position, x in enumerate(found, 1):
            word = f"{self.result}{position}" if len(found) > 1 else self.result
            own, dotted, value = self.notation.number(plain(x)), "", "0"
            if type(x) is Recorded:
                own = self.name(VALUE, x.index)
                if tangents:
                    dotted, value = self.name(TANGENT, x.index), self.notation.number(tangents[x.index].value)
            cells = (self.word(word), own, "", self.notation.number(plain(x)))
            yield (*cells, *((self.word(word, TANGENT), dotted, "", value) if tangents else ("",) * 4), "")

    # ── the sweep back ───────────────────────────────────────────────────────────────────────

    def sweep(self, updates: list[Update]) -> Iterator[tuple[str, ...]]:
        """A row for each update of an adjoint, in the order of the sweep, and for each input."""
        adjoint: dict[int, Value] = {}
        for update in updates:
            name = self.name(ADJOINT, update.target)
            if update.source == update.target:
                yield name, self.word(self.result, ADJOINT), "", "", self.notation.number(update.value)
            else:
                expression, rule = update.term, self.rule(update)
                if not update.is_first:
                    before = Name(ADJOINT, update.target, adjoint[update.target])
                    expression = Application(PRIMITIVES["+"], (before, expression), NO_STATICS, update.value)
                    rule = f"{name} + {rule}"
                yield name, rule, *self.formula(expression), self.notation.number(update.value)
            adjoint[update.target] = update.value
        for i, path in enumerate(self.recording.names):
            cell = self.name(ADJOINT, i) if i in adjoint else "0"
            yield self.word(path, ADJOINT), cell, "", "", self.notation.number(adjoint.get(i, 0.0))

    def rule(self, update: Update) -> str:
        """v̄ᵢ ∂vᵢ/∂vⱼ"""
        adjoint = self.name(ADJOINT, update.source)
        of, by = self.name(VALUE, update.source), self.name(VALUE, update.target)
        if self.is_latex:
            return rf"{adjoint} \frac{{\partial {of}}}{{\partial {by}}}"
        return f"{adjoint} ∂{of}/∂{by}"

    # ── cells ────────────────────────────────────────────────────────────────────────────────

    def name(self, kind: str, index: int) -> str:
        return self.notation.name(Name(kind, index, 0.0))

    def formula(self, expression: Expression) -> tuple[str, str]:
        """An expression in names and in numbers, which have as many digits as the value shown needs."""
        written = tidied(expression)
        digits = self.rounding
        while not follows(written, self.rounding, digits) and (finer := digits.finer()) is not None:
            digits = finer
        names, numbers = self.notation.of(written), self.numeric(digits).of(written)
        return names, "" if numbers in (names, self.notation.number(expression.value)) else numbers

    def word(self, path: str, kind: str = VALUE) -> str:
        """The name that a program gives to an input. A dot or a bar stands above one letter; the adjoint of
        a longer name is ∂y/∂name, and its tangent d name.
        """
        indexed = _INDEXED.fullmatch(path)
        letter, index = indexed.groups() if indexed else (path, "")
        is_long = len(letter) > 1
        if not self.is_latex:
            if kind == VALUE:
                return path
            if is_long:
                return f"∂{self.result}/∂{path}" if kind == ADJOINT else f"d {path}"
            return normalize("NFC", path[0] + _ABOVE[kind] + path[1:])
        if is_long:
            letter = rf"\mathtt{{{letter.replace('_', chr(92) + '_')}}}"
        if kind == ADJOINT and is_long:
            return rf"\frac{{\partial {self.result}}}{{\partial {letter}}}"
        if kind != VALUE:
            letter = rf"\{'dot' if kind == TANGENT else 'bar'}{{{letter}}}"
        return f"{letter}_{{{index}}}" if index else letter


def layout(
    recording: Recording, notation: Callable[..., Printer], is_latex: bool, rounding: Rounding = BRIEF
) -> Layout:
    """The layout of a recording; `notation` is `unicode` or `latex`."""
    number = recording.number
    names = notation(number, rounding)
    return Layout(recording, names, lambda finer: notation(number, finer, True), rounding, is_latex)
