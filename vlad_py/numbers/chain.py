"""One term of the chain rule, which every mode multiplies by."""

from __future__ import annotations

from vlad_py.primitives.arithmetic import mul, neg
from vlad_py.values import Value


def times(partial: Value, tangent: Value) -> Value:
    """partial · tangent; ±1, of `+` and `-` or as what a sweep starts from, costs nothing on tags."""
    if type(partial) is float:
        if type(tangent) is float:
            return partial * tangent
        if partial == 1.0:
            return tangent
        if partial == -1.0:
            return neg(tangent)
    elif type(tangent) is float:
        if tangent == 1.0:
            return partial
        if tangent == -1.0:
            return neg(partial)
    return mul(partial, tangent)
