"""Writes operations of the IR, region by region; what is known is computed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from vlad_py.ground.errors import NotNative
from vlad_py.native.abstract import Numbering
from vlad_py.native.effort import MOST_OPS, Effort
from vlad_py.native.exits import TooLarge
from vlad_py.native.ir import Constant, Kind, Name, Op, Region, constant
from vlad_py.native.types import BOOLEAN, ArrayType, type_of_shape
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.values import NO_STATICS

DEEPEST = 60  # regions inside one another: the passes recur on them


class Builder:
    """Where operations are written: `ops` is the region that is open now."""

    def __init__(
        self, most: int = MOST_OPS, effort: Effort | None = None, *, chooses_points: bool = False
    ) -> None:
        self.most = most  # operations that may be written
        self.chooses_points = chooses_points  # see `unknown.py`: what a partial is at a singular point
        self.effort = effort or Effort(most)
        self.ops: list[Op] = []
        self.depth = 0
        self.count = 0
        self.made_zeros = False
        self.numbering = Numbering()  # of the kinds of values that are one of several
        self.sweeps = False
        self.before_sweep: Callable[[Region], Region] = lambda region: region  # see `checkpointing.py`

    def emit(
        self,
        kind: Kind,
        operands: list[Name],
        results: list[Name],
        what: Any = None,
        regions: tuple[Region, ...] = (),
    ) -> Op:
        """Writes an operation. TooLarge where there are too many."""
        op = Op(kind, operands, results, what, regions)
        self.ops.append(op)
        self.count += 1
        self.effort.spend()
        if self.count > self.most:
            raise TooLarge
        return op

    @contextmanager
    def into(self, ops: list[Op], *, is_function: bool = False) -> Iterator[list[Op]]:
        """Writes into another region for a while; that of a function is inside no other."""
        outer = self.ops, self.depth
        if self.depth >= DEEPEST and not is_function:
            raise NotNative("choices and loops nested too deeply")
        self.ops, self.depth = ops, 1 if is_function else self.depth + 1
        try:
            yield ops
        finally:
            self.ops, self.depth = outer

    # operations that give one value; what is known is computed here

    def prim(self, primitive: Primitive, operands: list[Name]) -> Name:
        """A primitive of reals; by the interpreter's own arithmetic where all of them are known."""
        known = [o.constant for o in operands]
        if None not in known:
            return constant(folded(primitive, known))
        result = Name()
        self.emit("prim", operands, [result], primitive)
        return result

    def compare(self, sign: str, a: Name, b: Name) -> Name:
        """A comparison of two reals."""
        if a.constant is not None and b.constant is not None:
            return constant(compared(sign, a.constant, b.constant))
        return self.boolean("compare", [a, b], sign)

    def both(self, a: Name, b: Name) -> Name:
        """Whether both of two booleans hold."""
        for x, other in ((a, b), (b, a)):
            if x.constant is not None:
                return other if x.constant else x
        return self.boolean("and", [a, b])

    def negated(self, a: Name) -> Name:
        """Whether a boolean does not hold."""
        if a.constant is not None:
            return constant(not a.constant)
        if a.op is not None and a.op.kind == "not":
            return a.op.operands[0]
        return self.boolean("not", [a])

    def same(self, a: Name, b: Name) -> Name:
        """Whether two booleans are equal."""
        for x, other in ((a, b), (b, a)):
            if x.constant is not None:
                return other if x.constant else self.negated(other)
        return self.boolean("same", [a, b])

    def select(self, condition: Name, yes: Name, no: Name) -> Name:
        """One of two values."""
        if condition.constant is not None:
            return yes if condition.constant else no
        if yes is no:
            return yes
        result = Name(yes.type)
        self.emit("select", [condition, yes, no], [result])
        return result

    def take(self, array: Name, indices: list[Name]) -> Name:
        """The element or part of an array at indices of its first dimensions, which are in range."""
        assert isinstance(array.type, ArrayType)
        result = Name(type_of_shape(array.type.shape[len(indices) :]))
        self.emit("take", [array, *indices], [result])
        return result

    def put(self, array: Name, part: Name, indices: list[Name]) -> Name:
        """An array with a part added at indices of its first dimensions, which are in range."""
        result = Name(array.type)
        self.emit("put", [array, part, *indices], [result])
        return result

    def guard(self, condition: Name, reason: str) -> None:
        """Leaves the unit where the condition does not hold."""
        if condition.constant is not True:
            self.emit("guard", [condition], [], reason)

    def boolean(self, kind: Kind, operands: list[Name], what: Any = None) -> Name:
        """An operation that gives a boolean."""
        result = Name(BOOLEAN)
        self.emit(kind, operands, [result], what)
        return result


def folded(primitive: Primitive, known: Sequence[Any]) -> float:
    """The value of a primitive at known reals."""
    value: Any = primitive.value_at(known, NO_STATICS)
    return value


def compared(sign: str, a: Constant, b: Constant) -> bool:
    """The value of a comparison of known reals."""
    return bool(PRIMITIVES[sign].value(a, b))
