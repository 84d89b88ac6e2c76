"""Checks of conditions that may be misunderstood (see lowering/conditions.py)."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.primitives.axes import not_an_index
from vlad_py.primitives.declare import structural
from vlad_py.values.values import Value, is_array


def _as_index(position: Value, hint: str) -> Value:
    if is_array(position):
        raise not_an_index(hint)
    return position


as_index = structural(
    "as_index",
    2,
    doc="as_index(c, hint): c, an index that the text shows to be a condition; an error for an array.",
    value=_as_index,
    internal=True,
)


def _as_choice(condition: Value, left: Value, right: Value) -> Value:
    if is_array(left) or is_array(right):
        raise RunError(
            "`==` and `!=` of arrays give one boolean, so `where` would choose all or nothing",
            hint="to compare element by element, write `(x <= y) * (x >= y)`; "
            "for all or nothing, `if x == y then a else b`",
        )
    return condition


as_choice = structural(
    "as_choice",
    3,
    doc="as_choice(c, a, b): c, which is whether a and b are equal; an error for arrays.",
    value=_as_choice,
    internal=True,
)
