"""Shows how far a loop in machine code is: which reals of its state a long run prints, and where they are.

Compiled code writes them into its context only when it is about to call Python: the loop stays as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ctypes import c_double, sizeof
from math import isinf
from typing import Any, NamedTuple

from vlad_py.core.tree import Var
from vlad_py.ground.source import Span
from vlad_py.native.ir import Name
from vlad_py.native.status import IN_PROGRESS, MOST_TOLD
from vlad_py.native.types import REAL
from vlad_py.native.unknown import Named
from vlad_py.values.values import Record, Value

Real = tuple[str, tuple[float, float] | None]  # its word; where it counts turns, the first and the last


class Loop(NamedTuple):
    """A loop of machine code that a long run can show, and the reals of its state, as JSON can write them."""

    source: str
    line: int
    is_library: bool
    reals: Sequence[Real]


def tell(variables: Iterable[Var], values: Iterable[Value], place: Span) -> None:
    """Gives the reals in a loop's state the program's names for them; those of other loops keep theirs."""
    for variable, value in zip(variables, values, strict=True):
        for word, part in _named(variable.name, value):
            if part.name.op is None and part.name.type == REAL and part.name.told is None:
                part.name.told = place, word


def _named(word: str, value: Value) -> list[tuple[str, Named]]:
    """The reals of a value with their words: a record's fields, and those of the records in it."""
    if type(value) is Named:
        return [(word, value)]
    if type(value) is not Record:
        return []
    fields = list(zip(value.names, value.values, strict=True))
    for inner in value.values:
        fields += zip(inner.names, inner.values, strict=True) if type(inner) is Record else ()
    return [(name, part) for name, part in fields if type(part) is Named]


def found(parameters: Iterable[Name]) -> tuple[Loop, list[Name]] | None:
    """A loop by the parameters of its region, and those of them that are shown. None if there are none."""
    told = [(name, *name.told) for name in parameters if name.told is not None]
    if not told:
        return None
    place = told[0][1]
    told = [(name, at, word) for name, at, word in told if at is place][:MOST_TOLD]
    reals = [(word, _turns(name)) for name, _, word in told]
    line = place.source.position(place.start)[0]
    return Loop(place.source.name, line, place.source.library, reals), [name for name, *_ in told]


def _turns(name: Name) -> tuple[float, float] | None:
    """The first and the last turn of a counter, if the number of turns is known."""
    return None if name.within is None or isinf(name.within[1]) else name.within


def in_progress(loops: Sequence[Loop], words: Any) -> tuple[Loop, list[float]] | None:
    """The loop that code with this context wrote down last, and its reals; each is given once."""
    number, words[IN_PROGRESS] = words[IN_PROGRESS], 0
    if number == 0:
        return None
    loop = loops[number - 1]
    reals = (c_double * MOST_TOLD).from_buffer(words, (IN_PROGRESS + 1) * sizeof(c_double))
    return loop, list(reals[: len(loop.reals)])
