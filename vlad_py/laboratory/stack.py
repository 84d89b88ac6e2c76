"""Where an operation stands, read off the host's stack: its place in the source, and whose derivative it is.

An operation on a nonstandard number runs within the calls of those that it is part of: the code of the
program, and for each differentiation around it the method that lifts a primitive. So nothing has to be
kept while a program runs, and a run that nobody looks at costs nothing.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from vlad_py.differentiation.tags import is_live
from vlad_py.execution.machine import caller_of, unit_of
from vlad_py.ground.source import Span
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node, sweep
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.values.values import Continuation

TANGENT, COEFFICIENT, PARTIAL, ADJOINT = "tangent", "coefficient", "partial", "adjoint"

_DUAL, _NODE = (
    frozenset(getattr(number, name).__code__ for name in ("lift1", "lift2", "applied"))
    for number in (Dual, Node)
)
_SWEEP: CodeType = sweep.__code__
_TAYLOR: CodeType = Taylor.applied.__code__
_ROLES = {**dict.fromkeys(_DUAL, TANGENT), **dict.fromkeys(_NODE, PARTIAL), _TAYLOR: COEFFICIENT}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation stands. `parts` says, outermost first, of which differentiation (by tag) it
    computes which part: a tangent, a Taylor coefficient after the first, a partial derivative for the
    tape, an adjoint in a sweep.
    """

    span: Span | None
    parts: tuple[tuple[int, str], ...]
    tags: tuple[int, ...]  # of all differentiations around it, also those whose primal it computes
    k: Continuation


def here() -> Place:
    """The place of the operation that calls this."""
    frame: FrameType | None = sys._getframe(1)
    parts: list[tuple[int, str]] = []
    tags: list[int] = []
    span: Span | None = None
    while frame is not None:
        code = frame.f_code
        if code in _ROLES:
            names = frame.f_locals
            tags.append(names["self"].tag)
            if "y" in names:  # the primal, which every lift computes first
                parts.append((tags[-1], _ROLES[code]))
        elif code is _SWEEP:
            tags.append(frame.f_locals["tag"])
            parts.append((tags[-1], ADJOINT))
        elif (unit := unit_of(frame)) is not None:
            span = span or unit.spans[frame.f_lineno - 1]
            if "k" in frame.f_locals:  # a segment, not a run of arithmetic within it
                return Place(span, tuple(parts[::-1]), tuple(tags), frame.f_locals["k"])
        frame = frame.f_back
    return Place(span, tuple(parts[::-1]), tuple(tags), ())


def live_tags(k: Continuation) -> list[int]:
    """The differentiations in progress, the oldest first."""
    found: list[int] = []
    live = k[2] if k else ()
    while live:
        found.append(live[0])
        live = live[1]
    return found[::-1]


def operator_of(tag: int, k: Continuation) -> tuple[Span | None, Span | None]:
    """Where the library calls the function under a differentiation in progress, and the user's call of that.

    None where it is not in progress, or stands in tail position of all that was called.
    """
    within: Any = None
    while k and is_live(tag, k[2]):
        within = k
        k = k[1]
    under = caller_of(within[0]) if within is not None else None
    own = under.span if under is not None else None
    while k:
        caller = caller_of(k[0])
        if caller is not None and not caller.span.source.library:
            return own, caller.span
        k = k[1]
    return own, None
