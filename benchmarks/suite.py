"""The benchmarks: each function measures one thing on all sides and gives its rows; here those of reals."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks import minimal, programs
from benchmarks.arrays import helmholtz, mixture, regression, xor
from benchmarks.batches import batches
from benchmarks.growth import growth
from benchmarks.measure import ROOT, Result, Row, Run, least_times, python, race
from benchmarks.native import native
from benchmarks.native_arrays import native_arrays
from benchmarks.sides import check, evaluation, session
from benchmarks.sparse import sparse
from benchmarks.tapes import tapes
from benchmarks.tiers import tiers
from vlad_py.session.session import Session

TURNS = 1_000_000  # of the logistic loop
AUTOGRAD_TURNS = 20_000  # of the same loop under autograd, whose time is scaled
OPERATIONS = 3  # of reals in a turn of it

LOOP = "def logistic(x, n) = loop v = x for i in 1..n do 4 * v * (1 - v)"
HALVED = """
def half(v) = v * 0.5
def halved(x, n) = loop v = x for i in 1..n do half(v)
"""
FIB = "def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2)"


# ── plain evaluation ─────────────────────────────────────────────────────────────────────────


def calls() -> list[Row]:
    """Calls and nothing else."""
    ours = evaluation(FIB, "fib(25)")

    def theirs() -> float:
        return programs.fib(25.0)

    check("fib", ours(), theirs())
    times = race({"vlad": ours, "CPython": theirs})
    return [Row("fib(25)", times["vlad"], "CPython", times["CPython"], aim=12)]


def loop() -> list[Row]:
    """A loop of arithmetic."""
    ours = evaluation(LOOP, f"logistic(0.2, {TURNS})")

    def theirs() -> float:
        return float(programs.logistic(0.2, TURNS))

    check("loop", ours(), theirs())
    times = race({"vlad": ours, "CPython": theirs})
    return [Row("loop of 10⁶ turns", times["vlad"], "CPython", times["CPython"], aim=12)]


# ── derivatives of the loop ──────────────────────────────────────────────────────────────────


def autograd_operators() -> dict[str, Callable[..., Any]]:
    """autograd's derivatives of a function of a real by mode; none where it is not installed."""
    try:
        autograd: Any = import_module("autograd")
    except ImportError:
        return {}
    return {"forward": lambda f: lambda x: autograd.make_jvp(f)(x)(1.0)[1], "reverse": autograd.grad}


OURS = {"derivative": "forward", "derivative_reverse": "reverse", "gradient": "reverse"}


def modes() -> list[Row]:
    """Both modes of differentiating the loop."""
    ready = session(LOOP)
    written = {"forward": minimal.gradient_forward, "reverse": minimal.gradient}
    autograd = autograd_operators()

    def ours(operator: str, n: int) -> Run:
        return lambda: ready.evaluate(f"{operator}(fn x => logistic(x, {n}))(0.2)")

    def minimals(mode: str, n: int) -> Run:
        return lambda: written[mode](lambda p: programs.logistic(p[0], n))((0.2,))[0]

    def autograds(mode: str, n: int) -> Callable[[], Any]:
        return lambda: autograd[mode](lambda x: programs.logistic(x, n))(0.2)

    runs: dict[str, Run] = {"primal": lambda: ready.evaluate(f"logistic(0.2, {TURNS})")}
    for operator, mode in OURS.items():
        few = ours(operator, 50)()
        check(operator, few, minimals(mode, 50)())
        if autograd:
            check(operator, few, float(autograds(mode, 50)()))
        runs[operator] = ours(operator, TURNS)
    for mode in written:
        runs[f"minimal {mode}"] = minimals(mode, TURNS)
        if autograd:
            runs[f"autograd {mode}"] = autograds(mode, AUTOGRAD_TURNS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the derivative of so long a loop overflows, which is as fast
        times = race(runs, most=5, seconds=20.0)
    rows = []
    for operator, mode in OURS.items():
        name = f"{operator} of the loop"
        aim = 4 if mode == "forward" else 8
        rows.append(Row(name, times[operator], "vlad, the loop itself", times["primal"], aim))
        if autograd:
            scaled = times[f"autograd {mode}"] * TURNS / AUTOGRAD_TURNS
            rows.append(Row(name, times[operator], f"autograd, {mode}", scaled, aim=0.2))
        rows.append(Row(name, times[operator], f"minimal, {mode}", times[f"minimal {mode}"], aim=1))
    return rows


# ── nested differentiation ───────────────────────────────────────────────────────────────────

OPERATORS = {
    "F": ("gradient_forward", minimal.gradient_forward),
    "R": ("gradient", minimal.gradient),
}


def nestings(example: str, function: str, written: Callable[..., object]) -> list[Row]:
    """A function of two operators, from one of the examples, in all four nestings: typed into a session,
    where every call finds a function by its name, and run as the file that it is, where names are final.
    """
    path = ROOT / "examples" / f"{example}.adl"
    text = path.read_text(encoding="utf-8")
    definitions = "".join(line for line in text.splitlines(True) if not line.startswith("print("))
    typed, file = session(definitions), session("")
    file.run_script(definitions, str(path))
    rows = []
    for outer, (our_outer, their_outer) in OPERATORS.items():
        for inner, (our_inner, their_inner) in OPERATORS.items():
            name = f"{example} {outer}{inner}"
            call = f"{function}({our_outer}, {our_inner})"
            results: dict[str, object] = {}

            def ours(way: str, ready: Session, call: str = call, results: Any = results) -> None:
                results[way] = ready.evaluate(call)

            def theirs(o: Any = their_outer, i: Any = their_inner, results: Any = results) -> None:
                results["minimal"] = written(o, i)

            runs: dict[str, Run] = {
                "typed": partial(ours, "typed", typed),
                "file": partial(ours, "file", file),
                "minimal": theirs,
            }
            times = race(runs, most=5)
            for way, row in (("typed", name), ("file", f"{name}, as a file")):
                check(row, results[way], results["minimal"])
                rows.append(Row(row, times[way], "minimal", times["minimal"], aim=1))
    return rows


def saddle() -> list[Row]:
    """A minimum of maxima."""
    return nestings("saddle", "saddle", programs.saddle)


def particle() -> list[Row]:
    """A path through a differentiated potential, differentiated by its control."""
    return nestings("particle", "control", programs.control)


# ── processes ────────────────────────────────────────────────────────────────────────────────


def start() -> list[Row]:
    """From the shell to the answer."""
    expressions = ("1 + 1", "derivative(fn x => x * x)(3)")
    commands = {"pass": ["-c", "pass"], **{e: ["-m", "vlad_py", "-e", e] for e in expressions}}
    times = least_times(commands)
    first, second = (times[e] for e in expressions)
    name = "vlad -e '{}'"
    return [
        Row(name.format(expressions[0]), first, "python -c pass", times["pass"], aim=9),
        Row(name.format(expressions[1]), second, "python -c pass", times["pass"]),
    ]


def memory() -> list[Row]:
    """Memory at its highest for every operation on the tape: what more turns of a loop add."""
    few = TURNS // 5

    def peak(program: str, n: int) -> float:
        modules = "measure, minimal, programs, sides, suite"
        head = f"import gc; gc.disable(); from benchmarks import {modules}; n = {n}; "
        return float(python(["-c", f"{head}{program}\nprint(measure.peak_memory())"]).stdout)

    def each(program: str, operations: int) -> float:
        return (peak(program, TURNS) - peak(program, few)) / ((TURNS - few) * operations)

    def row(name: str, definitions: str, function: str, operations: int) -> Row:
        call = f"'gradient(fn x => {function}(x, %d))(0.2)' % n"
        ours = each(f"sides.session(suite.{definitions}).evaluate({call})", operations)
        theirs = each(f"minimal.gradient(lambda p: programs.{function}(p[0], n))((0.2,))", operations)
        return Row(name, ours, "minimal", theirs, limit=250, unit="B")

    return [
        row("memory of an operation on the tape", "LOOP", "logistic", OPERATIONS),
        row("… each in a call of its own", "HALVED", "halved", 1),
    ]


BENCHMARKS: dict[str, Callable[[], Sequence[Result]]] = {
    benchmark.__name__: benchmark
    for benchmark in (
        *(calls, loop, modes, saddle, particle, start, memory),
        *(helmholtz, xor, regression, mixture, batches, tapes, native, native_arrays, sparse, tiers, growth),
    )
}
