"""Every public name of the package with every kind of object: an object, or an error of the language."""

from __future__ import annotations

from itertools import islice

import pytest
from any_objects import NAMES, OBJECTS, Call, alone, at_random, defect_of


def defects(made: list[Call]) -> list[str]:
    found = [(call, defect_of(call)) for call in made]
    return [f"{call}\n{defect}" for call, defect in found if defect]


def test_every_name_with_every_object() -> None:
    assert not defects(list(alone()))


@pytest.mark.parametrize("seed", range(2))
def test_random_calls(seed: int) -> None:
    assert not defects(list(islice(at_random(seed), 1500)))


def test_an_exception_of_python_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "wrong", lambda x: 1 / 0)
    call = Call("wrong", (0,))
    assert OBJECTS[0] is None
    assert "ZeroDivisionError" in defect_of(call)
