"""Asks what GradBench asks, and differentiates by differences."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.gradbench.answers import EVALS
from benchmarks.gradbench.tool import evaluate


def answer(module: str, function: str, given: Any) -> Any:
    """The output for an input, which has gone through JSON as GradBench's does."""
    response = evaluate(module, function, json.loads(json.dumps(given)))
    assert response["success"]
    assert response["timings"] and all(t["nanoseconds"] > 0 for t in response["timings"])
    return json.loads(json.dumps(response["output"]))


def interpreted(module: str, function: str, given: Any) -> Any:
    """The same without machine code."""
    asked = EVALS[module][function]
    return asked.written(asked.call(given)(), given)


def differences(f: Callable[[Any], Any], x: Any, step: float = 1e-6) -> Any:
    """The Jacobian by central differences; its last axis is that of the elements of x."""
    x = np.asarray(x, float)
    columns = []
    for i in range(x.size):
        e = np.zeros(x.size)
        e[i] = step
        e = e.reshape(x.shape)
        columns.append((np.asarray(f(x + e)) - np.asarray(f(x - e))) / (2 * step))
    return np.stack(columns, axis=-1)


def random() -> np.random.Generator:
    return np.random.default_rng(7)
