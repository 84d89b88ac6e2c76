"""Batches: many tangents at once, for many directions in one forward pass.

A dual whose tangent is a batch carries a derivative for each of several directions; its primal and all
partial derivatives are computed once for all of them. A batch knows which elements of its tangents are there:
the others no direction reaches, so nothing comes of them, even where a partial derivative is infinite. The
tangent of a single direction that does not reach all of an array is a batch of one.

Source: multi-directional forward mode, as in J. Revels, M. Lubin, T. Papamarkou, "Forward-mode automatic
differentiation in Julia" (2016); that what has no rule for a batch runs element by element is this project's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeGuard

from vlad_py.ground.late_numpy import np
from vlad_py.ground.nans import all_finite
from vlad_py.numbers.chain import kept
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Assembly, Bilinear, Choosing, Elementwise, General, Linear
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import broadcast_to, gather, plain_data, reshape_to, stack_of
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Number, Statics, Value, plain, shape_of

Shape: TypeAlias = tuple[int, ...]
Mask: TypeAlias = Any  # a numpy array of booleans; None where all are true


ABSENT = b"\0"  # a false one among booleans
SUMS = (Form.SUM, Form.DIFFERENCE)  # they are there if one of their terms is
SMALL = 64  # elements, of which what is there is remembered


class Batch(Number):
    """Several reals, or arrays of one shape, along the first dimension of the array `items`; `there` says of
    each of their elements whether a direction reaches it, or is None if one reaches all. What is not there
    is 0.

    It stands in the tangents of the differentiation `tag` only. `primal` is one of the items without any
    tag: it has their shape, and nobody asks for its value.
    """

    __slots__ = ("items", "there")
    by_pieces = True

    def __init__(self, tag: int, items: Value, there: Mask = None) -> None:
        self.tag = tag
        self.items = items
        self.there = there
        data = items if type(items) is Array else plain(items)
        if type(data) is Array:
            self.primal = Array(data.data[0]) if data.data.ndim > 1 else 0.0
        else:
            self.primal = broadcast_to(0.0, shape_of(items)[1:])

    @classmethod
    def of_plain(cls, tag: int, tangent: Value, there: np.ndarray) -> Batch:
        """The batch of one tangent, a plain array; `there` is for the batch."""
        assert type(tangent) is Array
        batch = cls.__new__(cls)
        batch.tag = tag
        batch.items = Array(tangent.data[np.newaxis])
        batch.primal = tangent
        batch.there = there
        return batch

    def pieces(self) -> tuple[Value, ...]:
        """The items."""
        return (self.items,)

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Batch:
        """The batch with other items, under a tag."""
        return Batch(tag, held[0], self.there)

    def lift1(self, primitive: Elementwise) -> Batch:
        """A primitive of one real, element by element."""
        return Batch(self.tag, primitive.apply(self.items), self.there)

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Batch:
        """A primitive of two reals, element by element, at least one of them a batch of this tag."""
        of_a, of_b = len(shape_of(a)), len(shape_of(b))
        dimensions = of_a if of_a > of_b else of_b
        x, left = self._operand(a, of_a, dimensions)
        y, right = self._operand(b, of_b, dimensions)
        result = primitive.apply(x, y)
        if left is None and right is None:
            return Batch(self.tag, result)
        if primitive.form in SUMS:
            return Batch(self.tag, result, together(left, right))
        there = right if left is None else left if right is None else np.logical_and(left, right)
        if there.shape != shape_of(result):
            there = np.broadcast_to(there, shape_of(result))
        factor = b if left is not None else a
        if not (primitive.form is Form.PRODUCT and is_finite(factor)):
            result = kept(result, there)
        return Batch(self.tag, result, there)

    def _operand(self, x: Value, own: int, dimensions: int) -> tuple[Value, Mask]:
        """The items of an operand of so many dimensions, as many after the first as the other operand has;
        and which elements are there, in that shape. A constant is as it is, and all of it there.
        """
        if type(x) is not Batch or x.tag != self.tag:
            return x, None
        items, there = x.items, x.there
        if there is not None and there.ndim <= dimensions:
            missing = dimensions + 1 - there.ndim
            there = there.reshape(len(there), *(1,) * missing, *there.shape[1:])
        if own < dimensions:
            count, *rest = shape_of(items)
            items = reshape_to(items, shape=(count, *(1,) * (dimensions - own), *rest))
        return items, there

    def _items(self, x: Value) -> Value:
        """The items of a batch of this tag; a constant as it is."""
        return x.items if type(x) is Batch and x.tag == self.tag else x

    def _holds(self, x: Value) -> TypeGuard[Batch]:
        return type(x) is Batch and x.tag == self.tag

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive at numbers: at once where its entry says how, else item by item."""
        if self._is_single() and isinstance(primitive, Linear):
            present = self._present(primitive, statics)
            return of_one(self.tag, primitive.value(self.primal, **statics), present)
        if isinstance(primitive, Choosing):
            return self._chosen(primitive, *numbers)
        at_once = primitive.batched if isinstance(primitive, (General, Assembly)) else None
        held = tuple([self._holds(x) for x in numbers])
        there = self._reached(primitive, numbers, held, statics)
        if at_once is not None and isinstance(primitive, Linear):
            return Batch(self.tag, at_once(self.items, **statics), there)
        if at_once is not None:
            items = map(self._items, numbers)
            alone = isinstance(primitive, General) and len(numbers) == 1
            results = at_once(*items, **statics) if alone else at_once(held, *items, **statics)
            if there is not None and there.shape != shape_of(results):
                there = np.broadcast_to(there, shape_of(results))
            return Batch(self.tag, results, there)
        results = self._one_by_one(primitive, [self._items(x) for x in numbers], held, statics)
        if there is not None and there.shape != shape_of(results):
            there = np.broadcast_to(there, shape_of(results))
        return Batch(self.tag, results, there)

    def _is_single(self) -> bool:
        """Whether it is a single direction's tangent of a plain array: that is its primal."""
        return (
            type(self.items) is Array
            and type(self.primal) is Array
            and self.there is not None
            and len(self.there) == 1
        )

    def _present(self, primitive: Linear, statics: Statics) -> Value:
        """What a linear function gives of 1 for what is there of a single direction's tangent, and 0 else."""
        there = self.there
        if there.size <= SMALL:
            try:
                return _remembered(primitive, there.tobytes(), there.shape, tuple(statics.items()))
            except TypeError:  # a slice among the indices has no hash
                pass
        return primitive.value(Array(there[0].astype(np.float64)), **statics)

    def _one_by_one(
        self, primitive: Primitive, numbers: list[Value], held: tuple[bool, ...], statics: Statics
    ) -> Value:
        results = []
        for i in range(shape_of(self.items)[0]):
            items = [gather(x, index=i) if own else x for x, own in zip(numbers, held, strict=True)]
            results.append(primitive.at(items, statics))
        return stack_of(tuple(results))

    def _chosen(self, primitive: Choosing, condition: Value, a: Value, b: Value) -> Batch:
        """Elements of two operands by a condition; a constant 0 among them is not there."""
        sizes = [len(shape_of(x)) for x in (condition, a, b)]
        x, of_x = self._operand(a, sizes[1], max(sizes))
        y, of_y = self._operand(b, sizes[2], max(sizes))
        result = primitive.apply(condition, x, y)
        if all(self._holds(x) and x.there is None for x in (a, b)):
            return Batch(self.tag, result)
        data = plain_data(condition)
        masks = [x != 0.0 if type(x) is float else mask for x, mask in ((a, of_x), (b, of_y))]
        left, right = (True if mask is None else mask for mask in masks)
        return Batch(self.tag, result, np.broadcast_to(np.where(data != 0.0, left, right), shape_of(result)))

    def _reached(
        self, primitive: Primitive, numbers: tuple[Value, ...], held: tuple[bool, ...], statics: Statics
    ) -> Mask:
        """Which elements of a result are there: those that something is added to which is."""
        masks = [x.there for x in numbers if self._holds(x)]
        if all(mask is None for mask in masks):
            return None
        if not isinstance(primitive, (Linear, Bilinear, Assembly)):  # any element may depend on any
            whole = [mask for mask in masks if mask is not None]
            if len(whole) < len(masks):
                return None
            found = [np.any(mask, tuple(range(1, mask.ndim))) for mask in whole]
            shape = shape_of(primitive.at([self._one(x) for x in numbers], statics))
            return np.logical_or.reduce(found).reshape(-1, *(1,) * len(shape))
        dimensions = [len(shape_of(x)) for x in numbers] if isinstance(primitive, Bilinear) else []
        if sorted(dimensions) == [1, 2] and held[dimensions.index(1)] > held[dimensions.index(2)]:
            return np.any(masks[0], 1, keepdims=True)  # a matrix times vectors
        is_short = isinstance(primitive, Assembly) and primitive.batched is not None and not statics
        if is_short and len(masks) == len(numbers):
            known = [mask.tobytes() for mask in masks if mask is not None and mask.ndim == 1]
            if len(known) == len(masks) and masks[0].size <= SMALL:  # reals, each with a tangent
                return _assembled(primitive, tuple(known))
        ones = [self._ones(x) for x in numbers]
        if isinstance(primitive, Linear) and primitive.batched is not None:
            counts = primitive.batched(*ones, **statics)
        elif not isinstance(primitive, Linear) and primitive.batched is not None:
            counts = primitive.batched(held, *ones, **statics)
        else:
            counts = self._one_by_one(primitive, ones, held, statics)
        return counts.data != 0.0

    def _one(self, x: Value) -> Value:
        return gather(x.items, index=0) if self._holds(x) else x

    def _ones(self, x: Value) -> Value:
        """1 for what is there of an operand and 0 for what is not."""
        if self._holds(x) and x.there is not None:
            return Array(x.there)
        return broadcast_to(1.0, shape_of(self._items(x)))

    def element(self, i: int) -> Batch:
        """The i-th element of every item."""
        items = self.items
        there = None if self.there is None else self.there[:, i]
        if type(items) is Array:  # the short way that loops need
            return Batch(self.tag, Array(items.data[:, i]), there)
        return Batch(self.tag, gather(items, index=(slice(None), i)), there)


@lru_cache(maxsize=256)
def _remembered(primitive: Linear, there: bytes, shape: Shape, statics: tuple[tuple[str, Any], ...]) -> Value:
    data = np.frombuffer(there, bool).astype(np.float64).reshape(shape)
    return primitive.value(Array(data[0]), **dict(statics))


@lru_cache(maxsize=256)
def _assembled(primitive: Assembly, masks: tuple[bytes, ...]) -> Mask:
    """What is there of reals that are put together, of each of which so much is."""
    assert primitive.batched is not None
    ones = [Array(np.frombuffer(mask, bool).astype(np.float64)) for mask in masks]
    found = primitive.batched((True,) * len(ones), *ones).data != 0.0
    return None if found.all() else found


def is_finite(x: Value) -> bool:
    """Whether a factor is known to be finite, with all its derivatives by older differentiations."""
    if type(x) is float:
        return x - x == 0.0
    return type(x) is Array and all_finite(x.data)


def partly(tag: int, tangent: Value) -> Value:
    """A tangent that a program gave: a zero in it is not there, unless an outer differentiation varies it.

    A batch of one where some of an array's elements are there; `()` where nothing is.
    """
    if type(tangent) is float:
        return () if tangent == 0.0 else tangent
    if type(tangent) is not Array:
        return tangent
    there = tangent.data != 0.0
    if there.all():
        return tangent
    return Batch(tag, Array(tangent.data[np.newaxis]), there[np.newaxis]) if there.any() else ()


def opened(tag: int, tangent: Value) -> Value:
    """A tangent that keeps account of what is there of it, where that can be told."""
    if type(tangent) is Batch and tangent.tag == tag:
        if tangent.there is not None:
            return tangent
        return Batch(tag, tangent.items, np.ones(shape_of(tangent.items), bool))
    if not counts(tangent):
        return tangent
    data = plain(tangent)
    if isinstance(data, Indefinite):  # code that is being written would have to know elements of conditions
        raise data.several()
    items = reshape_to(tangent, shape=(1, *shape_of(tangent)))
    return Batch(tag, items, np.ones(shape_of(items), bool))


def counts(tangent: Value) -> bool:
    """Whether what is there of a tangent can be told: not for numbers that are innermost what a float is,
    unless they stand for one float in code that is being written.
    """
    if type(tangent) is float or type(tangent) is Array:
        return True
    innermost = tangent
    while isinstance(innermost, Number) and isinstance(innermost.primal, Number):
        innermost = innermost.primal
    data = plain(innermost)
    if isinstance(data, Indefinite):
        return data.is_unknown
    return not isinstance(innermost, Number) or innermost.tag != 0


def of_one(tag: int, tangent: Value, present: Value) -> Value:
    """The tangent of a single direction, of which an array, or a real, says by 1 and 0 what is there."""
    if type(present) is not Array:
        return tangent if present != 0.0 else Batch(tag, Array(np.array([tangent])), np.array([False]))
    there = present.data != 0.0
    if there.all():
        return tangent
    if type(tangent) is Array:
        return Batch.of_plain(tag, tangent, there[np.newaxis])
    return Batch(tag, reshape_to(tangent, shape=(1, *there.shape)), there[np.newaxis])


def absent(tag: int, count: int, shape: Shape) -> Batch:
    """The tangent of what no direction reaches, for so many directions."""
    return Batch(tag, Array(np.zeros((count, *shape))), np.zeros((count, *shape), bool))


def first_of(batch: Batch) -> Value:
    """The tangent of the first direction."""
    if type(batch.items) is Array and type(batch.primal) is Array:
        return batch.primal
    return gather(batch.items, index=0)


def closed(tag: int, tangent: Value) -> Value:
    """The same tangent, without the account if all of it is there."""
    if type(tangent) is not Batch or tangent.tag != tag or tangent.there is None:
        return tangent
    there = tangent.there
    if ABSENT in there.tobytes() if there.size <= SMALL else not there.all():
        return tangent
    if shape_of(tangent.items)[0] == 1:
        return first_of(tangent)
    return Batch(tag, tangent.items)


def count_of(tag: int, tangents: Iterable[Value]) -> int:
    """For how many directions tangents of one differentiation are."""
    for tangent in tangents:
        if type(tangent) is Batch and tangent.tag == tag:
            return shape_of(tangent.items)[0]
    return 1


def together(*masks: Mask) -> Mask:
    """What is there of a sum, if so much is there of its terms."""
    first = masks[0]
    for mask in masks[1:]:
        if mask is not first:
            if first is None or mask is None:
                return None
            first = first | mask
            if first.ndim == 1 and ABSENT not in first.tobytes():  # of numpy's ways the fastest
                return None
    return first
