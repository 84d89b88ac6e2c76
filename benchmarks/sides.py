"""What the benchmarks share: vlad's side of a comparison, and the check that both sides compute the same."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager

import vlad_py as vlad
from benchmarks.measure import ROOT, Run
from vlad_py.execution.limits import MOST_CALLS, Limits
from vlad_py.session.session import Session
from vlad_py.values.values import list_items

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


def module(name: str) -> vlad.Module:
    """A program that stands with the benchmarks, as a user of Python loads it."""
    return vlad.load(ROOT / "benchmarks" / name)


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
    if hasattr(result, "ravel"):  # an array
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
