"""Python objects that stand for values of ADL."""

from __future__ import annotations

from vlad_py.execution.limits import Limits
from vlad_py.values.values import Value


class Embedded:
    """A Python object that stands for a value of ADL."""

    __slots__ = ("value",)
    value: Value

    def within(self, limits: Limits | None) -> Value:
        """The value, for a run that has limits."""
        return self.value
