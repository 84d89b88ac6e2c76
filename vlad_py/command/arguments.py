"""What the command line says: the arguments of a script."""

from __future__ import annotations

import re

from vlad_py.values.values import Value

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)")


def value_of(text: str) -> Value:
    """A script's argument: a real if it is a number in ADL, else a string."""
    return float(text) if _NUMBER.fullmatch(text) else text
