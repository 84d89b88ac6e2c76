"""Nested searches, beside the same searches with derivatives worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.gradbench.answers import EVALS
from gradbench.asked import answer

pytest.importorskip("llvmlite")


def argmin(f: Callable[[Any], float], slope: Callable[[Any], Any], x: Any) -> Any:
    """The search of GradBench's saddle and particle."""
    value, direction, step, good = f(x), slope(x), 1e-5, 0
    while np.linalg.norm(direction) > 1e-5:
        if good == 10:
            step, good = 2 * step, 0
            continue
        new = x - step * direction
        if np.linalg.norm(x - new) <= 1e-5:
            break
        if f(new) < value:
            x, value, direction, good = new, f(new), slope(new), good + 1
        else:
            step, good = step / 2, 0
    return x


@pytest.mark.parametrize("mode", EVALS["saddle"])
def test_saddle(mode: str) -> None:
    """The inner maximum does not depend on p, so the outer search is that of the squares alone."""
    start = np.array([1.0, 0.5])
    p = argmin(lambda p: float(p @ p), lambda p: 2 * p, start)
    found = answer("saddle", mode, {"start": start.tolist(), "min_runs": 1, "min_seconds": 0})
    assert found == pytest.approx([*p, *p], abs=1e-12)
    assert np.all(np.abs(found) > 0.0)


def crossing(w: float) -> float:
    """The square of where the particle crosses the axis, with the force worked out by hand."""
    charges, x, y, vx, vy, step = ((10.0, 10.0 - w), (10.0, 0.0)), 0.0, 8.0, 0.75, 0.0, 0.1
    while True:
        force = [0.0, 0.0]
        for cx, cy in charges:
            cubed = math.hypot(x - cx, y - cy) ** 3
            force = [force[0] + (x - cx) / cubed, force[1] + (y - cy) / cubed]
        x, y = x + step * vx, y + step * vy
        if y <= 0:
            return (x - y / vy * vx) ** 2
        vx, vy = vx + step * force[0], vy + step * force[1]


@cache
def best_control() -> float:
    def slope(w: Any) -> Any:
        return np.array([(crossing(w[0] + 1e-6) - crossing(w[0] - 1e-6)) / 2e-6])

    return float(argmin(lambda w: crossing(w[0]), slope, np.array([0.0]))[0])


@pytest.mark.parametrize("mode", EVALS["particle"])
def test_particle(mode: str) -> None:
    found = answer("particle", mode, {"w": 0.0, "min_runs": 1, "min_seconds": 0})
    assert found == pytest.approx(best_control(), abs=1e-6)
    assert crossing(found) < 1e-8
