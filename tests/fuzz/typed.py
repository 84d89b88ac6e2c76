"""Random programs that are right by construction: three runs without an error give the same digits.

Forward and reverse mode agree, the checker finds no mistake, and a formatted text gives the same value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from math import isclose, isfinite
from random import Random
from typing import Any
from zlib import crc32

from native.random_programs import program

from fuzz.drive import Fuzz, main
from vlad_py.checking.diagnose import errors_of
from vlad_py.checking.mend import mend
from vlad_py.execution.limits import Limits
from vlad_py.formatting.format import formatted
from vlad_py.ground.source import Source
from vlad_py.session.session import Session

LIMITS = Limits(steps=2_000_000, depth=10_000, memory=1 << 30, seconds=20.0)
EXACT = 1e-9  # modes add in another order
SIZES = (1, 2, 2, 3, 4)
FORMATTED = 10  # one program in so many, because it takes as long as everything else


def draw(random: Random) -> str:
    """Definitions, and a call at a point."""
    text, (x, y), _ = program(random.getrandbits(60), random.choice(SIZES))
    return f"let h = {text}\nlet (x, y) = ({x}, {y})"


def complaint(text: str) -> str:
    """What is wrong with the results of a program; empty if nothing is."""
    source = Source("typed.adl", text)
    found = errors_of(mend(source), None)
    if found:
        return f"the checker finds a mistake: {found[0].message}"
    value = _values(text, ["h(x, y)"] * 3 + ["gradient_forward(h)(x, y)", "gradient(h)(x, y)"])
    again = _values(formatted(source), ["h(x, y)"]) if crc32(text.encode()) % FORMATTED == 0 else []
    if len({*map(repr, value[:3]), *map(repr, again)}) > 1:
        return f"one program has the values {[*value[:3], *again]}"
    if not all(isclose(a, b, rel_tol=EXACT, abs_tol=EXACT) for a, b in _finite(value[3], value[4])):
        return f"forward mode gives {value[3]}, reverse mode {value[4]}"
    return ""


def _values(text: str, calls: list[str]) -> list[Any]:
    session = Session(write=lambda _: None, limits=LIMITS)
    session.evaluate(text)
    return [session.evaluate(call) for call in calls]


def _finite(forward: tuple[float, ...], reverse: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    """The pairs of derivatives that both modes give: sums of infinities depend on their order."""
    return ((a, b) for a, b in zip(forward, reverse, strict=True) if isfinite(a) and isfinite(b))


FUZZ = Fuzz("typed", draw, complaint, longest=5.0)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
