"""Power series whose coefficients are computed one after another, each when another one asks for it.

A primitive y = f(u) of series obeys y' = Σ fᵢ(y, u) uᵢ', and its entry has the partial derivatives fᵢ. They
are run once, on the series y and u themselves, though of y only the value is known then: what they give
are series that know what they wait for. The coefficient of εᵏ in y takes those of the partial derivatives
below k, and these take what is known of y by then. So every coefficient is computed once, n of them cost
O(n²) multiplications for each operation among the partial derivatives, and the recurrences that textbooks
give function by function (sine with cosine, the tangent with its square) come out by themselves.

Sources: see recurrences.py. That an entry's partial derivatives, run on series, are the recurrence is this
project's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vlad_py.numbers.chain import times
from vlad_py.numbers.taylor.recurrences import (
    Growing,
    Integral,
    Power,
    Product,
    Quotient,
    Recurrence,
    Slope,
    Termwise,
)
from vlad_py.primitives.arithmetic import div, mul
from vlad_py.primitives.choice import is_finite
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Assembly, Choosing, Elementwise, General, Linear, OfReals, Reduction
from vlad_py.primitives.linear_algebra import solve
from vlad_py.primitives.primitive import Apply, Primitive
from vlad_py.primitives.products import matmul
from vlad_py.values.values import Array, Statics, Value, plain

MOST_FACTORS = 1024  # up to this whole exponent a power is made of products, and exact at the base 0


class Graph:
    """The series of one operation. They refer to one another in circles, which `close` opens."""

    __slots__ = ("made", "memo")

    def __init__(self) -> None:
        self.made: list[Series] = []
        # what a function of one argument made of a series: the cosine that a sine asks for asks for that sine
        self.memo: dict[tuple[str, int], Value] = {}

    def close(self) -> None:
        """Lets go of all rules: nobody will ask for another coefficient."""
        for series in self.made:
            series.rule = None
        self.made.clear()
        self.memo.clear()


class Series(Growing):
    """A series that primitives can be applied to; see `Growing` for what it holds."""

    __slots__ = ("graph",)

    def __init__(
        self, tag: int, coefficients: list[Value], graph: Graph, rule: Recurrence | None = None
    ) -> None:
        super().__init__(tag, coefficients, rule)
        self.graph = graph
        graph.made.append(self)

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive at numbers, at least one of them such a series and none of a higher tag."""
        if len(numbers) > 1 or not isinstance(primitive, Elementwise):
            return self._applied(primitive, numbers, statics)
        key = (primitive.name, id(self))
        memo = self.graph.memo
        if key not in memo:
            memo[key] = self._applied(primitive, numbers, statics)
        return memo[key]

    def _applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        own = OPERATORS.get(primitive.form) if primitive.form is not None else None
        found = None if own is None else own(self, primitive.apply, *numbers)
        if found is not None:
            return found
        y = primitive.at(self.primals(numbers), statics)
        if isinstance(primitive, (Linear, Assembly)):
            return self.made(
                y, Termwise(lambda *x: primitive.at(x, statics), numbers, self.series_of(numbers))
            )
        if isinstance(primitive, Choosing):
            condition, *rest = numbers
            parts = tuple(rest)
            rule = Termwise(lambda *x: primitive.apply(condition, *x), parts, self.series_of(parts))
            return self.made(y, rule)
        active = [i for i, x in enumerate(numbers) if self.holds(x)]
        if isinstance(primitive, Reduction):
            # what none of them reaches, as the greatest that is a constant, is a constant
            slopes = primitive.slopes(active, y, self.primals(numbers))
            if all(slope is None for slope in slopes):
                return y
        series: Any = numbers

        def terms(y: Growing) -> Iterable[Value]:
            if isinstance(primitive, General):
                for i in active:
                    yield primitive.rules[i].push(derivative(series[i]), y, *numbers, **statics)
            else:
                assert isinstance(primitive, OfReals)
                for i, slope in zip(active, primitive.slopes(active, y, numbers), strict=True):
                    if slope is not None:
                        yield times(slope, derivative(series[i]))

        return self.made(y, Integral(self.series_of(numbers), terms))

    def made(self, y: Value, rule: Recurrence) -> Series:
        """A series of the same graph, of which the value is known."""
        return Series(self.tag, [y], self.graph, rule)

    def primals(self, xs: tuple[Value, ...]) -> tuple[Value, ...]:
        """Values, with such series among them at ε = 0."""
        return tuple([x.primal if self.holds(x) else x for x in xs])

    def series_of(self, xs: tuple[Value, ...]) -> tuple[Growing, ...]:
        """Such series among values."""
        return tuple([x for x in xs if self.holds(x)])


def derivative(x: Growing) -> Value:
    """x', for a series whose coefficient of ε is known; of a line a constant."""
    if x.degree() <= 1:
        return x.coefficient(1)
    return Series(x.tag, [x.coefficient(1)], x.graph, Slope(x))  # type: ignore[attr-defined]


# ── the operators that need no differential equation ─────────────────────────────────────────
# Each is given a series, the operator and its two arguments, at least one of them such a series.


def _sum(x: Series, apply: Apply, a: Value, b: Value) -> Value:
    return x.made(apply(*x.primals((a, b))), Termwise(apply, (a, b), x.series_of((a, b))))


def _product(x: Series, apply: Apply, a: Value, b: Value) -> Value:
    y = apply(*x.primals((a, b)))
    if not x.holds(a):
        return x.made(y, Termwise(lambda part: apply(a, part), (b,), (x,)))
    if not x.holds(b):
        return x.made(y, Termwise(lambda part: apply(part, b), (a,), (x,)))
    return x.made(y, Product(apply, a, b))


def _quotient(x: Series, apply: Apply, a: Value, b: Value) -> Value:
    y = apply(*x.primals((a, b)))
    if not x.holds(b):
        return x.made(y, Termwise(lambda part: apply(part, b), (a,), (x,)))
    return x.made(y, Quotient(mul, lambda b, rest: div(rest, b), a if x.holds(a) else None, b))


def _solution(x: Series, apply: Apply, a: Value, b: Value) -> Value:
    y = apply(*x.primals((a, b)))
    if not x.holds(a):
        return x.made(y, Termwise(lambda part: apply(a, part), (b,), (x,)))
    return x.made(y, Quotient(matmul, solve, b if x.holds(b) else None, a))


def _power(x: Series, apply: Apply, base: Value, exponent: Value) -> Value:
    """By products, or by the rule for constant exponents; None where neither applies."""
    if x.holds(exponent):
        return None
    is_one = type(exponent) is float and exponent == 0.0
    if is_one or not (is_finite(plain(base)) and is_finite(plain(exponent))):
        return None  # the partial derivative says there what the other modes say
    y = apply(x.primal, exponent)
    if type(exponent) is float and exponent.is_integer() and 0.0 < exponent <= MOST_FACTORS:
        # the same value as without ε, to the last digit
        return x.made(y, _factors(x, int(exponent)))
    data: Any = plain(base)
    if not (data.data.all() if type(data) is Array else data):
        return None
    return x.made(y, Power(x, exponent))


def _factors(base: Series, exponent: int) -> Recurrence:
    """The rule of a whole power from 1 on: the last of the products that it is made of."""
    rest: Any = None
    factor: Any = base
    while exponent > 1:
        if exponent % 2:
            rest = factor if rest is None else mul(rest, factor)
        factor = mul(factor, factor)
        exponent //= 2
    return Termwise(lambda x: x, (factor,), (factor,)) if rest is None else Product(mul, rest, factor)


def _negative(x: Series, apply: Apply, a: Value) -> Value:
    return x.made(apply(x.primal), Termwise(apply, (a,), (x,)))


OPERATORS: dict[Form, Callable[..., Any]] = {
    Form.SUM: _sum,
    Form.DIFFERENCE: _sum,
    Form.NEGATIVE: _negative,
    Form.SQUARE: lambda x, apply, a: mul(a, a),
    Form.PRODUCT: _product,
    Form.QUOTIENT: _quotient,
    Form.SOLUTION: _solution,
    Form.POWER: _power,
}
"""The primitives that have their own rule, by their form. A rule declines by giving None."""
