"""Every name of the language with every kind of value gives a value or an error of the language."""

from __future__ import annotations

from functools import partial
from itertools import islice

import pytest
from any_calls import Call, calls, defect_of

SIZE = 3000  # calls of one test


def defects(made: list[Call]) -> list[str]:
    found = [(call, defect_of(partial(calls().make, call))) for call in made]
    return [f"{call}\n{defect}" for call, defect in found if defect]


@pytest.mark.parametrize("seed", range(2))
def test_random_calls(seed: int) -> None:
    assert not defects(list(islice(calls().random(seed), SIZE)))


@pytest.mark.slow
@pytest.mark.parametrize("context", ("plain", "gradient", "jvp", "interval", "symbol", "shown"))
def test_every_name_with_every_value(context: str) -> None:
    assert not defects([call for call in calls().alone() if call.context == context])


def test_an_internal_error_is_a_defect() -> None:
    assert "ZeroDivisionError" in defect_of(lambda: 1 / 0)
