"""Evals of arrays and of data: by numpy, by closed forms, by central differences."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from gradbench.asked import answer, differences, random

pytest.importorskip("llvmlite")


# ── functions of one array ─────────────────────────────────────────────────────────────────────────


def test_hello() -> None:
    assert answer("hello", "square", 3.0) == 9.0
    assert answer("hello", "double", 3.0) == 6.0


def test_least_squares() -> None:
    x, n = random().random(5), 9

    def objective(x: Any) -> float:
        t = np.linspace(-1.0, 1.0, n)
        return float(((np.sign(t) - np.polyval(x[::-1], t)) ** 2).sum() / 2)

    given = {"x": x.tolist(), "n": n}
    assert answer("llsq", "primal", given) == pytest.approx(objective(x), rel=1e-12)
    assert answer("llsq", "gradient", given) == pytest.approx(differences(objective, x), rel=1e-7)


def test_log_sum_exp() -> None:
    x = random().normal(size=20) * 300
    weights = np.exp(x - np.max(x))
    given = {"x": x.tolist()}
    expected = np.max(x) + math.log(weights.sum())
    assert answer("lse", "primal", given) == pytest.approx(expected, rel=1e-14)
    assert answer("lse", "gradient", given) == pytest.approx(weights / weights.sum(), abs=1e-14)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_determinant(n: int) -> None:
    a = random().random((n, n))
    given = {"A": a.ravel().tolist(), "ell": n}
    det = np.linalg.det(a)
    assert answer("det", "primal", given) == pytest.approx(det, rel=1e-12)
    assert answer("det", "gradient", given) == pytest.approx((det * np.linalg.inv(a).T).ravel(), rel=1e-9)


def test_differential_equation() -> None:
    x, steps = random().random(4), 6

    def solution(x: Any) -> Any:
        def flow(y: Any) -> Any:
            return x * np.concatenate([[1.0], y[:-1]])

        y, h = np.zeros(len(x)), 2.0 / steps
        for _ in range(steps):
            k1 = flow(y)
            k2 = flow(y + h / 2 * k1)
            k3 = flow(y + h / 2 * k2)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + flow(y + h * k3))
        return y

    given = {"x": x.tolist(), "s": steps}
    assert answer("ode", "primal", given) == pytest.approx(solution(x), rel=1e-12)
    # Runge and Kutta's method is exact for polynomials of degree 4: y_i = x_0 … x_i 2^(i+1)/(i+1)!
    exact = np.cumprod(x) * [2.0 ** (i + 1) / math.factorial(i + 1) for i in range(4)]
    assert answer("ode", "primal", given) == pytest.approx(exact, rel=1e-12)
    assert answer("ode", "gradient", given) == pytest.approx(exact[-1] / x, rel=1e-12)


# ── data ───────────────────────────────────────────────────────────────────────────────────────────


def test_clusters() -> None:
    points = random().random((30, 3))
    centroids = points[-4:]
    nearest = ((points[:, None] - centroids) ** 2).sum(2)
    given = {"points": points.tolist(), "centroids": centroids.tolist()}
    assert answer("kmeans", "cost", given) == pytest.approx(nearest.min(1).sum(), rel=1e-12)
    means = [points[nearest.argmin(1) == k].mean(0) for k in range(4)]
    assert np.allclose(answer("kmeans", "dir", given), centroids - means, rtol=1e-12)


def mixture(parts: dict[str, Any], x: Any, m: int, gamma: float) -> float:
    """The log-posterior by determinants and inverses of covariances, point by point."""
    alpha, mu, q, ls = parts["alpha"], parts["mu"], parts["q"], parts["l"]
    d, total = x.shape[1], 0.0
    factors = []
    for k in range(len(alpha)):
        factor = np.diag(np.exp(q[k]))
        at = iter(ls[k])
        for j in range(d):
            for i in range(j + 1, d):
                factor[i, j] = next(at)
        factors.append(factor)
    weights = np.exp(alpha) / np.exp(alpha).sum()
    for point in x:
        density = 0.0
        for weight, mean, factor in zip(weights, mu, factors, strict=True):
            precision = factor.T @ factor
            z = point - mean
            density += (
                weight
                * math.sqrt(np.linalg.det(precision / (2 * math.pi)))
                * math.exp(-z @ precision @ z / 2)
            )
        total += math.log(density)
    degrees = d + m + 1
    log_gamma = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((degrees - j) / 2) for j in range(d))
    for factor in factors:
        precision = factor.T @ factor
        total += (degrees - d - 1) / 2 * math.log(np.linalg.det(precision)) - gamma**2 / 2 * np.trace(
            precision
        )
        total -= degrees * d / 2 * math.log(2) - degrees * d * math.log(gamma) + log_gamma
    return total


@pytest.mark.parametrize(("d", "m", "gamma"), [(1, 0, 1.0), (3, 2, 0.7)])
def test_mixture(d: int, m: int, gamma: float) -> None:
    r, k, n = random(), 2, 5
    x, of_lower = r.normal(size=(n, d)), d * (d - 1) // 2
    parts = {"alpha": r.normal(size=k), "mu": r.random((k, d)), "q": r.normal(size=(k, d)) / 2}
    parts["l"] = r.normal(size=(k, of_lower))
    given = {"d": d, "k": k, "n": n, "x": x.tolist(), "m": m, "gamma": gamma}
    given |= {name: part.tolist() for name, part in parts.items()}
    value = mixture(parts, x, m, gamma)
    assert answer("gmm", "objective", given) == pytest.approx(value, rel=1e-10)
    slopes = answer("gmm", "jacobian", given)
    assert set(slopes) == set(parts)
    for name, part in parts.items():
        if part.size:
            changed = partial(lambda name, new: mixture(parts | {name: new}, x, m, gamma), name)
            expected = differences(changed, part)
            assert np.allclose(np.ravel(slopes[name]), expected, rtol=1e-5, atol=1e-7), name


# ── a network ──────────────────────────────────────────────────────────────────────────────────────


def network(main: Any, extra: Any, state: Any, sequence: Any) -> float:
    """The loss, unit by unit."""
    layers, bits = len(main) // 2, len(extra[0])
    hidden, cell = state[0::2].copy(), state[1::2].copy()
    total = 0.0
    for t in range(len(sequence) - 1):
        inputs = sequence[t] * extra[0]
        for i in range(layers):
            for j in range(bits):
                forget, gate, out, change = (
                    main[2 * i, g * bits + j] * (inputs[j] if g in (0, 2) else hidden[i, j])
                    + main[2 * i + 1, g * bits + j]
                    for g in range(4)
                )
                cell[i, j] = cell[i, j] / (1 + math.exp(-forget)) + math.tanh(change) / (1 + math.exp(-gate))
                hidden[i, j] = math.tanh(cell[i, j]) / (1 + math.exp(-out))
            inputs = hidden[i]
        predicted = inputs * extra[1] + extra[2]
        total += float(sequence[t + 1] @ (predicted - math.log(2 + np.exp(predicted).sum())))
    return -total / ((len(sequence) - 1) * bits)


def test_network() -> None:
    r, layers, bits = random(), 2, 3
    main, extra, state = r.random((2 * layers, 4 * bits)), r.random((3, bits)), r.random((2 * layers, bits))
    sequence = r.integers(0, 2, (5, bits)).astype(float)
    given = {"main_params": main.tolist(), "extra_params": extra.tolist()}
    given |= {"state": state.tolist(), "sequence": sequence.tolist()}
    assert answer("lstm", "objective", given) == pytest.approx(
        network(main, extra, state, sequence), rel=1e-12
    )
    of_main = differences(lambda p: network(p, extra, state, sequence), main)
    of_extra = differences(lambda p: network(main, p, state, sequence), extra)
    expected = np.concatenate([of_main, of_extra])
    assert answer("lstm", "jacobian", given) == pytest.approx(expected, rel=1e-6, abs=1e-9)
