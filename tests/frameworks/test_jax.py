"""ADL functions in JAX give what the interpreter gives: values, derivatives by ADL and by JAX."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from native.agreement import opened
from nested.evaluate import as_data, matches
from nested.test_nested_cases import CASES, INEXPRESSIBLE, TOO_LONG
from nested.translate import translate

import vlad_py as vlad
from vlad_py.python.convert import to_value

jax: Any = pytest.importorskip("jax", reason="needs `pip install '.[jax]'`")
jnp: Any = pytest.importorskip("jax.numpy")
jax.config.update("jax_enable_x64", True)

EXACT = 1e-12

# A function and an argument: scalars, loops, choices, arrays, ADL's own derivatives of both modes.
FUNCTIONS: dict[str, tuple[str, Any]] = {
    "arithmetic": ("fn x => sin(x) * x / (1 + x ^ 2)", 1.5),
    "loop": ("fn x => loop s = x for i in 1..30 do s + 0.01 * sin(s) * i", 1.5),
    "loops inside": ("fn x => loop s = x for i in 1..4 do loop t = s for j in 1..3 do cos(t) + i * j", 0.3),
    "choice": ("fn (x, y) => if x > y then x * y else x / y", (1.5, 2.0)),
    "choice in a loop": ("fn x => loop s = x for i in 1..9 do if s > 2 then s / 2 else s * s + 1", 1.1),
    "derivative": ("derivative(fn x => loop s = x for i in 1..9 do sin(s) * x)", 0.7),
    "gradient of a loop": ("gradient(fn x => loop s = x for i in 1..9 do sin(s) * x)", 0.7),
    "gradient with a choice": (
        "gradient(fn x => loop s = x for i in 1..9 do if s > 0.5 then sin(s) * x else s + x)",
        0.7,
    ),
    "nested": ("fn x => derivative(fn y => x * gradient(fn z => sin(z * y) * x)(y))(x)", 0.7),
    "array": ("fn v => sum(exp(v) * v) + v[0] * v[2] + max(v) + norm(v) + prod(v)", [1.0, 2.0, 3.0]),
    "array gradient": ("gradient(fn v => logsumexp(v) + max(v) * v[1])", [1.0, 2.0, 3.0]),
    "matrices": (
        "fn m => sum(solve(m, [1, 2])) * det(m) + sum(inv(m) @ [1, 3]) + sum(cumsum(m[0])) "
        "+ sum(cholesky(m @ transpose(m)))",
        [[3.0, 1.0], [1.0, 2.0]],
    ),
    "by Python": ("fn x => lgamma(x) + digamma(x)", 1.7),
    "no elements": ("fn v => sum(v[0..-1]) + prod(v[0..-1]) + sum(reverse(v) * v)", [1.0, 2.0, 3.0]),
    "among zeros": ("fn v => sum(pad(v ^ 2, 2) * 3) + sum(tril(outer(v, v)))", [1.0, 2.0, 3.0]),
    "a gradient among zeros": ("gradient(fn v => sum(triu(outer(v, v))) + v[0])", [1.0, 2.0, 3.0]),
    "a long product": ("fn v => prod(v) + sum(cumsum(v) * v)", [1.0 + 0.01 * i for i in range(100)]),
    "a loop over an array": ("fn v => loop s = 1 for i in 0..2 do s * v[i] + s", [1.0, 2.0, 3.0]),
    "a rule": ("fn x => with_derivative(fn z => z ^ 2, fn (z, v) => 100 * z * v)(x)", 3.0),
    "stop_gradient": (
        "fn (x, y) => stop_gradient(x * y) * x + sum(stop_gradient([x, y]) * [y, x])",
        (1.5, 2.0),
    ),
    "arrays by Python": ("fn v => sum(gamma(v) + digamma(v) * sinc(v) + bessel_j(2, v))", [1.0, 2.5, 3.0]),
    "stacks of matrices": (
        "fn a => sum(reshape(a, (2, 1, 2)) @ reshape(a ^ 2, (2, 2, 1)))",
        [1.0, 2.0, 3.0, 4.0],
    ),
    "einsum of three": (
        'fn m => einsum("ij,jk,ki", m, m ^ 2, m) + sum(einsum("ii->i", m) ^ 3)',
        [[3.0, 1.0], [1.0, 2.0]],
    ),
    "transforms": (
        "fn v => sum(fft(v)[1] ^ 3 + ifft(v, v ^ 2)[0] ^ 3) + sum(conv(v, v) ^ 2)",
        [1.0, 2.0, 4.0],
    ),
    "a singular point": ("fn x => abs(x) + max(x, 0) + relu(x)", 0.0),
}


def numbers(value: Any) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(x, float)) for x in jax.tree.leaves(value)])


def given(argument: Any) -> tuple[Any, ...]:
    arguments = argument if isinstance(argument, tuple) else (argument,)
    return tuple(np.asarray(x) if isinstance(x, list) else x for x in arguments)


def check(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("text", ["fn xs => xs[3]", "fn xs => xs.a", "fn xs => reshape(xs, (2, 2))"])
def test_an_error_is_the_interpreter_s(text: str) -> None:
    function = vlad.evaluate(text)
    with pytest.raises(vlad.RunError) as expected:
        function(np.zeros(2))
    with pytest.raises(vlad.RunError) as got:
        vlad.jax(function)(np.zeros(2))
    assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_the_same(name: str) -> None:
    text, argument = FUNCTIONS[name]
    function, arguments = vlad.evaluate(text), given(argument)
    check(jax.jit(vlad.jax(function))(*arguments), function(*arguments))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jax_differentiates_it_as_adl_does(name: str) -> None:
    text, argument = FUNCTIONS[name]
    function, arguments = vlad.evaluate(text), given(argument)
    places = tuple(range(len(arguments)))
    expected = numbers(vlad.jacobian(function)(*arguments))
    for operator in (jax.jacfwd, jax.jacrev):
        found = operator(vlad.jax(function), argnums=places)(*arguments)
        np.testing.assert_allclose(numbers(found), expected, rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("name", ["loop", "gradient of a loop", "array", "matrices", "a rule", "by Python"])
def test_second_derivatives_by_jax(name: str) -> None:
    text, argument = FUNCTIONS[name]
    function, arguments = vlad.evaluate(text), given(argument)
    expected = numbers(vlad.jacobian(vlad.jacobian(function))(*arguments))
    for operator in (jax.jacfwd, jax.jacrev):
        found = operator(jax.grad(vlad.jax(function)))(*arguments)
        np.testing.assert_allclose(numbers(found), expected, rtol=1e-10, atol=EXACT)


def test_the_nested_cases() -> None:
    """One of seven, each in one of its modes: `slow` below runs all."""
    assert _nested(list(CASES)[::7], first_mode=True) >= 14


@pytest.mark.slow
def test_all_nested_cases() -> None:
    assert _nested(list(CASES), first_mode=False) >= 293


def _nested(names: list[str], first_mode: bool) -> int:
    """How many nested cases JAX takes; all of them agree."""
    taken = 0
    for name in names:
        case = CASES[name]
        for mode in list(case["modes"])[: 1 if first_mode else None]:
            if name in INEXPRESSIBLE or f"{name}-{mode}" in TOO_LONG:
                continue
            text, reals = opened(translate(case["statement"], mode))
            try:
                found = vlad.jax(vlad.evaluate(text))(*reals)
            except vlad.NotNative:
                continue
            value = to_value(jax.tree.map(_plain, found), "result")
            assert matches(as_data(value), case["expected"], case["tolerance"]), (name, mode, found)
            taken += 1
    return taken


def _plain(x: Any) -> Any:
    return x.item() if isinstance(x, jax.Array) and x.ndim == 0 else np.asarray(x)


def test_a_result_of_one_of_several_kinds_is_refused_as_such() -> None:
    function = vlad.jax(vlad.evaluate("fn x => if x > 0 then {a: x, b: 2 * x} else {b: 3 * x, a: 4 * x}"))
    with pytest.raises(
        vlad.ConversionError, match="a record with `a`, `b` or a record with `b`, `a`, as data"
    ):
        function(1.0)
    either = vlad.jax(vlad.evaluate("fn x => if x > 0 then sin else cos"))
    with pytest.raises(vlad.ConversionError, match="holds a function, which"):
        either(1.0)


def test_batches() -> None:
    layer = vlad.jax(vlad.evaluate("fn (w, x) => sum(tanh(w @ x))"))
    w, xs = jnp.full((3, 2), 0.1), jnp.arange(6.0).reshape(3, 2)
    together = jax.jit(jax.vmap(jax.grad(layer), (None, 0)))(w, xs)
    for slope, x in zip(together, xs, strict=True):
        check(slope, jax.grad(layer)(w, x))


def test_structures_come_back() -> None:
    function = vlad.jax(
        vlad.evaluate("fn {a, b} => {sum: a + sum(b), parts: (a, [2 * b[0], 3]), all: list(a, 1)}")
    )
    found = function({"a": 1.0, "b": jnp.array([2.0, 3.0])})
    assert found.keys() == {"sum", "parts", "all"} and float(found["sum"]) == 6.0
    assert np.asarray(found["parts"][1]).tolist() == [4.0, 3.0] and float(found["all"][1]) == 1.0


def test_an_error_is_nan_under_jit_and_an_error_without() -> None:
    function = vlad.jax(vlad.evaluate("fn v => v[floor(v[0])]"))
    assert float(function(jnp.array([1.0, 5.0]))) == 5.0
    assert np.isnan(jax.jit(function)(jnp.array([7.0, 5.0])))
    with pytest.raises(vlad.Error, match="index 7 is out of range"):
        function(jnp.array([7.0, 5.0]))


def test_what_jax_cannot_run_is_refused_by_name() -> None:
    fib = vlad.evaluate("{\n  def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)\n  fib\n}")
    with pytest.raises(vlad.NotNative, match="the recursion of `fib`"):
        vlad.jax(fib)(5.0)
    endless = vlad.evaluate("gradient(fn x => loop s = x while s < 10 do s * x)")
    with pytest.raises(vlad.NotNative, match="turns depend on data"):
        vlad.jax(endless)(2.0)
    grown = "loop xs = nil while length(xs) < x do x :: xs"
    for of_list in (
        f"length({grown})",
        f"fold(fn (a, b) => a + b, 0, {grown})",
        f"{{ let xs = {grown}; xs }}",
    ):
        with pytest.raises(vlad.NotNative, match="list"):
            vlad.jax(vlad.evaluate(f"fn x => {of_list}"))(3.0)


RULES = {
    "with_derivative": "with_derivative(fn w => sin(w), fn (w, v) => v * cos(w))",
    "with_pullback": "with_pullback(fn w => sin(w), fn (w, v) => v * cos(w))",
    "checkpointed": "checkpointed(fn w => sin(w))",
}
AROUND = {
    "a choice": "fn x => if x > 1 then x else rule(x)",
    "a loop": "fn x => loop s = x for i in 1..3 do rule(s) * i",
    "a condition": "fn x => loop s = x while s < 2 do 1.5 * s + rule(s)",
    "a choice in a loop": "fn x => loop s = x for i in 1..3 do if s > 0.5 then rule(s) else x + s",
    "a loop in a loop": "fn x => loop s = x for i in 1..3 do loop t = s for j in 1..2 do rule(t) + x",
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("around", AROUND)
def test_rules_inside_choices_and_loops(rule: str, around: str) -> None:
    function = vlad.evaluate(f"{{ let rule = {RULES[rule]}; {AROUND[around]} }}")
    ours = vlad.jax(function)
    for x in (0.4, 1.2):
        check(ours(x), function(x))
        check(jax.jit(ours)(x), function(x))
        check(jax.jvp(ours, (x,), (1.0,))[1], vlad.derivative(function)(x))
        if around != "a condition":  # which JAX does not differentiate in reverse
            check(jax.grad(ours)(x), vlad.gradient(function)(x))
            check(jax.hessian(ours)(x), vlad.hessian(function)(x))


@pytest.mark.parametrize("around", AROUND)
def test_second_derivatives_keep_rules_that_are_not_those_of_the_value(around: str) -> None:
    function = vlad.evaluate(
        f"{{ let rule = with_derivative(fn w => sin(w), fn (w, v) => v * w ^ 2); {AROUND[around]} }}"
    )
    ours = vlad.jax(function)
    expected = vlad.hessian(function)(0.7)
    check(jax.jacfwd(jax.jacfwd(ours))(0.7), expected)
    if around != "a condition":
        for operator in (jax.hessian, lambda f: jax.jacrev(jax.grad(f)), lambda f: jax.jit(jax.hessian(f))):
            check(operator(ours)(0.7), expected)
        many = jax.vmap(jax.hessian(ours))(jnp.array([0.4, 0.7]))
        check(many[1], expected)


COUNTED = {  # recursion that numbers of the program count
    "a power": ("{ def p(x, n) = if n == 0 then 1 else x * p(x, n - 1)\n fn x => p(x, 300) }", 1.01),
    "two calls": ("{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)\n fn x => x * fib(7) }", 2.0),
    "in tail position": (
        "{ def go(x, n) = if n == 0 then x else go(sin(x) * x, n - 1)\n fn x => go(x, 20) }",
        1.5,
    ),
    "below a choice by data": (
        """{
          def tree(x, d) = if d == 0 then x ^ 2 else
            if x > 1 then tree(x - 1, d - 1) + x else tree(x + 1, d - 1) * x
          fn x => tree(x, 4)
        }""",
        1.7,
    ),
    "each other": (
        """{
          def even(x, n) = if n == 0 then x else odd(sin(x), n - 1)
          def odd(x, n) = if n == 0 then -x else 2 * even(cos(x), n - 1)
          fn x => even(x, 9)
        }""",
        0.4,
    ),
    "by what a function captured": (
        """fn x => {
          def g(a, n) = if n == 0 then a else { let h = fn y => g(a * y, n - 1); h(x) + 1 }
          g(1, 4)
        }""",
        1.3,
    ),
    "through a derivative": (
        """fn x => {
          def f(n, x) = if n == 0 then x else derivative(fn y => f(n - 1, y * y * x))(x)
          f(3, x)
        }""",
        1.3,
    ),
    "through a rule": (
        """{
          let tripled = with_derivative(fn w => w * 3, fn (w, v) => v * 3)
          def p(x, n) = if n == 0 then 1 else tripled(x) * p(x, n - 1)
          fn x => if x > 0 then p(x, 4) else x
        }""",
        0.7,
    ),
    "inside a derivative": (
        """{
          def p(x, n) = if n == 0 then 1 else x * p(x, n - 1)
          def go(x, n) = if n == 0 then x else go(sin(x) * x, n - 1)
          fn x => derivative(fn x => p(x, 5))(x) + gradient(fn y => go(y, 10))(x)
        }""",
        1.5,
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_recursion_that_is_counted_is_written_turn_by_turn(name: str) -> None:
    text, x = COUNTED[name]
    function = vlad.evaluate(text)
    ours = vlad.jax(function)
    check(jax.jit(ours)(x), function(x))
    check(jax.jit(jax.grad(ours))(x), vlad.gradient(function)(x))


def test_recursion_of_too_many_turns_is_a_loop_or_refused() -> None:
    long = vlad.evaluate(
        "{ def go(x, n) = if n == 0 then x else go(x * 1.001, n - 1)\n fn x => go(x, 2000) }"
    )
    check(jax.jit(vlad.jax(long))(1.5), long(1.5))
    for text in (
        "{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)\n fn x => x * fib(20) }",
        "{ def p(x, n) = if n == 0 then 1 else x * p(x, n - 1)\n fn x => p(x, 3000) }",
        """fn x => {  # the kind of its argument is another one in each turn
          def f(t, n) = if n == 0 then x else if x > n then f((t, 1), n - 1) else f((t, 1), n - 1) * 2
          f((), 11)
        }""",
    ):
        with pytest.raises(vlad.NotNative, match="recurs"):
            vlad.jax(vlad.evaluate(text))(2.0)


@pytest.mark.parametrize(
    "array", [jnp.array([True, False]), np.array([1j]), jnp.array(True), np.array(["a"])]
)
def test_arrays_of_other_things_than_reals_are_refused_as_by_the_function(array: Any) -> None:
    function = vlad.jax(vlad.evaluate("fn x => sum(x ^ 3)"))
    with pytest.raises(vlad.ConversionError, match="is not an array of reals"):
        function(array)


def test_integers_and_short_floats_are_reals() -> None:
    function = vlad.jax(vlad.evaluate("fn x => sum(x ^ 3)"))
    for array in (np.array([1, 2]), jnp.array([1.0, 2.0], jnp.bfloat16), jnp.array([1, 2], jnp.uint8)):
        assert float(function(array)) == 9.0


def test_single_precision_is_asked_for() -> None:
    function = vlad.evaluate("fn x => sin(x)")
    assert vlad.jax(function, "single")(1.0).dtype == jnp.float32
    with jax.enable_x64(False), pytest.raises(vlad.ConversionError, match="single precision"):
        vlad.jax(function)(1.0)
    with pytest.raises(vlad.ConversionError, match="expected the precision"):
        vlad.jax(function, "half")


@pytest.mark.parametrize("known", ["sqrt([-1, 2])", "ln([0, 2])", "1 / [0, 1]", "[logsumexp([])]"])
def test_what_is_known_warns_of_nothing(known: str) -> None:
    function = vlad.jax(vlad.evaluate(f"fn x => x + sum({known})"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert not jnp.isfinite(function(1.0))
