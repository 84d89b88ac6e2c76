"""What an operation's pullback adds to the cotangents of its arguments: the terms of every sweep.

Four sweeps go over the tape: the one that computes (tape.py), the one made again where an infinity met what
was not taken (reach.py), the one that looks for the first overflow, and the one that traces write down. They
differ in what they keep; what a link contributes stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vlad_py.numbers.chain import times
from vlad_py.numbers.reverse.joint import unfolded
from vlad_py.primitives.choice import choose
from vlad_py.primitives.primitive import Adjoint
from vlad_py.primitives.shapes import Shape, scattered, sum_to
from vlad_py.values.values import Array, Value


def shape_at(entry: Any) -> Shape:
    """The shape of what stands at an entry of the tape."""
    return entry.primal if type(entry.primal) is tuple else ()


def index_of(partial: Value) -> Any:
    """The index by which an operation took elements of its argument; None for another operation."""
    if type(partial) is Adjoint:
        return partial.statics["index"] if partial.function is scattered else None
    return partial if type(partial) is int else None


def term(parent: Any, partial: Value, cotangent: Value, there: Any = None) -> Value:
    """The part of a cotangent that a link passes on to its parent, in the parent's shape.

    The partial is an `Adjoint`, the index of an element, or a partial derivative. `there` says which elements
    of the cotangent count; None: all.
    """
    return passed_on(shape_at(parent), partial, cotangent, there)


def passed_on(shape: Shape, partial: Value, cotangent: Value, there: Any = None) -> Value:
    """The same for a parent of a shape."""
    if type(partial) is Adjoint:
        return partial(cotangent)
    if type(partial) is int:
        return scattered(cotangent, index=partial, shape=shape)
    found = times(partial, cotangent)
    if there is not None and not there.all():
        found = choose(Array(there), found, 0.0)
    return sum_to(found, shape)


def terms(entry: Any, cotangent: Value) -> Iterator[tuple[Any, Value, Value]]:
    """What an operation on the tape passes on of its cotangent: parents, partials and terms."""
    links = unfolded(entry)
    for parent, partial in zip(links[::2], links[1::2], strict=True):
        yield parent, partial, term(parent, partial, cotangent)
