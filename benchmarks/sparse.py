"""The sparse Hessian of a sum over neighbours by a kept plan, beside CasADi's compiled function."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np

import vlad_py as vlad
from benchmarks.measure import Row, Run, race_calls

SIZES = (1_000, 100_000)
CHAIN = "fn x => { let n = length(x); sum(x[1:] ^ 2 * x[0:n - 1]) + sum(sin(x)) }"


def sparse() -> list[Row]:
    """A tridiagonal Hessian at a new point."""
    try:
        casadi: Any = import_module("casadi")
    except ImportError:
        print("sparse: CasADi is not installed", file=sys.stderr)
        return []
    rows = []
    for n in SIZES:
        x = np.linspace(0.0, 1.0, n)
        plan = vlad.sparse_hessian(vlad.evaluate(CHAIN)).plan(x)
        unknown = casadi.SX.sym("x", n)
        f = casadi.sum1(unknown[1:] ** 2 * unknown[:-1]) + casadi.sum1(casadi.sin(unknown))
        theirs = casadi.Function("hessian", [unknown], [casadi.hessian(f, unknown)[0]])
        if abs(plan(x) - theirs(x).sparse()).max() > 1e-12:
            raise AssertionError("sparse: the Hessians differ")
        runs: dict[str, Run] = {"vlad": lambda: plan(x), "CasADi": lambda: theirs(x)}  # noqa: B023
        times = race_calls(runs)
        rows.append(Row(f"sparse Hessian of {n:,} reals", times["vlad"], "CasADi", times["CasADi"], 5))
    return rows
