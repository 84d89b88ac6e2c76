"""The limits of a run."""

from __future__ import annotations

from math import inf

from vlad_py.ground import errors
from vlad_py.ground.node import fields_of, record

STEPS_BETWEEN_CHECKS = 10_000
MOST_CALLS = 3_000_000  # in progress, about 500 MB: who recurses without end is told so in a second or two


@record(public=True)
class Limits:
    """How far a run may go; None: no limit. Reaching one is a LimitError.

    - `steps` of the machine. A primitive on large arrays counts as many steps as its work takes. Code runs
      interpreted, and slower.
    - `depth`: calls in progress. It is looked at from time to time, so a run may exceed it by up to
      STEPS_BETWEEN_CHECKS.
    - `memory`: bytes by which the process may grow, and that one array may take.
    - `seconds`, by the clock.
    - `output`: characters that the program prints.

    Steps, depth, output and the size of an array are counted: the same program stops at the same place. Time
    and the memory of the process are measured, by a thread that looks at them.

    Raises errors.ConversionError for anything but whole numbers from 0; `seconds` may have a fraction.
    """

    steps: int | None = None
    depth: int | None = None
    memory: int | None = None
    seconds: float | None = None
    output: int | None = None

    def __post_init__(self) -> None:
        for name in fields_of(Limits):
            count = getattr(self, name)
            if count is None or (type(count) is int and count >= 0):
                continue
            kind = "whole number"
            if name == "seconds":
                kind = "number of seconds"
                if type(count) is float and 0.0 <= count < inf:
                    continue
            thing = f"an object of the class `{type(count).__name__}`"
            got = count if type(count) in (int, float) else thing
            message = f"{name}: expected a {kind} from 0, or None for no limit, got {got}"
            raise errors.ConversionError(message)

    @property
    def is_measured(self) -> bool:
        """Whether a run needs a budget (see ground/budget.py): it has a limit of time, memory or output."""
        return self.seconds is not None or self.memory is not None or self.output is not None


def tightest(*limits: Limits) -> Limits:
    """The limits that keep all of the given ones."""

    def least(name: str) -> int | None:
        counts = [getattr(each, name) for each in limits]
        return min((count for count in counts if count is not None), default=None)

    return Limits(*map(least, fields_of(Limits)))
