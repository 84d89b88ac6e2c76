"""Taylor polynomials, c₀ + c₁ε + … + cₙεⁿ with εⁿ⁺¹ = 0: all derivatives up to the n-th in one forward pass.

The coefficients may be of any kind, older numbers and arrays among them. What a primitive makes of them
follows from its entry; see series.py.

Source: R. E. Moore, "Interval Analysis" (1966), ch. 11, and A. Griewank and A. Walther, "Evaluating
Derivatives" (2nd ed. 2008), ch. 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.chain import kept
from vlad_py.numbers.nan_inside import is_nan
from vlad_py.numbers.roles import COEFFICIENT, computes
from vlad_py.numbers.taylor.recurrences import grow, zero_like
from vlad_py.numbers.taylor.series import Graph, Series
from vlad_py.primitives.arithmetic import add, div, mul
from vlad_py.primitives.choice import Share, choose, same, select
from vlad_py.primitives.kinds import Along, Assembly, Bilinear, Choosing, Elementwise, Linear
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to, data_of, element
from vlad_py.values.values import Array, Number, Statics, Value, plain, shape_of


@computes(COEFFICIENT)
class Taylor(Number):
    """Σ cₖ εᵏ up to k = `order`, where ε belongs to the differentiation `tag`.

    Coefficients after the last of `coefficients` are exactly 0; all have the shape of the first, the primal.
    `there` says of the elements of an array whether they depend on ε, or is None if all do.
    """

    __slots__ = ("coefficients", "order", "there")
    by_pieces = True

    def __init__(self, tag: int, coefficients: list[Value], order: int, there: Any = None) -> None:
        self.tag = tag
        self.primal = coefficients[0]
        self.coefficients = coefficients[: order + 1]
        self.order = order
        self.there = there

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
        return Taylor(self.tag, coefficients, order, self.there) if order > 0 else coefficients[0]

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
        if primitive.drops and isinstance(primitive, Elementwise):
            y = primitive.apply(self.primal)
            (slope,) = primitive.slopes((0,), y, (self.primal,))
            if slope is None:
                return y
            if type(slope) is Share:
                return choose(slope.where, slope.of(self), y)
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
            there = self._reached(primitive, numbers, statics)
            coefficients = y.coefficients
            if there is not None and not there.any():
                return coefficients[0]
            if there is not None and isinstance(primitive, (Elementwise, Along)):
                # a product with what does not depend on ε may have met an infinity, or a nan
                coefficients = [coefficients[0], *(kept(part, there) for part in coefficients[1:])]
            return Taylor(tag, coefficients, order, there)
        finally:
            graph.close()

    def _reached(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Any:
        """Which elements of a result depend on ε; None for all."""
        own = [x if type(x) is Taylor and x.tag == self.tag else None for x in numbers]
        masks = [x.there for x in own if x is not None]
        opens = primitive.drops or (isinstance(primitive, Assembly) and None in own)
        if not (opens or any(mask is not None for mask in masks)) or not all(map(_is_plain, numbers)):
            return None
        if isinstance(primitive, Elementwise):
            if any(mask is None for mask in masks):
                return None
            found: Any = masks[0] if len(masks) == 1 else np.logical_or(*masks)
            shape = np.broadcast_shapes(*map(shape_of, numbers))
            return found if found.shape == shape else np.broadcast_to(found, shape)
        is_taking = isinstance(primitive, Along) and primitive.drops
        if not is_taking and not isinstance(primitive, (Linear, Bilinear, Choosing, Assembly)):
            return None
        constant = broadcast_to if isinstance(primitive, Bilinear) else _nothing_of
        ones: list[Value] = []
        for x, held in zip(numbers, own, strict=True):
            if held is None:
                ones.append(constant(1.0, shape_of(x)))
            elif held.there is None:
                ones.append(broadcast_to(1.0, shape_of(x)))
            else:
                ones.append(Array(held.there.astype(float)))
        if isinstance(primitive, Choosing):
            ones[0] = numbers[0]
        if isinstance(primitive, Along) and is_taking:  # the shares of what is taken
            x = plain(numbers[0])
            present = _shared(primitive, ones[0], x, statics)
            if is_nan(present):  # of a nan all have a share, and at a tie as well
                tied = _shared(primitive, ones[0], broadcast_to(0.0, shape_of(x)), statics)
                present = select(same(present, present), present, tied)
        elif isinstance(primitive, Bilinear) and None not in own:  # either with the whole of the other
            a, b = (broadcast_to(1.0, shape_of(x)) for x in numbers)
            present = add(primitive.at((ones[0], b), statics), primitive.at((a, ones[1]), statics))
        else:
            present = primitive.at(ones, statics)
        there = np.asarray(data_of(present)) != 0.0
        return None if there.all() else there

    def element(self, i: int) -> Value:
        """The i-th element of an array."""
        if self.there is None:
            return self.mapped(lambda part: element(part, i))
        there = self.there[i]
        if not there.any():
            return element(self.primal, i)
        parts = [element(part, i) for part in self.coefficients]
        return Taylor(self.tag, parts, self.order, there if there.ndim and not there.all() else None)

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Taylor:
        """The number with other coefficients, under a tag."""
        return Taylor(tag, list(held), self.order, self.there)


def _shared(primitive: Along, tangent: Value, x: Value, statics: Statics) -> Value:
    return primitive.rules[0].push(tangent, primitive.apply(x, **statics), x, **statics)


def _nothing_of(_: float, shape: tuple[int, ...]) -> Value:
    return broadcast_to(0.0, shape)


def _is_plain(x: Value) -> bool:
    """Whether what depends on ε can be told: not for numbers that are innermost what a float is."""
    innermost = x
    while isinstance(innermost, Number) and isinstance(innermost.primal, Number):
        innermost = innermost.primal
    return type(plain(innermost)) in (float, Array) and (
        not isinstance(innermost, Number) or innermost.tag != 0
    )
