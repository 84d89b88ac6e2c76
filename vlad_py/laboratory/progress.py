"""How far a run is: samples of Python's stack tell the loops in progress, and what changes in them.

A timer looks at the run twice a second. The compiled code on the stack, and its continuation, hold the values
of every name that is needed later. Units know which of these names change from turn to turn (`Unit.turning`):
the states and elements of loops, and the cursors of their sequences. Machine code writes where its outermost
loop is before it gives Python its turn. So a run without the timer is the same code.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan
from types import FrameType
from typing import Any, TextIO

from vlad_py.execution.placing import caller_of, continuation_of, saved_by, unit_of
from vlad_py.execution.runtime import Rest
from vlad_py.execution.unit import UNITS
from vlad_py.ground.source import Span
from vlad_py.native.code import Code, Context
from vlad_py.native.progressing import in_progress
from vlad_py.session.files import SUFFIX
from vlad_py.values.values import Range, Record, Value, shape_of

INTERVAL = 0.5  # seconds between two looks
MOST_CALLS = 1_000  # of a stack, the innermost
MOST_VALUES = 4  # of a loop
RUNNING = (Code.run.__code__, Code._deep.__code__)
CLEAR = "\r\x1b[K"  # to the start of the line, and empty it


@dataclass(frozen=True, slots=True)
class Level:
    """A loop in progress: its place, and what changes in it."""

    place: str
    is_library: bool
    changing: tuple[str, ...]


@dataclass(slots=True)
class Progress:
    """The line that shows how far a run is, on the terminal `out`, which has `width` columns."""

    out: TextIO
    width: int
    start: float = field(default_factory=time.monotonic)
    last: str = ""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Shows the line until the block ends, in the main thread; where there is no such timer, nothing."""
        if not hasattr(signal, "setitimer"):
            yield
            return
        before = signal.signal(signal.SIGALRM, lambda _, frame: self.tell(frame))
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            self.out.write(CLEAR)
            self.out.flush()

    def print(self, text: str) -> None:
        """Writes what the program prints in place of the line, which comes again below it."""
        self.out.write(CLEAR)
        self.out.flush()
        sys.stdout.write(text)
        sys.stdout.flush()

    def tell(self, frame: FrameType | None) -> None:
        """Writes the line for a stack of Python's."""
        self.last = progress_text(levels(frame)) or self.last  # between two segments there is no loop to see
        line = f"{time.monotonic() - self.start:.0f} s  {self.last}".rstrip()
        self.out.write(CLEAR + (line if len(line) < self.width else line[: self.width - 2] + "…"))
        self.out.flush()


def progress_text(found: list[Level]) -> str:
    """The outermost loop of the program, and the outermost one of the library in it."""
    own = [level for level in found if not level.is_library][:1]
    library = [level for level in found if level.is_library][:1]
    return "; ".join(f"{level.place}: {', '.join(level.changing)}" for level in own + library)


def levels(frame: FrameType | None) -> list[Level]:
    """The loops in progress on a stack, the outermost first."""
    found: list[Level] = []
    while frame is not None:
        unit = unit_of(frame)
        if unit is not None:
            span = unit.spans[frame.f_lineno - 1]
            if span is not None:
                found += _level(span, frame.f_locals, unit.turning)
            k = continuation_of(frame)
            for _ in range(MOST_CALLS):
                if not k:
                    break
                found += _of_caller(k)
                k = k[1]
        elif frame.f_code in RUNNING:
            found += _in_machine_code(frame.f_locals["self"], frame.f_locals["context"])
        frame = frame.f_back
    return found[::-1]


def _of_caller(k: Any) -> Iterator[Level]:
    caller = caller_of(k[0])
    if caller is not None:
        unit = k[0].__globals__[UNITS][k[0].__code__.co_filename]
        yield from _level(caller.span, saved_by(k), unit.turning)


def _level(span: Span, values: Mapping[str, Value], turning: frozenset[str]) -> Iterator[Level]:
    said = [part for name, value in values.items() if name in turning for part in _said(name, value)]
    if said:
        source = span.source
        place = _place(source.name, source.position(span.start)[0], source.library)
        yield Level(place, source.library, tuple(said[:MOST_VALUES]))


def _in_machine_code(code: Code, context: Context) -> Iterator[Level]:
    told = in_progress(code.progress, context.words)
    if told is not None:
        loop, values = told
        said = [_of_real(word, turns, value) for (word, turns), value in zip(loop.reals, values, strict=True)]
        yield Level(_place(loop.source, loop.line, loop.is_library), loop.is_library, tuple(said))


def _of_real(word: str, turns: tuple[float, float] | None, value: float) -> str:
    if turns is None:
        return f"{word} = {_short(value)}"
    first, last = turns
    return f"turn {value - first + 1:.0f} of {last - first + 1:.0f}"


def _said(name: str, value: Value) -> Iterator[str]:
    """The text for a name that changes: a place in a sequence, a real, the reals of a record."""
    if type(value) is Range:
        yield f"turn {value.done:.0f} of {value.size:.0f}"
    elif type(value) is Rest:
        yield f"turn {value.done} of {shape_of(value.array)[0]}"
    elif type(value) is float:
        yield f"{_written(name)} = {_short(value)}"
    elif type(value) is Record:
        yield from _fields(value)


def _fields(state: Record) -> Iterator[str]:
    """The reals of a record, those of the records in it last: the iterations of a search, and its value. What
    is nan is not known yet.
    """
    inner = []
    for name, value in zip(state.names, state.values, strict=True):
        if type(value) is float and not isnan(value):
            yield f"{name} {_short(value)}"
        elif type(value) is Record:
            inner.append(value)
    for record in inner:
        for name, value in zip(record.names, record.values, strict=True):
            if type(value) is float and not isnan(value):
                yield f"{name} {_short(value)}"


def _short(value: float) -> str:
    """A whole number as it is, so that one sees it grow; six digits of another."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _written(name: str) -> str:
    """A name as the program writes it, of one in compiled text such as `l_x_12`."""
    return name.removeprefix("l_").rpartition("_")[0]


def _place(source: str, line: int, is_library: bool) -> str:
    """The line of a program, or the name of a file of the library."""
    name = os.path.basename(source)
    return name.removesuffix(SUFFIX) if is_library else f"{name}:{line}"
