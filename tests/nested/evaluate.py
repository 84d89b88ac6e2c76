"""Runs ADL text through the public door and compares what comes with a case's expected value."""

from __future__ import annotations

import math
from typing import Any

from vlad_py.session.session import Session
from vlad_py.values.values import NIL, Cons, Record, Value, list_items

from .translate import original_name

Plain = float | list["Plain"] | dict[str, "Plain"] | None


def evaluate(text: str, name: str) -> Plain:
    """The value of an ADL program as plain data, to compare it with."""
    return as_data(Session().evaluate(text, name))


def as_data(value: Value) -> Plain:
    """A value as JSON could hold it; a structure that holds no reals at all is None."""
    if isinstance(value, float):
        return value
    if isinstance(value, tuple):
        return [as_data(item) for item in value] or None
    if isinstance(value, Cons) or value is NIL:
        return [as_data(item) for item in list_items(value)]
    if isinstance(value, Record):
        fields = zip(value.names, value.values, strict=True)
        return {original_name(name): as_data(field) for name, field in fields} or None
    raise TypeError(f"no plain data: {value!r}")


def matches(got: Plain, expected: Any, tolerance: dict[str, Any]) -> bool:
    """Whether a value is the expected one by the case's rule, element by element."""
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(got) == len(expected)
            and all(matches(g, e, tolerance) for g, e in zip(got, expected))
        )
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(matches(got[name], expected[name], tolerance) for name in expected)
        )
    if expected is None:
        return got is None
    return isinstance(got, float) and real_matches(got, float(expected), tolerance)


def real_matches(got: float, expected: float, tolerance: dict[str, Any]) -> bool:
    """The rule for one real; `float` reads the expected "inf", "-inf" and "nan"."""
    if math.isnan(got):
        return math.isnan(expected) or bool(tolerance.get("nan_acceptable"))
    if "acceptable_interval" in tolerance:
        low, high = tolerance["acceptable_interval"]
        if low <= got <= high:
            return True
    if math.isinf(expected) or math.isinf(got):
        return got == expected
    return abs(got - expected) <= float(tolerance["rel_or_abs"]) * max(1.0, abs(expected))
