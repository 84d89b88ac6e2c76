"""Runs a fuzzer: inputs one after another in a process of their own, which may crash or hang.

The i-th input of a seed is always the same text. A failing one is kept in `build/fuzz`, and `--again FILE`
runs it again. Every run adds a line to `build/fuzz/runs.tsv`.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import multiprocessing
import platform
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from vlad_py import __version__
from vlad_py.ground.errors import Bug, Error, render
from vlad_py.session.process import prepare

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "build" / "fuzz"
MEMORY = 4 << 30  # bytes of a process
A_PROCESS = 20_000  # inputs, then comes a new one
LONGEST = 1.0  # seconds of the processor for an input
HANGS = 60.0  # seconds of the processor; then the process is ended
SLEEPS = 1200.0  # seconds by the clock for an input that waits for something; a busy machine takes its time
SHOWN = 3  # inputs for each complaint


@dataclass(frozen=True)
class Fuzz:
    """What is fuzzed. An input is a text; `complaint` says what is wrong with what comes of it, if anything.

    An error of the language is as it should be; any other exception is a complaint, and so is an input that
    takes longer than `longest`.
    """

    name: str
    draw: Callable[[Random], str]
    complaint: Callable[[str], str]
    longest: float = LONGEST


def complaint_of(fuzz: Fuzz, text: str) -> str:
    """What is wrong with what comes of an input; empty if nothing is."""
    complaint, seconds = _timed(fuzz, text)
    if not complaint and seconds > fuzz.longest:
        complaint, seconds = _timed(fuzz, text)  # the first time may load what all others use
        if not complaint and seconds > fuzz.longest:
            return f"takes {seconds:.2g} seconds"
    return complaint


def _timed(fuzz: Fuzz, text: str) -> tuple[str, float]:
    before = time.process_time()
    try:
        complaint = fuzz.complaint(text)
    except Bug as bug:
        complaint = f"internal error: {_place(bug)}\n{render(bug)}"
    except Error as error:
        complaint = "" if render(error) else "an error without a text"
    except Exception as error:
        complaint = f"{type(error).__name__}: {error} {_place(error)}\n{traceback.format_exc()}"
    return complaint, time.process_time() - before


def _place(error: BaseException) -> str:
    """The function of ours, or of Python, where an error was raised."""
    cause = error.__cause__ or error
    frames = traceback.extract_tb(cause.__traceback__)
    return f"in {Path(frames[-1].filename).name}, {frames[-1].name}" if frames else ""


def inputs(fuzz: Fuzz, seed: int, start: int = 0) -> Iterator[tuple[int, str]]:
    """The inputs of a seed, from the one with number `start`."""
    for i in itertools.count(start):
        yield i, fuzz.draw(Random(f"{seed}/{i}"))


@dataclass
class Run:
    """What has been found so far."""

    fuzz: Fuzz
    seed: int
    done: int = 0
    cpu: float = 0.0
    found: Counter[str] = field(default_factory=Counter)

    def tell(self, number: int, complaint: str) -> None:
        """Keeps an input that is complained about, and shows it if it is among the first of its kind."""
        text = self.fuzz.draw(Random(f"{self.seed}/{number}"))
        kind = re.sub(r"\d+", "#", complaint.partition("\n")[0])[:120]
        self.found[kind] += 1
        if self.found[kind] <= SHOWN:
            path = KEPT / self.fuzz.name / f"{sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
            print(f"{self.seed}/{number}, {path.relative_to(ROOT)}: {complaint}", flush=True)

    def summary(self) -> str:
        kinds = "".join(f"\n{count:8} {kind}" for kind, count in self.found.most_common())
        return (
            f"{self.fuzz.name}: {self.done:,} inputs of seed {self.seed} in {self.cpu:.0f} s of processor: "
            f"{self.found.total():,} complaints{kinds}"
        )

    def record(self) -> None:
        """Adds a line to the list of runs."""
        machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
        words = (time.strftime("%Y-%m-%d %H:%M"), self.fuzz.name, __version__, machine, self.seed, self.done)
        KEPT.mkdir(parents=True, exist_ok=True)
        with open(KEPT / "runs.tsv", "a", encoding="utf-8") as file:
            print(*words, f"{self.cpu:.0f} s", self.found.total(), sep="\t", file=file)


def _work(fuzz: Fuzz, seed: int, start: int, stop: int, at: Any, spent: Any, pipe: Connection) -> None:
    """Goes through the inputs from one number to another. `at` has the number of the one that is running, and
    `spent` the seconds of the processor until then.
    """
    prepare(MEMORY)
    gc.enable()  # errors hold their frames, and these the errors
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)  # it ends the process, whatever runs in it
    for number, text in itertools.islice(inputs(fuzz, seed, start), stop - start):
        at.value, spent.value = number, time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANGS)
        complaint = complaint_of(fuzz, text)
        if complaint:
            pipe.send((number, complaint))
    at.value, spent.value = stop, time.process_time()
    pipe.send((stop, ""))


def go_through(fuzz: Fuzz, seed: int, count: int, seconds: float, start: int = 0) -> Run:
    """Runs so many inputs, or as many as there is time for, and says what is wrong."""
    run, end, number = Run(fuzz, seed), time.monotonic() + seconds, start
    context = multiprocessing.get_context("fork")
    with suppress(KeyboardInterrupt):
        while number < start + count and time.monotonic() < end:
            at = context.Value("q", number, lock=False)
            spent = context.Value("d", 0.0, lock=False)
            ours, theirs = context.Pipe(duplex=False)
            stop = min(number + A_PROCESS, start + count)
            process = context.Process(target=_work, args=(fuzz, seed, number, stop, at, spent, theirs))
            process.start()
            theirs.close()
            since, last = time.monotonic(), number
            try:
                while time.monotonic() < end:
                    if ours.poll(1.0):
                        told, what = ours.recv()
                        if told == stop:
                            break
                        run.tell(told, what)
                    elif at.value != last:
                        since, last = time.monotonic(), at.value
                    elif time.monotonic() - since > SLEEPS:
                        run.tell(last, "does not end")
                        break
            except EOFError:
                process.join()
                ends = "does not end" if process.exitcode == -signal.SIGVTALRM else ""
                run.tell(at.value, ends or f"the process ends with {process.exitcode}")
            is_past = at.value == stop
            finished = at.value if is_past or time.monotonic() >= end else at.value + 1
            run.done += finished - number
            run.cpu += spent.value
            number = finished
            process.kill()
            process.join()
    return run


def main(fuzz: Fuzz, doc: str | None) -> int:
    """The command of a fuzzer; gives the exit status."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=sys.maxsize, help="inputs")
    parser.add_argument("--seconds", type=float, default=60.0, help="by the clock")
    parser.add_argument("--start", type=int, default=0, help="the number of the first input")
    parser.add_argument("--again", type=Path, help="a kept input, to run once more")
    options = parser.parse_args()
    if options.again:
        text = options.again.read_text(encoding="utf-8", errors="surrogatepass")
        complaint = complaint_of(fuzz, text)
        print(complaint or "nothing is wrong")
        return bool(complaint)
    seconds = 1e9 if options.count < sys.maxsize and "--seconds" not in sys.argv else options.seconds
    run = go_through(fuzz, options.seed, options.count, seconds, options.start)
    run.record()
    print(run.summary())
    return bool(run.found)
