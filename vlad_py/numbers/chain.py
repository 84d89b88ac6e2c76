"""One term of the chain rule, which every mode multiplies by."""

from __future__ import annotations

from vlad_py.primitives.arithmetic import mul, neg
from vlad_py.values import Value


def times(partial: Value, tangent: Value) -> Value:
    """partial · tangent; the constants ±1 of `+` and `-` cost nothing on numbers with tags."""
    if type(partial) is float:
        if type(tangent) is float:
            return partial * tangent
        if partial == 1.0:
            return tangent
        if partial == -1.0:
            return neg(tangent)
    return mul(partial, tangent)
