"""The usual cases of primitives that move data, as compiled code has them in place of a call."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.differentiation.tags import fresh_tag
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node
from vlad_py.primitives.kinds import Structural
from vlad_py.session.modules import new_module
from vlad_py.session.session import Session
from vlad_py.values.values import NIL, Array, Cons, Record, Value, make_list

USUAL = [p for p in PRIMITIVES.values() if isinstance(p, Structural) and p.usual is not None]


@pytest.mark.parametrize("primitive", USUAL, ids=lambda p: p.name)
def test_the_usual_case_is_what_the_primitive_gives(primitive: Structural) -> None:
    """Its text in compiled code: where its test holds, it has the value of the primitive. And it does."""
    assert primitive.usual is not None
    space = new_module("test").namespace
    test, value = (eval(f"lambda *a: {_of_arguments(text)}", space) for text in primitive.usual)
    tag = fresh_tag()
    dual = Dual(tag, 1.0, 2.0)
    values: list[Value] = [1.0, -0.0, "s", True, NIL, (), (1.0,), (1.0, 2.0), (1.0, 2.0, 3.0), (1.0, "s")]
    values += [make_list([1.0, 2.0]), dual, Dual(tag + 1, dual, dual), Node(tag, 1.0, ()), (dual, 2.0)]
    values += [Array(np.array([1.0, 2.0])), Dual(tag, Array(np.ones(2)), Array(np.ones(2))), tag]
    values += [Session().evaluate("fn x => x"), PRIMITIVES["sin"], Record(("a",), (1.0,))]
    held = 0
    for arguments in product(values, repeat=primitive.arity):
        if test(*arguments):
            held += 1
            assert same(value(*arguments), primitive.apply(*arguments))
    assert held


def _of_arguments(text: str) -> str:
    return text.format(*(f"a[{i}]" for i in range(3)))


def same(a: Value, b: Value) -> bool:
    """Whether two values have the same parts, numbers of differentiations included."""
    if isinstance(a, Node) and isinstance(b, Node):
        return type(a) is type(b) and a.tag == b.tag and same(a.primal, b.primal) and a.links == b.links
    if isinstance(a, Dual) and isinstance(b, Dual):
        return a.tag == b.tag and same(a.primal, b.primal) and same(a.tangent, b.tangent)
    if isinstance(a, Array) and isinstance(b, Array):
        return np.array_equal(a.data, b.data)
    if isinstance(a, Cons) and isinstance(b, Cons):
        return same(a.head, b.head) and same(a.tail, b.tail)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a is b or (type(a) is type(b) and repr(a) == repr(b))
