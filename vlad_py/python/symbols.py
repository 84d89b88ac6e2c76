"""Symbols in Python: what functions of the language make expressions of."""

from __future__ import annotations

from vlad_py.ground.errors import ConversionError
from vlad_py.ground.names import NAMES, is_name
from vlad_py.numbers.symbolic import symbolic
from vlad_py.python.convert import to_python
from vlad_py.python.formula import Formula


def symbol(name: str, *shape: int) -> Formula:
    """The real of a name, or an array of a shape of such reals: functions of it are expressions.

    Raises ConversionError for a name that programs cannot have, and for a negative size.
    """
    if not isinstance(name, str) or not is_name(name):
        raise ConversionError(f"{name!r} cannot be the name of a symbol", hint=NAMES)
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ConversionError(f"{shape!r} is no shape of an array")
    made: Formula = to_python(symbolic.symbol(name, shape), lambda value: value)
    return made
