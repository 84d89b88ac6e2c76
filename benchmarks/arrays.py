"""The benchmarks of arrays: the free energy of the survey's Table 4, networks, regression, mixtures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

import vlad_py as vlad
from benchmarks import array_programs
from benchmarks.frameworks import Framework, Function, frameworks
from benchmarks.measure import ROOT, Grid, Result, Row, Run, race, race_calls
from benchmarks.sides import check, collecting, module

CLOSE = 1e-9  # how far results may be apart: the sides sum in different orders

Runs: TypeAlias = dict[str, Run]  # by side

# ── the Helmholtz free energy ────────────────────────────────────────────────────────────────

SIZES = (1, 8, 15, 22, 29, 36, 43, 50)

SURVEY = ROOT / "examples" / "survey"


def published() -> dict[str, tuple[float, ...]]:
    """Time of a gradient over time of the function: Baydin et al., JMLR 18 (2018), Table 4."""
    with open(SURVEY / "table_4.csv", newline="", encoding="utf-8") as file:
        rows = {int(row["n"]): row for row in csv.DictReader(file)}
    names = {"centre": "centre differences", "forward": "forward", "reverse": "reverse"}
    return {f"published: {name}": tuple(float(rows[n][key]) for n in SIZES) for key, name in names.items()}


def mixed_fluid(n: int) -> tuple[Any, Any, Any]:
    """A (n, n), b (n) and x (n) at which the energy is finite: 0 < x and bᵀx < 1."""
    random = np.random.default_rng(n)
    a = random.uniform(0.0, 1.0, (n, n))
    return (a + a.T) / 2.0, random.uniform(0.5, 1.5, n) / (2.0 * n), random.uniform(0.1, 0.9, n)


def energies(n: int) -> Runs:
    """Everything that is timed for one size, by name; f and ∇f of each side."""
    a, b, x = mixed_fluid(n)
    programs, fluids = module("arrays.adl"), vlad.load(SURVEY / "helmholtz.adl")
    operators = {
        "gradient": vlad.gradient,
        "gradient_forward": vlad.evaluate("gradient_forward"),
        "differences": programs.differences,
    }
    runs: Runs = {}

    def add(name: str, f: Function, point: Any) -> None:
        runs[name] = lambda: f(point)

    for form in ("energy", "energy_loop"):
        f = getattr(fluids, form)(a, b)
        add(f"{form} f", f, x)
        for name, operator in operators.items():
            add(f"{form} {name}", operator(f), x)
    for framework in frameworks():
        f = array_programs.energy(framework, a, b)
        theirs = framework.point(x)
        add(f"{framework.name} f", framework.prepared(f), theirs)
        add(f"{framework.name} ∇f", framework.prepared(framework.gradient(f)), theirs)
    for name, run in runs.items():
        other = runs["energy f" if name.endswith(" f") else "energy gradient"]
        check(f"{name} at {n}", run(), other(), exact=1e-5 if "differences" in name else CLOSE)
    return runs


def helmholtz() -> list[Result]:
    """The cost of gradients of the free energy, as the survey's Table 4 has it."""
    times: dict[str, list[float]] = {}
    for n in SIZES:
        runs = energies(n)
        with collecting():
            for name, time in race_calls(runs).items():
                times.setdefault(name, []).append(time)

    def ratio(name: str, base: str) -> tuple[float, ...]:
        return tuple(t / f for t, f in zip(times[name], times[base]))

    lines = {
        "centre differences": ratio("energy differences", "energy f"),
        "forward": ratio("energy gradient_forward", "energy f"),
        "reverse": ratio("energy gradient", "energy f"),
        "loops: centre differences": ratio("energy_loop differences", "energy_loop f"),
        "loops: forward": ratio("energy_loop gradient_forward", "energy_loop f"),
        "loops: reverse": ratio("energy_loop gradient", "energy_loop f"),
        **published(),
    }
    others = [name.removesuffix(" ∇f") for name in times if name.endswith(" ∇f")]
    lines |= {other: ratio(f"{other} ∇f", f"{other} f") for other in others}
    names = {"vlad f": "energy f", "vlad ∇f": "energy gradient"}
    names |= {"vlad, loops, f": "energy_loop f", "vlad, loops, ∇f": "energy_loop gradient"}
    names |= {f"{other} {what}": f"{other} {what}" for other in others for what in ("f", "∇f")}
    absolute = {name: tuple(times[key]) for name, key in names.items()}
    rows = [
        Row("free energy, ∇f at n = 50", times["energy gradient"][-1], "vlad, f", times["energy f"][-1], 3),
        Row("… by loops", times["energy_loop gradient"][-1], "vlad, its f", times["energy_loop f"][-1], 6),
    ]
    for other in others:
        for what, ours, aim in (("f", "energy f", 1 / 1.5), ("∇f", "energy gradient", 1 / 5)):
            ratios = ratio(ours, f"{other} {what}")
            worst = ratios.index(max(ratios))
            name = f"free energy, {what} at n = {SIZES[worst]}, the worst"
            theirs = times[f"{other} {what}"][worst]
            rows.append(Row(name, times[ours][worst], other, theirs, aim if other == "autograd" else None))
    return [
        *rows,
        Grid("Helmholtz free energy, time of ∇f over that of f", SIZES, lines, "×"),
        Grid("Helmholtz free energy, time of one call", SIZES, absolute, "s"),
    ]


# ── training ─────────────────────────────────────────────────────────────────────────────────

BESIDE = ("autograd", "PyTorch")
XOR_INPUTS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
XOR_TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def _beside() -> list[Framework]:
    return [framework for framework in frameworks() if framework.name in BESIDE]


def _rows(name: str, runs: Runs, times: Callable[[Runs], dict[str, float]]) -> list[Result]:
    """vlad beside every other side, after a check that all sides give the same."""
    for side, run in runs.items():
        check(f"{name}, {side}", run(), runs["vlad"](), exact=CLOSE)
    with collecting():
        found = times(runs)
    return [
        Row(name, found["vlad"], side, found[side], aim=1 if side == "autograd" else None)
        for side in runs
        if side != "vlad"
    ]


def _descents(name: str, program: str, start: Any, data: Any, rate: float, steps: int) -> list[Result]:
    """Gradient descent of a program of benchmarks/arrays.adl on every side."""
    programs = module("arrays.adl")
    f = getattr(programs, program)(*data)
    descend = programs.descend_pair if isinstance(start, tuple) else programs.descend
    runs: Runs = {"vlad": lambda: descend(f, start, rate, steps)}
    for framework in _beside():
        slope = framework.gradient(getattr(array_programs, program)(framework, *data))
        theirs = framework.point(start)
        runs[framework.name] = lambda slope=slope, theirs=theirs: array_programs.descend(
            slope, theirs, rate, steps
        )
    return _rows(name, runs, lambda runs: race(runs, most=5))


def xor() -> list[Result]:
    """Training the survey's small network."""
    random = np.random.default_rng(1)
    start = (random.uniform(-1.0, 1.0, (3, 4)), random.uniform(-1.0, 1.0, 4))
    data = (XOR_INPUTS, XOR_TARGETS)
    return [
        row
        for steps in (600, 6000)
        for row in _descents(f"XOR, {steps} steps", "network", start, data, 1.0, steps)
    ]


def regression() -> list[Result]:
    """A hundred steps towards a logistic regression: 569 points of 30 features."""
    random = np.random.default_rng(2)
    features = random.normal(size=(569, 30))
    signs = np.where(features @ random.normal(size=30) + random.normal(size=569) > 0.0, 1.0, -1.0)
    data = (features, signs)
    return _descents("logistic regression, 100 steps", "regression", np.zeros(30), data, 1e-3, 100)


def mixture(components: int = 5, dimensions: int = 10, count: int = 1000) -> list[Result]:
    """The log-likelihood of a mixture of Gaussians, and its gradient."""
    random = np.random.default_rng(3)
    k, d = components, dimensions
    shapes = ((k,), (k, d), (k, d), (k, d, d))
    parameters = tuple(random.normal(size=shape) * 0.3 for shape in shapes)
    data = (random.normal(size=(count, dimensions)), np.tri(dimensions, k=-1))
    f = module("arrays.adl").mixture(*data)
    slope = vlad.gradient(f)
    values: Runs = {"vlad": lambda: f(*parameters)}
    slopes: Runs = {"vlad": lambda: slope(*parameters)}
    for framework in _beside():
        g = array_programs.mixture(framework, *data)
        dg = framework.gradient(g)
        theirs = framework.point(parameters)
        values[framework.name] = lambda g=g, theirs=theirs: g(theirs)
        slopes[framework.name] = lambda dg=dg, theirs=theirs: dg(theirs)
    size = f"d = {dimensions}, K = {components}, N = {count}"
    return [
        *_rows(f"Gaussian mixture, {size}", values, race_calls),
        *_rows("… its gradient", slopes, race_calls),
    ]
