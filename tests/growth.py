"""How work grows with a text and with data: the exponent of each phase, by counts or by a clock.

It counts calls of Python functions, and so misses the work of one call of C and of loops without calls.
`--clock` takes the processor's time instead, which misses nothing but is rough below a second: shapes above
MOST are measured again, up to TRIES times, and the least counts. The collector is off, as it is in `vlad`.
`scripts/growth` measures all shapes, `scripts/growth "nested lists" --size 2500` some of them, at that size
and at TIMES that size.
Exponents above MOST are marked; those without a reason give the exit status.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable
from typing import TypeAlias

from test_growth import PROGRAMS, _names, calls_in

from vlad_py.checking.bindings import names_of
from vlad_py.checking.suspicions import warnings_of
from vlad_py.core.inline import inline_calls
from vlad_py.core.pieces import in_pieces
from vlad_py.execution.compile import compile_module
from vlad_py.ground.errors import Error
from vlad_py.ground.source import Source
from vlad_py.session.process import prepare
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse
from vlad_py.values.show import show

SIZE = 1_000  # of the smaller of two
TIMES = 4  # so much larger is the other
MOST = 1.2  # exponents
TRIES = 4  # by the clock
BRIEF = 100_000  # microseconds: shorter phases have no exponent by the clock

Measure: TypeAlias = "Callable[[Callable[[], object]], int]"


def _repeated(before: str, piece: str, between: str = "", after: str = "") -> Callable[[int], str]:
    return lambda n: f"{before}{_names(n, piece, between)}{after}"


def _nested(before: str, opening: str, inner: str, closing: str, after: str = "") -> Callable[[int], str]:
    return lambda n: f"{before}{_names(n, opening, '')}{inner}{closing * n}{after}"


SOURCES: dict[str, Callable[[int], str]] = {
    **PROGRAMS,
    "a sum": _repeated("def f(x) = ", "x", " + "),
    "a product of numbers": _repeated("", "#", " * "),
    "powers to the right": _repeated("def f(x) = ", "x", " ^ "),
    "a chain of `and`": _repeated("def f(x) = ", "x > #", " and "),
    "a chain of `::`": _repeated("", "#", " :: ", " :: nil"),
    "a chain of `|>`": _repeated("def f(x) = x", " |> sin"),
    "minus signs": _repeated("def f(x) = ", "- ", "", "x"),
    "`not`s": _repeated("def f(x) = ", "not ", "", "x"),
    "parentheses": _nested("", "(", "1", ")"),
    "comparisons in a tuple": _repeated("def f(x) = (", "x < #", ", ", ")"),
    "a long array": _repeated("[", "#", ", ", "]"),
    "rows of an array": _repeated("[", "[#, 1]", ", ", "]"),
    "a long list": _repeated("list(", "#", ", ", ")"),
    "a long string": lambda n: f'"{"a" * n}"',
    "strings": _repeated("(", '"s#"', ", ", ")"),
    "escapes in a string": lambda n: '"{}"'.format("\\n" * n),
    "remarks": lambda n: "# a remark\n" * n + "1",
    "empty lines": lambda n: "\n" * n + "1",
    "spaces": lambda n: " " * n + "1",
    "statements": _repeated("", "1 + #", "\n"),
    "bindings": _repeated("", "let a# = #", "\n"),
    "bindings, each of the one before": lambda n: (
        "let a0 = 1\n" + "\n".join(f"let a{i + 1} = a{i} + 1" for i in range(n))
    ),
    "a name bound again": _nested("def f(x) = ", "{ let x = x + 1; ", "x", "}"),
    "functions, each calling the one before": lambda n: (
        "def a0(x) = x\n" + "\n".join(f"def a{i + 1}(x) = a{i}(x) + 1" for i in range(n))
    ),
    "functions that call each other": lambda n: (
        "\n".join(f"def a{i}(x) = a{(i + 1) % n}(x)" for i in range(n))
    ),
    "a block of bindings": _repeated("def f(x) = {\n", "let a# = x + #", "\n", "\nx\n}"),
    "bindings of pairs": _repeated("def f(x) = {\n", "let (a#, b#) = (x, #)", "\n", "\nx\n}"),
    "calls in a row": _repeated("def f(x) = ", "sin(x)", " + "),
    "arguments of a call": _repeated("def g(x) = x\ndef f(x) = g(", "x", ", ", ")"),
    "calls of results": _repeated("def f(g) = g", "(#)"),
    "selections": _repeated("def f(r) = r", ".a#"),
    "indices of results": _repeated("def f(r) = r", "[#]"),
    "updates": _nested("def f(r) = ", "{", "r", " with a: 1}"),
    "arms with guards of lists": _repeated("def f(x) = match x {\n", "# :: t => t", "\n", "\n_ => x\n}"),
    "arms of records": _repeated("def f(x) = match x {\n", "{a#} => a#", "\n", "\n_ => x\n}"),
    "loops in a row": _repeated("def f(x) = ", "(loop s = x for i in 1..2 do s * x)", " + "),
    "comprehensions in a row": _repeated("def f(x) = ", "sum([i * x for i in 1..2])", " + "),
    "clauses of a comprehension": _repeated("def f(x) = [x ", "for i# in 1..1", " ", "]"),
    "functions within functions, with all their names": lambda n: (
        f"def f(x) = {_names(n, 'fn a# => ', '')}{_names(n, 'a#', ' + ')}"
    ),
    "functions in a row": _repeated("(", "fn x => x + #", ", ", ")"),
    "derivatives in a row": _repeated("def f(x) = ", "derivative(sin)(x)", " + "),
    "gradients of own functions": _repeated("def f(x) = ", "gradient(fn y => y * #)(x)", " + "),
    "choices in a row": _repeated("def f(x) = ", "(if x > # then x else #)", " + "),
    "choices after `else`": _repeated("def f(x) = ", "if x > # then # else ", "", "x"),
    "functions that capture in a row": _repeated("def f(x) = {\n", "let g# = fn y => x + y", "\n", "\ng0\n}"),
    "mistakes": _repeated("", "let a# = = 1", "\n"),
}  # fmt: skip

# The data, and what is done with them as `d`.
DATA: dict[str, tuple[str, str]] = {
    "a list made": ("#", "loop xs = nil for i in 1..d do i :: xs"),
    "a list by recursion": ("#", "{ def f(n) = if n == 0 then nil else n :: f(n - 1); f(d) }"),
    "a list mapped": ("map(fn x => x, 1..#)", "map(fn x => x + 1, d)"),
    "a list folded": ("map(fn x => x, 1..#)", "fold((+), 0, d)"),
    "a list reversed": ("map(fn x => x, 1..#)", "reverse(d)"),
    "lists joined": ("map(fn x => x, 1..#)", "concat(d, d)"),
    "lists compared": ("map(fn x => x, 1..#)", "d == map(fn x => x, d)"),
    "a list matched": (
        "map(fn x => x, 1..#)",
        "{ def f(xs, s) = match xs { nil => s; x :: t => f(t, s + x) }; f(d, 0) }",
    ),
    "deep pairs made": ("#", "loop v = (0, 0) for i in 1..d do (v, i)"),
    "deep pairs compared": ("loop v = (0, 0) for i in 1..# do (v, i)", "d == (d[0], d[1])"),
    "shared pairs": ("loop v = (0, 0) for i in 1..# do (v, v)", "d == (d[0], d[1])"),
    "deep records": ("loop v = {a: 0} for i in 1..# do {a: v}", "d == {a: d.a}"),
    "functions of functions": ("loop f = fn x => x for i in 1..# do { let g = f; fn x => g(x) + 1 }", "d(0)"),
    "a gradient of a list": ("map(fn x => x, 1..#)", "gradient(fn xs => fold((+), 0, map(sin, xs)))(d)"),
    "a forward derivative of a loop": ("#", "derivative(fn x => loop s = x for i in 1..d do sin(s))(1)"),
    "a reverse derivative of a loop": ("#", "gradient(fn x => loop s = x for i in 1..d do sin(s))(1)"),
    "a gradient of a gradient of a loop": (
        "#",
        "gradient(fn y => gradient(fn x => loop s = x for i in 1..d do sin(s * y))(y))(1)",
    ),
    "derivatives of derivatives": ("#", "(loop f = fn x => x for i in 1..d do derivative(f))(1)"),
    "derivatives of derivatives in reverse": (
        "#",
        "(loop f = fn x => x for i in 1..d do derivative_reverse(f))(1)",
    ),
    "a pullback called again": ("#", "{ let p = vjp(sin, 1)[1]; loop s = 1 for i in 1..d do p(s) }"),
    "a text of a list": ("map(fn x => x, 1..#)", "SHOW"),
    "elements of an array": ("linspace(0, 1, #)", "sum([x * 2 for x in d])"),
}

# Shapes that grow faster, and why they may.
REASONS = {
    "functions within functions, with all their names": "each function has all that it captures, by name",
    "clauses of a comprehension": "each clause carries the names of all those before it",
}


def exponent(counts: list[int]) -> float:
    """How what is counted grows from one size to TIMES that."""
    return math.log(max(counts[1], 1) / max(counts[0], 1)) / math.log(TIMES)


def microseconds(action: Callable[[], object]) -> int:
    """The processor's time for an action."""
    start = time.process_time_ns()
    action()
    return (time.process_time_ns() - start) // 1000


def of_source(kind: str, size: int, measure: Measure = calls_in) -> dict[str, float]:
    """The exponent of each phase for a shape of texts."""
    by_clock = measure is microseconds
    phases = ("parse", "check", "lower", "inline", "pieces", "compile", *(("python",) if by_clock else ()))
    counts: dict[str, list[int]] = {phase: [] for phase in phases}
    _phases_of(SOURCES[kind](min(size, 100)), {}, measure)  # what is loaded on first use
    for n in (size, size * TIMES):
        _phases_of(SOURCES[kind](n), counts, measure)
    least = BRIEF if by_clock else 0
    return {p: exponent(found) for p, found in counts.items() if len(found) == 2 and found[1] > least}


def _phases_of(text: str, counts: dict[str, list[int]], measure: Measure) -> None:
    """Measures the phases of a text that `counts` has; for a text with an error, its refusal."""
    try:
        _phases(text, counts, measure)
    except Error:
        count = measure(lambda: _refused(text))
        if counts:
            counts["parse"].append(count)


def _phases(text: str, counts: dict[str, list[int]], measure: Measure) -> None:
    source, session = Source("growth", text), Session(write=lambda _: None)
    made: list[object] = []

    def phase(name: str, action: Callable[[], object]) -> None:
        count = measure(lambda: made.append(action()))
        if name in counts:
            counts[name].append(count)

    program = parse(source)
    phase("parse", lambda: parse(source))
    phase("check", lambda: warnings_of(program, names_of(program, None)))
    phase("lower", lambda: session.core_of(text))
    module = session.core_of(text)
    phase("inline", lambda: inline_calls(module))
    phase("pieces", lambda: in_pieces(module, loops_only=False))
    phase("compile", lambda: compile_module(module))
    unit = compile_module(module)
    phase("python", lambda: compile(unit.text, unit.file, "exec"))


def _refused(text: str) -> None:
    try:
        parse(Source("growth", text))
    except Error as error:
        str(error)


def of_data(kind: str, size: int, measure: Measure = calls_in) -> float:
    """The exponent of what is done with data."""
    made, done = DATA[kind]
    counts = []
    for n in (size, size * TIMES):
        session = Session(write=lambda _: None)
        session.evaluate(f"let d = {made.replace('#', str(n))}")
        if done == "SHOW":
            value = session.evaluate("d")
            counts.append(measure(lambda value=value: show(value)))  # type: ignore[misc]
            continue
        session.evaluate(f"def run(d) = {done}\nrun(d)")
        counts.append(measure(lambda session=session: session.evaluate("run(d)")))  # type: ignore[misc]
    return exponent(counts)


def _least(kind: str, size: int, measure: Measure) -> dict[str, float]:
    """The exponents of a shape; by the clock, the least of several tries."""
    found: dict[str, float] = {}
    for _ in range(TRIES if measure is microseconds and kind not in REASONS else 1):
        again = of_source(kind, size, measure) if kind in SOURCES else {"run": of_data(kind, size, measure)}
        found = {phase: min(value, found.get(phase, value)) for phase, value in again.items()}
        gc.collect()
        if all(value <= MOST for value in found.values()):
            break
    return found


def main() -> int:
    """Prints a line for each shape, and gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", choices=[[], *SOURCES, *DATA], metavar="SHAPE")
    parser.add_argument("--size", type=int, default=SIZE, help="of the smaller text")
    parser.add_argument("--clock", action="store_true", help="take the processor's time, do not count")
    options = parser.parse_args()
    measure = microseconds if options.clock else calls_in
    prepare(None)
    shapes, above = options.shapes or [*SOURCES, *DATA], 0
    for kind in shapes:
        found = _least(kind, options.size, measure)
        is_above = any(value > MOST for value in found.values())
        above += is_above and kind not in REASONS
        numbers = ", ".join(f"{phase} {value:.2f}" for phase, value in found.items())
        reason = f" ({REASONS[kind]})" if kind in REASONS else ""
        print(f"{'above ' if is_above else ''}{kind}: {numbers}{reason}", flush=True)
    sizes = f"from {options.size} to {options.size * TIMES}"
    print(f"{len(shapes)} shapes {sizes}: {above} above {MOST} without a reason")
    return bool(above)


if __name__ == "__main__":
    sys.exit(main())
