"""What every declarer does: it takes words and numbers for readers, and puts the primitive in the table."""

from __future__ import annotations

from typing import TypedDict

from vlad_py.primitives.behaviour import Behaviour
from vlad_py.primitives.form import Form
from vlad_py.primitives.primitive import PRIMITIVES, Apply, Cost, Primitive
from vlad_py.primitives.words import Words


class ForReaders(TypedDict, total=False):
    """What every declarer takes besides (see `Primitive`)."""

    example: str
    text: Words
    part_of: str
    latex: Words
    spelt: Apply
    cost: Cost
    form: Form
    commutes: bool
    word: str
    of_conditions: bool
    native: str
    sympy: str
    without_sympy: tuple[str, str]
    unchecked: str
    of_two: str
    behaviour: Behaviour
    without_intervals: tuple[str, str]
    item_by_item: str
    squared: tuple[str, ...]
    structures: Apply
    drops: bool


def declared(primitive: Primitive, apply: Apply) -> Apply:
    """The primitive in the table, with the function that everybody calls."""
    if primitive.name in PRIMITIVES:
        raise ValueError(f"primitive {primitive.name} is declared twice")
    primitive.apply = apply
    PRIMITIVES[primitive.name] = primitive
    return apply
