"""The checker of derivatives: it passes what is right, and names what is wrong."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

RIGHT: list[tuple[str, Any]] = [
    ("fn x => x ^ 3", 2),
    ("fn x => x ^ 2", 0),
    ("fn (x, y) => x ^ 2 * y + sin(x) / y", (2, 5)),
    ("fn m => (sum(m.w) * exp(m.b), m.b, list(m.w[0] * m.w[1]))", {"w": (1, 2), "b": 3, "name": "a"}),
    ("fn x => 7", 1),
    ("fn x => ln(x)", 1e-9),
    ("fn x => 1e-20 * x ^ 2", 1e30),
    ("fn x => sum(sin(x) ^ 2)", np.array([1.0, 0.0, -3.0])),
    ("fn (a, b) => a @ b", (np.arange(6.0).reshape(2, 3), np.ones((3, 2)))),
    ("fn x => derivative(fn y => x * sin(y * x))(x)", 0.4),
    ("fn x => loop v = x for i in 1..4 do 4 * v * (1 - v)", 0.3),
    ("fn xs => match xs { nil => 0; x :: rest => x * sum(rest) }", [1, 2, 3]),
]


@pytest.mark.parametrize(("text", "point"), RIGHT)
def test_what_is_right_passes(text: str, point: Any) -> None:
    report = vlad.check_gradients(vlad.evaluate(text), point, order=3, directions=2)
    mixes = 2 + 4 + 8
    # along two directions; of several parts also each by itself, of many for order 1 alone
    assert report.checks >= 2 * mixes and report.checks % 2 == 0
    assert report.order == 3
    assert report.error < 1e-6


def error_of(function: Any, point: Any, **settings: Any) -> vlad.GradientError:
    with pytest.raises(vlad.GradientError) as caught:
        vlad.check_gradients(function, point, **settings)
    return caught.value


def test_a_wrong_host_function_is_named() -> None:
    wrong = vlad.primitive(jvp="fn (x, v) => 2 * grow(x) * v", name="grow")(math.exp)
    f = vlad.evaluate("def f(x, y) = sin(y) + grow(x * y)\nf", functions={"grow": wrong})
    error = error_of(f, (0.5, 2))
    assert "`f`: a derivative of order 1, forward" in error.message
    assert "`grow` is wrong at 1:" in error.message
    assert "`sin` is wrong" not in error.message and "`*` is wrong" not in error.message
    assert error.comparisons[0]["order"] == 1
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_mode_that_is_wrong_is_named() -> None:
    wrong = vlad.primitive(jvp=lambda x, v: math.cos(x) * v, vjp=lambda x, w: -math.cos(x) * w, name="sine")(
        math.sin
    )
    error = error_of(vlad.evaluate("fn x => f(x) * x", functions={"f": wrong}), 1, order=1)
    assert [c["modes"] for c in error.comparisons] == [["reverse"]] * 3
    assert "`sine` is wrong at 1: a derivative of order 1, reverse" in error.message


def test_a_wrong_second_derivative_is_named() -> None:
    text = "fn x => with_derivative(fn x => x ^ 3, fn (x, v) => 3 * stop_gradient(x) ^ 2 * v)(x) * x"
    assert vlad.check_gradients(vlad.evaluate(text), 2, order=1).checks == 6
    error = error_of(vlad.evaluate(text), 2, order=2)
    assert {c["order"] for c in error.comparisons} == {2}
    assert "is wrong at 2: a derivative of order 2" in error.message


def test_a_wrong_function_of_arrays_is_named() -> None:
    wrong = vlad.primitive(jvp="fn (x, v) => 3 * sum(x * v)", name="square")(lambda x: float(x @ x))
    f = vlad.evaluate("fn x => sin(sum(f(x[0:2] * 3) * x))", functions={"f": wrong})
    assert "`square` is wrong at [3, 6]:" in error_of(f, np.array([1.0, 2.0, 3.0])).message


def test_a_built_in_function_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from vlad_py.differentiation.table import PRIMITIVES

    monkeypatch.setattr(PRIMITIVES["sinh"], "partials", (1.0,))
    error = error_of(vlad.evaluate("fn x => cos(x) + sinh(x * 2)"), 0.5)
    assert "`sinh` is wrong at 1:" in error.message
    assert "`cos` is wrong" not in error.message


def test_a_kink_is_named_though_differences_confirm_the_derivative() -> None:
    error = error_of(vlad.evaluate("fn x => 3 * abs(x - 1)"), 1)
    assert "there is a kink: along a direction the slope is " in error.message
    assert "`abs` has a kink at 0:" in error.message and "`*`" not in error.message
    before, after = error.comparisons[0]["kink"]
    assert before == pytest.approx(-after) and 1.5 <= abs(after) <= 3.0


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("fn x => floor(x)", 2.0),
        ("fn x => sign(x)", 0.0),
        ("fn x => if x > 1 then x else 2 * x", 1.0),
        ("fn x => [sin(x), round(x)]", 0.5),
    ],
)
def test_a_jump_is_named_though_all_slopes_are_alike(text: str, x: float) -> None:
    error = error_of(vlad.evaluate(text), x)
    assert "there is a jump: along a direction the value is " in error.message
    assert "a step such as `floor`" in error.hint
    assert error.comparisons[0]["jump"] and not error.comparisons[0]["kink"]
    with pytest.raises(vlad.RunError, match="there is a jump"):
        vlad.evaluate(f"import check\nfn f => check.gradients(f, {x})")(vlad.evaluate(text))
    assert str(vlad.check_gradients(vlad.evaluate(text), x + 0.25))


@pytest.mark.parametrize("text", ["t", "abs(t)", "sqrt(abs(t))", "exp(t) * 1e9", "1e9 + t", "cos(t)"])
def test_what_is_continuous_has_no_jump(text: str) -> None:
    assert vlad.evaluate(f"import check\ncheck.jump(fn t => {text})") == []


def test_a_kink_of_branches_is_nobodys_fault() -> None:
    error = error_of(vlad.evaluate("fn x => if x > 1 then x else 3 * x - 2"), 1)
    assert "there is a kink" in error.message
    assert error.hint == "none of the functions that it calls is wrong: its branches meet here"


def test_a_kink_of_a_derivative_is_one_of_the_next_order() -> None:
    f = vlad.evaluate("fn x => x * abs(x)")
    assert vlad.check_gradients(f, 0, order=1).checks == 6
    assert "the derivative of order 1 has a kink" in error_of(f, 0).message


@pytest.mark.parametrize(
    "text", ["fn x => abs(x) ^ 1.5", "fn x => sqrt(x) + x", "fn x => floor(x) + cosh(1e6 * x)"]
)
def test_what_is_no_kink_is_called_none(text: str) -> None:
    session = vlad.evaluate(f"import check\nfn x => check.kink({text})")
    assert session(0) == []


def test_no_function_is_checked_by_mistake() -> None:
    with pytest.raises(vlad.ConversionError, match=r"@vlad\.primitive"):
        vlad.check_gradients(math.sin, 1)
    with pytest.raises(vlad.ConversionError, match="order: expected 1 to 3, got 4"):
        vlad.check_gradients(vlad.evaluate("sin"), 1, order=4)
    with pytest.raises(vlad.RunError, match="cannot combine a real"):
        vlad.check_gradients(vlad.evaluate("fn x => x + nil"), 1)


def test_recording_changes_no_value() -> None:
    """Derivatives inside, data, conditions and functions that return functions see numbers as they are."""
    from vlad_py.differentiation.probes import recording
    from vlad_py.execution import machine
    from vlad_py.values.values import plain

    texts = [
        "fn x => value_and_gradient(fn y => x * y ^ 2)(3)[1]",
        "fn x => derivative(fn u => fn z => u * z * x)(x)(2)",
        "fn x => if x > 1 then vjp(fn y => y * x, 2)[1](x) else 0",
        "fn x => hessian(fn v => sum(v * v * x))([1, 2])[0, 0]",
        "fn x => sum(sort([x, 1, 3])) + max(x, 2) + [x, 2][0]",
        "fn x => loop s = 0 for y in [i * x for i in 1..3] do s + y * det([[x, y], [1, 2]])",
    ]
    for text in texts:
        function = vlad.evaluate(text)
        recorded, log = recording(2.0)
        assert plain(machine.run(function.value, recorded)) == function(2)
        assert log


@pytest.mark.parametrize("kind", ["jvp", "vjp"])
def test_a_rule_in_python_is_checked_in_its_first_order(kind: str) -> None:
    sine = vlad.primitive(**{kind: lambda x, v: math.cos(x) * v}, name="sine")(math.sin)
    for order in (2, 3):
        with pytest.raises(vlad.Error) as raised:
            vlad.check_gradients(sine, 0.5, order=order)
        assert raised.value.hint.endswith("; `order=1` checks first derivatives alone")
    assert vlad.check_gradients(sine, 0.5, order=1).order == 1
