"""The machine: pausing and resuming at every step, stepped and native code, limits, the call stack."""

from __future__ import annotations

import itertools
from pathlib import Path

import programs
import pytest

from vlad_py.execution import machine
from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import Finished, Paused, advance, run, start
from vlad_py.ground.errors import Bug, Error, LimitError, RunError
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Value

STEPPED = Limits(steps=10**12)  # compiles loops as steps

# Functions of one real, each with the value at 3: every kind of code that can be interrupted.
TEXTS = {
    "straight": ("fn x => x ^ 2 + 1", "10"),
    "recursion": ("{ def f(n) = if n == 0 then 0 else n + f(n - 1); f }", "6"),
    "tail calls": (
        "{ def a(n) = if n == 0 then 1 else b(n - 1); def b(n) = if n == 0 then 0 else a(n - 1); a }",
        "0",
    ),
    "loops": ("fn x => loop (a, b) = (0, 1) for i in 1..10 do (b, a + b * x)", "(42837, 141481)"),
    "nested loops": ("fn x => loop s = 0 for i in 1..x do loop t = s while t < i * 10 do t + x", "30"),
    "data": (
        "fn x => map(fn y => {a: y, b: (x, nil)}, list(x, 1))",
        "list({a: 3, b: (3, nil)}, {a: 1, b: (3, nil)})",
    ),
    "derivative": ("derivative(fn x => loop y = x for i in 1..3 do y * x)", "108"),
    "reverse": ("gradient(fn x => loop y = x for i in 1..3 do y * x)", "108"),
    "nested": ("derivative(fn x => x * gradient(fn y => derivative(fn z => x * y * z ^ 2)(y))(x))", "108"),
    "mixed": ("derivative_reverse(derivative(fn x => x * derivative_reverse(fn y => y ^ 2 * x)(x)))", "36"),
    "function values": (
        "fn x => { let d = derivative(fn u => fn f => fn x => f(x + u))(0); d(d(fn x => x ^ 4))(x) }",
        "108",
    ),
    "function values in reverse": (
        "fn x => { let d = derivative_reverse(fn u => fn f => fn x => f(x + u))(0)\nd(d(fn x => x ^ 4))(x) }",
        "108",
    ),
    "pullbacks": ("fn x => { let (y, back) = vjp(fn a => (a, a * x), x); back(1, 2) }", "7"),
    "custom rules": ("derivative(derivative(with_derivative(sqrt, fn (x, v) => x * v)))", "1"),
    "hessians": ("fn x => hessian(fn (a, b) => a ^ 2 * b)(x, 5)", "((10, 6), (6, 0))"),
}


def finish(state: Paused | Finished, fuel: int | None) -> Value:
    while isinstance(state, Paused):
        state = advance(state, fuel)
    return state.value


def function(text: str, limits: Limits | None = None) -> Value:
    return Session(limits=limits).evaluate(text)


# ── pausing and resuming ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limits", [None, STEPPED], ids=["native", "stepped"])
@pytest.mark.parametrize("name", TEXTS)
def test_any_fuel_gives_the_same_value(name: str, limits: Limits | None) -> None:
    text, value = TEXTS[name]
    f = function(text, limits)
    for fuel in (1, 2, 3, 7, 100, None):
        assert show(finish(start(f, 3.0), fuel)) == value


@pytest.mark.parametrize("name", TEXTS)
def test_every_pause_may_be_resumed_twice(name: str) -> None:
    """From every step on, to the end, in order and in the opposite order."""
    text, value = TEXTS[name]
    state: Paused | Finished = start(function(text, STEPPED), 3.0)
    pauses = []
    while isinstance(state, Paused):
        pauses.append(state)
        state = advance(state, 1)
    some = pauses[:: max(1, len(pauses) // 50)]
    for pause in itertools.chain(some, reversed(some)):
        assert show(finish(pause, None)) == value
        assert show(finish(pause, 5)) == value


def test_runs_may_take_turns() -> None:
    """States of different differentiations advance by turns, a step at a time, and do not meet."""
    states: list[Paused | Finished] = [start(function(text, STEPPED), 3.0) for text, _ in TEXTS.values()]
    while any(isinstance(state, Paused) for state in states):
        states = [advance(state, 1) if isinstance(state, Paused) else state for state in states]
    assert [show(finish(state, None)) for state in states] == [value for _, value in TEXTS.values()]


def test_a_pause_inside_a_differentiation_leaves_others_alone() -> None:
    session = Session(limits=STEPPED)
    outer = session.evaluate("derivative(fn x => loop y = x for i in 1..100 do y + x * derivative(sin)(y))")
    value = show(finish(start(outer, 0.1), None))
    paused = start(outer, 0.1)
    for _ in range(20):
        step = advance(paused, 29)
        assert isinstance(step, Paused)
        paused = step
        assert session.evaluate("derivative(fn x => x * derivative(fn y => x + y)(1))(1)") == 1.0
    assert show(finish(paused, None)) == value


def test_fuel_stops_on_the_step() -> None:
    state = start(function("fn x => x + 1"), 3.0)
    assert isinstance(advance(state, 0), Paused)
    assert advance(state, None) == Finished(4.0)


# ── stepped and native code ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", programs.PATHS, ids=programs.name_of)
def test_stepped_code_does_the_same(path: Path) -> None:
    program = programs.read(path)
    assert programs.complaints(program, programs.run(program, STEPPED)) == []


def test_a_limit_of_depth_changes_nothing() -> None:
    deep = Limits(depth=10**6)
    for path in programs.PATHS[::5]:
        program = programs.read(path)
        assert programs.complaints(program, programs.run(program, deep)) == []


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_number_of_steps_always() -> None:
    """A limit that is just enough is enough each time; one less is not."""
    text = "def f(n) = if n == 0 then 0 else 1 + f(n - 1)\nderivative(fn x => x * f(50))(2)"

    def enough(steps: int) -> bool:
        session = Session(limits=Limits(steps=steps))
        try:
            return session.evaluate(text) == 50.0
        except LimitError:
            return False

    low, high = 1, 10_000
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    assert 50 < low < 1000
    assert [enough(low), enough(low), enough(low - 1), enough(low - 1)] == [True, True, False, False]


def test_a_depth_that_is_just_enough_is_enough() -> None:
    state = advance(start(function("{ def f(n) = if n == 0 then 0 else n + f(n - 1); f }"), 50.0), 30)
    assert isinstance(state, Paused)
    depth = machine._depth(state.step[3])

    def go_on(depth: int) -> Value:
        ended = machine._limited(state, machine._Count(Limits(depth=depth, steps=10**6)))
        return finish(ended, None)

    assert depth > 20 and go_on(depth) == 1275.0
    with pytest.raises(LimitError, match=f"more than {depth - 1} calls in progress") as caught:
        go_on(depth - 1)
    assert caught.value.hint == "does the recursion end?"  # not how to allow more than one has allowed


@pytest.mark.parametrize("limits", [Limits(steps=1000), Limits(depth=1000)], ids=["steps", "depth"])
def test_a_limit_shows_where_the_program_was(limits: Limits) -> None:
    text = "def f(n) = 1 + f(n + 1)\n\nf(0)"
    with pytest.raises(LimitError) as caught:
        Session(limits=limits).evaluate(text)
    error = caught.value
    assert error.span is not None and error.span.text == "f(n + 1)"
    assert error.stack[-1].span.text == "f(0)"


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def test_the_call_stack() -> None:
    text = """\
def inner(x) = { let y = x + true; y }
def middle(x) = { let y = inner(x); y * 2 }
def outer(x) = { let y = middle(x); y * 3 }
let z = 1 + outer(2)
"""
    with pytest.raises(RunError) as caught:
        Session().evaluate(text)
    error = caught.value
    assert error.span is not None and error.span.text == "x + true"
    assert [(caller.function, caller.span.text) for caller in error.stack] == [
        ("middle", "inner(x)"),
        ("outer", "middle(x)"),
        ("", "outer(2)"),
    ]


def test_calls_of_the_library_are_not_in_the_stack() -> None:
    text = "def f(x) = { let y = x + nil; y }\ndef g(x) = { let d = derivative(f)(x); d + 1 }\ng(2) + 1"
    with pytest.raises(RunError) as caught:
        Session().evaluate(text)
    assert [caller.span.text for caller in caught.value.stack] == ["derivative(f)(x)", "g(2)"]


def test_an_error_in_the_library_stands_at_its_call() -> None:
    with pytest.raises(RunError) as caught:
        Session().evaluate("let x = 1\nmap(sin, list(1, true))")
    assert caught.value.span is not None and caught.value.span.text == "map(sin, list(1, true))"


def test_what_is_no_function_cannot_be_run() -> None:
    for value in (1.0, "f", (), True):
        with pytest.raises(RunError, match="expected a function to call"):
            run(value, 1.0)


def test_a_mistake_of_the_host_is_a_bug() -> None:
    """What a function that is passed in raises is reported as such, with its place."""

    def broken(*_: object) -> object:
        raise ZeroDivisionError("of the host")

    with pytest.raises(Bug, match="ZeroDivisionError: of the host") as caught:
        advance(Paused((broken, None, 1.0, start(function("sin"), 1.0).step[3])), None)
    assert isinstance(caught.value, Error)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
