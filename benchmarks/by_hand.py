"""Array programs and their gradients, written by hand in numpy: native code should be as fast."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from benchmarks.array_programs import energy as energy_of
from benchmarks.frameworks import Framework, Function

Array: TypeAlias = Any
NUMPY = Framework("numpy", np, np.asarray, lambda f: f)
UP, DOWN, ROOT = 1.0 + np.sqrt(2.0), 1.0 - np.sqrt(2.0), np.sqrt(8.0)


def energy(a: Array, b: Array) -> tuple[Function, Function]:
    """The Helmholtz free energy and its gradient, for a symmetric `a`."""

    def slope(x: Array) -> Array:
        bx, ax = b @ x, a @ x
        mixing = np.log((1.0 + UP * bx) / (1.0 + DOWN * bx)) / (ROOT * bx)
        by_bx = (UP / (1.0 + UP * bx) - DOWN / (1.0 + DOWN * bx)) / (ROOT * bx) - mixing / bx
        return 1.0 / x - (2.0 * mixing) * ax + (len(x) / (1.0 - bx) - (x @ ax) * by_bx) * b

    return energy_of(NUMPY, a, b), slope


def sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def network(inputs: Array, targets: Array, steps: int) -> Function:
    """Gradient descent of a network of two layers of logistic units, for so many steps."""

    def train(weights: tuple[Array, Array]) -> tuple[Array, Array]:
        w1, w2 = weights
        for _ in range(steps):
            hidden = sigmoid(inputs @ w1)
            output = sigmoid(hidden @ w2)
            outer = (output - targets) * output * (1.0 - output)
            inner = outer[:, None] * w2 * (hidden * (1.0 - hidden))
            w1, w2 = w1 - inputs.T @ inner, w2 - outer @ hidden
        return w1, w2

    return train


def regression(features: Array, signs: Array, rate: float, steps: int) -> Function:
    """Gradient descent of a logistic regression with a penalty."""

    def train(w: Array) -> Array:
        for _ in range(steps):
            w = w - rate * (w - features.T @ (signs * sigmoid(-signs * (features @ w))))
        return w

    return train


def mixture(points: Array, below: Array) -> Function:
    """The gradient of the log-likelihood of a mixture of Gaussians."""
    eye = np.eye(points.shape[1])

    def softmax(x: Array) -> Array:
        weights = np.exp(x - x.max(0))
        return weights / weights.sum(0)

    def slope(parameters: tuple[Array, ...]) -> tuple[Array, ...]:
        weights, means, diagonals, lowers = parameters
        factors = [low * below + eye * np.exp(d) for low, d in zip(lowers, diagonals, strict=True)]
        moved = [points - mean for mean in means]
        scaled = [m @ f for m, f in zip(moved, factors, strict=True)]
        terms = np.stack(
            [w + d.sum() - 0.5 * (z * z).sum(1) for w, d, z in zip(weights, diagonals, scaled, strict=True)]
        )
        share = softmax(terms)
        total = share.sum(1)
        back = [-s[:, None] * z for s, z in zip(share, scaled, strict=True)]
        by_factor = [m.T @ z for m, z in zip(moved, back, strict=True)]
        return (
            total - len(points) * softmax(weights),
            np.stack([-(z @ f.T).sum(0) for z, f in zip(back, factors, strict=True)]),
            np.stack(
                [t + np.diag(g) * np.exp(d) for t, g, d in zip(total, by_factor, diagonals, strict=True)]
            ),
            np.stack([g * below for g in by_factor]),
        )

    return slope


def perceptron(inputs: Array, targets: Array) -> Function:
    """The gradient of the mean squared error of a layer of tanh and a linear one."""

    def slope(parameters: tuple[Array, ...]) -> tuple[Array, ...]:
        w1, b1, w2, b2 = parameters
        hidden = np.tanh(inputs @ w1 + b1)
        error = (2.0 / targets.size) * (hidden @ w2 + b2 - targets)
        inner = (error @ w2.T) * (1.0 - hidden * hidden)
        return inputs.T @ inner, inner.sum(0), hidden.T @ error, error.sum(0)

    return slope


def waves(x: Array) -> Any:
    return (np.exp(x) * np.sin(x)).sum()


def waves_slope(x: Array) -> Array:
    return np.exp(x) * (np.sin(x) + np.cos(x))
