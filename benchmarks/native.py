"""Native code beside C in one run: the same programs by hand, compiled by `cc -O3 -march=native`."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vlad_py as vlad
from benchmarks.measure import ROOT, Row, race_calls
from benchmarks.sides import check

SOURCE = Path(__file__).with_suffix(".c")
TURNS = 1_000_000.0
LOOP = "fn (x, n) => loop v = x for i in 1..n do 3.7 * v * (1 - v)"

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

# two nested searches by gradients, in each assignment of modes; the aim is in seconds
NESTS = {"saddle": ("saddle", 0.6e-3), "particle": ("control", 4.5e-3)}
MODES = {"F": "gradient_forward", "R": "gradient"}


def library() -> Any | None:
    """C's functions; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp())
    target = folder / "native.so"
    command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(target), str(SOURCE)]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(target))


def native() -> list[Row]:
    """Loops and recursion beside C, and nested gradients beside the interpreter."""
    if find_spec("llvmlite") is None:
        print("native: llvmlite is not installed", file=sys.stderr)
        return []
    return [*beside_c(), *beside_the_interpreter()]


def beside_c() -> list[Row]:
    """Ratios to C."""
    c = library()
    if c is None:
        print("native: there is no C compiler", file=sys.stderr)
        return []
    rows = []
    for name, (text, symbol, arguments, aim) in PROGRAMS.items():
        function = getattr(c, symbol)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * len(arguments)
        ours = vlad.compile(vlad.evaluate(text), *arguments)
        if symbol in ("fib", "logistic"):
            check(name, ours(*arguments), function(*arguments))
        sides: dict[str, Callable[[], object]] = {
            "vlad": lambda ours=ours, arguments=arguments: ours(*arguments),  # type: ignore[misc]
            "C": lambda function=function, arguments=arguments: function(*arguments),  # type: ignore[misc]
        }
        times = race_calls(sides)
        rows.append(Row(f"native: {name}", times["vlad"], "C", times["C"], aim))
    return rows


def beside_the_interpreter() -> list[Row]:
    """Nested gradients; the aim is that of the time, as a ratio to the interpreter's."""
    rows = []
    for name, (function, aim) in NESTS.items():
        module = vlad.load(ROOT / "examples" / f"{name}.adl", write=lambda _: None)
        for outer, inner in (("F", "F"), ("F", "R"), ("R", "F"), ("R", "R")):
            call = vlad.evaluate(
                f"fn f => fn () => f({MODES[outer]}, {MODES[inner]})",
            )(getattr(module, function))
            ours = vlad.compile(call)
            check(f"{name} {outer}{inner}", ours(), call())
            times = race_calls({"vlad": ours, "interpreted": call}, turns=3)
            rows.append(
                Row(
                    f"native: {name} {outer}{inner}",
                    times["vlad"],
                    "interpreted",
                    times["interpreted"],
                    aim / times["interpreted"],
                )
            )
    return rows
