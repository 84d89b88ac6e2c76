"""Scipy's solvers get exact derivatives, and find what is known."""

from __future__ import annotations

import numpy as np
import pytest

import vlad_py as vlad

pytest.importorskip("scipy", reason="needs `pip install '.[optimize]'`")

ROSENBROCK = (
    "fn x => loop s = 0 for i in 0..(length(x) - 2) do s + 100 * (x[i + 1] - x[i] ^ 2) ^ 2 + (1 - x[i]) ^ 2"
)
START = np.array([-1.2, 1.0, 0.5])


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "trust-exact", "Newton-CG", "Nelder-Mead"])
def test_a_minimum(method: str) -> None:
    found = vlad.scipy.minimize(vlad.evaluate(ROSENBROCK), START, method=method)
    assert np.allclose(found.x, 1.0, atol=1e-3)


def test_least_squares() -> None:
    residuals = vlad.evaluate("fn (ts, ys) => fn p => p[0] * exp(-p[1] * ts) - ys")
    ts = np.linspace(0.0, 2.0, 20)
    found = vlad.scipy.least_squares(residuals(ts, 3.0 * np.exp(-1.5 * ts)), np.array([1.0, 1.0]))
    assert np.allclose(found.x, [3.0, 1.5], atol=1e-8)


@pytest.mark.parametrize("method", ["RK45", "Radau", "BDF"])
def test_a_differential_equation(method: str) -> None:
    stiff = vlad.evaluate("fn (t, y) => [-1000 * (y[0] - cos(t)), y[0] - y[1]]")
    found = vlad.scipy.solve_ivp(
        stiff, (0.0, 1.0), np.array([1.0, 0.0]), method=method, rtol=1e-8, atol=1e-10
    )
    assert found.success
    assert abs(found.y[0, -1] - np.cos(1.0)) < 2e-3
    assert (found.njev > 0) == (method != "RK45")


@pytest.mark.parametrize("method", ["BFGS", "trust-exact", "Nelder-Mead"])
@pytest.mark.parametrize("args", [(np.array([1.0, 2.0]), 3.0), (np.array([1.0, 2.0]), np.ones(2) * 3.0)])
def test_further_arguments_of_a_minimum(method: str, args: tuple[object, ...]) -> None:
    """Nothing is differentiated with respect to them."""
    f = vlad.evaluate("fn (x, a, b) => sum((x - a) ^ 2 * b)")
    assert np.allclose(vlad.scipy.minimize(f, np.zeros(2), args, method=method).x, [1.0, 2.0], atol=1e-3)
    one = vlad.evaluate("fn (x, a) => sum((x - a) ^ 2)")
    assert np.allclose(vlad.scipy.minimize(one, np.zeros(2), args=3.0, method=method).x, 3.0, atol=1e-3)


@pytest.mark.parametrize("method", ["RK45", "Radau"])
def test_further_arguments_of_the_other_solvers(method: str) -> None:
    residuals = vlad.evaluate("fn (x, a, b) => x * a - b")
    found = vlad.scipy.least_squares(residuals, np.zeros(2), args=(2.0, np.array([2.0, 4.0])))
    assert np.allclose(found.x, [1.0, 2.0])
    decay = vlad.evaluate("fn (t, y, k) => -k * y")
    path = vlad.scipy.solve_ivp(decay, (0.0, 1.0), np.ones(1), args=(2.0,), method=method)
    assert np.isclose(path.y[0, -1], np.exp(-2.0), rtol=1e-2)


@pytest.mark.parametrize(
    "text", ["fn t => t", "fn (t, y) => [1, 2, 3]", "fn (t, y) => (y, y)", "fn (t, y) => 1"]
)
def test_a_slope_unlike_the_state_is_refused(text: str) -> None:
    with pytest.raises(vlad.ConversionError, match=r"an array of shape \(2,\), like the start"):
        vlad.scipy.solve_ivp(vlad.evaluate(text), (0.0, 1.0), np.array([1.0, 2.0]))


def test_a_python_function_is_refused() -> None:
    with pytest.raises(vlad.ConversionError, match="expected an ADL function"):
        vlad.scipy.minimize(lambda x: x, START)
