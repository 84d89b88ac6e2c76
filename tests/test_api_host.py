"""Functions of Python inside the language: calls, rules, nesting, what they raise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
POINT = np.array([0.5, -1.5])


@vlad.primitive
def plain(x: float) -> float:
    """A function without a derivative."""
    return x + 1


# ── calls ────────────────────────────────────────────────────────────────────────────────────


def test_a_host_function_is_a_function_of_the_language() -> None:
    assert plain(2) == 3.0
    assert (plain.__name__, plain.__doc__) == ("plain", "A function without a derivative.")
    assert plain.__wrapped__(2) == 3
    assert vlad.evaluate("fn f => f(f(1))")(plain) == 3.0
    assert vlad.evaluate("(plain, plain(1), map(plain, list(1, 2)))", functions={"plain": plain})[1:] == (
        2.0,
        [2.0, 3.0],
    )
    assert vlad.evaluate("show(plain)", functions={"plain": plain}) == "<function plain>"
    assert repr(vlad.primitive(math.hypot, name="hyp")) == "<vlad function hyp>"


def pair(a: Any, b: Any) -> Any:
    return [a, b]


def optional(a: Any, b: Any = 5) -> Any:
    return [a, b]


def many(*xs: Any) -> Any:
    return list(xs)


CALLS: list[tuple[Any, str, Any]] = [
    (pair, "f(1, 2)", [1.0, 2.0]),
    (pair, "f((1, (2, 3)))", [1.0, (2.0, 3.0)]),
    (optional, "f(1)", [1.0, 5.0]),
    (optional, "f(1, 2)", [1.0, 2.0]),
    (many, "f(1, 2, 3)", [1.0, 2.0, 3.0]),
    (many, "f()", []),
    (lambda: 7, "f()", 7.0),
    (lambda x: x, "f(1, 2)", (1.0, 2.0)),
    (lambda x: x, "f({a: list(true)})", {"a": [True]}),
    (lambda x: x["a"] is True, "f({a: true})", True),
    (lambda g: g(3), "f(fn x => x * 2)", 6.0),
    (lambda x: vlad.evaluate("fn y => y + 1"), "f(1)(2)", 3.0),
    (math.hypot, "f(3, 4)", 5.0),
    (np.sin, "f(0)", 0.0),
]


@pytest.mark.parametrize(("function", "text", "value"), CALLS)
def test_how_a_host_function_is_called(function: Any, text: str, value: Any) -> None:
    assert vlad.evaluate(text, functions={"f": vlad.primitive(function)}) == value


@pytest.mark.parametrize("text", ["f(1)", "f(1, 2, 3)"])
def test_a_wrong_number_of_arguments(text: str) -> None:
    with pytest.raises(vlad.RunError, match="`pair`, a Python function:") as caught:
        vlad.evaluate(text, functions={"f": vlad.primitive(pair)})
    assert caught.value.span is not None


def test_every_file_of_a_program_sees_what_it_was_given(tmp_path: Any) -> None:
    (tmp_path / "part.adl").write_text("def twice(x) = plain(plain(x))")
    (tmp_path / "main.adl").write_text('import "part.adl"\ndef f(x) = part.twice(x) + plain(x)\nf(1)')
    assert vlad.load(tmp_path / "main.adl", functions={"plain": plain}).f(1) == 5.0
    assert vlad.run(tmp_path / "main.adl", functions={"plain": plain}) == 5.0
    with pytest.raises(vlad.ResolveError, match="unknown name `plain`"):
        vlad.run(tmp_path / "main.adl")


def test_nothing_of_python_goes_in_by_accident() -> None:
    with pytest.raises(vlad.ConversionError, match=r"@vlad\.primitive"):
        vlad.evaluate("fn f => f(1)")(math.sin)
    with pytest.raises(vlad.ConversionError, match=r'functions\["f"\]'):
        vlad.evaluate("f(1)", functions={"f": math.sin})
    with pytest.raises(vlad.ConversionError, match="expected an ADL function, got a real") as caught:
        vlad.evaluate("f(1)", functions={"f": 3})
    assert caught.value.hint == 'pass data as an argument: `evaluate("fn f => …")` is a function of it'
    with pytest.raises(vlad.ConversionError, match="cannot be the name of a function"):
        vlad.evaluate("1", functions={"a b": plain})
    with pytest.raises(vlad.ConversionError, match="expects a Python function"):
        vlad.primitive(3)  # type: ignore[call-overload]


# ── without a rule ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "operator", ["derivative", "derivative_reverse", "gradient", "hessian", "jacobian_forward"]
)
def test_without_a_rule_there_is_no_derivative(operator: str) -> None:
    program = f"def f(x) = x * plain(x)\n{operator}(f)(1)"
    with pytest.raises(vlad.RunError, match="`plain` is a Python function without a derivative") as caught:
        vlad.evaluate(program, functions={"plain": plain})
    assert caught.value.span is not None and caught.value.span.text == "plain(x)"
    assert "stop_gradient" in caught.value.hint
    constant = "def f(x) = x * plain(stop_gradient(x))\nderivative(f)(1)"
    assert vlad.evaluate(constant, functions={"plain": plain}) == 2.0


# ── rules ────────────────────────────────────────────────────────────────────────────────────

SINE = [
    {"jvp": "fn (x, v) => cos(x) * v"},
    {"vjp": "fn (x, w) => cos(x) * w"},
    {"jvp": vlad.evaluate("fn (x, v) => cos(x) * v"), "vjp": "fn (x, w) => w * cos(x)"},
]
NESTED = [
    "derivative(f)(x)",
    "derivative_reverse(f)(x)",
    "derivative(derivative(f))(x)",
    "derivative(gradient(f))(x)",
    "gradient(derivative(f))(x)",
    "gradient(gradient(f))(x)",
    "hessian(f)(x)",
    "jacobian_forward(f)(x)",
    "jvp(f, x, 3)",
    "derivative(fn y => gradient(fn z => f(y * z) * derivative(f)(z))(y))(x)",
    "derivative(fn u => fn z => f(u * z))(x)(2)",
    "gradient(fn m => f(m.a) * f(f(m.b)))({a: x, b: x * x})",
    "jacobian(fn (a, b) => (f(a * b), f(a), b))(x, 2)",
]


@pytest.mark.parametrize("rules", SINE)
@pytest.mark.parametrize("text", NESTED)
def test_a_rule_in_the_language_nests(rules: dict[str, Any], text: str) -> None:
    host = vlad.primitive(**rules)(math.sin)
    program = f"fn (f, x) => {text}"
    expected = vlad.evaluate(program)(vlad.evaluate("sin"), 0.7)
    np.testing.assert_equal(_rounded(vlad.evaluate(program)(host, 0.7)), _rounded(expected))


def _rounded(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {name: _rounded(value) for name, value in thing.items()}
    return tuple(map(_rounded, thing)) if isinstance(thing, tuple) else round(thing, 12)


def test_a_rule_may_use_its_own_function() -> None:
    exponential = vlad.primitive(jvp="fn (x, v) => grow(x) * v", name="grow")(math.exp)
    d = vlad.derivative
    assert d(d(d(exponential)))(1) == math.e
    assert vlad.hessian(exponential)(1) == math.e


def test_each_mode_uses_its_own_rule() -> None:
    met: list[str] = []

    def jvp(x: float, v: float) -> float:
        met.append("jvp")
        return math.cos(x) * v

    def vjp(x: float, w: float) -> float:
        met.append("vjp")
        return math.cos(x) * w

    both = vlad.primitive(jvp=jvp, vjp=vjp)(math.sin)
    assert vlad.derivative(both)(0) == 1.0
    assert vlad.gradient(both)(0) == 1.0
    assert met == ["jvp", "vjp"]
    for rules in ({"jvp": jvp}, {"vjp": vjp}):
        one = vlad.primitive(**rules)(math.sin)
        assert vlad.derivative(one)(0) == vlad.gradient(one)(0) == 1.0


def test_a_rule_in_python_is_of_first_order() -> None:
    sine = vlad.primitive(jvp=lambda x, v: math.cos(x) * v)(math.sin)
    with pytest.raises(vlad.RunError, match="is a Python function without a derivative") as caught:
        vlad.derivative(vlad.derivative(sine))(1)
    assert "write the rule in ADL to differentiate it again" in caught.value.hint


def test_a_rule_of_another_shape_is_an_error() -> None:
    wide = vlad.primitive(vjp="fn (x, w) => (w, w)")(math.sin)
    with pytest.raises(vlad.RunError, match="expected the shape of a real, got a tuple of 2"):
        vlad.gradient(wide)(1)
    wide = vlad.primitive(jvp="fn (x, v) => (v, v)")(math.sin)
    with pytest.raises(vlad.RunError, match="expected the shape of a real, got a tuple of 2"):
        vlad.derivative(wide)(1)
    with pytest.raises(vlad.SyntaxError):
        vlad.primitive(jvp="fn (x, v) =>")(math.sin)


# ── arrays and structures ────────────────────────────────────────────────────────────────────

PRODUCTS: list[Any] = [
    {"jvp": "fn (x, v) => product(v)"},
    {"vjp": lambda x, w: A.T @ w},
    {"jvp": lambda x, v: A @ v},
    {"jvp": lambda x, v: A @ v, "vjp": lambda x, w: A.T @ w},
]


@pytest.mark.parametrize("rules", PRODUCTS)
def test_rules_of_arrays(rules: dict[str, Any]) -> None:
    product = vlad.primitive(**rules, name="product")(lambda x: A @ x)
    for operator in ("jacobian", "jacobian_forward", "jacobian_reverse"):
        np.testing.assert_allclose(vlad.evaluate(operator)(product)(POINT), A)
    np.testing.assert_allclose(vlad.jvp(product, POINT, POINT)[1], A @ POINT)
    np.testing.assert_allclose(vlad.vjp(product, POINT)[1](np.ones(3)), A.T @ np.ones(3))
    cubes = vlad.evaluate("fn x => sum(f(x) ^ 3)", functions={"f": product})
    np.testing.assert_allclose(vlad.gradient(cubes)(POINT), A.T @ (3 * (A @ POINT) ** 2))


NESTING_PRODUCTS = [PRODUCTS[0], {"vjp": "fn (x, w) => transposed(w)"}]


@pytest.mark.parametrize("rules", NESTING_PRODUCTS)
def test_rules_of_arrays_nest(rules: dict[str, Any]) -> None:
    if "vjp" in rules:
        transposed = vlad.primitive(jvp="fn (w, v) => transposed(v)", name="transposed")(lambda w: A.T @ w)
        rules = {"vjp": vlad.evaluate("fn (x, w) => transposed(w)", functions={"transposed": transposed})}
    product = vlad.primitive(**rules, name="product")(lambda x: A @ x)
    cubes = vlad.evaluate("fn x => sum(f(x) ^ 3)", functions={"f": product})
    expected = A.T @ np.diag(6 * (A @ POINT)) @ A
    np.testing.assert_allclose(vlad.hessian(cubes)(POINT), expected)
    vlad.check_gradients(cubes, POINT, order=3)


WRONG_RULES = [
    ("jvp", "fn (x, y, v) => v"),
    ("vjp", "fn (x, y, v) => v"),
    ("jvp", "def rule(a, b, v) = v\nrule"),
    ("vjp", vlad.evaluate("fn (a, b, w) => w")),
    ("jvp", lambda x: x),
    ("vjp", lambda x, y, w: w),
]


@pytest.mark.parametrize(("kind", "rule"), WRONG_RULES)
def test_a_rule_of_other_arguments_is_refused_by_name(kind: str, rule: Any) -> None:
    with pytest.raises(vlad.ConversionError) as caught:
        vlad.primitive(**{kind: rule}, name="wide")(math.sin)
    second = "v" if kind == "jvp" else "w"
    assert caught.value.message == f"the rule `{kind}` of `wide` takes two arguments, (x, {second})"
    assert (caught.value.span is None) == (not isinstance(rule, str | vlad.Function))


@pytest.mark.parametrize(
    "rule", ["fn pair => pair[1]", "fn ((a, b), v) => v[0]", lambda x, v: v, lambda *xs: xs[1]]
)
def test_a_rule_may_take_its_two_arguments_in_any_way(rule: Any) -> None:
    vlad.primitive(jvp=rule)(lambda x: x)


def test_a_rule_that_is_no_function_is_refused() -> None:
    with pytest.raises(vlad.ConversionError, match=r"f\.jvp: expected an ADL function, got a real"):
        vlad.primitive(jvp="3", name="f")(math.sin)


def test_a_name_is_a_string() -> None:
    name: Any = 3
    with pytest.raises(
        vlad.ConversionError, match="name: expected a string, got an object of the class `int`"
    ):
        vlad.primitive(math.sin, name=name)


def test_a_rule_may_ask_a_host_function_of_its_direction() -> None:
    twice = vlad.primitive(lambda x: x * 2, name="twice")
    rule = "with_derivative(fn x => x ^ 2, fn (x, v) => twice(v) * x)"
    assert vlad.evaluate(f"derivative({rule})(3)", functions={"twice": twice}) == 6.0
    slopes = vlad.evaluate(f"jacobian({rule})([3, 4])", functions={"twice": twice})
    assert slopes.tolist() == [[6.0, 0.0], [0.0, 8.0]]


def test_rules_of_structures() -> None:
    @vlad.primitive(vjp=lambda x, w: ({"a": w * x[1], "s": ()}, w * x[0]["a"]))
    def scaled(m: dict[str, Any], k: float) -> float:
        return float(m["a"] * k)

    assert vlad.gradient(scaled)({"a": 3, "s": "text"}, 4) == ({"a": 4.0, "s": ()}, 3.0)
    assert vlad.jvp(scaled, ({"a": 3, "s": "text"}, 4), ({"a": 1, "s": ()}, 10)) == (12.0, 34.0)
    left_out = vlad.primitive(vjp=lambda x, w: (w, ()))(lambda a, b: a + 0 * b)
    assert vlad.gradient(left_out)(1, 2) == (1.0, 0.0)


def test_a_rule_may_carry_newer_tags() -> None:
    """The rule closes over a number that is being differentiated inside the differentiation of the point."""
    program = """fn x => derivative(fn u => {
      let f = with_pullback(fn y => y * 2, fn (y, w) => u * w)
      gradient(f)(x) * u
    })(3)"""
    assert vlad.evaluate(program)(5) == 6.0
    program = program.replace("y * 2", "sum(y) * 2 + zeros(2)").replace("u * w", "[u * w[0], w[1]]")
    assert vlad.evaluate(program.replace("gradient(f)(x)", "gradient(fn y => sum(f(y)))(x)[0]"))(POINT) == 6.0


# ── what a host function raises ──────────────────────────────────────────────────────────────


def test_what_a_host_function_raises_arrives_chained() -> None:
    def broken(x: float) -> float:
        raise ValueError(f"no {x}\nand more")

    program = "def g(x) = 1 / broken(x)\nfn x => g(x) + 1"
    f = vlad.evaluate(program, functions={"broken": vlad.primitive(broken)})
    with pytest.raises(vlad.HostError) as caught:
        f(3)
    error = caught.value
    assert error.message == "`broken` raised ValueError: no 3.0"
    assert isinstance(error.__cause__, ValueError)
    assert error.__cause__.__traceback__ is not None
    assert error.span is not None and error.span.text == "broken(x)"
    assert [caller.function for caller in error.stack] == ["g", "fn"]
    assert isinstance(error, vlad.RunError)


@pytest.mark.parametrize("raised", [OSError("disk"), RecursionError("deep"), MemoryError(), StopIteration()])
def test_whatever_a_host_function_raises_is_its_own(raised: Exception) -> None:
    def broken(x: float) -> float:
        raise raised

    with pytest.raises(vlad.HostError) as caught:
        vlad.primitive(broken)(1)
    assert caught.value.__cause__ is raised
    assert type(raised).__name__ in caught.value.message


def test_an_error_of_the_language_inside_a_host_function_is_chained_too() -> None:
    inner = vlad.evaluate("fn x => x + nil")
    outer = vlad.primitive(lambda x: inner(x) + 1)
    said = "raised RunError: `\\+` cannot combine a real and the empty list"
    with pytest.raises(vlad.HostError, match=said) as caught:
        vlad.evaluate("f(1)", functions={"f": outer})
    assert type(caught.value.__cause__) is vlad.RunError


def test_a_result_that_is_no_value() -> None:
    with pytest.raises(vlad.ConversionError, match=r"the result of `f`\[1\]: None is not a value") as caught:
        vlad.evaluate("1 + f(2)", functions={"f": vlad.primitive(lambda x: (x, None), name="f")})
    assert caught.value.span is not None and caught.value.span.text == "f(2)"


def test_an_interruption_inside_a_host_function_is_one() -> None:
    def interrupted(x: float) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vlad.evaluate("1 + f(2)", functions={"f": vlad.primitive(interrupted)})
