"""All modes give one derivative at singular points: where one is a number, no other is another number.

The programs are drawn at random: infinite slopes, zeros that were computed, choices that drop an argument,
parts of arrays that no direction reaches. A mode may give nan where another gives a number only if the
program itself multiplies by a zero that it computed.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlad_py as vlad
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import list_items

INF = math.inf

# Functions of one array v of three reals; each is a text with `{0}` and `{1}` for arrays of three.
STEPS = [
    "sqrt(abs({0}))", "{0} ^ 1.5", "ln(1 + abs({0}))", "cbrt({0})", "{0} + {1}", "max({0}, 0)",
    "min({0}, {1})", "where({0} > 0, {0} ^ 1.5, {1})", "reverse({0})", "concat({0}[0:1], {1}[1:3])",
    "[{0}[0], 2, {1}[2]]", "cumsum({0}) / 2", "[max({0}[0], 0.5), {0}[1], {1}[1]]",
    "where({0} > 0, sqrt({0}), 0)", "{0} * 2 - {1}", "diag(diag({0}))", "{0} ^ 2", "sort({0})",
    "max({0}, {1} ^ 0.5)", "relu({0})", "relu({0} - {1}) * 2",
]  # fmt: skip
POINTS = [0.0, 0.0, 1.0, -1.0, 4.0]

PARTS = "fn (a, b, c) => f([a, b, c])"
IN_PLACE = "fn t => f([if j == i then t else x[j] for j in 0..2])"
MODES = {
    "reverse": "gradient(f)(x)",
    "forward": "gradient_forward(f)(x)",
    "many directions": "jacobian_forward(f)(x)",
    "rows": "jacobian_reverse(f)(x)",
    "one direction after another": "[jvp(f, x, e)[1] for e in basis(x)]",
    "of the parts": f"[jvp({PARTS}, (x[0], x[1], x[2]), (e[0], e[1], e[2]))[1] for e in basis(x)]",
    "of the parts, in reverse": f"gradient({PARTS})(x[0], x[1], x[2])",
    "in place": f"[derivative({IN_PLACE})(x[i]) for i in 0..2]",
    "series": f"[derivatives({IN_PLACE}, 1)(x[i])[1] for i in 0..2]",
    "tensor": "derivative_tensor(f, x, 1)",
    "in place, in reverse": f"[derivative_reverse({IN_PLACE})(x[i]) for i in 0..2]",
}
SECOND = {
    "forward over reverse": "hessian(f)(x)",
    "forward over forward": "jacobian_forward(gradient_forward(f))(x)",
    "forward over directions": "[jvp(gradient(f), x, e)[1] for e in basis(x)]",
}


@st.composite
def programs(draw: Any) -> tuple[str, list[float]]:
    """A function of v, an array of three reals, with a real value, and a point."""
    arrays = ["v"]
    lines = []
    for i in range(draw(st.integers(1, 4))):
        step = draw(st.sampled_from(STEPS))
        a, b = draw(st.sampled_from(arrays)), draw(st.sampled_from(arrays))
        lines.append(f"let a{i} = {step.format(a, b)}")
        arrays.append(f"a{i}")
    body = "\n  ".join([*lines, f"sum({arrays[-1]})"])
    return f"def f(v) = {{\n  {body}\n}}", draw(st.lists(st.sampled_from(POINTS), min_size=3, max_size=3))


def contradicting(results: dict[str, list[float]]) -> list[dict[str, float]]:
    """Columns in which two modes give different numbers; nan does not count."""
    found = []
    for column in zip(*results.values(), strict=True):
        numbers = [x for x in column if x == x]
        if any(not math.isclose(x, numbers[0], rel_tol=1e-9, abs_tol=1e-12) for x in numbers):
            found.append(dict(zip(results, column, strict=True)))
    return found


def results_of(program: str, point: list[float], modes: dict[str, str]) -> dict[str, list[float]]:
    """What each mode gives, as many reals."""
    session = Session()
    session.evaluate(f"{program}\nlet x = {show_reals(point)}")
    found = {}
    for mode, text in modes.items():
        numbers: Any = list_items(session.evaluate(f"flatten({text})"))
        found[mode] = list(numbers)
    return found


def show_reals(point: list[float]) -> str:
    return f"[{', '.join('0 / 0' if x != x else repr(x) for x in point)}]"


@settings(max_examples=80, deadline=None)
@given(programs())
def test_no_mode_gives_another_number(drawn: tuple[str, list[float]]) -> None:
    program, point = drawn
    assert contradicting(results_of(program, point, MODES)) == [], (program, point)


@settings(max_examples=40, deadline=None)
@given(programs())
def test_no_mix_of_modes_gives_another_number(drawn: tuple[str, list[float]]) -> None:
    program, point = drawn
    results = results_of(program, point, SECOND)
    assert contradicting(results) == [], (program, point)
    hessian = np.array(results["forward over reverse"]).reshape(3, 3)
    known = ~np.isnan(hessian) & ~np.isnan(hessian.T)
    assert np.allclose(hessian[known], hessian.T[known]), (program, point)


# ── what no direction reaches, exactly ───────────────────────────────────────────────────────
# function of an array of three, point, gradient: where a slope is infinite, and nothing comes of it

EXACT = [
    ("sum(sqrt(v))", [0.0, 1.0, 4.0], [INF, 0.5, 0.25]),
    ("sum(v ^ 0.5)", [0.0, 1.0, 4.0], [INF, 0.5, 0.25]),
    ("sum(ln(1 / max(1e-200, v)))", [0.0, 1.0, -1.0], [0.0, -1.0, 0.0]),
    ("ln(1 / max(1e-200, v[0])) + v[1]", [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]),
    ("sum(where(v > 0, sqrt(v), 0))", [0.0, 1.0, 4.0], [0.0, 0.5, 0.25]),
    ("sqrt(v[0]) * 0 + v[1]", [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]),
    ("sum(sqrt([v[0], 0, v[1]]))", [1.0, 4.0, 0.0], [0.5, 0.25, 0.0]),
    ("sum(sqrt(concat(v[0:1], [0, 0])))", [1.0, 4.0, 0.0], [0.5, 0.0, 0.0]),
    ("trace(sqrt(diag(v)))", [1.0, 4.0, 1.0], [0.5, 0.25, 0.5]),
    ("sqrt(v)[1]", [0.0, 1.0, 0.0], [0.0, 0.5, 0.0]),
    ("max(sqrt(v))", [0.0, 4.0, 0.0], [0.0, 0.25, 0.0]),
    ("sum(min(sqrt(v), 1))", [0.25, 4.0, 9.0], [1.0, 0.0, 0.0]),
    ("sum(sqrt(max(v, 0)))", [-1.0, 4.0, -2.0], [0.0, 0.25, 0.0]),
    ("sum(sqrt(relu(v)))", [-1.0, 4.0, 0.0], [0.0, 0.25, 0.0]),
    ("sqrt(relu(v[0])) + sqrt(relu(v[1]))", [-1.0, 4.0, 0.0], [0.0, 0.25, 0.0]),
]


@pytest.mark.parametrize(("body", "point", "expected"), EXACT)
def test_nothing_comes_of_what_no_direction_reaches(
    body: str, point: list[float], expected: list[float]
) -> None:
    for mode, found in results_of(f"def f(v) = {body}", point, MODES).items():
        assert found == pytest.approx(expected, rel=1e-12), mode


# function of an array, point, the derivative along all ones: what is dropped on the way is not there
DROPPED = [
    ("sum(sqrt(where(v > 0.5, v, 0)))", [1.0, 0.0], 0.5),
    ("sum(sqrt(max(v, 0)))", [4.0, -1.0], 0.25),
    ("sum(sqrt(relu(v)))", [4.0, -1.0], 0.25),
    ("sum(sqrt(diag(v)))", [4.0, 1.0], 0.75),
    ("sqrt(v)[0]", [4.0, 0.0], 0.25),
    ("sum(sqrt(0 - min(v, 0)))", [4.0, 9.0], 0.0),
]


@pytest.mark.parametrize(("body", "point", "expected"), DROPPED)
def test_what_is_dropped_is_not_there(body: str, point: list[float], expected: float) -> None:
    session = Session()
    session.evaluate(f"def f(v) = {body}\nlet x = {show_reals(point)}\nlet ones = [1 for t in x]")
    calls = ["jvp(f, x, ones)[1]", "sum(gradient(f)(x))", "sum(jacobian_forward(f)(x))"]
    for call in [*calls, "derivative(fn t => f(x + t * ones))(0)"]:
        assert session.evaluate(call) == pytest.approx(expected), call


@pytest.mark.parametrize(
    "text", ["sqrt(x - x)", "sqrt(0 * x)", "0 * sqrt(0 * x)", "sqrt(x ^ 2)", "sqrt(x) * sqrt(x)"]
)
def test_a_zero_that_was_computed_times_an_infinity_is_nan(text: str) -> None:
    modes = {
        "forward": "derivative(f)(x)",
        "reverse": "derivative_reverse(f)(x)",
        "many": "jacobian_forward(f)(x)",
        "array": "gradient(fn v => f(v[0]))([x])[0]",
        "taylor": "derivatives(f, 1)(x)[1]",
    }
    session = Session()
    session.evaluate(f"def f(x) = {text}\nlet x = 0")
    for mode, call in modes.items():
        found: Any = session.evaluate(call)
        assert found != found, mode


def test_a_given_zero_that_an_outer_differentiation_varies_is_there() -> None:
    session = Session()
    assert session.evaluate("jvp(sqrt, 0, 0)[1]") == 0.0
    assert session.evaluate("vjp(sqrt, 0)[1](0)") == 0.0
    assert session.evaluate("derivative(fn t => jvp(sqrt, 4, t)[1])(0)") == 0.25
    assert session.evaluate("derivative(fn t => jvp(sqrt, 0, t)[1])(0)") == INF
    assert session.evaluate("derivative(fn t => vjp(sqrt, 4)[1](t))(0)") == 0.25


def test_specialised_code_agrees() -> None:
    """The same call again and again, as often as it takes until code is made for it."""
    session = Session()
    session.evaluate("def f(x, y, z) = { let a = sqrt(x) * 2\n  let b = a + y * y\n  b * z + sqrt(z) }")
    calls = ("jacobian_forward(f)(0, 1, 2)", "hessian(f)(1, 0, 4)", "jacobian_forward(f)(0, 1, 0)")
    for call in calls:
        first = show(session.evaluate(call))
        again = {show(session.evaluate(call)) for _ in range(150)}
        assert again == {first}, call


# ── a nan is alone ───────────────────────────────────────────────────────────────────────────

BESIDE_NAN = ["relu({})", "max({}, 0)", "where({} > 0, {}, 0)", "-min(-{}, 0)", "reverse(relu(reverse({})))"]


@pytest.mark.parametrize("inner", BESIDE_NAN)
@pytest.mark.parametrize("outer", ["sqrt({})", "ln(1 + {} * 0) * {}", "{} ^ 1.5", "relu({})"])
def test_the_element_beside_a_nan_is_as_if_alone(inner: str, outer: str) -> None:
    body = inner.replace("{}", "v")
    program = f"def f(v) = {{\n  let w = {body}\n  sum({outer.replace('{}', 'w')})\n}}"
    for point in ([math.nan, -1.0, 4.0], [0.0, math.nan, 0.25]):
        among = results_of(program, point, MODES)
        alone = results_of(program, [1.0 if x != x else x for x in point], MODES)
        for mode, i in product(MODES, range(3)):
            if point[i] == point[i]:
                assert among[mode][i] == pytest.approx(alone[mode][i], nan_ok=True), (mode, point, i)


@pytest.mark.parametrize("inner", BESIDE_NAN)
def test_so_it_is_in_native_code(inner: str) -> None:
    pytest.importorskip("llvmlite")
    body = inner.replace("{}", "v")
    function = vlad.gradient(vlad.evaluate(f"fn v => sum(sqrt({body}))"))
    for point in (np.array([math.nan, -1.0, 4.0]), np.array([-2.0, math.nan, 0.25])):
        native = vlad.compile(function, point)(point)
        assert np.array_equal(native, function(point), equal_nan=True), point
        alone = function(np.where(np.isnan(point), 1.0, point))
        assert np.array_equal(native[~np.isnan(point)], alone[~np.isnan(point)]), point
