"""What is known of a real function, as data in its entry: where it rises, which values it has.

Intervals use it to enclose functions. `ulps` says how far the value on floats may be from the true one, in
units in the last place; Python's usual elementary functions stay below 2, and 4 are allowed for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from vlad_py.ground.node import record

INF = math.inf
ORIGIN = ((0.0, 0.0),)
ELEMENTARY = 4.0

Ends: TypeAlias = tuple[float, float]
Pairs: TypeAlias = tuple[tuple[float, float], ...]  # arguments with values that are exact
Ulps: TypeAlias = float | Callable[[float], float]  # a number, or one for each argument


@record
class Monotone:
    """A function that rises (or falls) on its domain, with ends that belong to it unless it is open: there it
    has the infinite value that it has as a function of floats. `values` are the ends of its values.
    """

    falls: bool
    domain: Ends
    is_open: bool
    values: Ends
    fixed: Pairs
    ulps: Ulps


@record
class Even:
    """A function of the absolute value of its argument, or of each of its arguments, that rises (or falls) in
    it. `fixed` as for `Monotone`, where there is one argument.
    """

    falls: bool
    values: Ends
    fixed: Pairs
    ulps: Ulps


@record
class Wave:
    """A function with the values from -1 to 1 and the period 2π, that is 1 at `top`."""

    top: float


@record
class Branches:
    """A function that rises between poles, of which one is at `pole`, and is 0 at 0."""

    pole: float
    period: float


class Gamma(Enum):
    """The gamma function and its relatives: the names of their entries, or the names that write them."""

    GAMMA = "gamma"
    LOGARITHM = "lgamma"
    DIGAMMA = "digamma"
    POLYGAMMA = "polygamma"
    LOGARITHM_OF_BETA = "betaln"
    DENSITY = "gamma_density"
    LOWER = "gammainc"
    UPPER = "gammaincc"
    SHARE = "betainc"


@record
class OfOrders:
    """A derivative of the incomplete gamma function (one order) or beta function (two) with respect to its
    parameters: analytic functions of them, so that bounds follow from Cauchy's estimates.
    """

    orders: tuple[int, ...]


@record
class LogToBase:
    """ln(x) / ln(base)."""


@record
class Angle:
    """The angle of the point (x, y), for the arguments y and x."""


@record
class Remainder:
    """a - b floor(a / b)."""


@record
class Within:
    """A function of which only the range of its values is known."""

    values: Ends


class Together(Enum):
    """What a reduction makes of its reals."""

    SUM = "sum"
    MEAN = "mean"
    PRODUCT = "product"
    SCALAR_PRODUCT = "scalar product"
    GREATEST = "greatest"
    LEAST = "least"
    LOG_SUM_EXP = "logarithm of a sum of exponentials"
    NORM = "norm"


Behaviour: TypeAlias = (
    Monotone | Even | Wave | Branches | Gamma | OfOrders | LogToBase | Angle | Remainder | Within | Together
)


def rising(
    *,
    domain: Ends = (-INF, INF),
    is_open: bool = False,
    values: Ends = (-INF, INF),
    fixed: Pairs = (),
    ulps: Ulps = ELEMENTARY,
) -> Monotone:
    """A function that rises."""
    return Monotone(False, domain, is_open, values, fixed, ulps)


def falling(
    *,
    domain: Ends = (-INF, INF),
    is_open: bool = False,
    values: Ends = (-INF, INF),
    fixed: Pairs = (),
    ulps: Ulps = ELEMENTARY,
) -> Monotone:
    """A function that falls."""
    return Monotone(True, domain, is_open, values, fixed, ulps)


def even(
    *, falls: bool = False, values: Ends = (-INF, INF), fixed: Pairs = (), ulps: Ulps = ELEMENTARY
) -> Even:
    """A function of absolute values."""
    return Even(falls, values, fixed, ulps)
