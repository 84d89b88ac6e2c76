"""Trials: whether native code is worth it for the calls of a function, as entering it takes 4 µs.

How long a call with a loop or a recursion takes depends on its values. So from time to time, some calls of a
function run natively and as many interpreted, and both are timed.
"""

from __future__ import annotations

TRIED = 8  # calls in each tier that a trial times; the first call in each is slow and comes before them
FIRST, MOST = 32, 16_384  # calls before the first trial, and between two of them at most
MORE = 4  # the factor by which the calls before the next trial grow, if native code was worth it
SURE = 5e-5  # seconds of native loops that are surely worth it: interpreted, they take milliseconds


class Trial:
    """Compares the native calls of a function with interpreted ones."""

    def __init__(self) -> None:
        self.wait = self.left = FIRST  # calls before the next trial
        self.is_timing = False  # whether an interpreted call that is timed is in progress
        self.has_loops = True  # of the last native call; without loops, passing values may take most of it
        self._begin()

    def _begin(self) -> None:
        self.native_calls = self.interpreted_calls = -1  # the first one of each is not timed
        self.native_time = self.interpreted_time = 0.0  # seconds that they took

    def is_due(self) -> bool:
        """Counts a call. Whether it is part of a trial."""
        self.left -= 1
        return self.left < 0

    @property
    def is_native(self) -> bool:
        """Whether the next call of the trial runs natively."""
        return self.native_calls < TRIED

    def ran(self, seconds: float) -> None:
        """A native call of the trial took so long."""
        self.native_calls += 1
        if self.native_calls > 0:
            self.native_time += seconds
        if self.native_calls == TRIED and self.has_loops and self.native_time > TRIED * SURE:
            self.put_off()

    def was_faster(self, seconds: float) -> bool:
        """An interpreted call of the trial took so long. Whether the trial has found these faster."""
        if not self.is_timing:
            return False  # the trial was put off meanwhile
        self.is_timing = False
        self.interpreted_calls += 1
        if self.interpreted_calls > 0 or seconds > self.native_time:
            self.interpreted_time += seconds
        if self.interpreted_time >= self.native_time:
            self.put_off()
        elif self.interpreted_calls == TRIED:
            self.left = 0  # the next trial comes as soon as the function is hooked again
            self._begin()
            return True
        return False

    def met(self) -> None:
        """A look has met the function: a call that is timed takes long, or has raised an error."""
        if self.is_timing:
            self.put_off()

    def put_off(self) -> None:
        """Native code is worth it: the next trial comes later."""
        self.is_timing = False
        self.wait = self.left = min(MORE * self.wait, MOST)
        self._begin()
