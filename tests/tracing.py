"""Traces of programs, as the tests of the laboratory make them."""

from __future__ import annotations

from typing import Any

import pytest

from vlad_py.execution.machine import run
from vlad_py.laboratory.traces import Trace, trace
from vlad_py.primitives.structures import reals_of
from vlad_py.session.session import Session
from vlad_py.values.values import Value, plain

SURVEY = "def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n"


def traced(text: str, *arguments: Any, name: str = "f", **options: Any) -> Trace:
    session = Session(write=lambda _: None)
    session.run_script(text, "survey.adl")
    return trace(session.evaluate(name), *arguments, **options)


def agrees(session: Session, source: str, program: str, operator: str, point: Value) -> None:
    """A derivative program gives what the operator gives, to rounding."""
    session.evaluate(source)
    got = run(session.evaluate(program), point)
    expected = run(session.evaluate(operator), point)
    assert list(map(plain, reals_of(got))) == pytest.approx(list(map(plain, reals_of(expected))), rel=1e-12)
