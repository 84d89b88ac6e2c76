"""What became of attempts to compile, for people: what `vlad --native=explain` prints."""

from __future__ import annotations

from vlad_py.ground.errors import render
from vlad_py.native.ir import size_of_unit
from vlad_py.native.tables import Attempt
from vlad_py.values.values import Code


def explained(attempt: Attempt, *, color: bool = False) -> str:
    """An attempt to compile in words: what was compiled, how large it is and how long it took, or why not and
    where. Empty where there was nothing to compile in a call of the library's.
    """
    name = named(attempt.code)
    if attempt.given is not None and attempt.given is not attempt.code:
        name += f" with {named(attempt.given)}"
    if attempt.unit is not None and not attempt.unit.region.ops:
        return ""  # all is known, or only moved
    if attempt.unit is not None:
        size = size_of_unit(attempt.unit)
        return f"compiled: {name}, {size} operations, in {1000 * attempt.seconds:.0f} ms"
    assert attempt.reason is not None
    if attempt.reason.span is None:
        return ""
    return f"{render(attempt.reason, color=color)}\nin a call of {name}"


def named(code: Code) -> str:
    """A function by its name and its place; a piece of the top level has no name."""
    if not code.name:
        return f"the top level ({code.span.place})"
    return f"`{code.name}` ({code.span.place})"
