"""Looks for nan in a number and in everything that it is made of."""

from __future__ import annotations

from vlad_py.ground.nans import any_nan
from vlad_py.values.values import Array, Number, Value


def is_nan(number: Value) -> bool:
    """Whether a number or one of its tangents by older differentiations contains a nan. A value that is not
    known yet (execution/specialised/tracing.py) counts as not nan.
    """
    if type(number) is float:
        return number != number
    if type(number) is Array:
        return any_nan(number.data)
    if isinstance(number, Number):
        for piece in number.pieces():
            if piece != piece if type(piece) is float else is_nan(piece):
                return True
    return False
