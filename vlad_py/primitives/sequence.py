"""Sequences: the range that a loop runs over."""

from __future__ import annotations

import math
from typing import Any

from vlad_py.ground.errors import RunError
from vlad_py.primitives.declare import structural
from vlad_py.values.show import describe
from vlad_py.values.values import Range, Value, is_real, plain


def _range(low: Value, high: Value) -> Value:
    for end in (low, high):
        if not is_real(end):
            raise RunError(f"`..` expects reals, got {describe(end)}")
    last: Any = plain(high)
    distance = last - plain(low)
    if math.isnan(distance):
        raise RunError("the end of a range cannot be nan", hint="find out where the nan comes from")
    return Range(low, float(math.floor(distance)) + 1.0 if math.isfinite(distance) else distance)


range_of = structural(
    "..",
    2,
    doc="low..high: low, low + 1, … up to high, both ends included.",
    value=_range,
    word="range",
    internal=True,
)
