"""What every number declares: what it holds, and how it is rebuilt of other values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from vlad_py.differentiation.renaming import Renaming
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.each.each import Each
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.observed.direction import Direction
from vlad_py.numbers.observed.witness import Witness
from vlad_py.numbers.reverse.tape import ArrayNode, Node
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.values.values import Array, Number, Value

VECTOR = Array(np.array([1.0, 2.0]))
INPUT = Node(3, 1.0, ())


def numbers() -> list[Number]:
    """A number of each kind, with the tag 3."""
    return [
        Dual(3, 1.0, 2.0),
        Dual(3, VECTOR, Batch(3, Array(np.eye(2)))),
        Batch(3, VECTOR, np.array([True, False])),
        Taylor(3, [1.0, 2.0, 3.0], 4),
        Each(3, VECTOR),
        Direction(3, VECTOR),
        Witness(3, 1.0, {}),
        Node(3, 2.0, (INPUT, 4.0)),
        ArrayNode(3, VECTOR, ()),
    ]


class Marked(Number):
    """A number that no other file knows: its primal, and a mark."""

    __slots__ = ("mark",)

    def __init__(self, tag: int, primal: Value, mark: Value) -> None:
        self.tag = tag
        self.primal = primal
        self.mark = mark

    def pieces(self) -> tuple[Value, ...]:
        return self.primal, self.mark

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Marked:
        return Marked(tag, held[0], held[1])


@pytest.mark.parametrize("number", [*numbers(), Marked(3, 1.0, 2.0)], ids=lambda x: type(x).__name__)
def test_a_number_rebuilt_of_what_it_holds_is_the_same(number: Number) -> None:
    found: Any = number.rebuilt(3, number.held())
    assert type(found) is type(number)
    assert (found.tag, len(found.held())) == (3, len(number.held()))
    assert all(a is b for a, b in zip(found.held(), number.held(), strict=True))
    assert getattr(found, "there", None) is getattr(number, "there", None)


@pytest.mark.parametrize("number", [*numbers(), Marked(3, 1.0, 2.0)], ids=lambda x: type(x).__name__)
def test_a_linear_function_of_a_number_is_that_of_its_pieces(number: Number) -> None:
    if number.by_pieces:
        found: Any = number.mapped(lambda piece: (piece,))
        assert found.pieces() == tuple((piece,) for piece in number.pieces())


@pytest.mark.parametrize("make", [lambda inner: Marked(5, inner, 2.0), lambda inner: (inner, 1.0)])
def test_a_number_that_no_file_knows_is_renamed(make: Any) -> None:
    renamed: Any = Renaming(3, 7, lambda tag: True)(make(Marked(3, 1.0, Dual(3, 1.0, 2.0))))
    inner: Any = renamed.primal if isinstance(renamed, Number) else renamed[0]
    assert (inner.tag, inner.mark.tag) == (7, 7)
    over: Any = Renaming(3, None, lambda tag: True)(make(Marked(3, 1.0, 2.0)))
    assert (over.primal if isinstance(over, Number) else over[0]) == 1.0


def test_what_is_of_no_differentiation_is_not_over() -> None:
    for number in (Each(3, VECTOR), Witness(3, 1.0, {})):
        assert Renaming(5, None, lambda tag: False)(number) is number
    assert Renaming(5, None, lambda tag: False)(Dual(3, 1.0, 2.0)) == 1.0
