"""Lookers: they look at runs of the machine from time to time, and may continue them elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vlad_py.values.values import Step

if TYPE_CHECKING:
    from vlad_py.execution.limits import Limits
    from vlad_py.execution.machine import Paused

LOOKER = "__looker__"  # the global of compiled code that holds the looker at its runs, or None
STEPS_BETWEEN_LOOKS = 1_000  # and up to UNEVEN more: turns of loops take the same steps again and again
UNEVEN = 251


class Looker(Protocol):
    """What looks at runs from time to time. It may let a run go on from another state that gives the same."""

    def begin(self, state: Paused, limits: Limits | None) -> Paused:
        """A run begins, of this thread; it may be inside another one."""

    def limit(self, limits: Limits) -> None:
        """The run has other limits from now on."""

    def look(self, state: Paused) -> Paused:
        """A run has made some steps."""

    def end(self) -> None:
        """A run has ended, also by an error."""


class Instead(Exception):
    """Raised within a step: the run goes on with another step, which gives the same in the end."""

    def __init__(self, step: Step) -> None:
        self.step = step
