"""Data that a function captures: code uses them where they are, so its text is the same for any amount."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from native.test_store import Counted, counted, files
from vlad_py.native.constants import MOST_IN_TEXT
from vlad_py.native.emit import Module
from vlad_py.native.linking import compiled
from vlad_py.native.units import specialise
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Array

pytest.importorskip("llvmlite")
__all__ = ["counted"]  # a fixture

FORMS = {
    "reals": "sum((c * data - 1) ^ 2)",
    "a gradient": "gradient(fn c => sum(sin(c * data) * data))(c)",
    "a table of places": "sum(c * data[places] * data)",
}


def captured(form: str, size: int) -> Any:
    """A function that captures so many reals, and as many places that no steps lead to."""
    draws = np.random.default_rng(size)
    session = Session()
    make = session.evaluate(f"fn (data, places) => fn c => {form}")
    reals, places = Array(draws.random(size)), Array(draws.permutation(size).astype(float))
    return session, session.call(make, (reals, places))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_only_numbers_of_the_text_depend_on_how_much_data_there_are(form: str) -> None:
    texts = set()
    for size in (10_000, 20_000, 90_000):
        _, function = captured(form, size)
        module = Module(specialise(function, 2.0, is_fixed=True).unit)
        assert sum(array.size for array in module.data.values()) >= size
        texts.add(re.sub(r"\d+", "N", module.text))
    assert len(texts) == 1


@pytest.mark.parametrize("size", [MOST_IN_TEXT - 1, MOST_IN_TEXT + 1, 5000])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_code_with_data_gives_what_is_interpreted(form: str, size: int) -> None:
    session, function = captured(form, size)
    code = compiled(specialise(function, 2.0, is_fixed=True).unit)
    assert bool(code.data) == (size > MOST_IN_TEXT)
    assert code.run([2.0])[0] == pytest.approx(session.call(function, 2.0), rel=1e-12)


def test_code_keeps_its_data() -> None:
    session, function = captured(FORMS["reals"], 50_000)
    expected = session.call(function, 2.0)
    code = compiled(specialise(function, 2.0, is_fixed=True).unit)
    del session, function
    gc.collect()
    others = [np.full(50_000, np.nan) for _ in range(20)]  # in the same place, if that were free
    assert code.run([2.0])[0] == pytest.approx(expected, rel=1e-12) and len(others) == 20


def test_two_modules_with_data_do_not_take_each_others() -> None:
    made = []
    for size in (1000, 2000):
        session, function = captured(FORMS["reals"], size)
        made.append((session, function, compiled(specialise(function, 2.0, is_fixed=True).unit)))
    for session, function, code in made:
        assert code.run([2.0])[0] == pytest.approx(session.call(function, 2.0), rel=1e-12)


PROGRAM = """
let data = (0..199) / 100
def slope(x) = gradient(fn x => sum(sin(x * data[1:] * data[:-1])))(x)
"""


def test_data_are_kept_on_disk_with_the_code(tmp_path: Path, counted: Counted) -> None:
    def run(native: str) -> str:
        session = Session(native=native)  # type: ignore[arg-type]
        session.run_script(PROGRAM, "program.adl")
        return show(session.evaluate("slope(0.5)"))

    run("always")
    made, loaded = counted.take()
    assert made and not loaded and len(files(tmp_path)) == made
    assert float(run("always")) == float(run("always")) == pytest.approx(float(run("never")), rel=1e-12)
    assert counted.take() == (0, 2 * made)
