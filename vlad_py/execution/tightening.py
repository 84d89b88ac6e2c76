"""Limits that come into a run with a value: a Python function may give a function that has its own."""

from __future__ import annotations

from typing import NamedTuple

from vlad_py.execution.limits import Limits
from vlad_py.values.values import Continuation, Step, Value


class Limited(NamedTuple):
    """What a Python function gave, and the limits of the functions in it: not a value of a program, so that
    whoever calls such a function has to take it apart.
    """

    value: Value
    limits: Limits


class Tightening(Exception):
    """Tells the machine that limits hold from here on."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits


def tighten(limits: Limits, _: Value, __: Continuation) -> Step:
    """A step that gives its value on, under limits."""
    raise Tightening(limits)
