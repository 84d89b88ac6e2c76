"""What each reader of entries says of a primitive is right, for those that are entered by an entry alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_calls import value_of
from array_modes import plain_data, pushed
from matrix import Subject, operations, subjects
from own_primitives import SHAPES, entered

from vlad_py.differentiation.jacobians import perturb_many, tangents
from vlad_py.expressions import cost
from vlad_py.expressions.text import printer
from vlad_py.ground.late_numpy import quiet
from vlad_py.numbers.forward import batch
from vlad_py.numbers.interval import enclosures
from vlad_py.numbers.interval.interval import interval
from vlad_py.numbers.observed.dependence import Dependence, Inputs
from vlad_py.numbers.symbolic.symbolic import Formula, symbol
from vlad_py.numbers.taylor import taylor
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.kinds import Predicate, Rearranging
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import data_of
from vlad_py.session.session import Session
from vlad_py.values.values import is_array, plain, shape_of

COSTS = {"own_rolled": 0, "own_doubled": 4, "own_crossed": 3, "own_bell": 4}


def jacobian(subject: Subject) -> Any:
    """The derivatives in all unit directions, one after another: directions first."""
    rows = []
    for i, x in enumerate(subject.point):
        for j in range(np.size(x)):
            units = [np.zeros(np.shape(y)) for y in subject.point]
            units[i].reshape(-1)[j] = 1.0
            found = pushed(subject.function, subject.values, tuple(map(value_of, units)))
            rows.append(np.asarray(plain_data(found) if is_array(found) else found))
    return np.array(rows)


def in_batches(subject: Subject) -> None:
    inputs: Any = perturb_many(1, subject.values, 0.0, 100.0)
    y = subject.function(*inputs)
    count = sum(map(np.size, subject.point))
    found = tangents(1, y, float(count))
    assert np.allclose(plain_data(found), jacobian(subject).reshape(count, *shape_of(y)))


def in_series(subject: Subject) -> None:
    ones = [value_of(np.ones(np.shape(x))) for x in subject.point]
    y: Any = subject.function(*(Taylor(1, [x, v], 1) for x, v in zip(subject.values, ones, strict=True)))
    found = y.tangent if isinstance(y, Taylor) else value_of(np.zeros(shape_of(y)))
    assert np.allclose(data_of(found), data_of(pushed(subject.function, subject.values, tuple(ones))))


def in_intervals(subject: Subject) -> None:
    if subject.primitive.without_intervals is not None:
        return
    width = 0.25
    ends_of = [(x, value_of(np.asarray(data_of(x)) + width)) for x in subject.values]
    boxes = [interval(data_of(x), data_of(y)) for x, y in ends_of]
    ends: Any = plain(subject.function(*boxes))
    for share in (0.0, 0.3, 1.0):
        inside = [value_of(np.asarray(x) + share * width) for x in subject.point]
        at: Any = data_of(subject.function(*inside))
        low, high = (ends.lower, ends.upper) if hasattr(ends, "lower") else (data_of(ends), data_of(ends))
        assert np.all(low <= at + 1e-12) and np.all(at <= high + 1e-12)
        assert np.all(high - low < 10.0)


def in_patterns(subject: Subject) -> None:
    numbers, at = [], 0
    for x in subject.values:
        size = int(np.prod(shape_of(x)))
        reach = np.empty(shape_of(x), object)
        reach.reshape(-1)[:] = [Inputs((i,)) for i in range(at, at + size)]
        numbers.append(Dependence(x, reach if is_array(x) else reach.item()))
        at += size
    y = subject.function(*numbers)
    slopes = jacobian(subject).reshape(at, -1)
    found = np.ravel(np.asarray(y.reach, object)) if isinstance(y, Dependence) else [()] * slopes.shape[1]
    pattern = np.array([[i in set(inputs) for inputs in found] for i in range(at)])
    assert np.all(pattern[slopes != 0.0])
    if isinstance(subject.primitive, Rearranging):
        assert np.array_equal(pattern, slopes != 0.0)


def in_texts(subject: Subject) -> None:
    names = [symbol(f"x{i}", np.shape(x)) for i, x in enumerate(subject.point)]
    found = plain(subject.function(*names))
    if isinstance(found, Formula):
        session = Session()
        for i, x in enumerate(subject.values):
            session.define(f"x{i}", x)
        value = session.evaluate(found.text())
        assert np.allclose(data_of(value), data_of(subject.function(*subject.values)))


def in_costs(subject: Subject) -> None:
    name = subject.primitive.name
    if name in COSTS:
        assert sum(map(cost.cost_of, operations(subject))) == COSTS[name]


CHECKS = [in_batches, in_series, in_intervals, in_patterns, in_texts, in_costs]


def checked(primitive: Primitive, check: Callable[[Subject], None]) -> None:
    for subject in subjects(primitive):
        if not (isinstance(primitive, Predicate) and check is not in_intervals):
            with quiet():
                check(subject)


@pytest.mark.parametrize("check", CHECKS)
def test_readers_are_right_about_what_is_entered_by_an_entry_alone(check: Callable[[Subject], None]) -> None:
    with entered():
        for name in SHAPES:
            if name != "own_above":
                checked(PRIMITIVES[name], check)


# a reader that is wrong: where it answers, and what it answers then
FAULTS = [
    (in_batches, batch.Batch, "lift1", lambda self, primitive: self),
    (in_series, taylor.Taylor, "tangent", property(lambda self: self.coefficients[0])),
    (in_intervals, enclosures, "_even", lambda value, known: lambda low, high: (0.0, 0.0)),
    (in_patterns, Rearranging, "places", lambda self, shape, statics: np.ones(shape, np.intp)),
    (in_texts, printer.Printer, "_operator", lambda self, sign, *parts: parts[0]),
    (in_costs, cost, "cost_of", lambda operation: 1),
]


@pytest.mark.parametrize(("check", "owner", "name", "answer"), FAULTS)
def test_a_reader_that_is_wrong_is_seen(
    check: Callable[[Subject], None], owner: Any, name: str, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, answer)
    enclosures._enclosure.cache_clear()
    with pytest.raises(Exception), entered():  # noqa: B017 - a wrong answer, or none
        for own in SHAPES:
            if own != "own_above":
                checked(PRIMITIVES[own], check)
    enclosures._enclosure.cache_clear()
