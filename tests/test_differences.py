"""stdlib/differences.adl: the orders at which errors fall, their estimates, and steps that are exact."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vlad_py as vlad
from vlad_py.execution.machine import run
from vlad_py.session.library import shared_library
from vlad_py.session.session import Session
from vlad_py.values.values import Value

# every derivative of x -> exp(b x + c) is positive, so that no term of an error is missing
RATES = st.floats(0.5, 1.5)
POINTS = st.floats(-1.0, 1.0)


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session()
    session.evaluate(
        "import differences\n"
        "def rise(b, c) = fn x => exp(b * x + c)\n"
        "def forward(f, x, h) = differences.forward_by({step: h}, f)(x)\n"
        "def centre(f, x, h) = differences.centre_by({step: h}, f)(x)\n"
        "def richardson(n) = fn (f, x, h) => differences.richardson_by({step: h, levels: n}, f)(x).value\n"
        "def off(method, b, c, x, h) = abs(method(rise(b, c), x, h) - derivative(rise(b, c))(x))\n"
        "def shrinks(method, b, c, x, h) = off(method, b, c, x, h) / off(method, b, c, x, h / 2)\n"
    )
    return session


def call(session: Session, text: str, *arguments: float) -> Value:
    return run(session.evaluate(text), arguments[0] if len(arguments) == 1 else arguments)


@pytest.mark.parametrize(
    ("method", "order", "step"),
    [
        ("forward", 1, 2.0**-7),
        ("centre", 2, 2.0**-5),
        ("richardson(1)", 2, 2.0**-5),
        ("richardson(2)", 4, 2.0**-2),
        ("richardson(3)", 6, 0.5),
    ],
)
@given(b=RATES, c=POINTS, x=POINTS)
def test_half_the_step_has_the_error_over_two_to_the_order(
    session: Session, method: str, order: int, step: float, b: float, c: float, x: float
) -> None:
    ratio = call(session, f"fn (b, c, x, h) => shrinks({method}, b, c, x, h)", b, c, x, step)
    assert isinstance(ratio, float)
    assert math.log2(ratio) == pytest.approx(order, abs=0.2)


def test_an_order_that_is_wrong_would_be_seen(session: Session) -> None:
    ratio = call(session, "fn (b, c, x, h) => shrinks(forward, b, c, x, h)", 1.0, 0.0, 0.0, 2.0**-7)
    assert isinstance(ratio, float)
    assert math.log2(ratio) != pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("differences.forward(f)(x)", 1e-6),
        ("differences.centre(f)(x)", 1e-8),
        ("differences.richardson(f)(x).value", 1e-11),
    ],
)
@given(b=RATES, c=POINTS, x=st.floats(-8.0, 8.0))
def test_the_errors_at_the_default_steps(
    session: Session, method: str, error: float, b: float, c: float, x: float
) -> None:
    text = f"fn (b, c, x) => {{ let f = rise(b, c); {method} / derivative(f)(x) }}"
    assert call(session, text, b, c, x) == pytest.approx(1.0, abs=error)


@given(b=RATES, c=POINTS, x=POINTS, levels=st.integers(2, 10))
def test_the_error_of_richardson_is_not_above_its_estimate(
    session: Session, b: float, c: float, x: float, levels: int
) -> None:
    text = (
        "fn (b, c, x, n) => { let f = rise(b, c)\n"
        "let {value, error} = differences.richardson_by({differences.defaults with levels: n}, f)(x)\n"
        "let last = differences.richardson_step(x) / 2 ^ (n - 1)\n"
        "abs(value - derivative(f)(x)) <= 10 * error + 2 ^ -51 * f(x) / last }"
    )
    assert call(session, text, b, c, x, float(levels)) is True


@given(x=st.floats(1e-3, 1e3), sign=st.sampled_from((-1.0, 1.0)), part=st.floats(1e-20, 1.0))
def test_the_step_that_is_taken_is_exact(x: float, sign: float, part: float) -> None:
    h = run(shared_library().module("differences").value("taken"), (sign * x, part * x))
    assert isinstance(h, float)
    assume(sign * x + part * x != sign * x)
    assert (sign * x + h) - sign * x == h
    assert h == pytest.approx(part * x, abs=math.ulp(x))


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ("differences.forward_gradient(f)(point)", 1e-5),
        ("differences.centre_gradient(f)(point)", 1e-8),
        ("differences.richardson_gradient(f)(point).value", 1e-11),
    ],
)
@given(xs=st.lists(st.floats(0.1, 10.0), min_size=1, max_size=6))
def test_gradients_are_those_of_reverse_mode(
    session: Session, found: str, error: float, xs: list[float]
) -> None:
    text = (
        f"{{ let point = {{a: {xs}, b: (2, list(0.5))}}\n"
        "let f = fn p => sum(ln(p.a) * p.a) * p.b[0] + norm(p.a) * p.b[1][0]\n"
        "let exact = gradient(f)(point)\n"
        f"distance({found}, exact) < {error} * magnitude(exact) }}"
    )
    assert session.evaluate(text) is True


@pytest.mark.parametrize(
    ("operator", "calls"),
    [("forward_gradient", 4), ("centre_gradient", 6), ("richardson_gradient", 3 * (2 * 20 + 22))],
)
def test_how_often_the_function_is_called(operator: str, calls: int) -> None:
    points: list[object] = []

    @vlad.primitive
    def f(x: float, y: float, z: float) -> float:
        points.append((x, y, z))
        return x * y * z

    vlad.evaluate(f"import differences\nfn f => differences.{operator}(f)(1, 2, 3)")(f)
    assert len(points) == calls
