"""Recursion over lists of known length: the compiler counts calls and stays clear of Python's stack limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, done, run
from vlad_py.native import calls, code, recursion
from vlad_py.native.effort import MOST_OPS, WORK
from vlad_py.native.exits import TooDeep, TooLarge
from vlad_py.native.units import specialise
from vlad_py.session.session import Session
from vlad_py.values.values import make_list

pytest.importorskip("llvmlite")

KNOWN = {
    "one list": "def f(l) = match l { nil => 0; h :: t => h * h + f(t) }",
    "two functions": "def f(l) = match l { nil => 0; h :: t => h * h + g(t) }\n"
    "def g(l) = match l { nil => 1; h :: t => h + f(t) }",
    "a pair": "def f(l) = g(l, l)\n"
    "def g(l, m) = match l { nil => 0; h :: t => match m { nil => 1; a :: b => h * a + g(t, b) } }",
    "a condition": "def f(l) = if length(l) < 1 then 0 else head(l) * head(l) + f(tail(l))",
    "a loop inside": "def f(l) = match l { nil => 0; h :: t => last(h, t) * h + f(t) }\n"
    "def last(a, l) = match l { nil => a; h :: t => last(h, t) }",
}
UNKNOWN = {
    "a branch": "def f(l) = match l { nil => 0; h :: t => if h > 0 then h * h + f(t) else 0 }",
    "both branches": "def f(l) = match l { nil => 0; h :: t => if h > 0 then h * h + f(t) else f(t) }",
    "a derivative": "def f(l) = match l { nil => 0; h :: t => h + derivative(fn x => x * f(t))(h) }",
    "a checkpoint": "def f(l) = match l { nil => 0; h :: t => h * h + checkpointed(f)(t) }",
}
WRAPPED = ("f", "fn l => derivative(fn x => f(map(fn y => x * y, l)))(2)", "gradient(f)")


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("turns", [150, 300, 1000])
@pytest.mark.parametrize("name", ["one list", "two functions", "a pair", "a condition"])
def test_every_tier_agrees(name: str, turns: int, wrapped: str) -> None:
    text = f"{KNOWN[name]}\nfn l => ({wrapped})(l)"
    given = [0.5] * turns
    function = vlad.evaluate(text, native="never")
    expected = function(given)
    for tier in ("always", "auto"):
        assert vlad.evaluate(text, native=tier)(given) == expected, tier
    if turns <= 300:
        assert vlad.compile(function, given)(given) == expected
    else:
        with pytest.raises(NotNative):  # the argument is too long, or the calls too deep
            vlad.compile(function, given)


@pytest.mark.parametrize("name", [*UNKNOWN, "a loop inside"])
def test_what_is_too_deep_is_refused_or_agrees(name: str) -> None:
    text = f"{(KNOWN | UNKNOWN)[name]}\nf"
    given = [0.5] * 150
    function = vlad.evaluate(text, native="never")
    expected = function(given)
    assert vlad.evaluate(text, native="always")(given) == expected
    try:
        compiled = vlad.compile(function, given)
    except NotNative:
        assert name in UNKNOWN
    else:
        assert compiled(given) == expected


BRANCHING = {
    "two calls": "match l { nil => 1; h :: t => f(t) / 2 + h * f(t) / 3 }",
    "two branches": "match l { nil => 1; h :: t => if h > 0.4 then f(t) / 2 + h else h * f(t) }",
    "three branches": "match l { nil => 0; h :: t => if h > 0.5 then f(t) + h else if h > 0.2 then h * f(t) "
    "else f(t) - h }",
    "a loop": "match l { nil => 1; h :: t => loop a = 0 for i in 1..3 do a / 3 + h * f(t) }",
    "two loops": "match l { nil => 1; h :: t => (loop a = 0 for i in 1..9 do a / 3 + h * f(t)) + "
    "(loop a = h while a < 1 do a + 1 + f(t)) }",
    "a derivative": "match l { nil => 1; h :: t => derivative(fn x => x * x * f(t))(h) + f(t) / 2 }",
    "a checkpoint": "match l { nil => 1; h :: t => checkpointed(f)(t) / 2 + f(t) * h }",
    "itself": "match l { nil => 1; h :: t => if h > 0.5 then f(h / 2 :: t) + f(t) / 2 else f(t) * h }",
}


@pytest.mark.parametrize("name", BRANCHING)
def test_recursion_in_branches_over_a_known_list_is_followed_in_proportion(name: str) -> None:
    text = f"def f(l) = {BRANCHING[name]}\nf"
    few = spent(text, [0.5] * 15)
    many = spent(text, [0.5] * 30)  # 30,000 times as much, if each call were followed by itself
    assert many < 3 * few
    given = [0.1, 0.7, 0.3, 0.5]
    function = vlad.evaluate(text, native="never")
    assert vlad.compile(function, given)(given) == function(given)


@pytest.mark.parametrize("name", ["two branches", "three branches", "itself"])
def test_functions_for_each_length_give_what_the_interpreter_gives(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "MOST_COPIES", 2)
    for turns in (8, recursion.MOST_VARIANTS + 10):
        given = [0.3 + 0.4 * (i % 2 and i < 8) for i in range(turns)]
        for wrapped in ("f", "fn l => derivative(fn x => f(map(fn y => x * y, l)))(1)"):
            function = vlad.evaluate(f"def f(l) = {BRANCHING[name]}\nfn l => ({wrapped})(l)", native="never")
            assert vlad.compile(function, given)(given) == function(given), wrapped
        gradient = vlad.evaluate(f"def f(l) = {BRANCHING[name]}\ngradient(f)", native="never")
        assert vlad.compile(gradient, given)(given) == pytest.approx(gradient(given), rel=1e-12)


def test_a_unit_that_is_too_large_with_copies_is_made_of_functions() -> None:
    function: Any = Session(native="never").evaluate(f"def f(l) = {BRANCHING['two calls']}\nf")
    given = make_list((0.5,) * 8)
    written_out = specialise(function, given, is_fixed=True).builder.count
    assert written_out > 2**8
    of_functions = specialise(function, given, is_fixed=True, most=written_out - 1, seconds=2.0).builder.count
    assert of_functions < 2**7
    with pytest.raises(TooLarge):  # it has too few copies
        specialise(function, make_list((0.5,) * 5), is_fixed=True, most=20)


def spent(text: str, given: list[float]) -> float:
    """The statements and operations that it takes to compile a call."""
    function: Any = Session(native="never").evaluate(text)
    return WORK * MOST_OPS - specialise(function, make_list(tuple(given)), is_fixed=True).builder.effort.left


def test_work_that_is_given_up_counts() -> None:
    text = "def f(l, n) = match l { nil => n; h :: t => loop a = nil for i in 1..n do f(t, n) :: a }\nf"
    function: Any = Session(native="never").evaluate(text)
    with pytest.raises(NotNative):
        specialise(function, (make_list((0.5,) * 30), 3.0), is_fixed=True)


def test_calls_are_counted() -> None:
    text = f"{KNOWN['one list']}\nfn (x, l) => f(l)"
    given = (0.5, [0.5] * (calls.DEEPEST + 50))
    with pytest.raises(TooDeep):
        vlad.compile(vlad.evaluate(text, native="never"), *given)


def test_a_full_stack_of_the_host_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Walk[object]:
        raise RecursionError

    function = vlad.evaluate("def f(x) = x * x\nfn x => f(x)", native="never")
    monkeypatch.setattr(calls, "bound", full)
    with pytest.raises(TooDeep):
        vlad.compile(function, 1.0)


def test_a_walk_catches_what_its_part_raises() -> None:
    def failing() -> Walk[int]:
        raise KeyError("here")
        yield  # type: ignore[unreachable]  # makes it a walk

    def passing(inner: Callable[[], Walk[int]]) -> Walk[int]:
        left.append("in")
        try:
            return (yield inner())
        finally:
            left.append("out")

    def catching() -> Walk[int]:
        try:
            return (yield passing(failing))
        except KeyError:
            return (yield passing(lambda: passing(lambda: done(1))))

    left: list[str] = []
    assert run(catching()) == 1
    assert left == ["in", "out", "in", "in", "out", "out"]
    with pytest.raises(KeyError, match="here"):
        run(passing(failing))


def test_recursion_that_is_too_deep_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(code, "can_reserve", tried.append)
    text = "{ def f(n) = if n > 0 then 1 + f(n - 1) else 0; f(20000) }"
    assert Session(native="always").evaluate(text) == 20_000.0
    assert len(tried) == 1
