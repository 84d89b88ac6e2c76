"""Traces: a call's Wengert list with tangents or adjoints, as tables, data, a graph, and a program.

The layout is that of A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic Differentiation
in Machine Learning: a Survey", JMLR 18 (2018), Tables 2 and 3: inputs v₁₋ₙ … v₀, operations v₁ ….
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vlad_py.differentiation.levels import aligned, zero_of
from vlad_py.execution.limits import Limits
from vlad_py.expressions.expression import Expression
from vlad_py.expressions.text.printer import Printer
from vlad_py.expressions.text.rounding import BRIEF, Rounding, rounding
from vlad_py.ground.errors import ConversionError, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.source import Span
from vlad_py.laboratory.drawing import graph_of
from vlad_py.laboratory.graph import FLOWS, Graph
from vlad_py.laboratory.layout import PRIMAL_HEADS, SWEEP_HEADS, Layout, layout, part_text
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE, Update, adjoints, expression_of, tangents
from vlad_py.laboratory.picture import DOWN
from vlad_py.laboratory.program import forward_program, reverse_program
from vlad_py.laboratory.recording import Recording, Written, checked_argument, one_line, record
from vlad_py.laboratory.tables import Report, Table
from vlad_py.laboratory.trace_text import latex, operation_name, subscript, unicode
from vlad_py.numbers.observed.wengert import Recorded
from vlad_py.python.convert import to_python
from vlad_py.python.function import Function
from vlad_py.values.show import show
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Value, is_numeric, shape_of

PRIMAL, FORWARD, REVERSE = MODES = ("primal", "forward", "reverse")


def trace(
    function: Value,
    *arguments: Any,
    mode: str = REVERSE,
    direction: Value = None,
    limits: Limits | None = None,
    as_run: bool = False,
    written: Written | None = None,
    digits: int | None = None,
) -> Trace:
    """The trace of a call of a function of the language.

    Several arguments are one tuple, as in the language. `mode` is "forward" (with tangents, along
    `direction`, a structure of the shape of the argument; without one the first real is varied), "reverse"
    (with adjoints; the value has to be a real) or "primal". Operations are numbered layer by layer, each
    needing those before it, or in the order `as_run`. `written` is the call where a text has it. Tables and
    graphs show so many significant `digits`; without a number, three decimals. Raises
    errors.Error, as the call does; ConversionError for another mode. But in the mode "primal", a call of a
    function whose derivative is given by a rule is one operation; RunError where that gives a function.
    """
    if mode not in MODES:
        raise ConversionError(f"a mode is one of {', '.join(MODES)}, not {mode!r:.40}")
    argument = checked_argument(arguments)
    recording = record(function, argument, limits, as_run=as_run, with_rules=mode != PRIMAL, written=written)
    result = Trace(recording, mode, rounding=rounding(digits))
    if mode != PRIMAL and recording.by_rule:
        message = f"`{recording.by_rule}` returns a function, but a rule gives its derivative"
        raise RunError(message, hint="the mode `primal` leaves out derivatives")
    if mode == FORWARD:
        result.tangents = tangents(recording, _directions(argument, direction))
    elif mode == REVERSE:
        result.updates = adjoints(recording)
    return result


def _directions(argument: Value, direction: Value) -> tuple[Value, ...]:
    numbers = [x for x in leaves(argument) if is_numeric(x)]
    if direction is not None:
        along = [
            t for x, t in zip(leaves(argument), aligned(argument, direction), strict=True) if is_numeric(x)
        ]
        return tuple(zero_of(x) if t == () else t for x, t in zip(numbers, along, strict=True))
    first = [_first_unit(x) for x in numbers[:1]]
    return (*first, *(zero_of(x) for x in numbers[1:]))


def _first_unit(x: Value) -> Value:
    if not shape_of(x):
        return 1.0
    unit = np.zeros(shape_of(x))
    unit.flat[:1] = 1.0
    return Array(unit)


@dataclass(slots=True, eq=False, repr=False)
class Trace(Report):
    """A recorded call. `tangents` are those of forward mode, by operation; `updates` those of the
    sweep of reverse mode, in order. Tables and graphs show numbers to a `rounding`.
    """

    recording: Recording
    mode: str
    tangents: list[Expression] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    rounding: Rounding = BRIEF

    def __reduce__(self) -> Any:
        hint = "`t.json()` has its operations and their values"
        raise ConversionError("a trace cannot be pickled", hint=hint)

    def __copy__(self) -> Trace:
        return self

    def __deepcopy__(self, memo: object) -> Trace:
        return self

    # ── facts ────────────────────────────────────────────────────────────────────────────────

    @property
    def value(self) -> Any:
        """The value of the call, in Python."""
        return to_python(self.recording.result, Function)

    def gradient(self) -> dict[str, Any]:
        """In reverse mode the derivative with respect to every input, in Python, by its path; 0 where
        there is none.
        """
        return {path: to_python(x, Function) for path, x in self._gradient().items()}

    def _gradient(self) -> dict[str, Value]:
        found = {update.target: update.value for update in self.updates}
        entries = self.recording.entries
        return {p: found.get(i, zero_of(entries[i].value)) for i, p in enumerate(self.recording.names)}

    def title(self) -> str:
        """The call and the mode."""
        numbers = (self.rounding.text(e.value) for e in self.recording.entries[: self.recording.inputs])
        call = f"{self.recording.called}({', '.join(self.recording.names)})"
        mode = f", {self.mode} mode" if self.mode != PRIMAL else ""
        return f"{call} at ({', '.join(numbers)}){mode}"

    # ── tables ───────────────────────────────────────────────────────────────────────────────

    def tables(self) -> list[Table]:
        """The differentiations inside, the operations, and in reverse mode the sweep back."""
        return [*self._level_tables(), *self.operation_tables()]

    def _tables(self, notation: Callable[..., Printer], is_latex: bool) -> list[Table]:
        rows = self._rows(notation, is_latex)
        found = [Table("primal trace", PRIMAL_HEADS, tuple(rows.operations(self.tangents)), is_latex)]
        if self.mode == REVERSE:
            found.append(Table("adjoint trace", SWEEP_HEADS, tuple(rows.sweep(self.updates)), is_latex))
        return found

    def operation_tables(self) -> list[Table]:
        """The operations, and in reverse mode the sweep back."""
        return self._tables(unicode, is_latex=False)

    def _rows(self, notation: Callable[..., Printer], is_latex: bool) -> Layout:
        return layout(self.recording, notation, is_latex, self.rounding)

    def _level_tables(self) -> list[Table]:
        rows = []
        for level in self.recording.levels:
            place, source = (level.span.place, one_line(level.span.text)) if level.span else ("", "")
            rows.append((subscript(level.number), level.operator, place, source))
        heads = ("level", "operator", "place", "source")
        return [Table("differentiations inside", heads, tuple(rows))] if rows else []

    def latex(self) -> str:
        """For a paper: one `tabular` for each table."""
        return "\n\n".join(
            [f"% {self.title()}", *(table.latex() for table in self._tables(latex, is_latex=True))]
        )

    def csv(self) -> str:
        """One line for each operation, numbers in full; in reverse mode with the final adjoint."""
        final = {update.target: update.value for update in self.updates}
        heads = ("name", "operation", "value", "tangent", "adjoint", "part", "place", "source")
        rows = []
        for i, row in enumerate(self.data()["operations"]):
            adjoint = _full(final[i]) if i in final else ""
            tangent = _full(self.tangents[i].value) if self.tangents else ""
            span = row["place"]
            place = f"{span['file']}:{span['line']}:{span['column']}" if span else ""
            text = span["text"] if span else ""
            value = _full(self.recording.entries[i].value)
            part = part_text(self.recording.parts[i])
            rows.append((row["name"], row["operation"], value, tangent, adjoint, part, place, text))
        return Table("", heads, tuple(rows)).csv()

    # ── data ─────────────────────────────────────────────────────────────────────────────────

    def data(self) -> dict[str, Any]:
        """The trace as lists, dictionaries, texts and numbers: what `json` writes."""
        recording = self.recording
        operations = []
        for i, entry in enumerate(recording.entries):
            is_input = entry.primitive is None
            row: dict[str, Any] = {
                "name": f"v{recording.number(i)}",
                "operation": recording.names[i] if is_input else operation_name(expression_of(entry)),
                "is_input": is_input,
                "arguments": [
                    f"v{recording.number(x.index)}" if type(x) is Recorded else _data(x)
                    for x in entry.arguments
                ],
                "value": _data(entry.value),
                "place": _place(recording.spans[i]),
                "parts": [{"level": part.level, "role": part.role} for part in recording.parts[i]],
            }
            if self.tangents:
                row["tangent"] = _data(self.tangents[i].value)
            operations.append(row)
        found: dict[str, Any] = {
            "function": recording.called,
            "mode": self.mode,
            "levels": [
                {"number": level.number, "operator": level.operator, "place": _place(level.span)}
                for level in recording.levels
            ],
            "operations": operations,
            "outputs": [
                f"v{recording.number(x.index)}" if type(x) is Recorded else _data(x)
                for x in recording.outputs()
            ],
        }
        if self.mode == REVERSE:
            found["updates"] = [
                {
                    "adjoint": f"v{recording.number(u.target)}",
                    "through": f"v{recording.number(u.source)}",
                    "term": _data(u.term.value),
                    "value": _data(u.value),
                }
                for u in self.updates
            ]
            found["gradient"] = {path: _data(x) for path, x in self._gradient().items()}
        return found

    def json(self) -> str:
        """The data as JSON; numbers that JSON has not are texts."""
        return json.dumps(self.data(), ensure_ascii=False, indent=2)

    # ── pictures and programs ────────────────────────────────────────────────────────────────

    def graph(self, flow: str = DOWN) -> Graph:
        """The computational graph, with the tangents or adjoints; its edges go "down" or to the "right".

        ConversionError for another flow.
        """
        if flow not in FLOWS:
            raise ConversionError(f"flow: expected {' or '.join(FLOWS)}, not {flow!r:.40}")
        derivatives = {update.target: update.value for update in self.updates}
        derivatives |= {i: tangent.value for i, tangent in enumerate(self.tangents)}
        kind = {PRIMAL: VALUE, FORWARD: TANGENT, REVERSE: ADJOINT}[self.mode]
        return graph_of(self.title(), self._rows(unicode, is_latex=False), derivatives, kind, flow)

    def dot(self, flow: str = DOWN) -> str:
        """The computational graph in the language of Graphviz."""
        return self.graph(flow).dot()

    def mermaid(self, flow: str = DOWN) -> str:
        """The computational graph in the language of Mermaid."""
        return self.graph(flow).mermaid()

    def svg(self, flow: str = DOWN) -> str:
        """The computational graph as a picture."""
        return self.graph(flow).svg()

    def source(self) -> str:
        """The straight-line derivative program of this trace, in ADL: of forward mode f and its derivative
        along v, of reverse mode the gradient. RunError for operations that ADL cannot write.

        It follows the branches and loops that the call took, and holds where those are taken again.
        """
        if self.mode == FORWARD:
            return forward_program(self.recording, self.tangents)
        if self.mode == REVERSE:
            return reverse_program(self.recording, self.updates)
        raise RunError("a primal trace has no derivative program", hint="use forward or reverse mode")

    def _repr_latex_(self) -> str:
        return self.latex()


def _full(value: Value) -> str:
    return show(value)


def _data(value: Value) -> Any:
    """A value as JSON has it; what JSON has not, as text."""
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is Array and bool(np.isfinite(value.data).all()):
        return value.data.tolist()
    return show(value) if is_numeric(value) else str(value)


def _place(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    line, column = span.source.position(span.start)
    return {"file": span.source.name, "line": line, "column": column, "text": span.text}
