"""A function recorded at a point: what the passes of the derivative operators run over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import run
from vlad_py.native.abstract import Applied, Backward, Slope, Switch
from vlad_py.native.ir import Name, Region
from vlad_py.native.kinds import generalised, refilled
from vlad_py.native.leaf_types import is_a_number
from vlad_py.native.types import BOOLEAN
from vlad_py.native.unknown import NamedList, name_of, real
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import Value, is_function

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser


class Recorded:
    """f at x: a region whose parameters stand for the reals of x, and what it gives.

    The region's results are the reals of the value's data; functions in it stay what they are. An unknown
    boolean in x has no derivative. It is not a parameter; the region captures it.
    """

    def __init__(self, s: Specialiser, function: Value, point: Value) -> None:
        if any(isinstance(leaf, (Slope, Applied, Backward)) for leaf in leaves(point)):
            raise NotNative("a derivative with respect to a derivative that is a function")
        template, fresh, names = generalised(s.builder, point)
        both = list(zip(fresh, names, strict=True))
        template = refilled(s.builder, template, [old if old.type == BOOLEAN else new for new, old in both])
        parameters, self.points = ([n for n in each if n.type != BOOLEAN] for each in (fresh, names))
        with s.builder.into([]) as ops:
            self.value = run(s.call(function, template))
        self.leaves = list(data_leaves(self.value))
        unsettled = [leaf for leaf in self.leaves if not gives_function(leaf)]
        if any(type(leaf) is Switch for leaf in (*unsettled, *leaves(point))):
            raise NotNative("the derivative of a value that is one of several")
        results = [name_of(leaf) for leaf in self.leaves if may_vary(leaf)]
        self.region = Region(parameters, ops, results)
        self.builder = s.builder

    def having(self, results: list[Name]) -> Value:
        """The value, as a pass over the region gives it."""
        rest = iter(results)

        def leaf(item: Value) -> Value:
            if type(item) is NamedList:
                return item.having(next(rest))
            return real(self.builder, next(rest)) if is_a_number(item) else item

        return transform(self.value, leaf, data_parts)


def data_leaves(value: Value) -> Iterator[Value]:
    """Every leaf of a structure; a function is a leaf."""
    todo = [value]
    while todo:
        item = todo.pop()
        inner = data_parts(item)
        if inner is None:
            yield item
        else:
            todo.extend(inner[::-1])


def gives_function(leaf: Value) -> bool:
    """Whether a leaf is a function, or one of several functions."""
    return all(map(is_function, leaf.options if type(leaf) is Switch else (leaf,)))


def may_vary(leaf: Value) -> bool:
    """Whether a leaf is a number, or a list of unknown length."""
    return is_a_number(leaf) or type(leaf) is NamedList
