"""How costs grow: by the depth of nested derivatives, by the turns of a loop, by the number of reals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from time import process_time
from typing import Any

import vlad_py as vlad
from benchmarks.arrays import SURVEY, mixed_fluid
from benchmarks.measure import Grid, peak_memory, python, race_calls
from benchmarks.sides import module

NOT_MEASURED = float("nan")
DEPTHS = (1, 2, 3, 4, 5, 6)
TURNS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
MOST_INTERPRETED = 100_000  # turns of a loop: more would take gigabytes of tape
ONE_BY_ONE = 100_000  # turns from which on calls are timed one by one
SIZES = (1, 8, 15, 22, 29, 36, 43, 50)
# 3 is where the derivatives of a long loop neither overflow nor vanish
LOGISTIC = "fn (x, n) => loop v = x for i in 1..n do 3 * v * (1 - v)"
LOOPS = {
    "f": LOGISTIC,
    "derivative": f"{{ let f = {LOGISTIC}; fn (x, n) => derivative(fn x => f(x, n))(x) }}",
    "gradient": f"{{ let f = {LOGISTIC}; fn (x, n) => gradient(fn x => f(x, n))(x) }}",
    "gradient of gradient": (
        f"{{ let f = {LOGISTIC}; fn (x, n) => gradient(gradient(fn x => f(x, n)))(x) }}"
    ),
}
MEGABYTE = 1e6


def growth() -> list[Grid]:
    """The tables of growth."""
    return [*nesting(), *turns(), *reals()]


def has_native() -> bool:
    found = find_spec("llvmlite") is not None
    if not found:
        print("growth: llvmlite is not installed", file=sys.stderr)
    return found


def nesting() -> list[Grid]:
    """Derivatives of derivatives of a loop of 20 turns."""
    nested, is_native = module("native.adl").nested, has_native()
    calls: dict[str, list[float]] = {}
    compiling: dict[str, list[float]] = {}
    for operator in ("derivative", "derivative_reverse"):
        for depth in DEPTHS:
            f = nested(vlad.evaluate(operator), float(depth))
            sides: dict[str, Callable[[], object]] = {f"{operator}, interpreted": lambda f=f: f(0.3)}  # type: ignore[misc]
            if is_native:
                before = process_time()
                ours = vlad.compile(f, 0.3)
                compiling.setdefault(operator, []).append(process_time() - before)
                sides[f"{operator}, native"] = lambda ours=ours: ours(0.3)  # type: ignore[misc]
            for name, time in race_calls(sides, turns=3).items():
                calls.setdefault(name, []).append(time)
    return [
        Grid(
            f"{title}, by depth", DEPTHS, {name: tuple(times) for name, times in lines.items()}, "s", "depth"
        )
        for title, lines in (("Nested derivatives, one call", calls), ("… to compile", compiling))
        if lines
    ]


def turns() -> list[Grid]:
    """The logistic loop and its derivatives: the time of a call, and what it adds to the process's memory."""
    times: dict[str, tuple[float, ...]] = {}
    memory: dict[str, tuple[float, ...]] = {}
    for tier in ("interpreted", *(["native"] if has_native() else [])):
        for what in LOOPS:
            found = [
                (NOT_MEASURED, NOT_MEASURED)
                if tier == "interpreted" and n > MOST_INTERPRETED
                else measured(tier, what, n)
                for n in TURNS
            ]
            times[f"{what}, {tier}"], memory[f"{what}, {tier}"] = zip(*found, strict=True)
    return [
        Grid("A loop, time of one call", TURNS, times, "s", "turns"),
        Grid("A loop, memory of one call", TURNS, memory, "MB", "turns"),
    ]


def measured(tier: str, what: str, n: int) -> tuple[float, float]:
    """Seconds and megabytes of one call, in a process of its own."""
    text = python(["-c", f"from benchmarks.growth import measure; measure({tier!r}, {what!r}, {n})"]).stdout
    seconds, megabytes = text.split()
    return float(seconds), float(megabytes)


def measure(tier: str, what: str, n: int) -> None:
    """Prints the seconds of a call, and the megabytes that the first adds to this process."""
    f = vlad.evaluate(LOOPS[what])
    if tier == "native":
        f = vlad.compile(f, 0.2, 3.0)
    f(0.2, 3.0)
    before = peak_memory()
    f(0.2, float(n))
    megabytes = (peak_memory() - before) / MEGABYTE
    runs: dict[str, Callable[[], object]] = {"f": lambda: f(0.2, float(n))}
    print(race_calls(runs, turns=3)["f"] if n < ONE_BY_ONE else once(runs["f"]), megabytes)


def once(run: Callable[[], object]) -> float:
    """The least time of three calls."""
    best = float("inf")
    for _ in range(3):
        before = process_time()
        run()
        best = min(best, process_time() - before)
    return best


def reals() -> list[Grid]:
    """The free energy and its gradients in native code, for growing numbers of reals."""
    if not has_native():
        return []
    energies = vlad.load(SURVEY / "helmholtz.adl")
    operators: dict[str, Any] = {
        "f": lambda f: f,
        "gradient": vlad.gradient,
        "gradient_forward": vlad.evaluate("gradient_forward"),
    }
    times: dict[str, list[float]] = {}
    compiling: dict[str, list[float]] = {}
    for n in SIZES:
        a, b, x = mixed_fluid(n)
        sides: dict[str, Callable[[], object]] = {}
        for form, name in (("energy", "arrays"), ("energy_loop", "loops")):
            for what, operator in operators.items():
                f = operator(getattr(energies, form)(a, b))
                before = process_time()
                ours = vlad.compile(f, x)
                compiling.setdefault(f"{name}, {what}", []).append(process_time() - before)
                sides[f"{name}, {what}"] = lambda ours=ours, x=x: ours(x)  # type: ignore[misc]
        for name, time in race_calls(sides, turns=3).items():
            times.setdefault(name, []).append(time)
    return [
        Grid(title, SIZES, {name: tuple(found) for name, found in lines.items()}, "s")
        for title, lines in (
            ("Helmholtz free energy natively, time of one call", times),
            ("… to compile", compiling),
        )
    ]
