"""Native code of loops, recursion and nested derivatives beside C and JAX in one run, and whole processes.

C is `native.c`, by hand, compiled by `cc -O3 -march=native`; JAX is `jax_programs.py`, jitted.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import vlad_py as vlad
from benchmarks import jax_programs
from benchmarks.arrays import SURVEY, mixed_fluid
from benchmarks.frameworks import jax_in_doubles
from benchmarks.measure import ROOT, Row, Run, least_times, python, race_calls, time_of_children
from benchmarks.sides import check, module

SOURCE = Path(__file__).with_suffix(".c")
TURNS = 1_000_000.0
LOOP = "fn (x, n) => loop v = x for i in 1..n do 3.7 * v * (1 - v)"
CLOSE = 1e-9  # how far results may be apart: the sides sum in different orders

# what is measured: the program, C's function, the arguments, the largest ratio that is good
PROGRAMS: dict[str, tuple[str, str, tuple[float, ...], float]] = {
    "fib(25)": (
        "{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2); fib }",
        "fib",
        (25.0,),
        3,
    ),
    "loop of 10⁶ turns": (LOOP, "logistic", (0.2, TURNS), 1.1),
    "its derivative": (
        f"{{ let f = {LOOP}; fn (x, n) => derivative(fn x => f(x, n))(x) }}",
        "logistic_derivative",
        (0.2, TURNS),
        1.4,
    ),
    "its gradient": (
        f"{{ let f = {LOOP}; fn (x, n) => gradient(fn x => f(x, n))(x) }}",
        "logistic_gradient",
        (0.2, TURNS),
        1.8,
    ),
}
SENSITIVE = ("logistic_derivative", "logistic_gradient")  # to the last bit: a derivative of chaos

# two nested searches by gradients, in each assignment of modes: the function, reals in its result, the limit
NESTS = {"saddle": ("saddle", 4, 0.6e-3), "particle": ("control", 1, 4.5e-3)}
MODES = {"F": "gradient_forward", "R": "gradient"}

PARTS = 50  # of the mixed fluid
MEASURED = 200  # positions in the Kalman filter
STEPS = 100  # of Runge–Kutta's method
PROCESSES = {"saddle": 0.8, "particle": 1.2}  # seconds that the first run may take
SECOND = 0.4


def native() -> list[Row]:
    """Native code beside C, JAX and the interpreter."""
    if find_spec("llvmlite") is None:
        print("native: llvmlite is not installed", file=sys.stderr)
        return []
    c = library()
    if c is None:
        print("native: there is no C compiler", file=sys.stderr)
    return [*(beside_c(c) if c else []), *nests(c), *beside_jax(), *calls(), *processes()]


def library() -> Any | None:
    """C's functions; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp())
    target = folder / "native.so"
    command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(target), str(SOURCE), "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(target))


# ── beside C ─────────────────────────────────────────────────────────────────────────────────


def beside_c(c: Any) -> list[Row]:
    """Recursion, loops and their derivatives."""
    rows = []
    for name, (text, symbol, arguments, aim) in PROGRAMS.items():
        function = getattr(c, symbol)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * len(arguments)
        ours = vlad.compile(vlad.evaluate(text), *arguments)
        if symbol not in SENSITIVE:
            check(name, ours(*arguments), function(*arguments))
        sides: dict[str, Run] = {
            "vlad": lambda ours=ours, arguments=arguments: ours(*arguments),  # type: ignore[misc]
            "C": lambda function=function, arguments=arguments: function(*arguments),  # type: ignore[misc]
        }
        times = race_calls(sides)
        rows.append(Row(f"native: {name}", times["vlad"], "C", times["C"], aim))
    return [*rows, *loops_over_arrays(c)]


def loops_over_arrays(c: Any) -> list[Row]:
    """The free energy of a mixed fluid by loops over reals, and its gradient."""
    a, b, x = mixed_fluid(PARTS)
    f = vlad.load(SURVEY / "helmholtz.adl").energy_loop(a, b)
    energy, gradient = vlad.compile(f, x), vlad.compile(vlad.gradient(f), x)
    found = np.empty(PARTS)
    n, pa, pb, px, pg = ctypes.c_int(PARTS), *(ctypes.c_void_p(y.ctypes.data) for y in (a, b, x, found))
    c.energy.restype = ctypes.c_double

    def gradient_in_c() -> Any:
        c.energy_gradient(n, pa, pb, px, pg)
        return found

    values: dict[str, Run] = {"vlad": lambda: energy(x), "C": lambda: c.energy(n, pa, pb, px)}
    slopes: dict[str, Run] = {"vlad": lambda: gradient(x), "C": gradient_in_c}
    rows = []
    for what, sides, limit in (("f", values, None), ("∇f", slopes, 8e-6)):
        name = f"native: free energy by loops, {what} at n = {PARTS}"
        check(name, sides["vlad"](), sides["C"](), exact=CLOSE)
        times = race_calls(sides)
        rows.append(Row(name, times["vlad"], "C", times["C"], limit=limit))
    return rows


def nests(c: Any | None) -> list[Row]:
    """Nested searches by gradients in all four assignments of modes, beside C where there is a compiler."""
    rows = []
    for name, (function, reals, limit) in NESTS.items():
        example = vlad.load(ROOT / "examples" / f"{name}.adl", write=lambda _: None)
        result = (ctypes.c_double * reals)()
        for modes in ("FF", "FR", "RF", "RR"):
            outer, inner = (MODES[mode] for mode in modes)
            call = vlad.evaluate(f"fn f => fn () => f({outer}, {inner})")(getattr(example, function))
            ours = vlad.compile(call)
            sides: dict[str, Run] = {"vlad": ours, "interpreted": call}
            if c is not None:
                sides["C"] = lambda name=name, result=result: getattr(c, name)(result)  # type: ignore[misc]
                sides["C"]()
                check(f"{name} {modes} in C", ours(), list(result), exact=1e-4)  # both end at steps of 1e-5
            check(f"{name} {modes}", ours(), call())
            times = race_calls(sides, turns=5)
            rows += [
                Row(f"native: {name} {modes}", times["vlad"], side, times[side], limit=limit)
                for side in sides
                if side != "vlad"
            ]
    return rows


# ── beside JAX ───────────────────────────────────────────────────────────────────────────────


def beside_jax() -> list[Row]:
    """A Kalman filter and an equation of motion: value and gradient once compiled, and the compiling."""
    programs = module("native.adl")
    measured = np.sin(np.arange(MEASURED) / 10.0) + 0.1 * np.cos(17.0 * np.arange(MEASURED))
    pairs: list[tuple[str, Any, Callable[[], Any], tuple[float, ...]]] = [
        (
            f"Kalman filter, {MEASURED} steps",
            programs.kalman(measured),
            lambda: jax_programs.kalman(measured),
            (0.2, 0.5),
        ),
        (
            f"Lotka–Volterra, {STEPS} steps",
            programs.lotka_volterra(STEPS),
            lambda: jax_programs.lotka_volterra(STEPS),
            (1.1, 0.7, 0.5, 0.8),
        ),
    ]
    rows: list[Row] = []
    for name, f, theirs, point in pairs:
        try:
            jax = jax_in_doubles()
            g = theirs()
        except ImportError:
            jax = g = None
            print(f"{name}: JAX is not installed", file=sys.stderr)
        for what in ("f", "∇f"):
            rows += beside_one(f"native: {name}, {what}", f, point, what == "f", jax, g)
    return rows


def beside_one(name: str, f: Any, point: tuple[float, ...], is_value: bool, jax: Any, g: Any) -> list[Row]:
    """A function, or its gradient, interpreted and in JAX where there is one."""
    call = f if is_value else vlad.gradient(f)
    before = process_time()
    ours = vlad.compile(call, *point)
    compiling = process_time() - before
    sides: dict[str, Run] = {"vlad": lambda: ours(*point), "interpreted": lambda: call(*point)}
    rows = []
    if jax is not None:
        array = jax.numpy.array(point)
        before = process_time()
        jitted = jax.jit(g if is_value else jax.grad(g)).lower(array).compile()
        rows.append(Row(f"{name}: to compile", compiling, "JAX, jit", process_time() - before, 0.25))
        sides["JAX, jit"] = lambda: jax.block_until_ready(jitted(array))
    for side, run in sides.items():
        check(f"{name}, {side}", ours(*point), run(), exact=CLOSE)
    times = race_calls(sides)
    aims = {"JAX, jit": 1.0}
    return [
        Row(name, times["vlad"], side, times[side], aims.get(side)) for side in sides if side != "vlad"
    ] + rows


# ── calls and processes ──────────────────────────────────────────────────────────────────────


def calls() -> list[Row]:
    """A call from Python with three reals."""
    ours = vlad.compile(vlad.evaluate("fn (a, b, c) => a * b + c"), 1.0, 2.0, 3.0)

    def theirs(a: float, b: float, c: float) -> float:
        return a * b + c

    times = race_calls({"vlad": lambda: ours(1.5, 2.5, 3.5), "CPython": lambda: theirs(1.5, 2.5, 3.5)})
    return [Row("native: a call with three reals", times["vlad"], "CPython", times["CPython"], limit=1e-6)]


def processes() -> list[Row]:
    """Whole programs from the shell: first without code on disk, then with it."""
    rows = []
    for name, limit in PROCESSES.items():
        example = f"examples/{name}.adl"
        interpreted = ["-m", "vlad_py", "--native=never", example]
        waiting = ["-m", "vlad_py", example]
        least = float("inf")
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                python(["-m", "vlad_py", "-e", "1 + 1"], {"XDG_CACHE_HOME": folder})  # the parser's tables
                before = time_of_children()
                python(waiting, {"XDG_CACHE_HOME": folder})
                least = min(least, time_of_children() - before)
        times = least_times({"second": waiting, "interpreted": interpreted}, turns=3)
        theirs = times["interpreted"]
        rows += [
            Row(f"vlad {example}, first run", least, "interpreted", theirs, limit=limit),
            Row("… second run", times["second"], "interpreted", theirs, limit=SECOND),
        ]
    return rows
