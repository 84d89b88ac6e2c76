"""The reals of structures: all of them in order, end to end, and others in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.shapes import element, joined, reshape_to, stack_of
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Value, is_array, is_real, shape_of, size_of


def reals_of(structure: Value) -> Iterator[Value]:
    """All reals of a structure, in order; an array's elements one by one, row by row."""
    for leaf in leaves(structure):
        if is_array(leaf):
            yield from elements(reshape_to(leaf, shape=(size_of(leaf),)))
        elif is_real(leaf):
            yield leaf


def elements(x: Value) -> Iterator[Value]:
    """The elements of an array along its first dimension."""
    if type(x) is Array and x.data.ndim == 1:
        return iter(x.data.tolist())
    return (element(x, i) for i in range(shape_of(x)[0]))


def refilled(leaf: Value, supply: Iterator[Value]) -> Value:
    """A real, or an array of the leaf's shape, of the next reals."""
    if not is_array(leaf):
        return next(supply)
    shape = shape_of(leaf)
    items = tuple(islice(supply, size_of(leaf)))
    return reshape_to(stack_of(items), shape=shape) if items else Array(np.zeros(shape))


def end_to_end(arrays: Sequence[Value]) -> Value:
    """At least one array, joined along the first dimension; one alone as it is."""
    return joined(tuple(arrays)) if len(arrays) > 1 else arrays[0]
