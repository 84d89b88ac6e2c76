"""Calls that reverse mode runs again: on the tape they are one node, and keep only what went in.

Such a call is a function of the numbers of the tape in it, as one array, to the numbers of its value, as
another. The node between these two has the adjoint that runs the call again, on a tape of its own, and sweeps
that. So the tape never holds more than one such call and what stands between two of them.

Source: A. Griewank and A. Walther, "Evaluating Derivatives", second edition (SIAM 2008), chapter 12.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vlad_py.ground.errors import Bug
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import Adjoint
from vlad_py.primitives.shapes import element, gather, reshape_to, scatter
from vlad_py.values.structure import distinct_leaves, is_data, transform
from vlad_py.values.values import (
    Binder,
    Number,
    Pullback,
    Value,
    is_array,
    is_numeric,
    shape_of,
    size_of,
)

Run = Callable[[Value, Value], Value]
Places = tuple[float, ...]  # of numbers in a structure, counted from 0

_runs: list[Run] = []


def run_by(run: Run) -> None:
    """Says how a function of the language is called during a sweep."""
    _runs[:] = [run]


# ── structures and arrays ────────────────────────────────────────────────────────────────────


def vector(numbers: list[Value]) -> Value:
    """All elements of reals and arrays, one after another."""
    parts, indices, start = [], [], 0
    for number in numbers:
        size = size_of(number)
        is_many = is_array(number)
        parts.append(reshape_to(number, shape=(size,)) if is_many else number)
        indices.append(slice(start, start + size) if is_many else start)
        start += size
    return scatter(tuple(parts), indices=tuple(indices), shape=(start,))


def parts_of(line: Value, numbers: list[Value]) -> Iterator[Value]:
    """The elements of a vector as reals and arrays of the shapes of others."""
    start = 0
    for number in numbers:
        size = size_of(number)
        if is_array(number):
            yield reshape_to(gather(line, index=slice(start, start + size)), shape=shape_of(number))
        else:
            yield element(line, start)
        start += size


def _numbers(structure: Value) -> list[Value]:
    """The reals and arrays of a structure, those of a shared part once."""
    found: list[Value] = []

    def leaf(value: Value) -> Value:
        if is_numeric(value):
            found.append(value)
        return value

    transform(structure, leaf, once=True)
    return found


def _replaced(structure: Value, new: Iterator[Value], is_new: Callable[[int], bool]) -> Value:
    """The structure with other reals and arrays in the places, counted from 0, that are new."""
    count = 0

    def leaf(value: Value) -> Value:
        nonlocal count
        if not is_numeric(value):
            return value
        count += 1
        return next(new) if is_new(count - 1) else value

    return transform(structure, leaf, once=True)


# ── what the library asks ────────────────────────────────────────────────────────────────────


def _runs_again(tag: int, point: Value) -> bool:
    """Whether a call may be run again at a point: it is on a tape, and no derivative that is a function is
    in it, which would have the tape inside.
    """
    found = False
    for leaf in distinct_leaves(point):
        if isinstance(leaf, (Binder, Pullback)):
            return False
        found = found or (isinstance(leaf, Node) and leaf.tag == tag)
    return found


def _places(tag: int, point: Value) -> Places:
    numbers = enumerate(_numbers(point))
    return tuple([float(i) for i, x in numbers if isinstance(x, Number) and x.tag == tag])


def _taken(point: Value, places: Places) -> tuple[Value, ...]:
    numbers = _numbers(point)
    return tuple([numbers[int(i)] for i in places])


def _put(point: Value, places: Places, inputs: tuple[Value, ...]) -> Value:
    chosen = {int(i) for i in places}
    return _replaced(point, iter(inputs), chosen.__contains__)


def _later(tag: int, point: Value, places: Places, value: Value, back: Value) -> Value:
    numbers = _numbers(value)
    if not numbers:
        return value
    source = vector([*_taken(point, places)])
    assert isinstance(source, Node)
    line = node(tag, vector(numbers), (link_of(source), Adjoint(_again, back, value)))
    return _replaced(value, parts_of(line, numbers), lambda i: True)


def _again(cotangent: Value, back: Value, value: Value) -> Value:
    """The cotangent of what went in: `back` runs the call again and sweeps it."""
    if not _runs:
        raise Bug("nothing runs functions during a sweep")
    return vector([*_runs[0](back, tuple(parts_of(cotangent, _numbers(value))))])  # type: ignore[misc]


def _internal(name: str, arity: int, doc: str, value: Callable[..., Value]) -> None:
    structural(name, arity, doc=doc, value=value, internal=True, of_tags=True)


_internal("runs_again", 2, "Whether a call at x may be run again in the sweep of a tag.", _runs_again)
_internal("is_data", 1, "Whether no functions are in a value.", is_data)
_internal("places_of", 2, "places_of(tag, x): where x has numbers of a tag, counting its numbers.", _places)
_internal("taken_from", 2, "taken_from(x, places): a tuple of the numbers there.", _taken)
_internal("put_into", 3, "put_into(x, places, a): x with the items of a tuple for its numbers there.", _put)
_internal(
    "numbers_of", 1, "numbers_of(x): a tuple of the reals and arrays of x.", lambda x: tuple(_numbers(x))
)
_internal("later", 5, "later(tag, x, places, y, back): y on the tape, whose cotangents `back` takes.", _later)
