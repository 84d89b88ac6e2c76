"""Code for a unit that computes nothing: its results are known, or are its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlad_py.native.code import Code, Context
from vlad_py.native.ir import Name, Unit
from vlad_py.native.linking import takes


class Folded(Code):
    """The code of a unit without operations and without arrays: no machine code."""

    __slots__ = ("known", "places")

    def __init__(self, unit: Unit) -> None:
        region = unit.region
        super().__init__(
            address=0,
            takes=takes(unit),
            arguments=len(region.parameters),
            arrays_out=0,
            results=len(region.results),
            tapes=0,
            room=0,
            recurs=False,
            made_zeros=unit.made_zeros,
            sweeps=unit.sweeps,
            straight=0,
            back=[],
            loops=[],
            progress=[],
            engine=None,
            data={},
        )
        given = {name: i for i, name in enumerate(region.parameters)}
        self.places = [given.get(r) for r in region.results]  # of results among what goes in
        self.known = [_value(r) for r in region.results]

    def __post_init__(self) -> None:
        """There is nothing to call."""

    def run(self, reals: Sequence[float], context: Context | None = None, stack: int = 0) -> Sequence[Any]:
        """As `Code.run`."""
        pairs = zip(self.places, self.known, strict=True)
        return tuple(known if place is None else reals[place] for place, known in pairs)


def _value(result: Name) -> float:
    return result.constant if type(result.constant) is float else float(result.constant is True)
