"""Tangents and adjoints of a Wengert list, operation by operation, each with the expression that computes it.

Nothing is derived here: each operation is applied once more, to a dual number or to nodes whose parts are
recorded, and what the number of that mode computes is the expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vlad_py.differentiation.levels import pull, zero_of
from vlad_py.expressions.expression import Application, Constant, Expression, Name
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.laboratory.given import ByRule
from vlad_py.laboratory.recording import Recording, numeric_result
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.observed.wengert import Entry, Recorded, WengertList
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.numbers.reverse.terms import shape_at, terms
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import NO_STATICS, Pullback, Value, plain, shape_of

VALUE, TANGENT, ADJOINT = "v", "d", "a"
TAG = 1  # of numbers that meet no others


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """One step of the sweep back: the adjoint of `target` grows by a term, through the operation `source`.

    `value` is the adjoint after it; `is_first` says that it had none before.
    """

    target: int
    source: int
    term: Expression
    is_first: bool
    value: Value


def expression_of(entry: Entry) -> Application:
    """The formula of an operation, with the names of other operations in it."""
    assert entry.primitive is not None
    arguments = tuple(
        Name(VALUE, x.index, x.primal) if type(x) is Recorded else Constant(x) for x in entry.arguments
    )
    return Application(entry.primitive, arguments, entry.statics, entry.value)


@dataclass(slots=True, eq=False)
class _Scratch:
    """A list for one operation, whose first entries have names."""

    wengert: WengertList
    names: dict[int, Name]

    def named(self, kind: str, index: int, value: Value) -> Recorded:
        number = self.wengert.input(value)
        self.names[number.index] = Name(kind, index, value)
        return number

    def expression(self, value: Value) -> Expression:
        """The formula of a value, down to the names."""
        if type(value) is not Recorded:
            return Constant(value)
        made: dict[int, Expression] = {}
        for entry in self.wengert.entries[: value.index + 1]:
            name = self.names.get(entry.index)
            made[entry.index] = name or Application(
                entry.primitive,  # type: ignore[arg-type]
                tuple(made[x.index] if type(x) is Recorded else Constant(x) for x in entry.arguments),
                entry.statics,
                entry.value,
            )
        return made[value.index]


def tangents(recording: Recording, directions: tuple[Value, ...]) -> list[Expression]:
    """The tangent of every operation, along the given tangents of the inputs.

    Raises RunError, at its place, where a primitive is not differentiable.
    """
    found: list[Expression] = [Constant(direction) for direction in directions]
    for entry in recording.entries[recording.inputs :]:
        scratch = _Scratch(WengertList(), {})

        def dual(x: Value, scratch: _Scratch = scratch) -> Value:
            if type(x) is not Recorded:
                return x
            tangent = scratch.named(TANGENT, x.index, found[x.index].value)
            return Dual(TAG, scratch.named(VALUE, x.index, x.primal), tangent)

        y = _applied(recording, entry, tuple(map(dual, entry.arguments)))
        tangent: Value = zero_of(entry.value)
        if isinstance(y, Dual):
            _name_result(scratch, y.primal, entry)
            tangent = y.tangent
        found.append(scratch.expression(tangent))
    return found


def adjoints(recording: Recording) -> list[Update]:
    """The updates of one sweep back from the result, in their order.

    Raises RunError where the result is not a real, and where a primitive is not differentiable.
    """
    result = numeric_result(recording)
    adjoint: dict[int, Value] = {result.index: 1.0}
    updates = [Update(result.index, result.index, Constant(1.0), True, 1.0)]
    for entry in reversed(recording.entries[recording.inputs : result.index + 1]):
        if entry.index not in adjoint:
            continue
        for target, term, value in _terms(recording, entry, adjoint[entry.index]):
            before = adjoint.get(target)
            with quiet():
                adjoint[target] = value if before is None else add(before, value)
            updates.append(Update(target, entry.index, term, before is None, adjoint[target]))
    return updates


def partials(recording: Recording) -> list[dict[int, float]]:
    """The partial derivatives of every operation with respect to the operations that it takes, by their
    index, where all are reals. Raises RunError, at its place, where a primitive is not differentiable.
    """
    found: list[dict[int, float]] = [{} for _ in recording.entries]
    for entry in recording.entries[recording.inputs :]:
        if type(entry.value) is not float:
            continue
        own = found[entry.index]
        for target, _, value in _terms(recording, entry, 1.0):
            if type(value) is float:
                own[target] = own.get(target, 0.0) + value
    return found


def _terms(recording: Recording, entry: Entry, cotangent: Value) -> list[tuple[int, Expression, Value]]:
    """A share of an operation's adjoint that it passes on: to which operation, by which formula, how much."""
    scratch = _Scratch(WengertList(), {})
    targets: dict[Node, int] = {}
    arguments: list[Any] = []
    for x in entry.arguments:
        if type(x) is Recorded:
            number = node(TAG, scratch.named(VALUE, x.index, x.primal), ())
            targets[link_of(number)] = x.index
            arguments.append(number)
        else:
            arguments.append(x)
    y = _applied(recording, entry, tuple(arguments))
    if not isinstance(y, Node):
        return []
    _name_result(scratch, y.primal, entry)
    if isinstance(entry.primitive, ByRule):
        adjoint = scratch.named(ADJOINT, entry.index, cotangent)
        nodes = tuple(x for x in arguments if isinstance(x, Node))
        parts: Any = pull(Pullback(TAG, y, nodes), adjoint)
        pairs = zip(nodes, parts, strict=True)
        return [(targets[link_of(x)], scratch.expression(part), plain(part)) for x, part in pairs]
    found: list[tuple[int, Expression, Value]] = []
    adjoint = scratch.named(ADJOINT, entry.index, cotangent)
    with quiet():
        for parent, partial, value in terms(link_of(y), adjoint):
            term = scratch.expression(value)
            if type(partial) is float and not shape_at(parent) and not shape_of(cotangent):
                # as it is written: a product, also by 1
                term = Application(
                    PRIMITIVES["*"],
                    (Name(ADJOINT, entry.index, cotangent), Constant(partial)),
                    NO_STATICS,
                    plain(value),
                )
            found.append((targets[parent], term, plain(value)))
    return found


def _applied(recording: Recording, entry: Entry, arguments: tuple[Value, ...]) -> Value:
    try:
        with quiet():
            return entry.applied(arguments)
    except RunError as error:
        error.span = error.span or recording.spans[entry.index]
        raise


def _name_result(scratch: _Scratch, primal: Value, entry: Entry) -> None:
    """The result of the operation is known by its own name in the expressions for its derivatives."""
    if type(primal) is Recorded and primal.index not in scratch.names:
        scratch.names[primal.index] = Name(VALUE, entry.index, entry.value)
