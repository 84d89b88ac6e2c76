"""Comparison and choice: they see primals and carry no derivative of their own."""

from __future__ import annotations

from vlad_py.declare import predicate, structural
from vlad_py.errors import RunError
from vlad_py.show import describe
from vlad_py.values import Value, equal

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


def _where(condition: Value, yes: Value, no: Value) -> Value:
    if type(condition) is not bool:
        raise RunError(f"`where` expects a boolean as its first argument, got {describe(condition)}")
    return yes if condition else no


structural(
    "where",
    3,
    doc="where(c, a, b): a if the boolean c is true, else b. Both are computed; only the chosen one counts, "
    "in derivatives too.",
    value=_where,
)
