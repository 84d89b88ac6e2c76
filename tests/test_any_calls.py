"""Every name of the language with every kind of value gives a value or an error of the language."""

from __future__ import annotations

from functools import partial
from itertools import islice

import pytest
from any_calls import COUNTED, Call, calls, defect_of

from vlad_py.ground.errors import RunError
from vlad_py.values.values import Value

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


HUGE = ("1e15", "(1e15, 1e15)")
WITH_HUGE = [(size,) for size in HUGE] + [(x, size) for x in ("eye(3)", "[1, 2, 3]", "1e15") for size in HUGE]


def test_sizes_that_no_memory_holds() -> None:
    """Whoever makes arrays says so, before numpy does."""
    names = [name for name in calls().functions if name not in COUNTED]
    assert not defects([Call(name, values, "plain") for name in names for values in WITH_HUGE])


OF_ARRAYS = ("[1, 2, 3]", "[[1, 2, 3], [4, 5, t]]", "eye(3)")


@pytest.mark.parametrize("huge", ["1e300", "-1e300", "{axis: 1e300}", "{axis: -1e300}"])
def test_errors_show_no_huge_whole_number_digit_by_digit(huge: str) -> None:
    names = [name for name in calls().functions if name not in COUNTED]
    assert not defects([Call(name, (x, huge), "plain") for name in names for x in OF_ARRAYS])


def test_an_internal_error_is_a_defect() -> None:
    assert "ZeroDivisionError" in defect_of(lambda: 1 / 0)


def test_a_huge_whole_number_in_an_error_is_a_defect() -> None:
    def fail() -> Value:
        raise RunError(f"got {10**300}")

    assert "an error shows 1000" in defect_of(fail)
