"""A derivative operation by operation: each step with its place in the source and what it computes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from vlad_py.ground.source import Span, excerpt
from vlad_py.laboratory.layout import layout, part_text
from vlad_py.laboratory.trace_text import unicode
from vlad_py.laboratory.traces import REVERSE, Trace

NEXT, PREVIOUS, QUIT = "n", "p", "q"
KEYS = "n next · p previous · q quit"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a line for each name that gets a value, and the place in the source."""

    lines: tuple[str, ...]
    span: Span | None

    def text(self, number: int, count: int) -> str:
        """The step with its place, as a terminal shows it."""
        lines = [f"step {number} of {count}"]
        if self.span is not None:
            lines.append(f"  {self.span.place}")
            for line in excerpt(self.span):
                lines += [f"  │ {line.text}", f"  │ {' ' * line.start}{'^' * line.width}"]
        return "\n".join([*lines, *(f"  {line}" for line in self.lines)])


def steps(trace: Trace) -> list[Step]:
    """The steps of a trace: inputs, operations (with tangents), and the updates of the sweep back."""
    recording = trace.recording
    rows = layout(recording, unicode, False, trace.rounding)
    found = []
    for i, cells in enumerate(rows.operations(trace.tangents)):
        if i == len(recording.entries):
            break
        lines = [_line(*cells[:4])]
        if cells[4]:
            lines.append(_line(*cells[4:8]))
        if part := part_text(recording.parts[i]):
            lines.append(f"part of a derivative inside: {part}")
        found.append(Step(tuple(lines), recording.spans[i]))
    if trace.mode == REVERSE:
        for update, (name, rule, *rest) in zip(trace.updates, rows.sweep(trace.updates)):
            formula = " = ".join(part for part in (rule, rest[0]) if part)
            line = _line(name, formula, rest[1], rest[2])
            found.append(Step((line,), recording.spans[update.source]))
    return found


def _line(name: str, formula: str, numbers: str, value: str) -> str:
    return " = ".join(part for part in (name, formula, numbers, value) if part)


def listing(trace: Trace) -> str:
    """All steps, one after another."""
    found = steps(trace)
    return "\n\n".join(step.text(i, len(found)) for i, step in enumerate(found, 1))


def walk(trace: Trace, key: Callable[[], str], write: Callable[[str], object]) -> None:
    """Shows one step at a time; `key` gives what the user presses: next, previous, quit."""
    found = steps(trace)
    at = 0
    while found:
        write(f"{found[at].text(at + 1, len(found))}\n  [{KEYS}]\n\n")
        pressed = key()
        if pressed == QUIT or not pressed or (pressed == NEXT and at + 1 == len(found)):
            return
        at = max(at - 1, 0) if pressed == PREVIOUS else min(at + (pressed == NEXT), len(found) - 1)


def terminal_key() -> str:
    """The next key of a terminal, without waiting for a line where the system can do that."""
    try:
        import termios
        import tty
    except ImportError:
        return (sys.stdin.readline() or QUIT)[:1]
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number, termios.TCSADRAIN)  # keys pressed meanwhile stay
        return os.read(number, 1).decode(errors="replace")  # not a buffer full: others read here as well
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
