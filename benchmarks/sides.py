"""What the benchmarks share: vlad's side of a comparison, and the check that both sides compute the same."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.measure import ROOT, Run
from vlad_py import machine
from vlad_py.machine import MOST_CALLS, Limits
from vlad_py.session import Session
from vlad_py.values import Array, Value, list_items

EXACT = 1e-12  # how far results may be apart, relative to their size


def session(definitions: str) -> Session:
    """A session as the command line has it, which knows the definitions."""
    found = Session(limits=Limits(depth=MOST_CALLS))
    found.evaluate(definitions)
    return found


def evaluation(definitions: str, call: str) -> Run:
    """What evaluates a call in a session that is ready, and has loaded the operators that it names."""
    ready = session(definitions)
    return lambda: ready.evaluate(call)


def program(name: str) -> str:
    """The text of a program that stands with the benchmarks."""
    return (ROOT / "benchmarks" / name).read_text(encoding="utf-8")


def value(data: Any) -> Value:
    """Arrays and numbers of Python, in tuples or alone, as vlad's values."""
    if isinstance(data, tuple):
        return tuple(map(value, data))
    return data if isinstance(data, float) else Array(data)


def function(ready: Session, name: str) -> Callable[..., Any]:
    """A function of the session, to be called with vlad's values."""
    found = ready.evaluate(name)

    def call(*arguments: Value) -> Any:
        return machine.run(found, arguments[0] if len(arguments) == 1 else arguments)

    return call


def called(f: Value) -> Callable[[Value], Any]:
    """A function value, to be called with one of vlad's values."""
    return lambda point: machine.run(f, point)


@contextmanager
def collecting() -> Iterator[None]:
    """With the garbage collected as Python does it unasked, though not what the frameworks are made of."""
    gc.collect()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.disable()
        gc.unfreeze()


def reals(result: object) -> list[float]:
    """The reals of a result, whatever holds them."""
    if isinstance(result, float):
        return [result]
    if isinstance(result, Array):
        return [float(x) for x in result.data.ravel()]
    if hasattr(result, "ravel"):  # an array of a framework
        return [float(x) for x in result.ravel()]
    items = result if isinstance(result, tuple | list) else tuple(list_items(result))
    return [real for item in items for real in reals(item)]


def check(name: str, ours: object, theirs: object, exact: float = EXACT) -> None:
    """AssertionError where two programs that should be the same give different results."""
    left, right = reals(ours), reals(theirs)
    scale = max(map(abs, right), default=0.0)
    same = len(left) == len(right)
    close = all(math.isclose(a, b, rel_tol=exact, abs_tol=exact * scale) for a, b in zip(left, right))
    if not same or not close:
        raise AssertionError(f"{name}: {left} is not {right}")
