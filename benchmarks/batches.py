"""Gradients of a small network for each example, beside that of their sum, and beside examples in turn."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.measure import Row, Run, race_calls
from benchmarks.sides import check, module

EXAMPLES = 32
INPUTS, UNITS, OUTPUTS = 20, 50, 10


def batches() -> list[Row]:
    """What the gradients of all examples cost. Their sum needs one product of matrices where they need an
    outer product for each example; in larger networks it takes most of the time to write these down.
    """
    programs = module("arrays.adl")
    random = np.random.default_rng(1)
    model = {
        "w1": random.normal(size=(UNITS, INPUTS)),
        "b1": random.normal(size=UNITS),
        "w2": random.normal(size=(OUTPUTS, UNITS)),
        "b2": random.normal(size=OUTPUTS),
    }
    xs, ys = random.normal(size=(EXAMPLES, INPUTS)), random.normal(size=(EXAMPLES, OUTPUTS))
    runs: dict[str, Run] = {
        "vlad": lambda: programs.each_gradient(model, xs, ys),
        "of the sum": lambda: programs.whole_gradient(model, xs, ys),
        "of matrices": lambda: programs.matrix_gradient(model, xs, ys),
        "in turn": lambda: programs.gradients_in_turn(model, xs, ys),
    }
    results: dict[str, Any] = {side: run() for side, run in runs.items()}
    for name in model:
        for side in ("vlad", "in turn"):
            check(f"{side}, {name}", results[side][name].sum(0), results["of the sum"][name])
        check(f"of matrices, {name}", results["of matrices"][name], results["of the sum"][name])
    times = race_calls(runs)
    aims = {"of the sum": 3.0, "of matrices": 3.0, "in turn": None}
    name = f"gradients of {EXAMPLES} examples"
    return [Row(name, times["vlad"], side, times[side], aim) for side, aim in aims.items()]
