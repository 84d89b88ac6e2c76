"""Python objects that stand for values of ADL."""

from __future__ import annotations

from vlad_py.values.values import Value


class Embedded:
    """A Python object that stands for a value of ADL."""

    __slots__ = ("value",)
    value: Value
