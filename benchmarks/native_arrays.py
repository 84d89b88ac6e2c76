"""Native code of array programs, small and large, beside the interpreter and beside numpy by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

import vlad_py as vlad
from benchmarks import by_hand
from benchmarks.arrays import SURVEY, XOR_INPUTS, XOR_TARGETS, mixed_fluid
from benchmarks.measure import Row, Run, race_calls
from benchmarks.sides import check, module

CLOSE = 1e-9  # how far results may be apart: the sides sum in different orders
SMALL = 1 / 3  # of the interpreter's time, the most for programs of small arrays


@dataclass(frozen=True, slots=True)
class Case:
    """A program and its arguments, what numpy makes of them as one argument, and the aims."""

    name: str
    program: Any
    arguments: tuple[Any, ...]
    numpy: Any
    aim: float = 1.0  # as a ratio to the interpreter
    by_hand: float | None = None  # as a ratio to numpy
    limit: float | None = None  # in seconds


def native_arrays() -> list[Row]:
    """Array programs natively, interpreted, and by hand."""
    if find_spec("llvmlite") is None:
        print("native_arrays: llvmlite is not installed", file=sys.stderr)
        return []
    rows = []
    for case in cases():
        name = f"native: {case.name}"
        ours = vlad.compile(case.program, *case.arguments)
        given = case.arguments if len(case.arguments) > 1 else case.arguments[0]
        sides: dict[str, Run] = {
            "vlad": lambda ours=ours, case=case: ours(*case.arguments),  # type: ignore[misc]
            "interpreted": lambda case=case: case.program(*case.arguments),  # type: ignore[misc]
            "numpy": lambda case=case, given=given: case.numpy(given),  # type: ignore[misc]
        }
        for side, run in sides.items():
            check(f"{name}, {side}", run(), ours(*case.arguments), exact=CLOSE)
        times = race_calls(sides, turns=9)
        rows += [
            Row(name, times["vlad"], "interpreted", times["interpreted"], case.aim, limit=case.limit),
            Row(name, times["vlad"], "numpy", times["numpy"], case.by_hand),
        ]
    return rows


def cases() -> Iterator[Case]:
    """All that is measured."""
    programs, waves = module("arrays.adl"), module("native.adl")
    energies = vlad.load(SURVEY / "helmholtz.adl")
    for n in (8, 50):
        a, b, x = mixed_fluid(n)
        f, (value, slope) = energies.energy(a, b), by_hand.energy(a, b)
        yield Case(f"free energy by arrays, f at n = {n}", f, (x,), value, SMALL, 1.6)
        yield Case(f"free energy by arrays, ∇f at n = {n}", vlad.gradient(f), (x,), slope, SMALL, 1.6)
    yield trained_xor(programs)
    yield from regressions(programs)
    for points, name in ((20, "small mixture"), (1000, "mixture")):
        yield mixed(programs, points, name)
    for sizes, name in (((4, 2, 3, 1), "small perceptron"), ((256, 16, 32, 1), "perceptron")):
        yield perceptron(waves, *sizes, name)
    for size in (10, 1_000, 10_000, 1_000_000):
        x, aim = np.linspace(-1.0, 1.0, size), SMALL if size <= 10 else 1.0
        slope = vlad.gradient(waves.waves)
        yield Case(f"sum(exp(x) * sin(x)) of {size:,}", waves.waves, (x,), by_hand.waves, aim)
        yield Case(f"its gradient, of {size:,}", slope, (x,), by_hand.waves_slope, aim)


def trained_xor(programs: Any) -> Case:
    """The survey's small network, 600 steps."""
    random = np.random.default_rng(1)
    start = (random.uniform(-1.0, 1.0, (3, 4)), random.uniform(-1.0, 1.0, 4))
    train = vlad.evaluate("fn (descend, f) => fn (w1, w2) => descend(f, (w1, w2), 1, 600)")
    f = programs.network(XOR_INPUTS, XOR_TARGETS)
    return Case(
        "XOR, 600 steps",
        train(programs.descend_pair, f),
        start,
        by_hand.network(XOR_INPUTS, XOR_TARGETS, 600),
        SMALL,
        limit=0.5e-3,
    )


def regressions(programs: Any) -> Iterator[Case]:
    """A hundred steps towards a logistic regression, of few points and of many."""
    random = np.random.default_rng(2)
    train = vlad.evaluate("fn (descend, f) => fn w => descend(f, w, 0.001, 100)")
    for points, many, name in ((20, 3, "small regression"), (569, 30, "regression")):
        features = random.normal(size=(points, many))
        signs = np.where(features @ random.normal(size=many) + random.normal(size=points) > 0.0, 1.0, -1.0)
        yield Case(
            f"{name}, {points} × {many}, 100 steps",
            train(programs.descend, programs.regression(features, signs)),
            (np.zeros(many),),
            by_hand.regression(features, signs, 1e-3, 100),
            SMALL if points == 20 else 1.0,
        )


def mixed(programs: Any, count: int, name: str) -> Case:
    """The gradient of the log-likelihood of a mixture of Gaussians."""
    random = np.random.default_rng(3)
    k, d = (2, 2) if count < 100 else (5, 10)
    shapes = ((k,), (k, d), (k, d), (k, d, d))
    parameters = tuple(random.normal(size=shape) * 0.3 for shape in shapes)
    data = (random.normal(size=(count, d)), np.tri(d, k=-1))
    return Case(
        f"{name}, d = {d}, K = {k}, N = {count}, ∇f",
        vlad.gradient(programs.mixture(*data)),
        parameters,
        by_hand.mixture(*data),
        SMALL if count < 100 else 1.0,
    )


def perceptron(programs: Any, count: int, inputs: int, hidden: int, outputs: int, name: str) -> Case:
    """The gradient of the error of a network of one hidden layer."""
    random = np.random.default_rng(4)
    shapes = ((inputs, hidden), (hidden,), (hidden, outputs), (outputs,))
    parameters = tuple(random.normal(size=shape) for shape in shapes)
    data = (random.normal(size=(count, inputs)), random.normal(size=(count, outputs)))
    return Case(
        f"{name}, {inputs} to {hidden} to {outputs}, N = {count}, ∇f",
        vlad.gradient(programs.perceptron(*data)),
        parameters,
        by_hand.perceptron(*data),
        SMALL if count < 100 else 1.0,
    )
