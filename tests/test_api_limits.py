"""The limits of functions hold where these travel inside data, or are given to other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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


RUNS_ON = {
    "a loop": ("fn x => loop n = x while n > 0 do n + 1", ("steps", "seconds")),
    "a tail call": ("{ def f(x) = if x > 0 then f(x + 1) else x\n f }", ("steps", "seconds")),
    "a recursion": ("{ def f(x) = if x > 0 then 1 + f(x + 1) else 0\n f }", ("steps", "depth", "memory")),
    "a tail call with one result": ("{ def f(x) = if x > 0 then f(x + 1) else 0\n f }", ("steps", "seconds")),
    "a loop for nothing": ("fn x => { let n = loop n = x while n > 0 do n + 1\n 0 }", ("steps", "seconds")),
    "a recursion for nothing": (
        "{ def f(x) = if x > 0 then { let y = f(x + 1)\n 0 } else 0\n f }",
        ("steps", "depth"),
    ),
    "a derivative for nothing": (
        "derivative(fn x => { let n = loop n = x while n > 0 do n + 1\n 3 * x })",
        ("steps", "seconds"),
    ),
    "a gradient for nothing": ("gradient({ def f(x) = if x > 0 then f(x + 1) else 0\n f })", ("steps",)),
    "a growing list": ("fn x => length(loop l = list() while x > 0 do x :: l)", ("steps", "memory")),
    "a growing array": ("fn x => sum(loop l = [x] while x > 0 do concat(l, l))", ("memory",)),
    "a gradient": (
        "fn x => gradient(fn y => loop n = y while n > 0 do 2 + sin(n))(x)",  # whose partials a tape keeps
        ("steps", "memory"),
    ),
    "output": ("fn x => loop n = x while n > 0 do { print(n)\n n + 1 }", ("output", "steps")),
}
LIMITS = {
    "steps": vlad.Limits(steps=20_000),
    "depth": vlad.Limits(depth=10_000),
    # the memory of a program that takes no more than earlier tests have left does not grow: a long tape, say,
    # of which machine code keeps every k-th state
    "memory": vlad.Limits(memory=50_000_000, seconds=20),
    "seconds": vlad.Limits(seconds=0.1),
    "output": vlad.Limits(output=1000),
}


def python(call: Callable[[float], object], text: str = "p(1)") -> Callable[[vlad.Limits], object]:
    """A limited run of a program that calls a Python function."""
    return lambda limits: vlad.evaluate(text, limits=limits, functions={"p": vlad.primitive(call)})


def swallowing(f: vlad.Function) -> Callable[[float], object]:
    def call(x: float) -> object:
        try:
            return f(x)
        except vlad.Error:
            return 0.0

    return call


DOORS: dict[str, Callable[[vlad.Function], Callable[[vlad.Limits], object]]] = {
    "an argument": lambda f: lambda limits: vlad.evaluate("fn f => f(1)", limits=limits)(f),
    "data": lambda f: lambda limits: vlad.evaluate("fn m => m.f(1)", limits=limits)({"f": f}),
    "a Python function": lambda f: python(f.__call__),
    "one as an argument": lambda f: (
        lambda limits: vlad.evaluate("fn p => p(1)", limits=limits)(vlad.primitive(f.__call__))
    ),
    "a gradient in Python": lambda f: python(vlad.gradient(f).__call__),
    "a text in Python": lambda f: python(lambda x: vlad.evaluate("f(1)", f=f)),
    "a count in Python": lambda f: python(lambda x: vlad.count(f, x)),
    "a function that Python gives": lambda f: python(lambda x: f, "p(0)(1)"),
    "a rule in Python": lambda f: (
        lambda limits: vlad.evaluate("fn p => derivative(p)(1)", limits=limits)(
            vlad.primitive(lambda x: x, jvp=lambda x, v: f(x))
        )
    ),
    "Python in Python": lambda f: python(
        vlad.evaluate("fn x => q(x)", functions={"q": vlad.primitive(f.__call__)}).__call__
    ),
    "Python that swallows errors": lambda f: python(swallowing(f)),
}
CALLS = [(form, limit) for form, (_, limits) in RUNS_ON.items() for limit in limits]


def ends_in_time(run: Callable[[vlad.Limits], object], limit: str) -> None:
    with pytest.raises(vlad.LimitError):
        run(LIMITS[limit])


@pytest.mark.parametrize(("form", "limit"), CALLS)
@pytest.mark.parametrize("door", DOORS)
def test_an_endless_function_ends_whatever_its_way_into_a_limited_run(
    door: str, form: str, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if door == "Python that swallows errors" and (limit == "depth" or form == "a growing array"):
        pytest.skip("the calls are over; the memory was refused, never taken")
    ends_in_time(DOORS[door](vlad.evaluate(RUNS_ON[form][0])), limit)


@pytest.mark.parametrize(("form", "limit"), [call for call in CALLS if call[0] != "output"])
@pytest.mark.parametrize("door", ["an argument", "data", "a Python function", "a gradient in Python"])
def test_a_compiled_endless_function_ends_in_a_limited_run(door: str, form: str, limit: str) -> None:
    pytest.importorskip("llvmlite")
    try:
        compiled = vlad.compile(vlad.evaluate(RUNS_ON[form][0]), 1.0)
    except vlad.NotNative:
        return
    ends_in_time(DOORS[door](compiled), limit)


@pytest.mark.parametrize("native", ["auto", "always"])
@pytest.mark.parametrize(("form", "limit"), CALLS)
def test_an_endless_function_ends_in_a_limited_run_of_machine_code(
    form: str, limit: str, native: Literal["auto", "always"], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("llvmlite")
    endless = vlad.evaluate(RUNS_ON[form][0])
    ends_in_time(lambda limits: vlad.evaluate("fn f => f(1)", limits=limits, native=native)(endless), limit)


def test_what_always_recurs_is_not_compiled_and_does_not_hang() -> None:
    pytest.importorskip("llvmlite")
    with pytest.raises(vlad.NotNative):
        vlad.compile(vlad.evaluate("{ def f(x) = f(x + 1)\n f }"), 1.0)


def test_steps_count_in_functions_that_hold_functions_of_python() -> None:
    names = {"p": vlad.primitive(lambda x: x)}
    endless = vlad.evaluate("fn x => loop n = x while n > 0 do p(n)", functions=names)
    ends_in_time(DOORS["an argument"](endless), "steps")
    ends_in_time(DOORS["a Python function"](endless), "steps")


@pytest.mark.parametrize("rule", ["jvp", "vjp"])
def test_steps_count_in_rules_of_python_functions(rule: Literal["jvp", "vjp"]) -> None:
    text = "fn (x, v) => loop n = v while n > 0 do n + 1"
    for given in (text, vlad.evaluate(text)):
        made = (
            vlad.primitive(lambda x: x, jvp=given)
            if rule == "jvp"
            else vlad.primitive(lambda x: x, vjp=given)
        )
        for call in ("fn p => derivative(p)(1)", "fn p => gradient(p)(1)"):
            with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
                vlad.evaluate(call, limits=vlad.Limits(steps=1000))(made)
        with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
            vlad.evaluate("derivative(p)(1)", limits=vlad.Limits(steps=1000), functions={"p": made})


WITH_RULES: dict[str, tuple[str, Callable[[vlad.Function], object]]] = {
    "a pullback": ("vjp", lambda p: vlad.vjp(p, 1.0)[1](1.0)),
    "a gradient": ("vjp", lambda p: vlad.gradient(p)(1.0)),
    "one direction": ("jvp", lambda p: vlad.jvp(p, 1.0, 1.0)),
    "a jacobian": ("jvp", lambda p: vlad.jacobian(p)(1.0)),
    "an expansion": ("jvp", lambda p: vlad.taylor(p, 1.0, 2)),
    "inside a program": ("vjp", lambda p: vlad.evaluate("gradient(p)(1)", p=p)),
}


@pytest.mark.parametrize("limit", ["steps", "seconds"])
@pytest.mark.parametrize("call", WITH_RULES)
def test_limits_of_rules_hold_in_every_derivative(call: str, limit: str) -> None:
    kind, derive = WITH_RULES[call]
    rule = vlad.evaluate("fn (x, v) => loop n = v while n > 0 do n + 1", limits=LIMITS[limit])
    with pytest.raises(vlad.LimitError):
        derive(vlad.primitive(lambda x: x, **{kind: rule}))
    name = "with_pullback" if kind == "vjp" else "with_derivative"
    with pytest.raises(vlad.LimitError):
        derive(vlad.evaluate(f"fn rule => {name}(fn x => x, rule)")(rule))


def test_steps_count_in_what_is_compiled_inside_the_run() -> None:
    pytest.importorskip("llvmlite")
    endless = vlad.evaluate(RUNS_ON["a loop"][0])

    def call(x: float) -> object:
        return vlad.compile(endless, 1.0)(x)

    ends_in_time(python(call), "steps")


def test_steps_in_python_functions_are_those_of_the_run() -> None:
    ten = vlad.evaluate("fn x => loop n = x for i in 1..10 do n + i")
    text = "fn n => loop s = 0 for i in 1..n do s + p(i)"
    run = vlad.evaluate(text, functions={"p": vlad.primitive(ten.__call__)}, limits=vlad.Limits(steps=1000))
    run(10)
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        run(200)
    assert ten(1) == 56.0  # and outside of the run nothing counts
    run(10)


def test_a_functions_own_tighter_limits_hold_inside_a_limited_run() -> None:
    tight = vlad.evaluate(ENDLESS, limits=vlad.Limits(steps=100))
    with pytest.raises(vlad.LimitError, match="more than 100 steps"):
        python(tight.__call__)(vlad.Limits(steps=5000))


@pytest.mark.parametrize("name", ["steps", "depth", "memory", "seconds", "output"])
def test_a_limit_may_be_beyond_all_clocks_and_floats(name: str) -> None:
    assert vlad.evaluate("1 + 1", limits=vlad.Limits(**{name: 10**400})) == 2.0
