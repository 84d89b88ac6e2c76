"""Depth and size: recursion, data, sources and differentiations far beyond the host's stack.

Every program runs in a process of its own, as a script on standard input, so that a crash of the host is a
failed test and memory is measured from the beginning.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("resource")

ROOT = Path(__file__).resolve().parent.parent
FAR = 100_000  # levels
BEYOND = 5_000  # levels, where FAR would take too long; a child's stack bears far fewer
STACK = 1_000  # host frames of a child

CHILD = f"""\
import resource, sys
from vlad_py.command import cli
from vlad_py.session import process
process.NESTING = {STACK}
status = cli.main([*sys.argv[1:], "-"])
sys.stdout.flush()
try:  # what getrusage says includes the process that started this one
    peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) << 10
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)
print("\\nPEAK", peak >> 20, file=sys.stderr)
sys.exit(status)
"""


@dataclass(frozen=True)
class Run:
    """What a process gave; `peak` is the most memory that it used, in MB."""

    status: int
    output: str
    errors: str
    peak: int


def run(text: str, *options: str) -> Run:
    command = [sys.executable, "-c", CHILD, *options]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=300)
    errors, mark, peak = done.stderr.rpartition("\nPEAK ")
    assert mark, f"the process died with status {done.returncode}: {done.stderr[-1000:]}"
    return Run(done.returncode, done.stdout, errors, int(peak))


def prints(text: str, *lines: str) -> Run:
    """Runs a program that prints these lines and nothing else."""
    done = run(text)
    assert (done.status, done.errors, done.output.splitlines()) == (0, "", list(lines))
    return done


# ── checkpoints ──────────────────────────────────────────────────────────────────────────────


def test_a_checkpointed_loop_needs_little_memory() -> None:
    """The gradient of a long loop, in less than half of the memory that the same loop needs unmarked."""
    text = "print(gradient(fn a => {}(400000, fn v => a * v * (1 - v), 0.3))(2.5))"
    marked, plain = (run(text.format(name), "--native=never") for name in ("iterate_checkpointed", "iterate"))
    assert (marked.status, marked.output) == (plain.status, plain.output) == (0, "0.1599999999999999\n")
    assert marked.peak < plain.peak / 2, (marked.peak, plain.peak)


# ── recursion and loops ──────────────────────────────────────────────────────────────────────


def test_a_million_levels_of_recursion() -> None:
    done = prints("def s(n) = if n == 0 then 0 else 1 + s(n - 1)\nprint(s(1000000))", "1000000")
    assert done.peak < 1000


def test_a_million_levels_through_every_form() -> None:
    prints(
        """
        def a(n) = if n == 0 then 0 else { let x = b(n - 1); x + 1 }
        def b(n) = match n { 0 => 0; _ => { let (x, _) = (c(n - 1), 0); x + 1 } }
        def c(n) = 1 + (loop x = if n == 0 then -1 else a(n - 1) for _ in 1..1 do x)
        print(a(300000))
        def all(n) = if all_below(n) and true then true else false
        def all_below(n) = n == 0 or (all(n - 1) and true)
        print(all(100000))
        """,
        "300000",
        "true",
    )


def test_derivatives_through_deep_recursion() -> None:
    prints(
        """
        def s(n, x) = if n == 0 then 0 else x + s(n - 1, x)
        print(derivative(fn x => s(100000, x))(1), gradient(fn x => s(100000, x))(1))
        print(derivative(derivative_reverse(fn x => s(20000, x) ^ 2))(1))
        """,
        "100000 100000",
        "800000000",
    )


def test_derivatives_through_long_loops() -> None:
    prints(
        """
        def f(x) = loop y = x for i in 1..1000000 do y + x
        print(derivative(f)(1), gradient(f)(1))
        """,
        "1000001 1000001",
    )


def test_many_differentiations_inside_one_another() -> None:
    prints(
        """
        def d(n, x) = if n == 0 then x else operator(n)(fn y => x * y + d(n - 1, y))(x)
        def operator(n) = if mod(n, 3) == 0 then derivative else derivative_reverse
        print(d(100, 1))
        """,
        "2",
    )


# ── data ─────────────────────────────────────────────────────────────────────────────────────


def test_a_list_of_a_million() -> None:
    """Built, compared, written, and freed."""
    prints(
        """
        def up(n) = loop xs = nil for i in 1..n do n - i :: xs
        let xs = up(1000000)
        print(xs == up(1000000), length(show(xs)), length(xs), xs[999999])
        """,
        "true 7888894 1000000 999999",
    )


def test_deep_data() -> None:
    """Tuples, records and lists in one another."""
    prints(
        f"""
        def nest(x) = loop t = x for _ in 1..{FAR} do {{a: (1, t :: nil)}}
        let t = nest(5)
        print(t == nest(5), t == nest(6), length(show(t)))
        """,
        f"true false {len('{a: (1, list()}') * FAR + FAR + 1}",
    )


def test_deep_data_under_differentiation() -> None:
    prints(
        f"""
        def nest(x) = loop t = (x, x) for _ in 1..{FAR} do (x, t)
        def total(t) = {{
          let (s, last) = loop (s, t) = (0, t) while is_tuple(t) do (s + t[0], t[1])
          s + last
        }}
        print(derivative(fn x => total(nest(x)))(1), gradient(fn x => total(nest(x)))(1))
        print(total(derivative(nest)(1)), total(gradient(total)(nest(3))))
        let (y, pullback) = vjp(nest, 2)
        print(total(y), pullback(nest(1)))
        """,
        *(f"{FAR + 2} {FAR + 2}",) * 2,
        f"{2 * FAR + 4} {FAR + 2}",
    )


@pytest.mark.parametrize("operator", ["derivative", "derivative_reverse"])
def test_function_values_with_much_captured(operator: str) -> None:
    """A derivative that is a function renames what it captured: here a long list, a deep tuple."""
    prints(
        f"""
        def wide(x) = {{
          let xs = loop xs = nil for i in 1..{FAR} do x * i :: xs
          fn k => sum(map(fn y => y * k, xs))
        }}
        def deep(x) = {{
          let t = loop t = (x, 0) for _ in 1..{FAR} do (x, t)
          fn k => k * (loop (s, t) = (0, t) while is_tuple(t) do (s + t[0], t[1]))[0]
        }}
        print({operator}(wide)(1)(2), {operator}(deep)(1)(3))
        """,
        f"{FAR * (FAR + 1)} {3 * FAR + 3}",
    )


def test_closures_in_closures() -> None:
    prints(
        f"""
        def chain(n, x) = loop f = fn y => y for _ in 1..n do fn y => f(y) + x
        print(chain({FAR}, 1)(0), derivative(fn x => chain({FAR}, x)(0))(1))
        print(derivative(fn x => chain({FAR}, x))(1)(7), derivative_reverse(fn x => chain({FAR}, x))(1)(7))
        """,
        f"{FAR} {FAR}",
        f"{FAR} {FAR}",
    )


def test_gradient_of_closures_in_closures() -> None:
    prints(
        f"""
        def chain(n, x) = loop f = fn y => y for _ in 1..n do fn y => f(y) + x
        print(gradient(fn f => f(0))(chain({FAR}, 1)).f.f.x)
        """,
        "1",
    )


# ── sources ──────────────────────────────────────────────────────────────────────────────────


def nested(opening: str, middle: str, closing: str, levels: int, before: str = "") -> str:
    return f"{before}print({opening * levels}{middle}{closing * levels})"


NESTED = {
    "parentheses": (nested("(", "1", ")", FAR), "1"),
    "blocks": (nested("{ ", "1", " }", FAR), "1"),
    "blocks with a let": (nested("{ let x = ", "1", "; x }", BEYOND), "1"),
    "lists": (nested("length(list(", "1", "))", BEYOND), "1"),
    "lists shown": (f"print(length(show({'list(' * BEYOND}1{')' * BEYOND})))", f"{6 * BEYOND + 1}"),
    "tuples": (nested("(0, ", "1", ")[1]", BEYOND), "1"),
    "records": (nested("{a: ", "1", "}.a", BEYOND), "1"),
    "updates": (nested("{{a: 0} with a: ", "1", "}.a", BEYOND), "1"),
    "if in then": (nested("if true then ", "1", " else 2", BEYOND), "1"),
    "if in else": (nested("if false then 2 else ", "1", "", BEYOND), "1"),
    "if in the condition": (nested("if ", "true", " then true else false", BEYOND), "true"),
    "matches": (nested("match 1 { _ => ", "1", " }", BEYOND), "1"),
    "matches of matches": (nested("match ", "1", " { x => x }", BEYOND), "1"),
    "functions called": (nested("(fn x => ", "x", ")(1)", BEYOND), "1"),
    "functions": (f"let f = {'(fn x => ' * BEYOND}1{')' * BEYOND}\nprint(f)", "<function f>"),
    "calls": (nested("f(", "1", ")", BEYOND, "def f(x) = x + 1\n"), f"{BEYOND + 1}"),
    "calls of a primitive": (nested("abs(", "-1", ")", BEYOND), "1"),
    "calls of calls": (f"def f(x) = if x == 1 then f else x\nprint(f{'(1)' * BEYOND}(5))", "5"),
    "pipes": (f"def f(x) = x + 1\nprint(1{' |> f' * BEYOND})", f"{BEYOND + 1}"),
    "not": (nested("not ", "true", "", BEYOND), "true"),
    "signs": (nested("- ", "1", "", BEYOND), "1"),
    "and": (f"print({' and '.join(['true'] * BEYOND)})", "true"),
    "or": (f"print({' or '.join(['false'] * BEYOND)})", "false"),
    "and in parentheses": (nested("true and (", "true", ")", BEYOND), "true"),
    "or in parentheses": (nested("1 == 2 or (", "1 == 1", ")", BEYOND), "true"),
    "sums": (f"print({' + '.join(['1'] * 20_000)})", "20000"),
    "sums in parentheses": (nested("1 + (", "1", ")", BEYOND), f"{BEYOND + 1}"),
    "powers": (f"print({' ^ '.join(['1'] * BEYOND)})", "1"),
    "cons": (f"print(length({' :: '.join(['1'] * BEYOND)} :: nil))", f"{BEYOND}"),
    "patterns": (f"let {'(_, ' * 2000}x{')' * 2000} = {'(0, ' * 2000}7{')' * 2000}\nprint(x)", "7"),
    "list patterns": (f"let {'_ :: ' * 2000}x :: nil = {'0 :: ' * 2000}7 :: nil\nprint(x)", "7"),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_sources(name: str) -> None:
    text, value = NESTED[name]
    prints(text, value)


def lines(count: int, line: Callable[[int], str]) -> str:
    return "\n".join(line(i) for i in range(count))


def each(count: int, piece: Callable[[int], str]) -> str:
    return "".join(piece(i) for i in range(count))


ARMS = each(2000, lambda i: f"{i} => {i + 1}; ")
CHAIN = each(3000, lambda i: f"if n == {i} then {i + 1} else ")
CALLING_CHAIN = each(3000, lambda i: f"if h(n) == {i} then h({i + 1}) else ")
LOOPS = each(300, lambda i: f"loop x{i} = {f'x{i - 1}' if i else 0} for _ in 1..1 do ")
CLOSURES = each(1999, lambda i: f"let x{i + 1} = fn y => x{i}(y) + {i}; ")
CALLS = each(2000, lambda i: f"let x{i + 1} = h(x{i}); ")
CIRCLE = each(2000, lambda i: f"def f{i}(n) = if n == 0 then {i} else f{(i + 1) % 2000}(n - 1)\n")
PARAMETERS = each(500, lambda i: f"fn x{i} => ")
SUM = each(500, lambda i: f" + x{i}")

LARGE = {
    "a match of 2000 arms": (f"def g(n) = match n {{ {ARMS} _ => 0 }}\nprint(g(1999), g(-1))", "2000 0"),
    "a chain of 3000 conditions": (f"def g(n) = {CHAIN}0\nprint(g(2999), g(-1))", "3000 0"),
    "a chain not in tail position": (f"def g(n) = 1 + ({CHAIN}0)\nprint(g(2999), g(-1))", "3001 1"),
    "a chain with calls": (
        f"def h(x) = x\ndef g(n) = 1 + ({CALLING_CHAIN}0)\nprint(g(2999), g(-1))",
        "3001 1",
    ),
    "a chain differentiated": (
        f"def g(n) = {CHAIN}n ^ 2\nprint(gradient(g)(5000), derivative(g)(3))",
        "10000 0",
    ),
    "300 nested loops": (f"print({LOOPS}x299 + 1)", "1"),
    "300 nested loops with calls": (f"def h(x) = x\nprint({LOOPS}h(x299) + 1)", "1"),
    "300 nested loops differentiated": (
        f"def f(z) = {LOOPS}x299 + z\nprint(f(2), derivative(f)(2), gradient(f)(2))",
        "2 1 1",
    ),
    "300 conditions of loops": (f"print({'loop x = 0 while x < 1 do 1 + ' * 300}0)", "300"),
    "2000 lets with closures": (
        f"print({{ let x0 = fn y => y; {CLOSURES} x1999(1) }})",
        f"{sum(range(1999)) + 1}",
    ),
    "2000 lets with calls": (
        f"def h(x) = x + 1\nprint({{ let x0 = 0; {CALLS} x2000 + x1000 }})",
        "3000",
    ),
    "2000 definitions in a circle": (f"print({{ {CIRCLE} f0(5000) }})", "1000"),
    "2000 top-level definitions": (f"{CIRCLE}print(f0(5000))", "1000"),
    "500 parameters one after another": (
        f"def f(a) = {PARAMETERS}a{SUM}\nprint(loop g = f(1) for i in 1..500 do g(i))",
        "125251",
    ),
    "500 parameters at once": (
        f"def f({', '.join(f'x{i}' for i in range(500))}) = x0 + x499\nprint(f({', '.join(['3'] * 500)}))",
        "6",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_sources(name: str) -> None:
    text, value = LARGE[name]
    prints(text, value)


# ── limits ───────────────────────────────────────────────────────────────────────────────────

ENDLESS = {
    "recursion": "def f(n) = 1 + f(n + 1)\nf(0)",
    "a list": "def f(n) = n :: f(n + 1)\nf(0)",
    "a loop's state": "loop x = nil while true do x :: x",
    "a tape": "gradient(fn x => loop y = x while true do y * 1.0001)(1)",
    "closures": "derivative(fn x => loop f = (fn y => y) while true do fn y => f(y) + x)(1)",
    "a text to compile": nested("f(", "1", ")", 8 * BEYOND, "def f(x) = if x < 0 then f(x + 1) else x\n"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_memory_is_limited(name: str) -> None:
    # as deep as the memory lets it, which is deeper than the limit of calls in progress
    # interpreted, as machine code sweeps a long loop in pieces: it ends only by a limit of time
    done = run(ENDLESS[name], "--native=never", "--max-memory", "300M", "--max-depth", "100000000")
    assert (done.status, done.output) == (3, "")
    assert done.errors.startswith("limit: out of memory\n")
    assert done.peak < 400


def test_depth_is_limited() -> None:
    done = run(ENDLESS["recursion"], "--max-depth", "100000")
    assert (done.status, done.output) == (3, "")
    assert done.errors.startswith("limit: more than 100000 calls in progress\n")
    assert "more calls …" in done.errors and len(done.errors) < 2000
