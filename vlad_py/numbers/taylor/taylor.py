"""Taylor polynomials, c₀ + c₁ε + … + cₙεⁿ with εⁿ⁺¹ = 0: all derivatives up to the n-th in one forward pass.

The coefficients may be of any kind, older numbers and arrays among them. What a primitive makes of them
follows from its entry; see series.py.

Source: R. E. Moore, "Interval Analysis" (1966), ch. 11, and A. Griewank and A. Walther, "Evaluating
Derivatives" (2nd ed. 2008), ch. 13.
"""

from __future__ import annotations

from collections.abc import Callable

from vlad_py.numbers.roles import COEFFICIENT, computes
from vlad_py.numbers.taylor.recurrences import grow, zero_like
from vlad_py.numbers.taylor.series import Graph, Series
from vlad_py.primitives.arithmetic import div, mul
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import element
from vlad_py.values.values import Number, Statics, Value


@computes(COEFFICIENT)
class Taylor(Number):
    """Σ cₖ εᵏ up to k = `order`, where ε belongs to the differentiation `tag`.

    Coefficients after the last of `coefficients` are exactly 0; all have the shape of the first, the primal.
    """

    __slots__ = ("coefficients", "order")

    def __init__(self, tag: int, coefficients: list[Value], order: int) -> None:
        self.tag = tag
        self.primal = coefficients[0]
        self.coefficients = coefficients[: order + 1]
        self.order = order

    def coefficient(self, k: int) -> Value:
        """cₖ, for k up to the order."""
        return self.coefficients[k] if k < len(self.coefficients) else zero_like(self.primal)

    def pieces(self) -> tuple[Value, ...]:
        """The coefficients."""
        return tuple(self.coefficients)

    @property
    def tangent(self) -> Value:
        """The derivative by ε, of one order less; of order 0 that is a plain coefficient."""
        slopes = [mul(float(k), part) for k, part in enumerate(self.coefficients)][1:]
        return self._of_order(slopes or [zero_like(self.primal)], self.order - 1)

    @property
    def lowered(self) -> Value:
        """The number without its last power of ε."""
        return self._of_order(self.coefficients, self.order - 1)

    def _of_order(self, coefficients: list[Value], order: int) -> Value:
        return Taylor(self.tag, coefficients, order) if order > 0 else coefficients[0]

    def integral(self, slope: Value) -> Taylor:
        """The number with the value 0 whose derivative by ε is the slope, one order lower than this one."""
        parts, order = [slope], self.order
        if isinstance(slope, Taylor) and slope.tag == self.tag:
            parts, order = slope.coefficients, min(order, slope.order + 1)
        terms = [div(part, float(k)) for k, part in enumerate(parts, 1)]
        return Taylor(self.tag, [zero_like(parts[0]), *terms], order)

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive at numbers: the result has the lowest order among those of this tag."""
        tag = self.tag
        graph = Graph()
        order = self.order
        arguments: list[Value] = []
        for x in numbers:
            if type(x) is Taylor and x.tag == tag:
                order = min(order, x.order)
                x = Series(tag, x.coefficients, graph)
            arguments.append(x)
        try:
            y = graph.made[0].applied(primitive, tuple(arguments), statics)
            if type(y) is not Series or y.tag != tag:
                return y
            grow(y, order)
            return Taylor(tag, y.coefficients, order)
        finally:
            graph.close()

    def element(self, i: int) -> Taylor:
        """The i-th element of an array."""
        return self.mapped(lambda part: element(part, i))

    def mapped(self, function: Callable[[Value], Value]) -> Taylor:
        """The number with a function applied to each coefficient."""
        return Taylor(self.tag, [function(part) for part in self.coefficients], self.order)
