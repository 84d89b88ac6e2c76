"""The limits of a run."""

from __future__ import annotations

from math import inf

from vlad_py.ground import errors
from vlad_py.ground.late_numpy import plain_number
from vlad_py.ground.node import fields_of, record

STEPS_BETWEEN_CHECKS = 10_000
MOST_CALLS = 3_000_000  # in progress, about 500 MB: who recurses without end is told so in a second or two


@record(public=True)
class Limits:
    """How far a run may go; None: no limit. Reaching one is a LimitError.

    - `steps` of the machine. A function that does much at once, such as on large arrays or long lists, counts
      as about as many steps as the machine takes in that time. Code runs interpreted, and slower.
    - `depth`: calls in progress. It is looked at from time to time, so a run may exceed it by up to
      STEPS_BETWEEN_CHECKS.
    - `memory`: bytes by which the process may grow, and that one array may take.
    - `seconds`, by the clock.
    - `output`: characters that the program prints.

    Steps, depth, output and the size of an array are counted: the same program stops at the same place. Time
    and the memory of the process are measured, by a thread that looks at them.

    Raises errors.ConversionError for anything but whole numbers from 0, such as 2_000_000 or 2e6, also
    numpy's; `seconds` may have a fraction.
    """

    steps: int | None = None
    depth: int | None = None
    memory: int | None = None
    seconds: float | None = None
    output: int | None = None

    def __post_init__(self) -> None:
        for name in fields_of(Limits):
            given: object = getattr(self, name)
            if given is None or (type(given) is int and given >= 0):
                continue
            count = plain_number(given)
            if type(count) is float and 0.0 <= count < inf and name != "seconds" and count.is_integer():
                count = int(count)
            is_count = type(count) is int and count >= 0
            if not is_count and not (name == "seconds" and type(count) is float and 0.0 <= count < inf):
                raise _refused(name, given)
            object.__setattr__(self, name, count)

    @property
    def is_measured(self) -> bool:
        """Whether a run needs a budget (see ground/budget.py): it has a limit of time, memory or output."""
        return self.seconds is not None or self.memory is not None or self.output is not None


def _refused(name: str, got: object) -> errors.ConversionError:
    """The error for an invalid limit."""
    kind, hint = "whole number", ""
    if name == "seconds":
        kind = "number of seconds"
    elif name == "memory":
        hint = "it is a number of bytes: `500 * 2**20` is what the command calls 500M"
    thing = f"an object of the class `{type(got).__name__}`"
    shown = got if type(got) in (int, float) else repr(got[:20]) if type(got) is str else thing
    return errors.ConversionError(
        f"{name}: expected a {kind} from 0, or None for no limit, got {shown}", hint=hint
    )


def tightest(*limits: Limits) -> Limits:
    """The limits that keep all of the given ones."""

    def least(name: str) -> int | None:
        counts = [getattr(each, name) for each in limits]
        return min((count for count in counts if count is not None), default=None)

    return Limits(*map(least, fields_of(Limits)))
