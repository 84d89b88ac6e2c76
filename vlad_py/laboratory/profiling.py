"""Profiles: where a run spends its time, by line, by function and by part, from samples of Python's stack.

A timer interrupts the run for each millisecond of the processor's time. The compiled code on the stack tells
the line, and its continuation the calls in progress. The files of the frames above it tell what is being
done: the sweep back, the tape, forward derivatives, primitives, machine code.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from vlad_py.execution.placing import caller_of, continuation_of, unit_of
from vlad_py.ground.errors import RunError
from vlad_py.ground.source import Span, printable
from vlad_py.laboratory.recording import one_line
from vlad_py.laboratory.tables import Report, Table
from vlad_py.laboratory.tallying import Tally
from vlad_py.values.values import Continuation

INTERVAL = 0.001  # seconds of the processor's time between two samples
MOST_CALLERS = 100  # of a sample, the innermost
LONGEST = 60  # characters of a line's text
MOST_ROWS = 20
TOP = "(top level)"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
MACHINE, READING = "interpreter", "reading and compiling"
# what a frame in a file of the package does, by how its path begins; the first that fits any frame decides
PARTS = (
    ("sweep back", ("numbers/reverse/cotangents", "numbers/reverse/terms")),
    ("machine code", ("native/",)),
    ("tape", ("numbers/reverse/",)),
    ("Taylor series", ("numbers/taylor/",)),
    ("forward derivatives", ("numbers/forward/",)),
    ("primitives", ("primitives/",)),
    (READING, ("syntax/", "lowering/", "core/", "execution/compile", "execution/pipeline")),
)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a program, by its name and its file."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a program, and its text."""

    file: str
    number: int
    text: str


@dataclass(slots=True, repr=False)
class Profile(Report):
    """Samples of a run, in order: the functions in progress, outermost first, the user's line, and the part.

    `seconds` is the processor's time of the run. `tally` has the operations of another run.
    """

    file: str
    stacks: list[tuple[Function, ...]] = field(default_factory=list)
    lines: list[Line | None] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    seconds: float = 0.0
    tally: Tally | None = None

    def title(self) -> str:
        """The file, the time and the number of samples."""
        count = len(self.parts)
        samples = f"{count} sample{'s' * (count != 1)}"
        none = ", no operations" if self.tally is not None and not self.tally.operations else ""
        return f"{printable(self.file)}: {self.seconds:.3g} s of the processor's time, {samples}{none}"

    def tables(self) -> list[Table]:
        """What was done; the lines of the program with most time; its functions."""
        timed = [self._by_part(), self._by_line(), self._by_function()] if self.parts else []
        counted = [] if self.tally is None else _operations(self.tally)
        return [table for table in (*timed, *counted) if table.rows]

    def _row(self, count: int) -> tuple[str, str]:
        share = count / len(self.parts)
        return f"{100 * share:.1f} %", f"{share * self.seconds:.3g} s"

    def _by_part(self) -> Table:
        rows = [(*self._row(count), part) for part, count in Counter(self.parts).most_common()]
        return Table("what is done", ("share", "time", "part"), tuple(rows))

    def _by_line(self) -> Table:
        found = Counter(line for line in self.lines if line is not None)
        rows = [
            (*self._row(count), f"{line.file}:{line.number}", line.text)
            for line, count in found.most_common(MOST_ROWS)
        ]
        return Table("lines", ("share", "time", "line", "text"), tuple(rows))

    def _by_function(self) -> Table:
        """The time of a function itself, and with the functions that it calls."""
        own = Counter(stack[-1] for stack in self.stacks if stack)
        whole = Counter(each for stack in self.stacks for each in set(stack))
        rows = [
            (*self._row(count), self._row(own[each])[0], each.name, each.file)
            for each, count in whole.most_common(MOST_ROWS)
        ]
        return Table("functions", ("share", "time", "itself", "function", "file"), tuple(rows))

    def speedscope(self) -> str:
        """The samples as JSON for speedscope.app, and for other programs that read its format."""
        frames: dict[Function, int] = {}
        samples = [[frames.setdefault(each, len(frames)) for each in stack] for stack in self.stacks]
        weight = self.seconds / max(len(samples), 1)
        data = {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "name": self.file,
            "exporter": "vlad profile",
            "activeProfileIndex": 0,
            "shared": {"frames": [{"name": each.name, "file": each.file} for each in frames]},
            "profiles": [
                {
                    "type": "sampled",
                    "name": self.file,
                    "unit": "seconds",
                    "startValue": 0,
                    "endValue": weight * len(samples),
                    "samples": samples,
                    "weights": [weight] * len(samples),
                }
            ],
        }
        return json.dumps(data, ensure_ascii=False)

    # ── sampling ─────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def sampled(self) -> Iterator[None]:
        """Takes samples until the block ends, in the main thread. RunError if there is no such timer."""
        if not hasattr(signal, "setitimer"):
            raise RunError("this system has no timer for profiles")
        before = signal.signal(signal.SIGPROF, lambda _, frame: self.take(frame))
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.seconds += time.process_time() - start
            signal.signal(signal.SIGPROF, before)

    def take(self, frame: FrameType | None) -> None:
        """Adds the sample of a stack of Python's."""
        spans, part = _read(frame)
        line = next((span for span in spans if not span.source.library), None)
        functions = [Function(span.definition or TOP, span.source.name) for span in reversed(spans)]
        stack = [each for i, each in enumerate(functions) if i == 0 or each != functions[i - 1]]
        self.stacks.append(tuple(stack) or (Function(f"({part})", ""),))
        self.lines.append(None if line is None else _line(line))
        self.parts.append(part)


def _operations(tally: Tally) -> list[Table]:
    """The operations of a run by the program's lines, and by the functions that they stand in."""
    lines: Counter[Line] = Counter()
    functions: Counter[Function] = Counter()
    elements: Counter[Line | Function] = Counter()
    for (user, own), count in tally.operations.items():
        size = tally.elements[user, own]
        function = Function(own.definition or TOP, own.source.name)
        functions[function] += count
        elements[function] += size
        if user is not None:
            lines[_line(user)] += count
            elements[_line(user)] += size
    rows = [
        (str(count), str(elements[line]), f"{line.file}:{line.number}", line.text)
        for line, count in lines.most_common(MOST_ROWS)
    ]
    others = [
        (str(count), str(elements[each]), each.name, each.file)
        for each, count in functions.most_common(MOST_ROWS)
    ]
    heads = ("operations", "elements")
    return [
        Table("operations by line", (*heads, "line", "text"), tuple(rows)),
        Table("operations by function", (*heads, "function", "file"), tuple(others)),
    ]


def _line(span: Span) -> Line:
    source = span.source
    number, _ = source.position(span.start)
    start = source.text.rfind("\n", 0, span.start) + 1
    text = one_line(source.text[start:].partition("\n")[0])
    return Line(source.name, number, text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def _read(frame: FrameType | None) -> tuple[list[Span], str]:
    """The places of the program on a stack, innermost first, and what is being done there."""
    spans: list[Span] = []
    files: list[str] = []
    inner: Span | None = None  # of frames that run within a segment, whose own frame comes next
    while frame is not None:
        unit = unit_of(frame)
        if unit is not None:
            inner = inner or unit.spans[frame.f_lineno - 1]
            k = continuation_of(frame)
            if k is not None:
                spans += [inner] if inner is not None else []
                spans += _callers(k, MOST_CALLERS - len(spans))
                inner = None
        elif not spans and inner is None:
            file = frame.f_code.co_filename
            if file.startswith(_PACKAGE):
                files.append(file.removeprefix(_PACKAGE).replace(os.sep, "/"))
        frame = frame.f_back
    spans += [inner] if inner is not None else []
    for part, beginnings in PARTS:
        if any(file.startswith(beginnings) for file in files):
            return spans, part
    return spans, MACHINE if spans else READING


def _callers(k: Continuation, most: int) -> Iterator[Span]:
    """The calls in progress, innermost first."""
    while k and most > 0:
        caller: Any = caller_of(k[0])
        if caller is not None:
            most -= 1
            yield caller.span
        k = k[1]
