"""Every primitive works in every reader, or has a reason; one that is entered by an entry alone does, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matrix
import pytest
import sweep
import sweep_arrays
from matrix import READERS, SAYS_NOTHING, Undecided, cell, of_numbers
from own_primitives import SHAPES, entered

from vlad_py.primitives.kinds import OfReals, Predicate
from vlad_py.primitives.primitive import PRIMITIVES, UNLISTED, Primitive
from vlad_py.session.session import Session

OF_ARRAYS = "own_rolled own_doubled own_crossed own_power own_pair own_last own_first".split()
ONE_BY_ONE = "own_between own_doubled own_crossed own_power own_pair".split()
EXPECTED = {
    ("own_above", "symbols"),
    ("own_power", "intervals"),
    *((name, "native") for name in OF_ARRAYS),
    *((name, "items") for name in ONE_BY_ONE),
}
"""Cells with a reason."""


@pytest.mark.parametrize("reader", READERS)
def test_every_primitive_works_or_has_a_reason(reader: str) -> None:
    for primitive in of_numbers():
        assert cell(primitive, reader) != SAYS_NOTHING, primitive.name


@pytest.mark.parametrize("reader", READERS)
def test_an_entry_alone_is_enough(reader: str) -> None:
    with entered():
        reasons = {(name, reader): cell(PRIMITIVES[name], reader) for name in SHAPES}
    assert {key for key, reason in reasons.items() if reason} == {k for k in EXPECTED if k[1] == reader}


def test_own_primitives_are_what_their_references_say() -> None:
    of_calls = (sweep_arrays.value, sweep_arrays.differences, sweep_arrays.transposed, sweep_arrays.again)
    with entered():
        for name in SHAPES:
            primitive = PRIMITIVES[name]
            if isinstance(primitive, OfReals):
                checks: Any = (sweep.differences, sweep.reverse, sweep.total, sweep.primal)
            else:
                checks = () if isinstance(primitive, Predicate) else of_calls
            for check in (*checks, sweep.docs):
                assert list(check(primitive)) == [], (name, check.__name__)


def test_own_primitives_in_programs() -> None:
    with entered():
        evaluate = Session().evaluate
        assert evaluate("gradient(fn (a, b) => own_bell(a) * b)(1, 3) == (-1.5, 0.5)")
        assert evaluate("hessian(fn x => sum(own_bell(x)))([0, 1]) == [[-2, 0], [0, 0.5]]")
        assert evaluate("derivatives(own_bell, 2)(0) == list(1, 0, -2)")
        assert evaluate("gradient(fn x => own_squares(x[0], x[1]))([1, 2]) == [2, 4]")
        assert evaluate("gradient(fn m => sum(own_first(m)))([[1, 2], [3, 4]]) == [[2, 2], [0, 0]]")


def without(**fields: Any) -> Callable[[pytest.MonkeyPatch, Primitive], None]:
    def change(patch: pytest.MonkeyPatch, primitive: Primitive) -> None:
        for name, value in fields.items():
            patch.setattr(primitive, name, value)

    return change


def wrong(*_: Any, **__: Any) -> Any:
    raise KeyError("a table without this name")


FAULTS = [
    ("exp", "intervals", without(behaviour=None)),
    ("max", "intervals", without(behaviour=None)),
    ("det", "intervals", without(without_intervals=None)),
    ("total", "batches", without(batched=wrong)),
    ("total", "adl", without(text="", spelt=None)),
    ("dot_of_vectors", "unicode", without(text="", spelt=None)),
    ("square", "latex", without(latex="?({0})")),
    ("exp", "cost", without(cost=None)),
    ("exp", "native", without(vector="np.exp({0}")),
    ("flip", "sparsity", without(value=wrong)),
    ("@", "taylor", without(form=None, rules=())),
    ("norm_of", "symbols", without(reduces="own")),
    ("sin", "forward", without(partials=(wrong,))),
    ("cumulated", "reverse", without(rules=())),
    ("sin", "arrays", without(on_arrays=wrong)),
    ("power_at_zero_0_1", "intervals", without(spelt=None)),
    ("power_at_zero_0_1", "symbols", without(spelt=None)),
    ("no_slope", "symbols", without(text="no_slope")),
    ("undefined", "intervals", without(behaviour=None)),
]


@pytest.mark.parametrize(("name", "reader", "fault"), FAULTS, ids=lambda x: x if type(x) is str else "")
def test_a_reader_without_an_answer_is_seen(
    name: str, reader: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    primitive = PRIMITIVES.get(name) or UNLISTED[name]
    assert cell(primitive, reader) == "" or name == "det"
    fault(monkeypatch, primitive)
    with pytest.raises((Undecided, AssertionError)):
        cell(primitive, reader)


def test_an_entry_that_says_nothing_of_items_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PRIMITIVES["total"], "batched", None)
    assert cell(PRIMITIVES["total"], "items") == SAYS_NOTHING


def test_there_is_a_column_for_each_folder_of_numbers() -> None:
    assert set(READERS) >= {"forward", "reverse", "taylor", "intervals", "symbols", "sparsity"}
    assert len(matrix.of_numbers()) > 80
