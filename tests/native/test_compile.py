"""`vlad.compile`: a function as machine code gives what the interpreter gives, or says why it cannot."""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.native.abstract import MOST_OPTIONS
from vlad_py.native.calling import Native
from vlad_py.session.session import Session
from vlad_py.values.equality import equal

pytest.importorskip("llvmlite")

# a function, arguments, and other arguments for the same code
CALLS = [
    ("fn x => x * x + sin(x)", (2.0,), (3.0,)),
    ("fn (x, y) => (x + y, {a: x / y, b: list(x, y)})", (2.0, 3.0), (1.0, 0.0)),
    ("fn m => {m with a: m.b * 2}", ({"a": 1.0, "b": 2.0},), ({"a": 5.0, "b": 7.0},)),
    ("fn x => if x > 1 then x else -x", (2.0,), (0.5,)),
    ("fn x => x > 1 and x < 2 or x == 5", (2.0,), (5.0,)),
    ("fn (n, x) => loop v = x for i in 1..n do 4 * v * (1 - v)", (10.0, 0.2), (0.0, 0.3)),
    ("fn x => loop (a, b) = (x, 0) while a < 100 do (2 * a, b + 1)", (3.0,), (1000.0,)),
    ("{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2); fib }", (15.0,), (1.0,)),
    ("{ def gcd(a, b) = if b == 0 then a else gcd(b, mod(a, b)); gcd }", (12.0, 18.0), (7.0, 13.0)),
    ("{ def even(n) = n == 0 or odd(n - 1); def odd(n) = n != 0 and even(n - 1); even }", (10.0,), (7.0,)),
    ("fn x => derivative(fn x => x ^ 3)(x)", (2.0,), (0.0,)),
    ("fn x => derivative(fn x => x * derivative(fn y => x + y)(1))(x)", (1.0,), (2.0,)),
    ("fn (x, y) => gradient_forward(fn (a, b) => a * sin(b))(x, y)", (1.0, 2.0), (3.0, -1.0)),
    ("fn x => derivative(fn x => (x, {a: x ^ 2}, fn y => x * y))(x)[2](5)", (1.0,), (2.0,)),
    ("fn (x, v) => jvp(fn (a, b) => a * b, x, v)", ((1.0, 2.0), (3.0, 4.0)), ((0.0, 1.0), (2.0, 5.0))),
    ("fn x => derivative(fn x => loop v = x for i in 1..20 do 3.5 * v * (1 - v))(x)", (0.2,), (0.7,)),
    (
        "fn x => derivative(fn x => { def p(n) = if n == 0 then 1 else x * p(n - 1); p(5) })(x)",
        (2.0,),
        (-1.0,),
    ),
    ("fn (xs, i) => xs[i]", ((1.0, 2.0, 3.0), 1.0), ((1.0, 2.0, 3.0), -1.0)),
    ("fn x => match (x, 2) { (0, y) => y; (1, y) => 2 * y; (z, y) => z + y }", (0.0,), (5.0,)),
    ("fn x => fn y => x + y", (2.0,), (3.0,)),
]

# … and calls with reverse mode, whose sums are in another order
SWEEPS = [
    # the partial derivatives of a norm choose nan at 0, and a sweep back must not meet it elsewhere
    (
        "fn (x, y) => gradient(fn (x, y) => norm(gradient(fn (a, b) => norm(a, b) * a)(x, y)))(x, y)",
        (1.0, 2.0),
        (-3.0, 0.5),
    ),
    ("fn (x, y) => value_and_gradient(fn (a, b) => a * sin(b))(x, y)", (1.0, 2.0), (3.0, -1.0)),
    (
        "fn x => gradient(fn x => gradient(fn x => { let y = if x > 1 then x ^ 3 else x; y * x })(x))(x)",
        (2.0,),
        (0.5,),
    ),
    ("fn x => gradient(fn x => loop v = x for i in 1..20 do 3.5 * v * (1 - v))(x)", (0.25,), (0.75,)),
]


@pytest.mark.parametrize(("text", "first", "second"), SWEEPS)
def test_a_compiled_sweep_is_interpreted(
    text: str, first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    function = vlad.evaluate(text)
    compiled = vlad.compile(function, *first)
    for arguments in (first, second):
        expected = flat(function(*arguments))
        assert flat(compiled(*arguments)) == pytest.approx(expected, rel=1e-12)


def flat(value: Any) -> list[float]:
    """The reals of nested tuples."""
    return [value] if isinstance(value, float) else [x for part in value for x in flat(part)]


@pytest.mark.parametrize(("text", "first", "second"), CALLS)
def test_compiled_is_interpreted(text: str, first: tuple[object, ...], second: tuple[object, ...]) -> None:
    function = vlad.evaluate(text)
    compiled = vlad.compile(function, *first)
    for arguments in (first, second):
        got, expected = compiled(*arguments), function(*arguments)
        if isinstance(expected, vlad.Function):
            got, expected = got(5.0), expected(5.0)
        assert got == expected


REFUSED = [
    ("fn x => print(x)", (1.0,), "an effect: `print`"),
    ("fn x => show(x)", (1.0,), "looks at a real"),
    ("gradient(fn x => sum(qr(x)[0]))", (np.ones((3, 2)),), "looks at a real: `qr`"),
    ("fn x => jvp(fn x => qr(x)[0], x, x)", (np.ones((3, 2)),), "looks at a real: `qr`"),
    ("fn n => sort([i for i in 1..n])", (3.0,), "an array of unknown length"),
    ("fn x => taylor(sin, x, 3)", (1.0,), "only the interpreter has: `taylor`"),
    ("let s = sparsity(sin); fn x => s(x)", (1.0,), "only the interpreter has: `sparsity`"),
    ("fn x => batched(fn y => sum(y))(x)", (np.ones((3, 2)),), "only the interpreter has: `batched"),
    ("fn n => [i for i in 1..n][0..1]", (3.0,), "an array of unknown length, indexed by more than one real"),
    ("fn n => [i for i in 1..n][0:2]", (3.0,), "an array of unknown length, taken by `slice`"),
    ("fn n => range(1, n)[0:2]", (3.0,), "a list of unknown length, taken by `slice`"),
    ("fn n => dot([i for i in 1..n], [1, 2, 3])", (3.0,), "arrays of unknown length with arrays of other"),
    (
        "fn n => loop a = zeros(200) for i in 1..n do [j for j in 1..n]",
        (3.0,),
        "an array of known length that",
    ),
    (
        "fn n => map(fn z => derivative(fn k => fn u => k * u)(z), range(1, n))",
        (3.0,),
        "a list of derivatives",
    ),
    ("fn x => jacobian_forward(fn a => fn u => u * a)(x)", (1.0,), "the Jacobian of a function value"),
    ("fn x => jacobian_reverse(fn a => fn u => u * a)(x)", (1.0,), "a cotangent of a function value"),
    ("fn x => vjp(fn z => fn u => u * z, x)[1]({z: 1})", (1.0,), "a cotangent of a function value"),
    ("fn v => jacobian_forward(fn v => v * v)(v)", (np.ones(200),), "with respect to many reals"),
    ("fn n => jacobian_forward(fn a => map(fn i => a * i, range(1, n)))(2)", (3.0,), "many reals"),
    (
        "fn n => gradient(fn l => sum(map(fn (a, b) => a, l)))(map(fn i => (i, i > 1), range(1, n)))",
        (3.0,),
        "the derivative of a list of unknown length, of other things than numbers",
    ),
    ("fn n => jvp(fn l => sum(l), range(1, n), 1)", (3.0,), "a direction or cotangent of another shape"),
    (
        "fn n => jvp(length, map(fn i => (i, i > 1), range(1, n)), map(fn i => (1, ()), range(1, n)))",
        (3.0,),
        "a direction or cotangent of another shape",
    ),
    ("fn x => jvp(fn z => z, x, x > 1)", (1.0,), "a direction or cotangent of another shape"),
    ("fn x => derivative(with_derivative(fn z => z, fn (u, v) => (v, v)))(x)", (1.0,), "of another shape"),
    ("fn x => gradient(with_pullback(fn z => z, fn (u, v) => (v, v)))(x)", (1.0,), "of another shape"),
    ("fn x => with_derivative(fn z => fn u => z * u, fn (u, v) => v)(x)(2)", (1.0,), "that holds functions"),
    (
        "fn x => with_derivative(fn z => range(1, z), fn (u, v) => nil)(x)",
        (1.0,),
        "lists of unknown length under",
    ),
    (
        "fn x => with_derivative(fn {a, b} => a, fn (u, v) => v.a)({a: x, b: if x > 0 then sin else (1, 2)})",
        (1.0,),
        "a rule or its argument is one of several",
    ),
    (
        "fn x => with_derivative(sin, if x > 0 then fn (u, v) => cos(u) * v else fn (u, v) => v)(x)",
        (1.0,),
        "a rule or its argument is one of several",
    ),
    ("fn x => [if i > x then i else (1, 2) for i in 1..3]", (1.0,), "one of several"),
    (
        "fn x => { def f(n) = if n > 5 then n else (f(n + 1), n); f(x) }",
        (1.0,),
        "whose value changes its structure",
    ),
]


@pytest.mark.parametrize(("text", "arguments", "reason"), REFUSED)
def test_refused_with_its_place(text: str, arguments: tuple[object, ...], reason: str) -> None:
    with pytest.raises(vlad.NotNative, match=reason) as refusal:
        vlad.compile(vlad.evaluate(text), *arguments)
    assert refusal.value.span is not None


@pytest.mark.parametrize(
    ("value", "noun"),
    [
        ("x", "a real"),
        ("[x, x]", "an array of 2"),
        ("x > 0", "a boolean"),
        ("(x, x)", "a tuple"),
        ("{a: x}", "a record"),
        ("list(x)", "a list"),
        ("list()", "the empty list"),
        ('"a"', "a string"),
        ("fn y => x", "the function fn"),
        ("derivative(fn y => fn z => y * z)(x)", "a derivative that is a function"),
    ],
)
def test_a_choice_among_too_many_kinds_says_of_what(value: str, noun: str) -> None:
    kinds = "".join(f"else if x > {i} then {{a{i}: x}} " for i in range(MOST_OPTIONS - 1))
    with pytest.raises(vlad.NotNative, match=f"a choice between {noun} and another value"):
        vlad.compile(vlad.evaluate(f"fn x => if x < 0 then {value} {kinds} else ()"), 1.0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("ode.solution(fn (t, y) => -x * y, 1, [0, 1])", "ode.solution"),
        ("ode.until(ode.defaults, fn (t, y) => x, 0, (0, 5), fn (t, y) => y - 2)", "ode.until"),
        ("integrate.integral(fn t => x * t, 0, 1)", "integrate.integral"),
        ("roots.newton(fn t => t ^ 2 - x, 1)", "roots.newton"),
        ("roots.bisection(fn t => t ^ 2 - x, 0, 2)", "roots.bisection"),
        ("optimize.minimize(fn t => (t - x) ^ 2, 0)", "optimize.minimize"),
        ("least_squares.fit(fn t => t - x, 0)", "least_squares.fit"),
        ("map(fn t => roots.newton(fn u => u - x, t), list(1, 2))", "roots.newton"),
    ],
)
def test_a_refused_call_of_the_library_is_told_at_its_place(call: str, name: str) -> None:
    imports = "import ode; import integrate; import roots; import optimize; import least_squares"
    with pytest.raises(vlad.NotNative) as refusal:
        vlad.compile(vlad.evaluate(f"{imports}\nfn x => {call}"), 1.0)
    error = refusal.value
    assert error.span is not None and error.span.text.startswith(f"{name}(")
    assert f"`{name}`" in error.message or f"this happens inside `{name}`" in error.hint


def test_an_error_is_the_interpreter_s() -> None:
    function = vlad.evaluate("{ def f(xs, i) = xs[i] + 1; fn (xs, i) => f(xs, i) }")
    compiled = vlad.compile(function, (1.0, 2.0), 0.0)
    assert compiled((1.0, 2.0), 1.0) == 3.0
    for arguments in (((1.0, 2.0), 2.0), ((1.0, 2.0), 0.5), ((1.0, True), 1.0)):
        with pytest.raises(vlad.RunError) as expected:
            function(*arguments)
        with pytest.raises(vlad.RunError) as got:
            compiled(*arguments)
        assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("text", ["fn x => x.a", "fn x => x + true", "derivative(fn (x, y) => x)"])
def test_what_is_wrong_with_a_program_is_said_by_the_interpreter(text: str) -> None:
    function = vlad.evaluate(text)
    with pytest.raises(vlad.RunError) as interpreted:
        function(1.0)
    with pytest.raises(vlad.RunError) as compiled:
        vlad.compile(function, 1.0)
    said, expected = compiled.value, interpreted.value
    assert said.span is not None and expected.span is not None
    assert (said.message, said.span.place) == (expected.message, expected.span.place)
    assert said.hint.startswith(expected.hint) and said.hint.endswith("the example is a real")


PAIR, TRIPLE = np.zeros(2), np.zeros(3)
WRONG_EXAMPLES = [
    ("fn xs => xs[3]", ([1.0, 2.0],), "have the indices 0 to 1; the example is a list"),
    ("fn xs => xs[3]", (PAIR,), "have the indices 0 to 1; the example is an array of 2"),
    ("fn (x, y) => x @ y", (PAIR, TRIPLE), "; the examples are an array of 2 and an array of 3"),
    ("fn (x, y) => x + y", (PAIR, TRIPLE), "; the examples are an array of 2 and an array of 3"),
    ("fn (x, y) => x + y", (1.0,), "its parameters are `(x, y)`; the example is a real"),
    ("fn m => m.w", ({"v": 1.0},), "the example is a record with `v`"),
    ("fn a => reshape(a, (2, 2))", (PAIR,), "the example is an array of 2"),
    ("fn a => inv(a)", (PAIR,), "the example is an array of 2"),
    (
        "fn (a, b) => fold((+), a, b)",
        (1.0, 2.0),
        "the examples are a real and a real",
    ),
]


@pytest.mark.parametrize(("text", "examples", "hint"), WRONG_EXAMPLES)
def test_a_wrong_example_is_told(text: str, examples: tuple[object, ...], hint: str) -> None:
    with pytest.raises(vlad.RunError) as interpreted:
        vlad.evaluate(text)(*examples)
    with pytest.raises(vlad.RunError) as refusal:
        vlad.compile(vlad.evaluate(text), *examples)
    assert refusal.value.message == interpreted.value.message
    assert refusal.value.span is not None and refusal.value.hint.endswith(hint)


def test_an_error_on_a_way_that_the_example_does_not_take() -> None:
    function = vlad.evaluate("fn xs => if xs[0] > 1 then xs[3] else xs[1]")
    compiled = vlad.compile(function, PAIR)
    assert compiled(PAIR) == 0.0
    with pytest.raises(vlad.RunError, match="index 3 is out of range for an array of 2"):
        compiled(PAIR + 2)
    other = vlad.evaluate("fn xs => if xs[0] > 1 then inv(xs) else xs[1]")
    with pytest.raises(vlad.NotNative, match="looks at a value: `inv`") as refusal:
        vlad.compile(other, PAIR)
    assert "expects a square matrix" in refusal.value.hint
    assert refusal.value.hint.endswith("the example is an array of 2")


def test_what_fails_without_examples_has_none_to_tell() -> None:
    with pytest.raises(vlad.RunError) as refusal:
        vlad.compile(vlad.evaluate('fn () => error("no")'))
    assert not refusal.value.hint


@pytest.mark.parametrize("text", ["fn a => det(a) + sum(inv(a))", "fn a => logsumexp(a)"])
def test_nothing_warns_where_python_is_called_back(text: str) -> None:
    function = vlad.evaluate(text)
    native = vlad.compile(function, vlad.evaluate("[[1, 2], [3, 5]]"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (0.0, math.inf, 1e308):
            with suppress(vlad.RunError):
                native(vlad.evaluate("fn x => [[1, x], [-x, 1e308]]")(x))


def test_deep_recursion_runs_on_a_larger_stack() -> None:
    depth = vlad.evaluate("{ def depth(n) = if n == 0 then 0 else 1 + depth(n - 1); depth }")
    assert vlad.compile(depth, 1.0)(1e6) == 1e6


def test_recursion_without_end_is_interpreted() -> None:
    forever = vlad.evaluate(
        "{ def f(n) = if n < 0 then 0 else 1 + f(n + 1); f }", limits=vlad.Limits(depth=10_000)
    )
    with pytest.raises(vlad.LimitError):
        vlad.compile(forever, 1.0)(1.0)


def test_another_kind_of_argument_has_its_own_code() -> None:
    double = vlad.compile(vlad.evaluate("fn x => plus_scaled(x, 1, x)"), 1.0)
    assert double(2.0) == 4.0
    assert double((1.0, 2.0)) == (2.0, 4.0)
    assert len(double._units) == 2
    assert all(isinstance(unit, Native) for unit in double._units.values())


def test_a_session_that_compiles_finds_what_it_interprets() -> None:
    text = "def f(x) = x ^ 2 + derivative(sin)(x)\nlist(f(1), f(2), gradient(f)(3))"
    session = Session(native="always")
    assert equal(session.evaluate(text), Session().evaluate(text))
    assert session.tier is not None
    assert session.tier.entered > 0


def test_a_function_that_is_defined_anew_is_compiled_anew() -> None:
    session = Session(native="always")
    session.evaluate("def g(x) = x + 1\ndef f(x) = 2 * g(x)")
    assert session.evaluate("f(1)") == 4.0
    session.evaluate("def g(x) = x + 2")
    assert session.evaluate("f(1)") == 6.0
    assert session.evaluate("{ let k = 3; fn x => k * f(x) }(1)") == 18.0


def test_examples_are_asked_for() -> None:
    with pytest.raises(
        vlad.ConversionError, match="an example of each argument, for the parameters `\\(a, b\\)`"
    ):
        vlad.compile(vlad.evaluate("fn (a, b) => a * b"))
    assert vlad.compile(vlad.evaluate("fn () => 3"))() == 3.0


def test_effects_stay_with_the_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(native="always")
    session.evaluate("def f(x) = { print(x); x * x }\nprint(f(2) + f(3))")
    assert capsys.readouterr().out == "2\n3\n13\n"


def test_limits_of_steps_and_nan_errors_are_the_interpreter_s() -> None:
    text = "def f(n) = loop v = 0 for i in 1..n do v + i\nf(100000)"
    with pytest.raises(vlad.LimitError):
        Session(native="always", limits=vlad.Limits(steps=1000)).evaluate(text)
    with pytest.raises(vlad.RunError):
        Session(native="always", nan_is_error=True).evaluate("def f(x) = x / x\nf(0)")
    with pytest.raises(vlad.LimitError):
        deep = "def f(n) = if n == 0 then 0 else 1 + f(n - 1)\nf(100000)"
        Session(native="always", limits=vlad.Limits(depth=1000)).evaluate(deep)


KNOWN = ("sqrt([-1, 2])", "ln([0, 2])", "1 / [0, 1]", "[1e300, 1] * 1e300", "acos([2, 0])", "[logsumexp([])]")


@pytest.mark.parametrize("known", KNOWN)
def test_what_is_computed_while_compiling_warns_of_nothing(known: str) -> None:
    function = vlad.evaluate(f"fn x => x + sum({known})")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, expected = vlad.compile(function, 1.0)(1.0), function(1.0)
    assert found == expected or (math.isnan(found) and math.isnan(expected))
