"""Counting: what a call and its derivatives cost, in operations, calls and tape.

An operation is one primitive applied to numbers that depend on the arguments of the call. Each entry says
what its primitive costs: additions, subtractions, changes of sign, multiplications and choices cost 1,
divisions 2, other functions of reals 4. An array costs that for each element, a matrix product 2 for each
product of two elements. Moving elements costs nothing. Tests and steps (`floor`, `sign`) see plain numbers
and are not counted. So counts are the same on every machine, and can be compared with theory.

Source of the theory: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed. 2008), chapters 3 and 4.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from types import FunctionType

from vlad_py.differentiation.levels import attach
from vlad_py.differentiation.tags import fresh_tag
from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import Finished, Paused, advance, run, start
from vlad_py.execution.unit import UNITS
from vlad_py.expressions.cost import cost_of, only_moves
from vlad_py.ground.errors import NoDerivative
from vlad_py.ground.late_numpy import np
from vlad_py.laboratory.modes import expression_of
from vlad_py.laboratory.recording import checked_argument
from vlad_py.laboratory.tables import Report, Table
from vlad_py.laboratory.trace_text import operation_name
from vlad_py.numbers.observed.wengert import WengertList
from vlad_py.numbers.reverse.joint import Joint
from vlad_py.numbers.reverse.tape import Node, link_of
from vlad_py.primitives.primitive import Adjoint
from vlad_py.session.library import library_of
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import Array, Value, is_numeric, is_real, plain, size_of

F, FORWARD, REVERSE, ALL_FORWARD = "f", "derivative", "gradient", "gradient_forward"


@dataclass(frozen=True, slots=True)
class Count:
    """The cost of one run: operations by their names in traces, their cost, and calls of functions; `notes`
    say how batches were computed.
    """

    operations: Counter[str]
    cost: int
    calls: int
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Tape:
    """The tape of a reverse pass: its nodes, and the bytes that they and their partials take."""

    nodes: int
    bytes: int


@dataclass(frozen=True, slots=True, repr=False)
class Counts(Report):
    """The costs of a call and of its derivatives, by what was run; a derivative includes the call itself.

    `without` says why there are no derivatives, where the call has none.
    """

    columns: dict[str, Count]
    tape: Tape | None
    without: str = ""

    def ratio(self, column: str) -> float:
        """The constant c of the theory: the cost of a derivative over that of the call. ValueError for an
        unknown column.
        """
        if column not in self.columns:
            raise ValueError(f"there is no column {column!r}, the columns are {', '.join(self.columns)}")
        own = self.columns[F].cost
        return self.columns[column].cost / own if own else 0.0

    def tables(self) -> list[Table]:
        """A row for each primitive, the most frequent first, then the sums."""
        total: Counter[str] = Counter()
        for count in self.columns.values():
            total.update(count.operations)
        rows = []
        for name, _ in sorted(total.items(), key=lambda item: (-item[1], item[0])):
            rows.append((name, *(str(count.operations[name] or "") for count in self.columns.values())))
        rows.append(("operations", *(str(c.operations.total()) for c in self.columns.values())))
        rows.append(("cost", *(str(c.cost) for c in self.columns.values())))
        rows.append(("cost / cost of f", *(f"{self.ratio(name):.2f}" for name in self.columns)))
        rows.append(("calls", *(str(c.calls) for c in self.columns.values())))
        return [Table("", ("", *self.columns), tuple(rows))]

    def csv(self) -> str:
        """The table in full, with the tape."""
        (table,) = self.tables()
        rows = list(table.rows)
        if self.tape is not None:
            for name, number in (("tape nodes", self.tape.nodes), ("tape bytes", self.tape.bytes)):
                rows.append((name, *(str(number) if column == REVERSE else "" for column in self.columns)))
        return Table("", ("operation", *table.heads[1:]), tuple(rows)).csv()

    def remark(self) -> str:
        """The tape of a gradient, or why there are no derivatives, and how batches were computed."""
        lines = [f"no derivatives: {self.without}"] if self.without else []
        if self.tape is not None:
            lines.append(f"tape: {self.tape.nodes} nodes, {self.tape.bytes} bytes")
        notes: Counter[str] = Counter()
        for count in self.columns.values():
            notes |= count.notes
        lines += [text + (f" ({times} times)" if times > 1 else "") for text, times in notes.items()]
        return "\n".join(lines)


def count(function: Value, *arguments: Value, limits: Limits | None = None) -> Counts:
    """Counts a call f(x), and where f(x) is a real its derivatives: `derivative` (of a real x), `gradient` by
    reverse mode, `gradient_forward` by forward mode. Raises errors.Error, as the call does; a part without a
    derivative is not an error.
    """
    argument = checked_argument(arguments)
    columns = {F: _count(function, argument, limits)}
    value = run(function, argument, limits)
    has_reals = any(size_of(leaf) for leaf in leaves(argument))
    if not (is_real(value) and has_reals):
        return Counts(columns, None)
    library = library_of(function)
    operators = (REVERSE, ALL_FORWARD) if not is_real(argument) else (FORWARD, REVERSE)
    try:
        derivatives = {
            operator: _count(run(library.function(operator), function, limits), argument, limits)
            for operator in operators
        }
        return Counts(columns | derivatives, _tape(function, argument, limits))
    except NoDerivative as error:
        return Counts(columns, None, error.message)


def _count(function: Value, argument: Value, limits: Limits | None) -> Count:
    wengert = WengertList()
    recorded = transform(argument, lambda x: wengert.input(plain(x)) if is_numeric(x) else x, data_parts)
    run(function, recorded, limits)
    done = [expression_of(entry) for entry in wengert.entries if entry.primitive is not None]
    computed = [operation for operation in done if not only_moves(operation)]
    operations = Counter(map(operation_name, computed))
    return Count(operations, sum(map(cost_of, computed)), _calls(function, argument), wengert.notes)


def _calls(function: Value, argument: Value) -> int:
    """How many calls of functions of the language a run makes, those put in place of their call left out."""
    calls = 0
    state: Paused | Finished = start(function, argument)
    while isinstance(state, Paused):
        segment = state.step[0]
        calls += _begins(segment)
        state = advance(state, 1)
    return calls


def _begins(segment: object) -> bool:
    """Whether a step of the machine begins a function of the language."""
    if type(segment) is not FunctionType:
        return False
    unit = segment.__globals__.get(UNITS, {}).get(segment.__code__.co_filename)
    return unit is not None and segment.__name__ in unit.lambdas


def _tape(function: Value, argument: Value, limits: Limits | None) -> Tape:
    """The tape that a gradient of this call sweeps; straight runs are accumulated in advance."""
    tag = fresh_tag()
    result = run(function, attach(tag, argument), limits)
    if (watch := library_of(function).watch) is not None:
        watch.forget(tag)
    todo: list[Node] = [link_of(x) for x in leaves(result) if isinstance(x, Node) and x.tag == tag]
    seen = {id(node) for node in todo}
    nodes = size = 0
    while todo:
        node = todo.pop()
        nodes += 1
        size += sys.getsizeof(node) + sys.getsizeof(node.links)
        for part in node.links:
            if isinstance(part, Node):
                if id(part) not in seen:
                    seen.add(id(part))
                    todo.append(part)
            elif type(part) is float:
                size += sys.getsizeof(part)
            elif type(part) is not Joint or part is node.links[1]:  # one for all links of a node
                size += _bytes_of(part)
    return Tape(nodes, size)


def _bytes_of(part: object) -> int:
    if type(part) is Joint:
        return sum(int(np.asarray(x).nbytes) for x in part.saved)
    data = plain(part)
    if type(data) is Array:
        return int(data.data.nbytes)
    saved = map(plain, part.saved) if isinstance(part, Adjoint) else ()
    return sum(int(x.data.nbytes) for x in saved if type(x) is Array)
