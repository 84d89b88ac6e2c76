"""The incomplete beta function, with its derivatives with respect to all three arguments, to every order."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, NAN, add, exp, ln, mul, sub
from vlad_py.primitives.behaviour import Gamma, OfOrders
from vlad_py.primitives.choice import is_zero, select
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import general, unlisted_general
from vlad_py.primitives.gammas import LARGE, betaln, excess, stirling
from vlad_py.primitives.items import items_of
from vlad_py.primitives.primitive import Adjoint, Apply, Rule
from vlad_py.primitives.probability import xlogy
from vlad_py.primitives.series import Series, constant, exponential, over, plus, scaled, times
from vlad_py.primitives.shapes import broadcast_to, data_of, wrapped
from vlad_py.primitives.special import polygamma
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Value, is_numeric, shape_of

MOST_LEVELS = 20_000  # where more would be needed, about a and b > 10⁹ with x in the middle: nan
MOST_OF_SLOPES = 5_000  # for derivatives, where a level is a power series: about a and b > 10⁸


def _numerator(level: int, a: float, b: float, x: float) -> float:
    """The numerator at a level of the continued fraction (Abramowitz and Stegun, 26.5.8)."""
    m = level // 2
    if level % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _off(a: float, b: float, x: float) -> float:
    """a - (a + b) x, rounded once: next to it, both are huge."""
    return float(Fraction(a) - (Fraction(a) + Fraction(b)) * Fraction(x))


def _too_many(a: float, b: float, x: float) -> bool:
    """Whether more than MOST_LEVELS are needed, so that taking them would only take time.

    In the middle there are about as many as √(a b / (a + b)) levels, which is the width of what is around it
    as well, and k widths away 200 / k.
    """
    width = math.sqrt(a / (1.0 + a / b))
    return width > 2.0 * MOST_LEVELS and math.fabs(_off(a, b, x)) * MOST_LEVELS < 100.0 * width


def _fraction(a: float, b: float, x: float) -> tuple[float, int]:
    """The continued fraction, by Lentz's method, and how many levels it takes; nan if these are too many."""
    if _too_many(a, b, x):
        return NAN, MOST_LEVELS
    c, d = 1.0, 1.0 / (1.0 + _numerator(1, a, b, x) or 1e-300)
    result, change, level = d, 0.0, 1
    while math.fabs(change - 1.0) > 4e-16 and level < MOST_LEVELS:
        level += 1
        step = _numerator(level, a, b, x)
        d = 1.0 / (1.0 + step * d or 1e-300)
        c = 1.0 + step / c or 1e-300
        change = c * d
        result *= change
    return result if level < MOST_LEVELS else NAN, level


def takes_rest(a: float, b: float, x: float) -> bool:
    """Whether I(a, b, x) is 1 less that of b, a, 1 - x, for which the fraction is quicker."""
    return x * (a + b + 2.0) > a + 1.0


def _weight(a: float, b: float, x: float) -> float:
    """xᵃ (1 - x)ᵇ / B(a, b). Of large a and b its logarithms cancel, so they are taken from those at the
    greatest weight, at a / (a + b), which Stirling's series gives.
    """
    if min(a, b) < LARGE or a + b == INF:
        return math.exp(a * math.log(x) + b * math.log1p(-x) - betaln(a, b))
    off = _off(a, b, x)
    down = a * _excess(-off / a, x * (1.0 + b / a)) + b * _excess(off / b, (1.0 - x) * (1.0 + a / b))
    rest = stirling(a + b) - stirling(a) - stirling(b)
    return math.exp(rest - down) * math.sqrt(a / (1.0 + a / b) / (2.0 * math.pi))


def _excess(off: float, ratio: float) -> float:
    """off - ln(1 + off), where 1 + off is the ratio."""
    return excess(off) if off > -0.5 else off - math.log(ratio)


def _share(a: float, b: float, x: float) -> float:
    if not (0.0 < a < INF and 0.0 < b < INF and 0.0 <= x <= 1.0):
        return NAN
    if x in (0.0, 1.0):
        return x
    weight = _weight(a, b, x)
    if takes_rest(a, b, x):
        return 1.0 - weight / b * _fraction(b, a, 1.0 - x)[0]
    return weight / a * _fraction(a, b, x)[0]


def _logarithms(a: float, b: float, size: tuple[int, int]) -> Series:
    """-ln B(a, b) as a power series, without its constant."""
    both = constant(0.0, size)
    for i in range(size[0]):
        for j in range(size[1]):
            if i + j:  # ψ of the order i + j - 1, over i! j!
                shared = polygamma(i + j - 1.0, a + b)
                own = (polygamma(i - 1.0, a) if j == 0 else 0.0) + (polygamma(j - 1.0, b) if i == 0 else 0.0)
                both[i][j] = (shared - own) / (math.factorial(i) * math.factorial(j))
    return both


def _derivative(orders: tuple[int, int], a: float, b: float, x: float) -> float:
    """The derivative of `betainc` of two orders with respect to a and b: its fraction, of power series."""
    if not (0.0 < a < INF and 0.0 < b < INF and 0.0 <= x <= 1.0):
        return NAN
    if x in (0.0, 1.0):
        return 0.0
    if takes_rest(a, b, x):
        return -_by_fraction(orders[::-1], b, a, 1.0 - x)
    return _by_fraction(orders, a, b, x)


def _by_fraction(orders: tuple[int, int], a: float, b: float, x: float) -> float:
    size = orders[0] + 1, orders[1] + 1
    logs = plus(_logarithms(a, b, size), constant(0.0, size, math.log(x), math.log1p(-x)))
    weight = exponential(_weight(a, b, x), logs)
    one = level = constant(1.0, size)
    # at whole b the fraction ends, and its derivatives do not
    levels = _fraction(a, math.floor(b) + 0.5, x)[1]
    if levels > MOST_OF_SLOPES:
        return NAN
    for k in range(2 * levels + 12, 0, -1):
        m = k // 2
        middle = constant(a + 2 * m, size, 1.0)
        if k % 2:
            step = times(constant(a + m, size, 1.0), constant(a + b + m, size, 1.0, 1.0))
            step = over(over(scaled(step, -x), middle), constant(a + 2 * m + 1, size, 1.0))
        else:
            step = over(constant(m * (b - m) * x, size, 0.0, m * x), constant(a + 2 * m - 1, size, 1.0))
            step = over(step, middle)
        level = plus(one, over(step, level))
    found = over(over(weight, level), constant(a, size, 1.0))
    return math.factorial(orders[0]) * math.factorial(orders[1]) * found[orders[0]][orders[1]]


def _density(orders: tuple[int, int], a: Value, b: Value, x: Value) -> Value:
    """∂I/∂x, and its derivatives of two orders with respect to a and b, by those of its logarithm."""
    logs = add(xlogy(sub(a, 1.0), x), xlogy(sub(b, 1.0), sub(1.0, x)))
    density = exp(sub(logs, betaln(a, b)))
    if orders == (0, 0):
        return density
    both = add(a, b)

    def slope(i: int, j: int) -> Value:
        """The derivative of the logarithm of the density."""
        total = polygamma(i + j - 1.0, both)
        if j == 0:
            total = sub(total, polygamma(i - 1.0, a))
        if i == 0:
            total = sub(total, polygamma(j - 1.0, b))
        if i + j == 1:
            total = add(total, ln(x if i else sub(1.0, x)))
        return total

    found: dict[tuple[int, int], Value] = {(0, 0): density}
    for i in range(orders[0] + 1):
        for j in range(orders[1] + 1):
            if i + j:
                total: Value = 0.0
                last = (i - 1, j) if i else (i, j - 1)  # one step was the last; the others are shared out
                for k in range(last[0] + 1):
                    for m in range(last[1] + 1):
                        ways = float(math.comb(last[0], k) * math.comb(last[1], m))
                        term = slope(k + 1, m) if i else slope(k, m + 1)
                        total = add(total, mul(ways, mul(found[last[0] - k, last[1] - m], term)))
                found[i, j] = total
    return select(is_zero(density), 0.0, found[orders])


def _written(i: int, j: int) -> str:
    """A derivative of `betainc` as programs write it; its names are hardly in the text of an argument."""
    names, text = ("first'", "second'"), "betainc(first', second', {2})"
    for place, count in enumerate((i, j)):
        name = names[place]
        for k in range(count):
            at = (f"{{{place}}}", f"{{{place}:atom}}") if k + 1 == count else (name, name)
            text = f"jvp(fn {name} => {text}, {at[0]}, 0 * {at[1]} + 1)[1]"
        text = text.replace(name, f"{{{place}}}") if not count else text
    return text


def _rules(i: int, j: int) -> tuple[Rule, ...]:
    # each makes the next function when it is asked, and no sooner: there is no last one
    def by_a(*numbers: Value) -> Value:
        return _by_orders(i + 1, j)(*numbers)

    def by_b(*numbers: Value) -> Value:
        return _by_orders(i, j + 1)(*numbers)

    def by_x(*numbers: Value) -> Value:
        return _density((i, j), *numbers)

    return tuple(
        Rule(
            lambda t, y, a, b, x, partial=partial: mul(partial(a, b, x), t),
            lambda y, a, b, x, partial=partial: Adjoint(mul, partial(a, b, x)),
        )
        for partial in (by_a, by_b, by_x)
    )


def _of_elements(function: Callable[[float, float, float], float]) -> Apply:
    """A function of three floats, or of the elements of three arrays of one shape."""

    def value(a: Value, b: Value, x: Value) -> Value:
        return wrapped(np.vectorize(function, otypes=[float])(data_of(a), data_of(b), data_of(x)))

    return value


@cache
def _by_orders(i: int, j: int) -> Apply:
    """The derivative of `betainc` of the orders i and j with respect to a and b, as a function."""
    return unlisted_general(
        f"betainc_{i}_{j}",
        doc=f"The derivative of betainc of the orders {i} and {j} with respect to its first two arguments.",
        value=_of_elements(lambda a, b, x: _derivative((i, j), a, b, x)),
        rules=_rules(i, j),
        batched=lambda held, *numbers: _by_orders(i, j)(*items_of(held, numbers)),
        text=_written(i, j),
        latex=rf"\partial_1^{{{{{i}}}}} \partial_2^{{{{{j}}}}} I\left({{0}}, {{1}}, {{2}}\right)",
        behaviour=OfOrders((i, j)),
    )


share: Apply = general(
    "beta_share",
    internal=True,
    behaviour=Gamma.SHARE,
    doc="beta_share(a, b, x): `betainc` of reals, or of arrays of one shape.",
    value=_of_elements(_share),
    rules=_rules(0, 0),
    batched=lambda held, *numbers: share(*items_of(held, numbers)),
    text="betainc",
    latex="I",
)


def _betainc(a: Value, b: Value, x: Value) -> Value:
    numbers = (a, b, x)
    for number, which in zip(numbers, ("first", "second", "third")):
        if not is_numeric(number):
            raise not_numbers(f"`betainc` expects a real as its {which} argument", number)
    try:
        shape = np.broadcast_shapes(*map(shape_of, numbers))
    except ValueError:
        described = " and ".join(describe(number) for number in numbers)
        raise RunError(f"`betainc` cannot combine {described}") from None
    return share(*(broadcast_to(number, shape) for number in numbers))


structural(
    "betainc",
    3,
    doc="betainc(a, b, x): the regularised incomplete beta function, the integral of "
    "t^(a - 1) (1 - t)^(b - 1) from 0 to x over beta(a, b), for positive a and b and x from 0 to 1; nan "
    "elsewhere. Its derivatives with respect to all three, of every order, come from its continued fraction. "
    "With x beside a / (a + b), the value is nan from an a and b of about 10^9 on, and the derivatives with "
    "respect to a and b from 10^8 on.",
    example="betainc(2, 3, 0.5), gradient(betainc)(2, 3, 0.5)",
    value=_betainc,
)
