"""Comparison and choice: they see primals and carry no derivative of their own."""

from __future__ import annotations

from vlad_py.primitives.declare import predicate, structural
from vlad_py.values.equality import equal

structural(
    "==",
    2,
    doc="Whether two values are equal in all components; nan equals nothing, functions cannot be compared.",
    value=equal,
    inline="{0} == {1}",
    gives_boolean=True,
)

structural(
    "!=",
    2,
    doc="Whether two values differ in some component; functions cannot be compared.",
    value=lambda a, b: not equal(a, b),
    inline="{0} != {1}",
    gives_boolean=True,
)

predicate("<", doc="Whether a real is less than another.", value=lambda a, b: a < b, inline="{0} < {1}")

predicate(
    "<=",
    doc="Whether a real is less than another or equal to it.",
    value=lambda a, b: a <= b,
    inline="{0} <= {1}",
)

predicate(">", doc="Whether a real is greater than another.", value=lambda a, b: a > b, inline="{0} > {1}")

predicate(
    ">=",
    doc="Whether a real is greater than another or equal to it.",
    value=lambda a, b: a >= b,
    inline="{0} >= {1}",
)
