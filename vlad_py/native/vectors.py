"""Rules of primitives for arrays of unknown length, which are lists of their elements or rows in cells.

Elementwise functions are loops over the cells. What has no rule here is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, done
from vlad_py.native import list_ops, loops
from vlad_py.native.cells import head, tail
from vlad_py.native.leaf_types import is_a_number, is_a_real, is_an_array, is_unknown_array
from vlad_py.native.lists import consed, expect_item, folded, of_lists, refuse, reversed_
from vlad_py.native.unknown import NamedList
from vlad_py.native.widening import item_of, listed
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.products import matmul
from vlad_py.primitives.shapes import total
from vlad_py.values.values import NIL, Value, make_list, shape_of

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

Step = Callable[[Value, tuple[Value, ...]], Value]
OTHER_SHAPES = "arrays of unknown length with arrays of other shapes"


def rule_of(primitive: Primitive, arguments: tuple[Value, ...]) -> Callable[..., Value] | None:
    """The rule of an elementwise primitive where it is given arrays of unknown length; else None.

    NotNative where a primitive without a rule is given lists or arrays of unknown length.
    """
    if isinstance(primitive, Elementwise) and any(map(is_unknown_array, arguments)):
        return partial(elementwise, primitive)
    refuse(primitive, arguments)
    return None


def elementwise(primitive: Primitive, s: Specialiser, *arguments: Value) -> Value:
    """Applies a primitive to the elements in each place."""
    long = [x for x in arguments if is_unknown_array(x)]
    rank = len(shape_of(long[0].item))
    for x in arguments:
        fits = len(shape_of(x.item)) == rank if type(x) is NamedList else is_a_number(x)
        if not fits or len(shape_of(x)) > rank:
            raise NotNative(OTHER_SHAPES)
    if rank and any(map(shape_of, arguments)):
        expect_item(s, long[0])

    def of(elements: tuple[Value, ...]) -> Value:
        rest = iter(elements)
        return s.apply(primitive, tuple([next(rest) if is_unknown_array(x) else x for x in arguments]))

    return mapped(s, of, long)


def mapped(s: Specialiser, of: Callable[[tuple[Value, ...]], Value], arrays: list[NamedList]) -> NamedList:
    """The array of a function's results, which are numbers, for the elements in each place."""
    mark = s.mark()
    with s.builder.into([]):
        kind = item_of(s.builder, (make_list((of(tuple([x.item for x in arrays])),)),))
    s.reset(mark)

    def step(found: Value, elements: tuple[Value, ...]) -> Value:
        assert isinstance(found, NamedList)
        return consed(s, of(elements), found)

    found = together(s, arrays, listed(s.builder, kind, NIL), step)
    assert isinstance(found, NamedList)
    return reversed_(s, found).as_array()


def together(s: Specialiser, arrays: list[NamedList], start: Value, step: Step) -> Value:
    """The result of a fold over several arrays, with a step for the elements in each place. Guards that the
    arrays have one length.
    """
    first, *others = [x.as_list() for x in arrays]
    for other in others:
        lengths = [list_ops.length(s.builder, x.name) for x in (first, other)]
        s.builder.guard(s.builder.compare("==", *lengths), "arrays of different lengths")

    def body(state: tuple[Value, ...], element: Value) -> Walk[tuple[Value, ...]]:
        found, *rests = state
        elements = (element, *map(head, rests))  # type: ignore[arg-type]
        return done((step(found, elements), *map(tail, rests)))  # type: ignore[arg-type]

    return loops.over_list(s, body, (start, *others), first)[0]


@of_lists("sum")
def _sum(s: Specialiser, value: Value) -> Value:
    if not (is_unknown_array(value) and shape_of(value.item)):
        return NotImplemented
    return folded(s, value, 0.0, lambda found, row: add(found, total(row, axis=None)))


@of_lists("@", looks_at_texts=True)
def _matmul(s: Specialiser, a: Value, b: Value) -> Value:
    if is_unknown_array(a) and shape_of(a.item) and is_an_array(b):
        expect_item(s, a)
        return mapped(s, lambda row: matmul(row[0], b), [a])
    return _product(s, a, b)


@of_lists("dot", looks_at_texts=True)
def _product(s: Specialiser, *sides: Value) -> Value:
    """The scalar product of two vectors of unknown length."""
    vectors = [x for x in sides if is_unknown_array(x) and is_a_real(x.item)]
    if not len(vectors) == len(sides) == 2:
        raise NotNative(OTHER_SHAPES)
    return together(s, vectors, 0.0, lambda found, pair: add(found, mul(*pair)))


@of_lists("indexed", looks_at_texts=True)
def _indexed(s: Specialiser, value: Value, indices: Value) -> Value:
    if not is_unknown_array(value) or not isinstance(indices, tuple) or not indices:
        return NotImplemented
    found = s.apply(PRIMITIVES["index"], (value, indices[0]))
    return s.apply(PRIMITIVES["indexed"], (found, indices[1:])) if indices[1:] else found
