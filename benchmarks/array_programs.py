"""The measured array programs in Python: those of arrays.adl and examples/survey/helmholtz.adl."""

from __future__ import annotations

from math import sqrt
from typing import Any

from benchmarks.frameworks import Framework, Function


def energy(framework: Framework, a: Any, b: Any) -> Function:
    """The Helmholtz free energy of a mixed fluid (Peng-Robinson), with R T = 1."""
    np, (a, b) = framework.functions, framework.point((a, b))

    def f(x: Any) -> Any:
        bx = b @ x
        mixing = np.log((1.0 + (1.0 + sqrt(2.0)) * bx) / (1.0 + (1.0 - sqrt(2.0)) * bx)) / (sqrt(8.0) * bx)
        return np.sum(np.log(x / (1.0 - bx))) - x @ (a @ x) * mixing

    return f


def network(framework: Framework, inputs: Any, targets: Any) -> Function:
    """The squared error of two layers of logistic units, by their weights."""
    np, (inputs, targets) = framework.functions, framework.point((inputs, targets))

    def f(weights: Any) -> Any:
        w1, w2 = weights
        return np.sum((targets - np.sigmoid(np.sigmoid(inputs @ w1) @ w2)) ** 2.0) / 2.0

    return f


def regression(framework: Framework, features: Any, signs: Any) -> Function:
    """The penalised negative log-likelihood of a logistic regression; a sign is 1 or -1."""
    np, (features, signs) = framework.functions, framework.point((features, signs))

    def f(w: Any) -> Any:
        return np.sum(np.softplus(-signs * (features @ w))) + 0.5 * (w @ w)

    return f


def mixture(framework: Framework, points: Any, below: Any) -> Function:
    """The log-likelihood of a mixture of Gaussians, but for its constant.

    A component has a log-weight, a mean, and a factor of its precision: the exponentials of `diagonal`, and
    `lower`, of which `below` masks what lies below the diagonal.
    """
    np, (points, below) = framework.functions, framework.point((points, below))
    eye = framework.array([[float(i == j) for j in range(len(below))] for i in range(len(below))])

    def f(parameters: Any) -> Any:
        weights, means, diagonals, lowers = parameters

        def component(k: int) -> Any:
            factor = lowers[k] * below + eye * np.exp(diagonals[k])
            z = (points - means[k]) @ factor
            return weights[k] + np.sum(diagonals[k]) - 0.5 * np.sum(z * z, 1)

        terms = np.stack([component(k) for k in range(len(weights))])
        return np.sum(np.logsumexp(terms)) - len(points) * np.logsumexp(weights)

    return f


def descend(slope: Function, point: Any, rate: float, steps: int) -> Any:
    """Gradient descent of a fixed step size."""
    for _ in range(steps):
        change = slope(point)
        if isinstance(point, tuple):
            point = tuple(x - rate * d for x, d in zip(point, change))
        else:
            point = point - rate * change
    return point
