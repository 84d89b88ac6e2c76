"""The first answer: whole processes, from the shell to a printed gradient, beside autograd and JAX.

`python -m benchmarks.first_answer PYTHON`, where PYTHON is an interpreter that has autograd and jax. The
sides take turns, each prints its gradient, and the gradients must agree. A side then makes the same call
again, so that the table also says what a call costs once everything is compiled. The best turn counts. All
times are CPU time, so other work on the machine does not count.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import process_time

import vlad_py as vlad
from benchmarks.measure import ROOT, aligned, amount
from benchmarks.sides import check

TURNS = 5
AGREE = 1e-9  # the sides add in different orders
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


@dataclass(frozen=True, slots=True)
class Program:
    """One gradient on every side: in ADL definitions and a call, in Python the text for `g` and `point`."""

    name: str
    adl: str
    call: str
    python: str
    autograd: str
    jax: str


# What stands around a program in Python. `prepared` gives the function to call, and the time to compile it.
SIDES = {
    "autograd": """\
import autograd.numpy as np
from autograd import grad
def prepared(g, point): return g, 0.0
""",
    "JAX, jit": """\
import jax, jax.numpy as np
from jax import grad, lax
def prepared(g, point):
    before = process_time()
    return jax.jit(g).lower(point).compile(), process_time() - before
""",
}
NATIVE = "vlad, native"
OURS = ("vlad", NATIVE)
HEAD = "import numpy\nfrom time import process_time\nbegun = process_time()\n"
ENDING = """
def numbers(result):
    return [float(x) for part in result for x in numpy.ravel(part)] if isinstance(result, tuple) else \\
        [float(x) for x in numpy.ravel(result)]
slope, compiling = prepared(g, point)
print(*numbers(slope(point)))
answered = process_time() - begun
times = []
while len(times) < 3 or (sum(times) < 0.2 and len(times) < 1000):
    before = process_time()
    numbers(slope(point))
    times.append(process_time() - before)
print(compiling, process_time() - begun - answered, min(times))
"""

PROGRAMS = (
    Program(
        name="x² y + y + 2 at (3, 2)",
        adl="def f(x, y) = x ^ 2 * y + y + 2\n",
        call="gradient(f)(3, 2)",
        python="point = (3.0, 2.0)\ng = grad(lambda p: p[0] ** 2 * p[1] + p[1] + 2)\n",
        autograd="",
        jax="",
    ),
    Program(
        name="logistic loop, 10⁵ turns",
        adl="def f(x) = loop v = x for i in 1..100000 do 3.2 * v * (1 - v)\n",
        call="gradient(f)(0.2)",
        python="point = 0.2\ndef turn(i, v): return 3.2 * v * (1 - v)\n",
        autograd="""
def f(v):
    for i in range(100000):
        v = turn(i, v)
    return v
g = grad(f)
""",
        jax="g = grad(lambda x: lax.fori_loop(0, 100000, turn, x))\n",
    ),
    Program(
        name="free energy, n = 50",
        adl=(ROOT / "examples" / "survey" / "helmholtz.adl").read_text(encoding="utf-8")
        + "let m = fluid(50)\n",
        call="gradient(energy(m.a, m.b))(m.x)",
        python="""
n = 50
i = numpy.arange(1, n + 1)
a = 1 / (1 + abs(i[:, None] - i[None, :]))
b = (0.5 + i / (n + 1)) / (2 * n)
point = 0.1 + 0.8 * ((0.618 * i) % 1)
def energy(x):
    bx = b @ x
    mixing = np.log((1 + (1 + 2 ** 0.5) * bx) / (1 + (1 - 2 ** 0.5) * bx)) / (8 ** 0.5 * bx)
    return np.sum(np.log(x / (1 - bx))) - x @ (a @ x) * mixing
g = grad(energy)
""",
        autograd="",
        jax="",
    ),
    Program(
        name="XOR network, 600 steps",
        adl=(ROOT / "examples" / "xor.adl").read_text(encoding="utf-8").partition("let trained")[0],
        call="train(start, 600)",
        python="""
inputs = numpy.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
targets = numpy.array([0.0, 1, 1, 0])
point = (
    numpy.array([[-0.17, 0.44, -1, -0.4], [-0.71, -0.82, -0.63, -0.31], [-0.21, 0.08, -0.16, 0.37]]),
    numpy.array([-0.59, 0.76, -0.95, 0.34]),
)
def sigmoid(x): return 1 / (1 + np.exp(-x))
def loss(w): return np.sum((targets - sigmoid(sigmoid(inputs @ w[0]) @ w[1])) ** 2) / 2
def step(i, w): return tuple(x - d for x, d in zip(w, grad(loss)(w)))
""",
        autograd="""
def g(w):
    for i in range(600):
        w = step(i, w)
    return w
""",
        jax="def g(w): return lax.fori_loop(0, 600, step, w)\n",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """CPU seconds from the shell to the answer; of these, seconds of compiling; seconds of a later call."""

    first: float
    compiling: float
    again: float


def written(command: list[str], given: str = "") -> tuple[float, str]:
    """The CPU seconds of a process that reads `given`, and what it writes. RuntimeError where it fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | SETTINGS
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def ours(program: Program, native: bool) -> tuple[Answer, list[float]]:
    """What vlad needs, interpreted or as machine code, and its reals: the first answer from the command, a
    later call as Python makes it.
    """
    command = [sys.executable, "-m", "vlad_py", "--native=always" if native else "--native=never", "-"]
    first, printed = written(command, f"{program.adl}print({program.call})\n")
    call: Callable[[], object] = vlad.evaluate(f"{program.adl}fn () => {program.call}")
    compiling = 0.0
    if native:
        before = process_time()
        with suppress(vlad.NotNative):  # then it is interpreted
            call = vlad.compile(call)
        compiling = process_time() - before
    times = []
    while len(times) < 3 or (sum(times) < 0.2 and len(times) < 1000):
        before = process_time()
        call()
        times.append(process_time() - before)
    return Answer(first, compiling, min(times)), reals(printed)


def theirs(program: Program, side: str, interpreter: str) -> tuple[Answer, list[float]]:
    """What another side needs, and its reals."""
    own = program.autograd if side == "autograd" else program.jax
    code = f"{HEAD}{SIDES[side]}{program.python}{own}{ENDING}"
    seconds, printed = written([interpreter, "-c", code])
    gradient, times = printed.splitlines()
    compiling, afterwards, again = reals(times)
    return Answer(seconds - afterwards, compiling, again), reals(gradient)


def reals(text: str) -> list[float]:
    """The reals in a text, whatever holds them."""
    return [float(word) for word in re.split(r"[\s,()\[\]]+", text) if word]


def main() -> int:
    """Measures every program on every side and prints one table; gives the exit status."""
    interpreter = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    rows = [["gradient", "side", "first answer", "of it compiling", "a later call"]]
    for program in PROGRAMS:
        found: dict[str, list[Answer]] = {side: [] for side in (*OURS, *SIDES)}
        for turn in range(TURNS + 1):
            printed = {}
            for side, answers in found.items():
                is_ours = side in OURS
                one, printed[side] = (
                    ours(program, side == NATIVE) if is_ours else theirs(program, side, interpreter)
                )
                answers += [one] if turn else []  # the first turn fills the caches of files
            for side, reals_of_it in printed.items():
                check(f"{program.name}, {side}", printed["vlad"], reals_of_it, AGREE)
        for side, answers in found.items():
            parts = ("first", "compiling", "again")
            first, compiling, again = (min(getattr(one, part) for one in answers) for part in parts)
            named = amount(compiling, "s") if compiling else "–"
            rows.append([program.name, side, amount(first, "s"), named, amount(again, "s")])
            print(rows[-1], file=sys.stderr, flush=True)
    print(aligned(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
