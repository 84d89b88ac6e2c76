"""The origin of an operation: its place in the source, and whose derivative it belongs to.

The place is read off Python's stack, which has the code of the program; nothing is kept for it while a
program runs. The differentiations around an operation tell their roles (see numbers/roles.py).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

from vlad_py.differentiation.tags import EVERY, is_live
from vlad_py.execution.placing import caller_of, continuation_of, unit_of
from vlad_py.ground.source import Span
from vlad_py.numbers.roles import Roles, roles
from vlad_py.values.values import Continuation


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation stands. `roles` says, outermost first, of which differentiation (by tag) it computes
    which part: the primal, a tangent, a Taylor coefficient after the first, a partial derivative for the
    tape, an adjoint in a sweep.
    """

    span: Span | None
    roles: Roles
    k: Continuation


def here() -> Place:
    """The place of the operation that calls this."""
    frame: FrameType | None = sys._getframe(1)
    span: Span | None = None
    while frame is not None:
        unit = unit_of(frame)
        if unit is not None:
            span = span or unit.spans[frame.f_lineno - 1]
            k = continuation_of(frame)
            if k is not None:
                return Place(span, roles(), k)
        frame = frame.f_back
    return Place(span, roles(), ())


def live_tags(k: Continuation) -> list[int]:
    """The differentiations in progress, the oldest first; in a call that a sweep runs again, only its own."""
    found: list[int] = []
    live = k[2] if k else ()
    while live and live is not EVERY:
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
