"""Whether native code is worth it for short calls: to enter it takes as long as ten operations interpreted.

How long a call takes with a loop or a recursion in it, only its values tell. So from time to time some calls
of a function run natively and as many interpreted, and both are timed.
"""

from __future__ import annotations

TRIED = 8  # calls of either tier in a trial, after one that is not counted: the first one is slow
FIRST, MOST = 32, 16_384  # calls before the first trial, and between two of them at most
MORE = 4  # how many times as many there are before the next one, if native code was worth it
LONG = 5e-5  # seconds of a native call that is worth it without a trial: interpreted, it takes milliseconds


class Trial:
    """Compares the native calls of a function with interpreted ones."""

    def __init__(self) -> None:
        self.wait = self.left = FIRST  # calls before the next trial
        self.is_timing = False  # an interpreted call, which is in progress
        self._begin()

    def _begin(self) -> None:
        self.natively = self.interpreted = -1  # calls
        self.native_time = self.time = 0.0  # seconds that they took

    def is_due(self) -> bool:
        """Whether the next call is a part of a trial."""
        self.left -= 1
        return self.left < 0

    @property
    def is_native(self) -> bool:
        """Whether it runs natively then."""
        return self.natively < TRIED

    def ran(self, seconds: float) -> None:
        """A native call of the trial took so long."""
        self.natively += 1
        if self.natively > 0:
            self.native_time += seconds
        if self.natively == TRIED and self.native_time > TRIED * LONG:
            self.put_off()

    def was_faster(self, seconds: float) -> bool:
        """An interpreted call of the trial took so long. Whether it has turned out that these are faster."""
        if not self.is_timing:
            return False  # the trial has been put off meanwhile
        self.is_timing = False
        self.interpreted += 1
        if self.interpreted > 0 or seconds > self.native_time:
            self.time += seconds
        if self.time >= self.native_time:
            self.put_off()
        elif self.interpreted == TRIED:
            self.left = 0  # there is a trial as soon as the function is hooked again
            self._begin()
            return True
        return False

    def put_off(self) -> None:
        """Native code is worth it: the next trial is later."""
        self.is_timing = False
        self.wait = self.left = min(MORE * self.wait, MOST)
        self._begin()
