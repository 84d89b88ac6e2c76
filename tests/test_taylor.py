"""Taylor arithmetic: the derivatives of every function of one real against mpmath, and against nesting."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import pytest
from references import DIGITS, REFERENCES
from sweep import probes

from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.session.session import Session
from vlad_py.values.values import list_items, plain

ORDER = 20
SMOOTH = [p for p in PRIMITIVES.values() if type(p) is Elementwise and p.arity == 1 and not p.internal]
KINKED = {"abs", "relu"}


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_every_function_to_order_20(primitive: Primitive) -> None:
    f = Session()
    for (x,) in probes(primitive)[:2]:
        got = list(list_items(f.evaluate(f"taylor({primitive.name}, {x!r}, {ORDER})")))
        with mp.workdps(DIGITS):
            if primitive.name in KINKED:
                expected = [REFERENCES[primitive.name](mp.mpf(x)), mp.sign(x), *[mp.mpf(0)] * (ORDER - 1)]
            else:
                expected = mp.taylor(REFERENCES[primitive.name], mp.mpf(x), ORDER)
        size = max(abs(float(c)) for c in expected)
        for k, (a, b) in enumerate(zip(got, expected, strict=True)):
            assert isinstance(a, float)
            assert a == pytest.approx(float(b), rel=1e-9, abs=1e-12 * size), f"coefficient {k} at {x}"


def test_a_wrong_coefficient_would_be_seen() -> None:
    with mp.workdps(DIGITS):
        sine, cosine = (mp.taylor(f, mp.mpf(1), 3) for f in (mp.sin, mp.cos))
    assert [float(c) for c in sine] != pytest.approx([float(c) for c in cosine], rel=1e-9)


def test_tensors_are_nested_derivatives() -> None:
    session = Session()
    session.evaluate("def f(x) = exp(x[0] * x[1]) + x[2] ^ 3 * x[0]\nlet at = [0.3, 0.7, 1.1]")
    assert (
        session.evaluate("let e = derivative_tensor(f, at, 2) - hessian(f)(at)\nmax(abs(e)) < 1e-12") is True
    )
    text = "let e = derivative_tensor(f, at, 3) - jacobian_forward(hessian(f))(at)\nmax(abs(e)) < 1e-11"
    assert session.evaluate(text) is True


@pytest.mark.parametrize("order", [170, 171, 200, 300, 1000])
def test_orders_whose_factorial_no_real_can_hold(order: int) -> None:
    text = f"derivatives(fn x => (exp(x), sin(x), fn y => exp(x * y)), {order})(0)"
    got: list[Any] = list(list_items(Session().evaluate(f"{text}[{order - 1}:]")))
    assert [exp for exp, _, _ in got] == pytest.approx([1.0, 1.0], rel=1e-12)
    assert [sine for _, sine, _ in got] == pytest.approx(
        [math.sin(k % 4 * math.pi / 2) for k in (order - 1, order)], abs=1e-12
    )
    assert Session().evaluate(f"{text}[{order}][2](1)") == pytest.approx(1.0, rel=1e-12)


def test_derivatives_beyond_the_greatest_real_are_infinite() -> None:
    text = "derivatives(fn x => exp(2 * x), 1200)(0)"
    assert Session().evaluate(f"{text}[400]") == pytest.approx(2.0**400, rel=1e-12)
    assert Session().evaluate(f"{text}[1200]") == math.inf


def test_factorials_are_rounded_outwards() -> None:
    found: Any = Session().evaluate("derivatives(fn x => 1 / x, 25)(interval(1, 1))[25]")
    ends: Any = plain(found)
    assert ends.lower <= -math.factorial(25) <= ends.upper


CANCELLING: dict[str, Callable[[Any], Any]] = {
    "sin(x) / x": lambda x: mp.sin(x) / x,
    "(exp(x) - 1) / x": lambda x: (mp.exp(x) - 1) / x,
    "ln(1 + x) / x": lambda x: mp.log(1 + x) / x,
    "(1 - cos(x)) / x ^ 2": lambda x: (1 - mp.cos(x)) / x**2,
    "(sqrt(1 + x) - 1) / x": lambda x: (mp.sqrt(1 + x) - 1) / x,
    "sin(x) / sin(x) * cos(x)": mp.cos,
    "exp(x) / (1 + x ^ 2)": lambda x: mp.exp(x) / (1 + x * x),
    "sqrt(x ^ 2 + 2 * x + 1)": lambda x: x + 1,
}


@pytest.mark.parametrize("text", CANCELLING)
@pytest.mark.parametrize("x", [0.01, 0.3, 1.0, 2.5])
def test_a_derivative_of_high_order_is_right_or_nan(text: str, x: float) -> None:
    got: list[Any] = list(list_items(Session().evaluate(f"derivatives(fn x => {text}, 30)({x})")))
    with mp.workdps(100):
        coefficients = mp.taylor(CANCELLING[text], mp.mpf(x), 30)
        expected = [float(c * mp.factorial(k)) for k, c in enumerate(coefficients)]
    for k in range(5, 31):
        allowed = max(1e-5 * abs(expected[k]), 1e-11 * max(map(abs, expected[:k])))
        assert math.isnan(got[k]) or abs(got[k] - expected[k]) <= allowed, k
    assert not math.isnan(got[5]) or x < 0.3


@pytest.mark.parametrize("exponent", [0.5, 2.5, -1.0, -0.3, 1 / 3, 7.0])
def test_powers_to_order_10(exponent: float) -> None:
    got: Any = list(list_items(Session().evaluate(f"taylor(fn x => (1 + x ^ 2) ^ {exponent!r}, 0.7, 10)")))
    with mp.workdps(DIGITS):
        expected = mp.taylor(lambda x: (1 + x * x) ** mp.mpf(exponent), mp.mpf(0.7), 10)
    assert got == pytest.approx([float(c) for c in expected], rel=1e-10, abs=1e-14)
