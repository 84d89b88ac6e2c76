"""Symbols in Python, from which ADL functions make expressions."""

from __future__ import annotations

from typing import Any

from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import plain_number
from vlad_py.ground.names import NAMES, composed, is_name
from vlad_py.numbers.symbolic import symbolic
from vlad_py.primitives.axes import MOST_DIMENSIONS
from vlad_py.python.convert import a_thing, to_python
from vlad_py.python.formula import Formula


def symbol(name: str, *shape: int) -> Formula:
    """A symbol with a name, or an array of symbols with a shape: functions of it are expressions.

    Raises ConversionError for a name that programs cannot have, and for a negative size.
    """
    if not isinstance(name, str) or not is_name(name):
        shown = repr(name) if isinstance(name, str) else a_thing(type(name))
        raise ConversionError(f"{shown} cannot be the name of a symbol", hint=NAMES)
    sizes: Any = tuple(map(plain_number, shape))
    if not all(type(n) is int and n >= 0 for n in sizes) or len(sizes) > MOST_DIMENSIONS:
        raise ConversionError(f"a shape is at most {MOST_DIMENSIONS} whole numbers from 0")
    made: Formula = to_python(symbolic.symbol(composed(name), sizes), lambda value: value)
    return made
