"""Each: a number that stands for every item of a batch, so that `batched(f)` calls f once.

It holds its items along the first dimension of an array. If the entry of a primitive says how (`batched`),
the primitive acts on all of them at once, else on one after another. A test on which the items disagree has
no answer here: it raises `Unbatched`, and the batch is computed item by item.

Source: the batching interpretation of `vmap`, as in J. Bradbury et al., "JAX: composable transformations of
Python+NumPy programs" (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.each.items import are_traced, check_one, elementwise, padded
from vlad_py.numbers.nan_inside import is_nan
from vlad_py.primitives.arithmetic import mul, sub
from vlad_py.primitives.choice import Mask, choose, untagged
from vlad_py.primitives.kinds import Assembly, Choosing, Elementwise, General, Linear, OfMany
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.shapes import gather, reshape_to, stack_of, total
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Number, Statics, Value, is_primal, plain, shape_of

Condition: TypeAlias = Any  # False, or a `Split`

DIFFER = "a condition differs between its items"
ASKED = "a step needs the value of each item"
UNDEFINED = "a nan came of it"
UNFIT = "a step does not take its items"


class Unbatched(Exception):
    """The batch of a tag cannot be computed in one pass; `why` says so in words."""

    def __init__(self, tag: int, why: str) -> None:
        super().__init__(tag, why)
        self.tag = tag
        self.why = why


class Each(Number):
    """Every item of the batch `tag`, which stand along the first dimension of the array `items`. These may be
    numbers of older tags: what a differentiation around the batch varies.
    """

    __slots__ = ("items",)
    of_differentiation = False

    def __init__(self, tag: int, items: Value) -> None:
        self.tag = tag
        self.items = items
        if type(items) is not Array:
            _check_items(tag, items)

    @property
    def primal(self) -> Several:  # type: ignore[override]
        """What tests ask: made anew, as a cycle of two would keep the items until a collection."""
        return Several(self)

    def __bool__(self) -> bool:
        # reached by a condition, as an array is
        raise Unbatched(self.tag, ASKED)

    def pieces(self) -> tuple[Value, ...]:
        """The items."""
        return (self.items,)

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Each:
        """The batch with other items."""
        return Each(tag, *held)

    def note(self, text: str) -> None:
        """Tells whoever observes the items."""
        if isinstance(self.items, Number):
            self.items.note(text)

    def without_tags(self) -> Each:
        """The same items, without the differentiations around the batch."""
        items = untagged(self.items)
        return self if items is self.items else Each(self.tag, items)

    def lift1(self, primitive: Elementwise) -> Each:
        """A primitive of one real, element by element."""
        return Each(self.tag, elementwise(primitive, (self.items,)))

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Each:
        """A primitive of two reals, element by element, at least one of them of this batch."""
        return Each(self.tag, elementwise(primitive, self.aligned((a, b))))

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Each:
        """A primitive at numbers, at least one of them of this batch and none of a higher tag."""
        if isinstance(primitive, Elementwise):
            return Each(self.tag, elementwise(primitive, self.aligned(numbers)))
        if isinstance(primitive, Choosing):
            return Each(self.tag, primitive.apply(*self.aligned(numbers)))
        at_once = primitive.batched if isinstance(primitive, (General, Assembly, OfMany)) else None
        held = tuple([self._holds(x) for x in numbers])
        items = [x.items if own and isinstance(x, Each) else x for x, own in zip(numbers, held, strict=True)]
        is_apart = at_once is None
        if isinstance(
            primitive, OfMany
        ):  # of reals: at 0 and -0, functions of arrays may give the other sign
            is_apart = is_apart or any(map(shape_of, numbers)) or any(map(_has_negative_zero, items))
        if is_apart:
            return Each(self.tag, self._one_by_one(primitive, items, held, statics))
        assert at_once is not None
        try:
            if not isinstance(primitive, (Linear, OfMany)):  # whose callers have seen to it
                check_one(primitive, tuple(map(shape_of, numbers)), statics)
            if isinstance(primitive, General) and len(items) == 1:
                return Each(self.tag, at_once(*items, **statics))
            return Each(self.tag, at_once(held, *items, **statics))
        except (ValueError, IndexError) as error:  # numpy's: alone, an item has an answer or its own error
            raise Unbatched(self.tag, UNFIT) from error

    def element(self, i: int) -> Each:
        """The i-th element of every item."""
        return Each(self.tag, gather(self.items, index=(slice(None), i)))

    def aligned(self, numbers: tuple[Value, ...]) -> tuple[Value, ...]:
        """The items of all numbers of this batch, with dimensions of size 1 put after the first, so that
        they broadcast as single items do; all else as it is.
        """
        tag = self.tag
        sizes = [len(x.primal.shape if type(x) is Each else shape_of(x)) for x in numbers]
        dimensions = max(sizes)
        return tuple(
            [
                (x.items if size == dimensions else padded(x.items, dimensions - size))
                if type(x) is Each and x.tag == tag
                else x
                for x, size in zip(numbers, sizes, strict=True)
            ]
        )

    def _holds(self, x: Value) -> bool:
        return type(x) is Each and x.tag == self.tag

    def _one_by_one(
        self, primitive: Primitive, items: list[Value], held: tuple[bool, ...], statics: Statics
    ) -> Value:
        for x in items:
            if isinstance(x, Number):
                x.note(f"`{primitive.called}` in a batch: item by item")
        results = []
        for i in range(shape_of(self.items)[0]):
            own = [gather(x, index=i) if is_held else x for x, is_held in zip(items, held, strict=True)]
            results.append(primitive.at(own, statics))
        return stack_of(tuple(results))


def _check_items(tag: int, items: Value) -> None:
    """Unbatched unless the items are reals, perhaps those of another batch."""
    data = plain(items)
    if type(data) is not Array and type(data) is not Several and not are_traced(data):
        raise Unbatched(tag, f"it holds {getattr(data, 'plural', 'other numbers')}")


def _has_negative_zero(items: Value) -> bool:
    """Whether a -0 is among the innermost primals of reals."""
    data = plain(items)
    while type(data) is Several:
        data = plain(data.each.items)
    if type(data) is float:
        return data == 0.0 and bool(np.signbit(data))
    if isinstance(data, Indefinite) and data.is_unknown:
        raise data.several()
    if type(data) is not Array or data.data.all():
        return False
    return bool((np.signbit(data.data) & (data.data == 0.0)).any())


# ── what tests ask ───────────────────────────────────────────────────────────────────────────


class Several(Indefinite):
    """The innermost primal of every item: a test has an answer if it is the same for all of them."""

    __slots__ = ("each",)
    __hash__ = None  # type: ignore[assignment]
    noun = "an item of a batch"
    plural = "items of a batch"
    is_asked_first = True

    def __init__(self, each: Each) -> None:
        self.each = each
        if type(each.items) is Array:  # mostly
            self.shape = each.items.data.shape[1:]
            return
        self.shape = shape_of(each.items)[1:]

    def several(self) -> Any:
        """What the pass would have to know."""
        return Unbatched(self.each.tag, ASKED)

    unobserved = several

    def middle(self) -> Each:
        """The items, as constants to every differentiation."""
        return self.each.without_tags()

    def between(self, low: float, high: float) -> Each:
        """The items, which lie there."""
        return self.each

    def text(self) -> str:
        """There is none."""
        raise self.several()

    def ends(self, digits: int | None) -> None:
        """There are none."""
        raise self.several()

    def apply(self, primitive: Primitive) -> Each:
        """A piecewise constant primitive."""
        refuse_nan(self.each)
        return Each(self.each.tag, primitive.apply(self.each.items))

    def compare(self, primitive: Primitive, a: Value, b: Value) -> Value:
        """`<` and its kin: a boolean that holds for all items, or what `where` can choose by."""
        found = _compared(primitive.name, a, b)
        if shape_of(found):
            return found
        whole = verdict(found)
        return found_by(found) if whole is None else whole

    def equals(self, other: object) -> bool:
        """Whether two primals are equal. Unbatched where that differs between items."""
        if shape_of(_number(other)) != self.shape:
            return False
        equal = _equal(self, other)
        if self.shape:
            count = shape_of(equal.items)[0]
            unequal = total(reshape_to(sub(1.0, equal.items), shape=(count, -1)), axis=1)
            equal = Each(equal.tag, PRIMITIVES["<="].apply(unequal, 0.0))
        whole = verdict(equal)
        if whole is None:
            raise Unbatched(self.each.tag, DIFFER)
        return whole

    def same(self, other: object) -> Condition:
        """The condition that it and another primal are equal, item by item."""
        if are_traced(self.each.items):
            refuse_nan(self.each)
            return plain(self.each.items).same(other)  # type: ignore[attr-defined]
        return found_by(_equal(self, other))

    def __gt__(self, other: object) -> Condition:
        return found_by(_compared(">", self, other))

    def __lt__(self, other: object) -> Condition:
        return found_by(_compared("<", self, other))


class Split(Indefinite):
    """A condition that holds for some items, or some of their elements: `each` has 1 for these, else 0."""

    __slots__ = ("each",)
    __hash__ = None  # type: ignore[assignment]
    noun = "a condition of the items of a batch"
    is_condition = True

    def __init__(self, each: Each) -> None:
        self.each = each
        self.shape = shape_of(each)

    def several(self) -> Any:
        """What the pass would have to know."""
        return Unbatched(self.each.tag, DIFFER)

    def __bool__(self) -> bool:
        whole = verdict(self.each)
        if whole is None:
            raise self.several()
        return whole

    def text(self) -> str:
        """That of a boolean, if it is the same for all items."""
        return "true" if self else "false"

    def equals(self, other: object) -> bool:
        """Whether it is a boolean, which differs."""
        raise self.several()

    def __eq__(self, other: object) -> bool:
        raise self.several()

    def select(self, yes: Value, no: Value) -> Value:
        """One of two numbers for each item, or each element, which have all been computed."""
        whole = verdict(self.each)
        if whole is not None:
            return yes if whole else no
        if shape_of(yes) != shape_of(no) and not self.shape:  # one of them as it is, and no array of both
            raise self.several()
        return choose(self.each, yes, no)

    def both(self, other: Any) -> Condition:
        """Whether another condition holds as well."""
        if type(other) is bool:
            return self if other else False
        factor = Array(other.data.astype(np.float64)) if type(other) is Mask else other.each
        return found_by(mul(self.each, factor))

    def negated(self) -> Condition:
        """Whether the condition does not hold."""
        return found_by(sub(1.0, self.each))

    def taken(self, partial: Value) -> Value:
        """A partial derivative; of reals 0 where the condition does not hold."""
        return partial if self.shape else self.select(partial, 0.0)

    def at_point(self, there: Callable[[], Value], elsewhere: Callable[[], Value]) -> Value:
        """What a partial derivative is at a singular point, and elsewhere."""
        whole = verdict(self.each)
        if whole is not None:
            return there() if whole else elsewhere()
        return choose(self.each, there(), elsewhere())


def found_by(each: Each) -> Condition:
    """The condition that each of some elements is 1; False where none is."""
    return False if verdict(each) is False else Split(each)


def verdict(each: Each) -> bool | None:
    """Whether elements are 1 for all items, or 0 for all; None where they differ."""
    found: Any = untagged(each.items)
    while type(found) is Each:
        found = untagged(found.items)
    data = plain(found).data  # type: ignore[attr-defined]
    if not data.any():
        return False
    return True if data.all() else None


def _number(primal: object) -> Value:
    """The number that an innermost primal belongs to."""
    return primal.each if type(primal) is Several else primal


def _compared(name: str, a: object, b: object) -> Each:
    """1 where a comparison of primals holds, and 0 elsewhere."""
    numbers = (_number(a), _number(b))
    owner: Each = max((x for x in numbers if type(x) is Each), key=lambda x: x.tag)
    for x in numbers:
        if not (type(x) is Each or is_primal(x)) or isinstance(x, Indefinite):
            raise Unbatched(owner.tag, ASKED)
        refuse_nan(x)
    found = PRIMITIVES[name].apply(*owner.aligned(numbers))
    return Each(owner.tag, found)


def _equal(a: object, b: object) -> Each:
    at_least, at_most = _compared(">=", a, b), _compared("<=", a, b)
    found = mul(at_least, at_most)
    assert type(found) is Each
    return found


def refuse_nan(x: Value) -> None:
    """Unbatched where a number has a nan: alone, an item might have none, as what it does not take has no
    derivative.
    """
    if type(x) is Each and are_traced(x.items):
        plain(x.items).assume_no_nan()  # type: ignore[attr-defined]
    elif type(x) is Each and is_nan(x.items):
        raise Unbatched(x.tag, UNDEFINED)
