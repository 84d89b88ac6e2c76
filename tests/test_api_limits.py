"""The limits of functions hold where these travel inside data, or are given to other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import vlad_py as vlad


@dataclass
class Holder:
    w: object


ENDLESS = "fn x => loop n = x while true do n + 1"
INSIDE: dict[str, tuple[str, Callable[[vlad.Function], object]]] = {
    "a dict": ("fn m => m.f(1)", lambda f: {"f": f}),
    "a list": ("fn fs => fs[0](1)", lambda f: [f]),
    "a tuple": ("fn (g, x) => g[1](x)", lambda f: ((1, f), 2)),
    "a dataclass": ("fn m => m.w(1)", Holder),
    "deep": ("fn m => m.a[0].b(1)", lambda f: {"a": [{"b": f}]}),
}


@pytest.mark.parametrize("kind", INSIDE)
def test_limits_hold_for_functions_inside_data(kind: str) -> None:
    text, inside = INSIDE[kind]
    endless = vlad.evaluate(ENDLESS, limits=vlad.Limits(steps=1000))
    call = vlad.evaluate(text)
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        call(inside(endless))
    assert call(inside(vlad.evaluate("fn x => x"))) == (2.0 if kind == "a tuple" else 1.0)


@pytest.mark.parametrize("kind", INSIDE)
def test_limits_hold_for_functions_made_without_any(kind: str) -> None:
    text, inside = INSIDE[kind]
    endless = vlad.evaluate(ENDLESS)
    call = vlad.evaluate(text, limits=vlad.Limits(steps=1000))
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        call(inside(endless))


def test_limits_hold_for_what_is_given_beside_a_text() -> None:
    endless = vlad.evaluate(ENDLESS)
    limits = vlad.Limits(steps=1000)
    attempts: list[Callable[[], object]] = [
        lambda: vlad.evaluate("f(1)", limits=limits, functions={"f": endless}),
        lambda: vlad.evaluate("f(1)", limits=limits, f=endless),
        lambda: vlad.evaluate("fn f => f(1)", limits=limits)(endless),
        lambda: vlad.evaluate("fn (f, g) => f(1)")(endless, vlad.evaluate("fn x => x", limits=limits)),
        lambda: vlad.evaluate("fn g => loop n = 0 while true do n + 1")(vlad.evaluate("sin", limits=limits)),
    ]
    for given in attempts:
        with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
            given()


def test_limits_hold_wherever_a_function_is_given() -> None:
    endless = vlad.evaluate(ENDLESS, limits=vlad.Limits(steps=1000))
    call = vlad.evaluate("fn fs => fs[0](1)")
    for given in (
        lambda: vlad.evaluate("f(1)", functions={"f": endless}),
        lambda: vlad.gradient(call)([endless]),
        lambda: vlad.trace(call, [endless]),
        lambda: vlad.count(call, [endless]),
        lambda: vlad.sparsity(call, [endless]),
        lambda: vlad.check_gradients(call, [endless, 2.0]),
        vlad.evaluate("fn fs => fn () => fs[0](1)")([endless]),
    ):
        with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
            given()


def test_limits_hold_for_arguments_of_a_script(tmp_path: Path) -> None:
    endless = vlad.evaluate(ENDLESS, limits=vlad.Limits(steps=1000))
    script = tmp_path / "call.adl"
    script.write_text("let f = arguments[0]\nf(1)\n")
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        vlad.run(script, arguments=[endless])


def test_steps_of_calls_that_a_sweep_runs_again_count() -> None:
    text = "fn a => iterate_checkpointed(2000, fn v => cos(a * v), 0.3)"
    few = vlad.Limits(steps=10_000)
    vlad.evaluate(text, limits=few)(2.5)  # as many turns without a sweep
    with pytest.raises(vlad.LimitError, match="more than 10000 steps"):
        vlad.evaluate(f"gradient({text})", limits=few)(2.5)
    vlad.evaluate(f"gradient({text})", limits=vlad.Limits(steps=30_000))(2.5)


def given_by_python(text: str, f: vlad.Function, inside: Callable[[vlad.Function], object]) -> object:
    """What a program gives that gets a function from a function of Python's, inside data or alone."""
    return vlad.evaluate(text, functions={"make": vlad.primitive(lambda x: inside(f))})


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("make(0)(1)", lambda f: f),
        ("make(0).f(1)", lambda f: {"f": f}),
        ("let f = make(0)\ngradient(fn x => { let y = f(1)\n x })(2)", lambda f: f),
        ("derivative(fn x => make(stop_gradient(x))(x))(2)", lambda f: f),
        ("map(fn x => make(x)(x), list(1, 2))", lambda f: f),
        ("make(0)(1)[0](1)", vlad.evaluate("fn f => fn x => list(f)")),
    ],
)
def test_limits_hold_for_functions_that_python_gives_meanwhile(
    text: str, inside: Callable[[vlad.Function], object]
) -> None:
    endless = vlad.evaluate(ENDLESS, limits=vlad.Limits(steps=1000))
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        given_by_python(text, endless, inside)
    given_by_python(text, vlad.evaluate("fn x => x", limits=vlad.Limits(steps=1000)), inside)


def test_the_tighter_limits_hold_and_steps_go_on_counting() -> None:
    loop = "fn n => loop s = 0 for i in 1..n do s + 1"
    inner = vlad.evaluate(loop, limits=vlad.Limits(steps=1000))
    call = vlad.evaluate("fn (make, n) => { let f = make(0)\n f(n) }", limits=vlad.Limits(steps=500))
    make = vlad.primitive(lambda x: inner)
    with pytest.raises(vlad.LimitError, match="more than 500 steps"):
        call(make, 2000)
    assert call(make, 100) == 100.0
    # each turn brings the limits again: they do not begin anew
    again = vlad.evaluate("fn make => loop s = 0 while true do s + make(0)(10)")
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        again(make)
    deep = vlad.evaluate("def f(n) = if n == 0 then 0 else 1 + f(n - 1)\nf", limits=vlad.Limits(depth=100))
    with pytest.raises(vlad.LimitError, match="more than 100 calls"):
        vlad.evaluate("fn make => make(0)(1e6)")(vlad.primitive(lambda x: deep))
