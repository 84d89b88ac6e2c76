"""Operations of a run by line and by function: every primitive that a program applies counts at its place.

It is a run of its own, in which each operation is a call: counting in the run whose time is measured would
change that time. What derivatives compute besides belongs to the time, and to `vlad ops`.
"""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

from vlad_py.execution.nonfinite import Watch
from vlad_py.execution.placing import caller_of, continuation_of, unit_of
from vlad_py.ground.node import field, state
from vlad_py.ground.source import Span
from vlad_py.primitives.primitive import Apply, Primitive
from vlad_py.values.structure import leaves
from vlad_py.values.values import Value, is_numeric, size_of


@state
class Tally(Watch):
    """What a session watches: the operations and the reals that they give, by the place in the text.

    A place is the innermost line of the program, with the function that the operation itself stands in.
    """

    operations: Counter[tuple[Span | None, Span]] = field(default_factory=Counter)
    elements: Counter[tuple[Span | None, Span]] = field(default_factory=Counter)

    def names(self) -> dict[str, Any]:
        """The names of compiled code that are other ones where operations are counted."""
        space = Watch.names(self)  # `super()` does not know the class that the decorator made
        del space["apply"]  # a sweep back applies nothing that a program writes
        return space

    def _watched(self, primitive: Primitive) -> Apply:
        def apply(*arguments: Value) -> Value:
            result = primitive.apply(*arguments)
            if not self.is_paused:
                place = _place(sys._getframe(1))
                if place is not None:
                    self.operations[place] += 1
                    self.elements[place] += _size(result)
            return result

        return apply


def _place(frame: FrameType | None) -> tuple[Span | None, Span] | None:
    """The program's own span for what a frame does, None for none, and the span of the operation itself."""
    own: Span | None = None
    k = None
    while frame is not None and k is None:
        unit = unit_of(frame)
        if unit is not None:
            own = own or unit.spans[frame.f_lineno - 1]
            k = continuation_of(frame)
        frame = frame.f_back
    if own is None:
        return None
    user: Span | None = own
    while user is not None and user.source.library:
        caller: Any = caller_of(k[0]) if k else None
        user = caller.span if caller is not None else user if k else None
        k = k[1] if k else k
    return user, own


def _size(result: Value) -> int:
    if type(result) is float:
        return 1
    return sum(size_of(leaf) for leaf in leaves(result) if is_numeric(leaf))
