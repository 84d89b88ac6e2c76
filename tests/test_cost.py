"""The cost model: what only moves elements costs nothing, and what computes or chooses costs something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from array_calls import Plain, calls_of, drawn, value_of
from array_modes import plain_data
from sweep_arrays import of_arrays

from vlad_py.expressions.cost import cost_of
from vlad_py.expressions.expression import Application
from vlad_py.ground.errors import RunError
from vlad_py.laboratory.counting import count
from vlad_py.laboratory.modes import expression_of
from vlad_py.numbers.observed.wengert import WengertList
from vlad_py.session.session import Session
from vlad_py.values.values import Value, size_of


def places(operation: Application) -> list[set[int]] | None:
    """Where each element of a result may come from, counted over all numbers, -1 for a zero; None if one of
    them comes from nowhere.
    """
    taken = np.concatenate([np.ravel(plain_data(x.value)) for x in operation.arguments] or [np.zeros(0)])
    where: dict[float, set[int]] = {0.0: {-1}}
    for i, x in enumerate(taken.tolist()):
        where.setdefault(x, set()).add(i)
    found = [where.get(x) for x in np.ravel(plain_data(operation.value)).tolist()]
    return None if None in found else found  # type: ignore[return-value]


def may_be_same(a: list[set[int]] | None, b: list[set[int]] | None) -> bool:
    """Whether the elements of two results may come from the same places: equal elements may be each other."""
    if a is None or b is None:
        return a is b
    return len(a) == len(b) and all(x & y for x, y in zip(a, b, strict=True))


def operations() -> Iterator[tuple[Application, Application]]:
    """Each operation of the calls of every primitive of arrays, at two points."""
    chance = np.random.default_rng(3)
    for primitive in of_arrays():
        for call in calls_of(primitive):
            other = tuple(drawn(np.shape(x), chance) if _is_free(x) else x for x in call.inputs)
            try:
                runs = [recorded(call.function, inputs) for inputs in (call.inputs, other)]
            except RunError:  # of a vector that has to rise, for instance
                continue
            if [x.primitive for x in runs[0]] == [x.primitive for x in runs[1]]:
                yield from zip(*runs, strict=True)


def _is_free(x: Plain) -> bool:
    """Whether any other reals would do: a matrix may have to be regular."""
    return np.ndim(x) != 2 or x.shape[0] != x.shape[1]


def recorded(function: object, inputs: tuple[Plain, ...]) -> list[Application]:
    wengert = WengertList()
    function(*(wengert.input(value_of(x)) for x in inputs))  # type: ignore[operator]
    return [expression_of(entry) for entry in wengert.entries if entry.primitive is not None]


def test_what_costs_nothing_moves_and_what_always_moves_costs_nothing() -> None:
    moves: dict[str, list[bool]] = defaultdict(list)
    costs: dict[str, list[int]] = defaultdict(list)
    for a, b in operations():
        if not any(size_of(x.value) for x in a.arguments):
            continue
        name = a.primitive.name
        is_same = may_be_same(places(a), places(b)) or repr(a.statics) != repr(
            b.statics
        )  # as an index by size is
        moves[name].append(places(a) is not None and is_same)
        costs[name].append(cost_of(a))
        assert moves[name][-1] or costs[name][-1] > 0, f"{name} computes, and costs nothing"
    assert len(moves) > 20
    del moves["choose"]  # a choice, as `max` is one; its condition is the same at both points
    for name, each in moves.items():
        assert not all(each) or not any(costs[name]), f"{name} only moves elements, and has a cost"


COSTS = {
    "fn x => x[[0, 2, 0]]": 0,
    "fn x => reverse(x)": 0,
    "fn x => reshape(concat(x, x), (2, 3))": 0,
    "fn x => diag(x)": 0,
    "fn x => x + 1": 3,
    "fn x => x / 2": 6,
    "fn x => sin(x)": 12,
    "fn x => sum(x)": 3,
    "fn x => cumsum(x)": 3,
    "fn x => prod(x)": 3,
    "fn x => max(x)": 3,
    "fn x => x @ x": 6,
    "fn x => diag(x) @ x": 18,
    "fn x => diag(x) @ diag(x)": 54,
    "fn x => dot((x[0], x[1]), (x[1], x[2]))": 4,
    "fn x => solve(diag(x), x)": 4 * 27,
}


@pytest.mark.parametrize("text", COSTS)
def test_costs(text: str) -> None:
    session = Session()
    point: Value = session.evaluate("[1, 2, 3]")
    assert count(session.evaluate(text), point).columns["f"].cost == COSTS[text]


def test_what_halves_a_diagonal_computes() -> None:
    session = Session()
    counts = count(session.evaluate("fn m => sum(cholesky(m))"), session.evaluate("[[2, 1], [1, 3]]"))
    halved = "where([[1, 0], [1, 1]], x, 0) * [[0.5, 1], [1, 0.5]]"
    assert counts.columns["gradient"].operations[halved] == 1
