"""What a partial derivative is at a singular point: a value there, and the derivatives that it has itself.

A constant would give the right value, but its derivatives are 0, so second derivatives would be silently
wrong. The primitives here are in no table: partial derivatives take them at the singular point only.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from vlad_py.primitives.behaviour import Within
from vlad_py.primitives.choice import Condition, Mask, choose, select
from vlad_py.primitives.declare import unlisted
from vlad_py.primitives.primitive import Apply
from vlad_py.primitives.words import ATOM, Pattern
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Value

NAN = math.nan


def at_point(condition: Condition, there: Callable[[], Value], elsewhere: Callable[[], Value]) -> Value:
    """`there()` where a condition singles out a point, and else `elsewhere()`; for an interval, which may
    hold the point and more, what encloses both.
    """
    if condition is False:
        return elsewhere()
    if condition is True:
        return there()
    if type(condition) is Mask:
        if not condition.data.any():
            return elsewhere()
        return choose(Array(condition.data.astype(float)), there(), elsewhere())
    if isinstance(condition, Indefinite):  # one that compiled code will know
        return condition.at_point(there, elsewhere)
    return select(condition, there(), elsewhere())


undefined: Apply = unlisted(
    "undefined",
    doc="undefined(x, y): nan, and so are its derivatives.",
    value=lambda x, y: NAN,
    partials=(lambda _, x, y: undefined(x, y), lambda _, x, y: undefined(x, y)),
    native="nan",
    behaviour=Within((-math.inf, math.inf)),
    text=Pattern("nan", ATOM),
    latex=Pattern(r"\mathrm{{nan}}", ATOM),
)

no_slope = unlisted(
    "no_slope",
    doc="no_slope(x, y): 0, with no derivative: the first derivative of a norm at 0.",
    value=lambda x, y: 0.0,
    partials=(lambda _, x, y: undefined(x, y), lambda _, x, y: undefined(x, y)),
    native="0.0",
    behaviour=Within((0.0, 0.0)),
    text=Pattern("0", ATOM),
)
