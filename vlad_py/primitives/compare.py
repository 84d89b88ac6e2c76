"""Comparison and choice: they see primals and carry no derivative of their own."""

from __future__ import annotations

from vlad_py.primitives.declare import predicate, structural
from vlad_py.primitives.form import Form
from vlad_py.values.equality import equal

equals = structural(
    "==",
    2,
    form=Form.EQUAL,
    word="eq",
    doc="Whether two values are equal in all components; nan equals nothing, functions cannot be compared.",
    example="(1, [2, 3]) == (1, [2, 3]), nan == nan",
    value=equal,
    inline="{0} == {1}",
    gives_boolean=True,
)

differs = structural(
    "!=",
    2,
    form=Form.UNEQUAL,
    word="ne",
    doc="Whether two values differ in some component; functions cannot be compared.",
    example="1 != 2, list(1) != list(1)",
    value=lambda a, b: not equal(a, b),
    inline="{0} != {1}",
    gives_boolean=True,
)

predicate(
    "<",
    word="lt",
    doc="Whether a real is less than another.",
    example="1 < 2, [1, 3] < 2",
    value=lambda a, b: a < b,
    inline="{0} < {1}",
)

at_most = predicate(
    "<=",
    word="le",
    doc="Whether a real is less than another or equal to it.",
    example="2 <= 2, [1, 3] <= 2",
    value=lambda a, b: a <= b,
    inline="{0} <= {1}",
)

predicate(
    ">",
    word="gt",
    doc="Whether a real is greater than another.",
    example="1 > 2, [1, 3] > 2",
    value=lambda a, b: a > b,
    inline="{0} > {1}",
)

predicate(
    ">=",
    word="ge",
    doc="Whether a real is greater than another or equal to it.",
    example="2 >= 2, [1, 3] >= 2",
    value=lambda a, b: a >= b,
    inline="{0} >= {1}",
)
