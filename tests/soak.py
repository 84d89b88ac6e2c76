"""Long sessions: the memory that they take stays the same, and threads and sessions do not see one another.

`scripts/soak` does all of it at full size; `scripts/soak errors --count 1000` a part of it, so often.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

from talk import Talk
from test_forgetting import TEXTS

import vlad_py as vlad
from vlad_py.ground.errors import Bug, Error
from vlad_py.ground.memory import as_size, resident
from vlad_py.session.process import prepare
from vlad_py.session.session import Session

THREADS = 8
BLOCKS = 1_000  # of Python's allocator, by which every stretch may grow: tables of text, a few more names
STRETCHES = 4  # of a part; the first warms it up, and what is kept grows in each of the others
MISTAKES = [
    "1 +", "no_such_name", "1 + true", "[1, 2][#]", "sin(1, 2, #)", "derivative(fn x => fail(x))(#)",
    "gradient(fn x => [x, #])(1)", "match # { nil => 1 }", "import no_such_library", "let (a, b) = #",
    "derivative(fn x => derivative(fn y => x + true)(#))(1)",
    "def g(n) = if n == 0 then nil(1) else 1 + g(n - 1)\ng(9)",
]  # fmt: skip


def _flat(count: int, do: Callable[[int], object]) -> str:
    """Does something so often; what is wrong, if the memory grows in every stretch of it but the first."""
    ends = [count * k // STRETCHES for k in range(STRETCHES + 1)]
    blocks = []
    for start, end in pairwise(ends):
        for i in range(start, end):
            do(i)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    grown = min(after - before for before, after in pairwise(blocks))
    return f"{grown} blocks of memory more after {count // STRETCHES} times" if grown > BLOCKS else ""


def _texts(session: Session, texts: list[str], i: int) -> None:
    with suppress(Error):
        session.evaluate(texts[i % len(texts)].replace("#", str(i % 1009)))


def evaluations(count: int) -> str:
    """Texts of all kinds in one session."""
    session = Session(write=lambda _: None)
    return _flat(count, lambda i: _texts(session, TEXTS, i))


def redefinitions(count: int) -> str:
    """A function is defined again and again, and used by others that stay."""
    session = Session()
    session.evaluate("def f(x) = x\ndef slope(x) = derivative(f)(x)")
    wrong: list[int] = []

    def again(i: int) -> None:
        got = session.evaluate(f"def f(x) = x * {i}\ndef slope(x) = derivative(f)(x)\nslope(3)")
        if got != float(i):
            wrong.append(i)

    return _flat(count, again) or (f"the wrong definition counts: {wrong[:3]}" if wrong else "")


def errors(count: int) -> str:
    """Mistakes of all kinds in one session, which stays usable."""
    session = Session()
    session.evaluate("def kept(x) = x ^ 3")
    said = _flat(count, lambda i: _texts(session, MISTAKES, i))
    right = session.evaluate("derivative(kept)(2)") == 12.0
    return said or ("" if right else "the session is not what it was")


def lines(count: int) -> str:
    """What a day at the REPL has: definitions, values, documentation, commands, mistakes."""
    talk = Talk()
    typed = [
        "def f(x) = x * #",
        "f(2)",
        "?f",
        "??sin",
        ":type f",
        ":core f(1)",
        "1 + true",
        "let a = [1, 2, #]",
        "a",
    ]
    typed += ["derivative(f)(#)", ":trace f(2)", "f(", ":set digits 4", ":no", "# a remark", "print(#)"]
    return _flat(count, lambda i: talk.said(typed[i % len(typed)].replace("#", str(i % 1009))))


def threads(count: int) -> str:
    """So many derivatives in each of several threads, all of one function."""
    f = vlad.evaluate("fn (x, n) => loop v = x for i in 1..n do sin(v) * x")
    slope = vlad.evaluate("fn (f, x) => derivative(fn y => y * gradient(fn z => f(z * y, 3))(x))(2)")
    points = [random.Random(i).uniform(0.1, 2.0) for i in range(50)]
    expected = [slope(f, x) for x in points]
    wrong: list[float] = []

    def work(start: int) -> None:
        for i in range(start, start + count):
            if slope(f, points[i % 50]) != expected[i % 50]:
                wrong.append(points[i % 50])

    workers = [threading.Thread(target=work, args=(7 * i,)) for i in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return f"{len(wrong)} derivatives of threads are wrong" if wrong else ""


def sessions(count: int) -> str:
    """So many sessions at once, each with names of its own, and none sees those of another."""
    made = [Session() for _ in range(count)]
    for i, session in enumerate(made):
        session.evaluate(f"let x = {i}\ndef f(y) = x * y ^ 2\nlet own{i} = 1")
    for i, session in enumerate(made):
        if session.evaluate("derivative(f)(3)") != 6.0 * i:
            return f"session {i} has another's definition"
        with suppress(Error):
            session.evaluate(f"own{(i + 1) % count}")
            if count > 1:
                return f"session {i} sees a name of another"
    return ""


PARTS: dict[str, tuple[Callable[[int], str], int]] = {
    "evaluations": (evaluations, 1_000_000),
    "redefinitions": (redefinitions, 100_000),
    "errors": (errors, 100_000),
    "lines": (lines, 100_000),
    "threads": (threads, 100_000),
    "sessions": (sessions, 1_000),
}


def main() -> int:
    """Does the parts that are named, or all; says what is wrong, and gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--count", type=int, help="how often, in place of the full size")
    options = parser.parse_args()
    prepare(None)
    gc.enable()
    found = 0
    for name in options.parts or PARTS:
        part, size = PARTS[name]
        count = options.count or size
        start, before = time.process_time(), resident()
        try:
            said = part(count)
        except Bug as bug:
            said = str(bug)
        found += bool(said)
        grown = as_size(max(resident() - before, 0))
        seconds = time.process_time() - start
        print(
            f"{name}: {count:,} times in {seconds:.0f} s of processor, {grown} more: {said or 'right'}",
            flush=True,
        )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
