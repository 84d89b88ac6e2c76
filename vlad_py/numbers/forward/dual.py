"""Dual numbers, v + v̇ε with ε² = 0: forward mode.

Source: W. K. Clifford, "Preliminary sketch of biquaternions" (1873), for the numbers; the tag that
tells one differentiation's ε from another's follows J. M. Siskind and B. A. Pearlmutter, "Nesting
forward-mode AD in a functional framework", Higher-Order and Symbolic Computation 21 (2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.chain import pushed, shaped, times
from vlad_py.numbers.forward.batch import Batch, absent, closed, count_of, counts, of_one, opened
from vlad_py.numbers.roles import TANGENT, computes
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.choice import Share
from vlad_py.primitives.kinds import Assembly, Elementwise, General
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to, element, plain_data
from vlad_py.values.values import Number, Statics, Value, shape_of

# the kinds of tangents of reals, some of which are constants
REALS = {float, type(None)}


@computes(TANGENT)
class Dual(Number):
    """primal + tangent·ε, where ε belongs to the differentiation `tag`."""

    __slots__ = ("tangent",)
    by_pieces = True

    def __init__(self, tag: int, primal: Value, tangent: Value) -> None:
        self.tag = tag
        self.primal = primal
        self.tangent = tangent

    def pieces(self) -> tuple[Value, ...]:
        """The primal and the tangent."""
        return self.primal, self.tangent

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Dual:
        """The number with another primal and another tangent, under a tag."""
        return Dual(tag, *held)

    def lift1(self, primitive: Elementwise) -> Value:
        """A primitive of one argument: f(v) + f'(v) v̇ ε."""
        x = self.primal
        y = primitive.apply(x)
        partial: Any = primitive.partials[0]
        if type(partial) is not float:
            slope = partial(y, x)
            if primitive.drops and type(slope) is not float:
                return self._shared(y, slope)
            return Dual(self.tag, y, times(slope, self.tangent))
        return Dual(self.tag, y, times(partial, self.tangent))

    def _shared(self, y: Value, slope: Any) -> Value:
        """The result of a primitive that may not take its argument, where its partial is not a plain real."""
        if slope is None:
            return y
        if type(slope) is Share:
            return Dual(self.tag, y, closed(self.tag, slope.of(opened(self.tag, self.tangent))))
        return Dual(self.tag, y, times(slope, self.tangent))

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Dual:
        """A primitive of two arguments, at least one of them of this tag and none of a higher."""
        tag = self.tag
        da = db = None
        if type(a) is Dual and a.tag == tag:
            da = a.tangent
            a = a.primal
        if type(b) is Dual and b.tag == tag:
            db = b.tangent
            b = b.primal
        y = primitive.apply(a, b)
        pa: Any
        pb: Any
        pa, pb = primitive.partials
        if da is not None:
            slope = pa if type(pa) is float else pa(y, a, b)
            dy = slope * da if type(slope) is float and type(da) is float else times(slope, da)
            if db is not None:
                slope = pb if type(pb) is float else pb(y, a, b)
                other = slope * db if type(slope) is float and type(db) is float else times(slope, db)
                dy = dy + other if type(dy) is float and type(other) is float else add(dy, other)
        else:
            dy = times(pb if type(pb) is float else pb(y, a, b), db)
        if type(y) is not float:
            dy = shaped(dy, y)
        return Dual(tag, y, dy)

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive at numbers, at least one of them of this tag and none of a higher."""
        tag = self.tag
        if len(numbers) == 1 and isinstance(primitive, General) and not primitive.drops:  # in a short way
            x = self.primal
            y = primitive.apply(x, **statics)
            dy = primitive.rules[0].push(self.tangent, y, x, **statics)
            return Dual(tag, y, closed(tag, dy) if type(dy) is Batch else dy)
        primals: list[Value] = []
        tangents: list[Value] = []
        for x in numbers:
            if type(x) is Dual and x.tag == tag:
                primals.append(x.primal)
                tangents.append(x.tangent)
            else:
                primals.append(x)
                tangents.append(None)
        dy = None
        if isinstance(primitive, General):
            y = primitive.apply(*primals, **statics)
            for tangent, rule in zip(tangents, primitive.rules):
                if tangent is not None:
                    if primitive.drops:
                        tangent = opened(tag, tangent)
                    term = rule.push(tangent, y, *primals, **statics)
                    dy = term if dy is None else add(dy, term)
            if type(dy) is Batch:
                dy = closed(tag, dy)
        elif isinstance(primitive, Assembly):
            y = primitive.apply(primals, **statics)
            dy = self._put_together(primitive, tangents, primals, statics)
        else:
            y = primitive.at(primals, statics)
            dy = pushed(primitive, tangents, y, primals)
            if dy is None:
                return y
        return Dual(tag, y, dy)

    def _put_together(
        self, primitive: Assembly, tangents: list[Value], primals: list[Value], statics: Statics
    ) -> Value:
        """The tangent of parts that are put together, some of which have none."""
        tag = self.tag
        if None not in tangents:
            return closed(tag, primitive.apply(tangents, **statics))
        each = tuple(map(type, tangents))
        kinds = {*each}
        if kinds == REALS and not statics:
            tangent = primitive.value([0.0 if t is None else t for t in tangents])
            return Batch.of_plain(tag, tangent, _reached(primitive, each))
        pairs = list(zip(tangents, primals, strict=True))
        if Batch in kinds and any(type(t) is Batch and t.tag == tag for t in tangents):
            n = count_of(tag, tangents)
            filled = [absent(tag, n, shape_of(x)) if t is None else opened(tag, t) for t, x in pairs]
            return closed(tag, primitive.apply(filled, **statics))
        filled = [_repeated(0.0, x) if t is None else t for t, x in pairs]
        tangent = primitive.apply(filled, **statics)
        if not all(t is None or counts(t) for t in tangents):
            return tangent
        present = [_repeated(0.0 if t is None else 1.0, x) for t, x in pairs]
        return of_one(tag, tangent, primitive.value(present, **statics))

    def element(self, i: int) -> Dual:
        """The i-th element of an array."""
        return Dual(self.tag, element(self.primal, i), element(self.tangent, i))


@lru_cache(maxsize=256)
def _reached(primitive: Assembly, kinds: tuple[type, ...]) -> np.ndarray:
    """Which elements there are of reals that are put together, if those are there that are floats; as a batch
    of one.
    """
    return plain_data(primitive.value(tuple([float(kind is float) for kind in kinds])))[np.newaxis] != 0.0


def _repeated(number: float, x: Value) -> Value:
    return number if type(x) is float else broadcast_to(number, shape_of(x))
