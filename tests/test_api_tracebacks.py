"""Tracebacks of errors that come out of ADL into Python: they end at the call, and show nothing inside."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import Bug
from vlad_py.python.function import ErrorsForCaller

PACKAGE = Path(vlad.__file__).parent
FIELD = vlad.evaluate("fn x => x.w")
ENDLESS = vlad.evaluate("fn x => { def f(n) = 1 + f(n); f(x) }")


@vlad.primitive
def fails(x: float) -> float:
    raise ValueError(x)


CALLS: dict[str, Callable[[], object]] = {
    "a text": lambda: vlad.evaluate("fn x => foo(x)"),
    "a text with a mistake": lambda: vlad.evaluate("fn x => x +"),
    "a call": lambda: FIELD(3.0),
    "a call by name": lambda: FIELD(x=3.0),
    "an operator": lambda: vlad.gradient(FIELD)(3.0),
    "a limit": lambda: ENDLESS(1.0),
    "a limit of a text": lambda: vlad.evaluate("loop x = 1 while true do x", limits=vlad.Limits(steps=100)),
    "a check": lambda: vlad.check_gradients(FIELD, 3.0),
    "a compilation": lambda: vlad.compile(FIELD, 3.0),
    "a trace": lambda: vlad.trace(FIELD, 3.0),
    "a Hessian": lambda: vlad.sparse_hessian(FIELD, 3.0),
    "a function of Python": lambda: vlad.evaluate("fails(1)", functions={"fails": fails}),
}


def frames(call: Callable[[], object]) -> list[str]:
    """The functions of vlad_py in the traceback of a call."""
    with pytest.raises(vlad.Error) as raised:
        call()
    shown = traceback.extract_tb(raised.value.__traceback__)
    return [frame.name for frame in shown if PACKAGE in Path(frame.filename).parents]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_they_show_nothing_inside(call: Callable[[], object]) -> None:
    assert len(frames(call)) <= 3


def test_an_error_of_python_keeps_its_own() -> None:
    with pytest.raises(vlad.Error) as raised:
        vlad.evaluate("fails(1)", functions={"fails": fails})
    cause = raised.value.__cause__
    assert isinstance(cause, ValueError)
    assert traceback.extract_tb(cause.__traceback__)[-1].name == "fails"


def test_an_internal_error_keeps_all() -> None:
    def inside() -> None:
        raise Bug("")

    with pytest.raises(Bug) as raised, ErrorsForCaller():
        inside()
    assert traceback.extract_tb(raised.value.__traceback__)[-1].name == "inside"
