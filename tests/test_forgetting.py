"""A session that runs for ever keeps what can still be used, and no more."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.execution import pipeline
from vlad_py.execution.machine import Finished, Paused, advance, start
from vlad_py.execution.unit import UNITS
from vlad_py.ground.errors import Error
from vlad_py.session import forgetting
from vlad_py.session.forgetting import FEW
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

TEXTS = [
    "1 + 1",
    "let x = #",
    "def f(x) = x + #",
    "def f(x) = sin(x) * x + #\nf(2)",
    "1 + true",
    "[1, 2][# + 5]",
    "unknown",
    "1 +",
    "def f(x) = if x < 1 then x + # else f(x - 1)\nderivative(f)(3)",
    "let g = fn x => fn y => x * y\nlet h = g(#)\nh(2)",
    "let a = sum([1, 2] * #)\ngradient(fn x => sum(x * x))([1, #])",
    "import optimize\noptimize.minimize(fn x => (x - 1) ^ 2, #).x",
    "def f(x) = x\nf(f)(# , 2)(3)",
]
MANY = 4 * FEW


def repeat(session: Session, text: str, times: int) -> None:
    """Evaluates a text again and again, a little changed."""
    for i in range(times):
        with suppress(Error):
            session.evaluate(text.replace("#", str(i % 7)))


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_over_goes(text: str) -> None:
    """Units, names, texts, and the memory that they take, counted in blocks of Python's allocator."""
    session = Session()
    module = session.module()
    repeat(session, text, MANY)
    gc.collect()
    blocks, names = sys.getallocatedblocks(), len(module.namespace)
    repeat(session, text, 2 * MANY)
    gc.collect()
    assert len(module.namespace[UNITS]) <= 2 * FEW
    assert len(module.sources) <= 2 * FEW
    assert len(module.imports) <= 2 * FEW
    assert len(module.namespace) < names + 20 * FEW
    # as many units may be there as not: some 300 blocks each; without an end it was 40 to 300 for each text
    assert sys.getallocatedblocks() - blocks < 15 * 2 * MANY


def test_names_of_code_come_again() -> None:
    """CPython 3.12 and 3.13 keep every name that ever stood in code."""
    session = Session()
    repeat(session, "def f(x) = x + #\nf(2)", 2 * MANY)
    files = set(session.module().namespace[UNITS])
    for _ in range(MANY):
        session.evaluate("def f(x) = x + 1\nf(2)")
        files |= session.module().namespace[UNITS].keys()
    assert len(files) < 3 * FEW


def test_what_can_still_be_called_stays() -> None:
    """Old functions under other names, in data, in functions, in Python; with their errors and their text."""
    session = Session()
    session.evaluate("def f(x) = if x < 1 then 10 else f(x - 1) + 0")
    session.evaluate("let kept = f")
    session.evaluate("let data = {deep: list(fn x => [1, 2][x])}")
    session.evaluate("let inner = { def g(x) = x * 2\n fn x => g(g(x)) }")
    outside = session.evaluate("fn x => fn y => x ^ 2 * y + [0][x]")
    assert isinstance(outside, Closure)
    made = session.call(outside, 0.0)
    slope = session.evaluate("derivative(fn x => fn y => x * y)(1)")
    repeat(session, "def f(x) = x + #", MANY)
    assert session.evaluate("kept(0)") == 10.0
    assert session.evaluate("kept(1)") == (MANY - 1) % 7  # a top-level name is found when it is used
    assert session.evaluate("inner(3)") == 12.0
    assert session.call(made, 5.0) == 0.0
    assert session.call(slope, 5.0) == 5.0
    with pytest.raises(Error) as caught:
        session.evaluate("head(data.deep)(7)")
    assert caught.value.span is not None and caught.value.span.text == "[1, 2][x]"


def test_a_paused_state_stays() -> None:
    """What waits in the middle of a function finds the rest of it."""
    session = Session()
    function = session.evaluate("{ def g(x) = x + 1\n fn x => g(x) * g(x + 1) }")
    state: Paused | Finished = advance(start(function, 1.0), 2)
    assert isinstance(state, Paused)
    del function
    repeat(session, "let x = #", MANY)
    gc.collect()
    state = advance(state, None)
    assert isinstance(state, Finished) and state.value == 6.0


def test_what_stays_can_be_pickled() -> None:
    """Its text is kept as long as it is."""
    program = vlad.evaluate("let a = 3\nlet f = fn x => x * a\nf")
    assert pickle.loads(pickle.dumps(program))(2) == 6.0
    session = Session()
    kept = vlad.Function(session.evaluate("let a = 3\nlet f = fn x => x * a\nf"))
    repeat(session, "let f = fn x => x + #", MANY)
    assert pickle.loads(pickle.dumps(kept))(2) == 6.0


@pytest.mark.parametrize("where", [forgetting.forget, pipeline.link], ids=lambda f: f.__name__)
def test_it_may_be_stopped_at_any_line(where: Callable[..., object]) -> None:
    lines = 0

    def count(stop_at: int) -> Callable[..., Any]:
        """A tracer that stops a function at its so many-th line, as Ctrl-C does."""

        def line(_: FrameType, event: str, __: object) -> Any:
            nonlocal lines
            lines += event == "line"
            if lines == stop_at:
                lines += 1
                raise KeyboardInterrupt
            return line

        return lambda frame, event, _: line if frame.f_code is where.__code__ else None

    for stop_at in (*range(1, 40, 2), 200, 400):
        session, lines = Session(), 0
        sys.settrace(count(stop_at))
        try:
            repeat(session, "def f(x) = x + #\nf(2)", FEW + 5)
        finally:
            sys.settrace(None)
        repeat(session, "def f(x) = x + #\nf(2)", 2 * FEW + 10)
        assert session.evaluate("def f(x) = x + 8\nf(1)") == 9.0
