"""Programs of native.adl in JAX, as one writes them there: `scan` for loops, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from math import pi
from typing import Any

from benchmarks.frameworks import jax_in_doubles


def kalman(measured: Any) -> Callable[[Any], Any]:
    """The log-likelihood of measured positions, of an array of two standard deviations."""
    jax = jax_in_doubles()
    np: Any = import_module("jax.numpy")
    moves, zs = np.array([[1.0, 0.1], [0.0, 1.0]]), np.asarray(measured)

    def f(noise: Any) -> Any:
        def turn(state: Any, z: Any) -> Any:
            x, p, total = state
            x = moves @ x
            p = moves @ p @ moves.T + noise[0] ** 2 * np.eye(2)
            surprise = z - x[0]
            s = p[0, 0] + noise[1] ** 2
            gain = p[0] / s
            total = total - (np.log(2.0 * pi * s) + surprise**2 / s) / 2.0
            return (x + surprise * gain, p - np.outer(gain, p[0]), total), None

        start = (np.array([0.0, 1.0]), np.eye(2), 0.0)
        return jax.lax.scan(turn, start, zs)[0][2]

    return f


def lotka_volterra(steps: int) -> Callable[[Any], Any]:
    """The distance from (1, 1) after so many steps, of an array of four rates."""
    jax = jax_in_doubles()
    np: Any = import_module("jax.numpy")
    h = 0.05

    def f(rates: Any) -> Any:
        def flow(y: Any) -> Any:
            return np.array(
                [rates[0] * y[0] - rates[1] * y[0] * y[1], rates[2] * y[0] * y[1] - rates[3] * y[1]]
            )

        def turn(y: Any, _: Any) -> Any:
            a = flow(y)
            b = flow(y + h / 2 * a)
            c = flow(y + h / 2 * b)
            return y + h / 6 * (a + 2 * b + 2 * c + flow(y + h * c)), None

        y = jax.lax.scan(turn, np.array([1.0, 0.5]), None, steps)[0]
        return np.sum((y - 1.0) ** 2)

    return f
