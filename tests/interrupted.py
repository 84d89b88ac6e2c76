"""Ctrl-C at random moments: programs of all kinds are stopped somewhere, and what comes next is right.

`scripts/fuzz/interrupts 2000` stops as many.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from math import inf
from types import FrameType

from vlad_py.ground import budget
from vlad_py.ground.errors import Interrupted
from vlad_py.session.session import Native, Session

TIERS: tuple[Native, ...] = ("never", "always") if find_spec("llvmlite") else ("never",)
LONGEST = 0.06  # seconds until Ctrl-C, for every other one; the others may wait for machine code
LONGEST_FOR_CODE = 0.4
AGAIN = 2.0  # seconds until it comes again
TEXTS = {
    "a loop": "loop v = 1 for i in 1..1e9 do sin(v) + 1",
    "recursion": "def f(n) = 1 + f(n + 1)\nf(0)",
    "a forward derivative": "derivative(fn x => loop v = x for i in 1..1e9 do sin(v) + x)(1)",
    "a sweep": "let p = vjp(fn x => loop v = x for i in 1..20000 do sin(v) * x, 1)[1]\n"
    "loop s = 0 while true do s + p(1)",
    "a tape": "gradient(fn x => loop v = x for i in 1..1e9 do sin(v) + x)(1)",
    "sweeps": "loop s = 0 while true do s + gradient(fn x => loop v = x for i in 1..50000 do sin(v) * x)(1)",
    "nests": "loop s = 0 while true do s + derivative(fn x => gradient(fn y => sin(x * y))(x))(1)",
    "functions as results": "loop s = 0 while true do s + derivative(fn x => fn y => x * y)(2)(3)",
    "arrays": "loop a = ones(20, 20) while true do (a @ a) / 20",
    "many tangents": "loop s = 0 while true do s + sum(jacobian(fn x => sin(x) * sum(x))(ones(20)))",
    "a Taylor series": "loop s = 0 while true do s + nth_derivative(fn x => exp(sin(x)), 6)(0.1)",
    "rules": "let g = with_derivative(exp, fn (x, v) => exp(x) * v)\n"
    "loop s = 0 while true do s + gradient(g)(1)",
    "lists": "loop xs = list(1, 2, 3) while true do map(fn x => x + 1, concat(reverse(xs), nil))",
    "a long text": "\n".join(f"let b{i} = (1 + 2) * 3" for i in range(3000)),
    "definitions": "\n".join(f"def h{i}(x) = h{max(i - 1, 0)}(x) + {i}" for i in range(1500)),
}

# Where a stop fell, by the innermost file of one of these folders or names.
PLACES = {
    "native/code.py": "machine code",
    "llvmlite/": "LLVM",
    "native/": "passes to machine code",
    "numbers/reverse/": "a reverse sweep",
    "differentiation/": "an operator",
    "numbers/": "numbers",
    "primitives/": "a primitive",
    "syntax/": "parsing",
    "lowering/": "compiling to Python",
    "core/": "compiling to Python",
    "execution/compile.py": "compiling to Python",
    "<vlad ": "the program's code",
}
ELSEWHERE = "elsewhere"


class Handler:
    """What Python does on Ctrl-C, and a count of where that happens."""

    def __init__(self) -> None:
        self.places: Counter[str] = Counter()

    def __call__(self, _: int, frame: FrameType | None) -> None:
        place = ELSEWHERE
        while frame is not None and place == ELSEWHERE:
            file = frame.f_code.co_filename
            place = next((place for part, place in PLACES.items() if part in file), ELSEWHERE)
            frame = frame.f_back
        self.places[place] += 1
        raise KeyboardInterrupt


class Presses:
    """Ctrl-C in the main thread after a while, and again where Python lost it in a destructor."""

    def __init__(self) -> None:
        self.is_over = False
        self.due = inf  # the moment of the first, which comes only once this is set
        self.thread = threading.Thread(target=self.press, daemon=True)
        self.thread.start()

    def press(self) -> None:
        main = threading.main_thread().ident
        assert main is not None
        while not self.is_over:
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + AGAIN
                signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.001)

    def end(self) -> None:
        """Waits until no more comes."""
        while self.thread.is_alive():
            with suppress(KeyboardInterrupt):
                time.sleep(0.001)
        with suppress(KeyboardInterrupt):
            time.sleep(0.001)  # what came last


def complaint(session: Session, name: str, seconds: float) -> str:
    """What is wrong after a text was stopped; empty if nothing is."""
    before = set(session.names())
    presses = Presses()
    was_stopped = False
    try:
        presses.due = time.monotonic() + seconds
        session.evaluate(TEXTS[name])
        presses.is_over = True
    except (Interrupted, KeyboardInterrupt):
        presses.is_over = was_stopped = True
    presses.is_over = True
    presses.end()
    if was_stopped and set(session.names()) != before:
        return "half of its definitions have stayed"
    if budget.asked or budget.thread.budget is not None or budget.thread.counting is not None:
        return "what it may use is still counted"
    if session.evaluate("kept(2) + derivative(fn x => x * derivative(fn y => x + y)(1))(1)") != 9.0:
        return "the next evaluation is wrong"
    if session.evaluate("gradient(fn (x, y) => x * kept(y))(2, 3)") != (27.0, 54.0):
        return "the next gradient is wrong"
    return ""


def complaints(count: int, seed: int, tiers: tuple[Native, ...]) -> Iterator[str]:
    """What is wrong after so many stops at random moments, each said with its text, tier, seed and moment."""
    draw = random.Random(seed)
    sessions = {native: Session(native=native, write=lambda _: None) for native in tiers}
    for session in sessions.values():
        session.evaluate("def kept(x) = x ^ 3 * 1\nlet unused = 1")
    for _ in range(count):
        native, name = draw.choice(tiers), draw.choice(sorted(TEXTS))
        seconds = draw.uniform(0.0, draw.choice((LONGEST, LONGEST_FOR_CODE)))
        found = complaint(sessions[native], name, seconds)
        if found:
            yield f"{found} (seed {seed}, {name}, native {native}, after {seconds:.4f} s)"


def main(count: int, seed: int = 1) -> int:
    """Stops so many, says what is wrong and where the stops fell, and gives the exit status."""
    handler = Handler()
    signal.signal(signal.SIGINT, handler)  # a shell ignores it for what runs behind
    found = 0
    for said in complaints(count, seed, TIERS):
        print(said, flush=True)
        found += 1
    print(f"{count} stops with seed {seed}: {found} complaints")
    print("in " + ", ".join(f"{place} {number}" for place, number in handler.places.most_common()))
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
