"""How the coefficients of power series follow one another, and the order in which they are computed.

Sources: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed. 2008), ch. 13, for products, quotients,
powers and the differential equation; M. D. McIlroy, "Squinting at power series", Software: Practice and
Experience 20 (1990), for series that are defined by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

from vlad_py.ground.asking import OPERATIONS_A_STEP, take
from vlad_py.ground.budget import asked
from vlad_py.numbers.chain import shaped
from vlad_py.primitives.arithmetic import add, div, mul, neg, sub
from vlad_py.primitives.primitive import Apply
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.values.values import Number, Value, shape_of, size_of

INF = float("inf")
STEPS = "a Taylor series takes a step for each product of two coefficients"


class Growing(Number):
    """Σ cₖ εᵏ, where ε belongs to the differentiation `tag`.

    `coefficients` are those known so far, all of one shape; `rule` gives the next one. Without a rule those
    are all: the others are exactly 0.
    """

    __slots__ = ("coefficients", "rule")

    def __init__(self, tag: int, coefficients: list[Value], rule: Recurrence | None) -> None:
        self.tag = tag
        self.primal = coefficients[0]
        self.coefficients = coefficients
        self.rule = rule
        if rule is not None:
            rule.result = self

    def lacks(self, k: int) -> bool:
        """Whether the coefficient of εᵏ is not known yet."""
        return self.rule is not None and len(self.coefficients) <= k

    def degree(self) -> float:
        """The highest power that may be there: infinity as long as there is a rule."""
        return INF if self.rule else len(self.coefficients) - 1

    def coefficient(self, k: int) -> Value:
        """The coefficient of εᵏ, which is not lacking."""
        return self.coefficients[k] if k < len(self.coefficients) else zero_like(self.primal)

    def holds(self, x: Value) -> TypeGuard[Growing]:
        """Whether x is a series in the same ε; all else is a constant."""
        return isinstance(x, Growing) and x.tag == self.tag


def grow(series: Growing, order: int) -> None:
    """Computes the coefficients of a series up to an order, and all that they wait for, without recursion."""
    todo = [(series, order)]
    while todo:
        current, k = todo[-1]
        rule, known = current.rule, current.coefficients
        if rule is None or len(known) > k:
            todo.pop()
            continue
        missing = rule.missing(len(known))
        if missing is not None:
            todo.append(missing)
        elif len(known) > rule.degree():
            current.rule = None
        else:
            if asked:
                _take(1, current.primal)
            known.append(rule.coefficient(len(known)))


def _take(products: int, like: Value) -> None:
    """Counts products of coefficients of a shape, before they are computed. LimitError where they are too
    many steps.
    """
    take(products * (1 + size_of(like) // OPERATIONS_A_STEP), STEPS)


def zero_like(x: Value) -> Value:
    """0 in the shape of a real or an array."""
    return broadcast_to(0.0, shape_of(x))


def plus(total: Value, term: Value) -> Value:
    """A sum that starts from 0.0, which is not added."""
    if type(total) is float:
        if type(term) is float:
            return total + term
        if total == 0.0:
            return term
    return add(total, term)


def convolution(function: Apply, a: list[Value], b: list[Value], k: int, low: int) -> Value:
    """The sum of function(aⱼ, bₖ₋ⱼ) over all j from `low` on for which both are known; 0.0 of none."""
    total: Value = 0.0
    first, last = max(low, k - len(b) + 1), min(k, len(a) - 1)
    if asked and last >= first:
        _take(last - first + 1, a[0])
    for j in range(first, last + 1):
        x, y = a[j], b[k - j]
        total = plus(total, x * y if type(x) is float and type(y) is float else function(x, y))
    return total


# ── the rules ────────────────────────────────────────────────────────────────────────────────


class Recurrence:
    """How the coefficients of `result` follow, from that of ε on; `inputs` are the series that they take."""

    result: Growing

    def __init__(self, *inputs: Growing) -> None:
        self.inputs = inputs

    def missing(self, k: int) -> tuple[Growing, int] | None:
        """A series that has to be known up to an order before the coefficient of εᵏ can be computed."""
        for x in self.inputs:
            if x.lacks(k):
                return x, k
        return None

    def degree(self) -> float:
        """The highest power of ε that can be in the result."""
        return INF

    def coefficient(self, k: int) -> Value:
        """The coefficient of εᵏ, where nothing is missing for it."""
        raise NotImplementedError


class Termwise(Recurrence):
    """A function that is linear in all its arguments together, of which some are constants."""

    def __init__(self, function: Apply, arguments: tuple[Value, ...], inputs: tuple[Growing, ...]) -> None:
        super().__init__(*inputs)
        self.function = function
        self.arguments = arguments

    def degree(self) -> float:
        return max([x.degree() for x in self.inputs])

    def coefficient(self, k: int) -> Value:
        holds = self.result.holds
        parts = [x.coefficient(k) if holds(x) else zero_like(x) for x in self.arguments]
        return shaped(self.function(*parts), self.result.primal)


class Product(Recurrence):
    """A bilinear function of two series, which may be one and the same."""

    def __init__(self, function: Apply, a: Growing, b: Growing) -> None:
        super().__init__(a, b)
        self.function = function

    def degree(self) -> float:
        return self.inputs[0].degree() + self.inputs[1].degree()

    def coefficient(self, k: int) -> Value:
        a, b = self.inputs
        y = convolution(self.function, a.coefficients, b.coefficients, k, 0)
        return shaped(y, self.result.primal)


class Quotient(Recurrence):
    """The y with b · y = a, for a series b, a product, and the function that solves it (`/`, `solve`)."""

    def __init__(self, product: Apply, solution: Apply, a: Growing | None, b: Growing) -> None:
        super().__init__(b, *([] if a is None else [a]))
        self.product = product
        self.solution = solution
        self.a = a

    def coefficient(self, k: int) -> Value:
        b, y = self.inputs[0].coefficients, self.result.coefficients
        rest = neg(shaped(convolution(self.product, b, y, k, 1), self.result.primal))
        if self.a is not None:
            rest = add(self.a.coefficient(k), rest)
        return self.solution(b[0], rest)


class Power(Recurrence):
    """A series, not 0 at ε = 0, to the power of a constant: as u y' = n u' y, k u₀ yₖ is the sum of
    (n j - (k - j)) uⱼ yₖ₋ⱼ over j from 1 to k.
    """

    def __init__(self, u: Growing, n: Value) -> None:
        super().__init__(u)
        self.n = n

    def coefficient(self, k: int) -> Value:
        u, y = self.inputs[0].coefficients, self.result.coefficients
        total: Value = 0.0
        last = min(k, len(u) - 1)
        if asked:
            _take(last, u[0])
        for j in range(1, last + 1):
            weight = sub(mul(self.n, float(j)), float(k - j))
            total = plus(total, mul(mul(weight, u[j]), y[k - j]))
        return shaped(div(total, mul(float(k), u[0])), self.result.primal)


class Integral(Recurrence):
    """The y whose derivative by ε is the sum of `terms(y)`, made when the inputs are known up to ε."""

    def __init__(self, inputs: tuple[Growing, ...], terms: Callable[[Growing], Iterable[Value]]) -> None:
        super().__init__(*inputs)
        self.terms = terms
        self.slope: Value = None

    def missing(self, k: int) -> tuple[Growing, int] | None:
        if self.slope is None:
            found = super().missing(1)
            if found is not None:
                return found
            self.slope = 0.0
            for term in self.terms(self.result):
                self.slope = plus(self.slope, term)
        slope = self.slope
        return (slope, k - 1) if self.result.holds(slope) and slope.lacks(k - 1) else None

    def degree(self) -> float:
        return self.slope.degree() + 1 if self.result.holds(self.slope) else 1

    def coefficient(self, k: int) -> Value:
        slope: Any = self.slope
        if self.result.holds(slope):
            slope = slope.coefficient(k - 1)
        return shaped(slope / k if type(slope) is float else div(slope, float(k)), self.result.primal)


class Slope(Recurrence):
    """The derivative of a series by ε."""

    def missing(self, k: int) -> tuple[Growing, int] | None:
        return super().missing(k + 1) and (self.inputs[0], k + 1)

    def degree(self) -> float:
        return self.inputs[0].degree() - 1

    def coefficient(self, k: int) -> Value:
        return mul(k + 1.0, self.inputs[0].coefficient(k + 1))
