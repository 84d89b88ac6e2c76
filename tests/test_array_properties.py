"""Properties of arrays, put to random programs and random arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from array_programs import programs
from hypothesis import given, settings
from hypothesis import strategies as st

from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Array, Value

reals = st.floats(-1.5, 1.5).map(lambda x: round(x, 3))
POINT = st.tuples(
    st.lists(reals, min_size=3, max_size=3),
    reals,
    st.lists(st.lists(reals, min_size=3, max_size=3), min_size=2, max_size=2),
)

EVERY_WAY = """
let x = ({a}, {b}, {m})
let v = ([1, -2, 0.5], 0.75, [[0.5, 1, -1], [2, 0.25, -0.5]])
let (value, slope) = value_and_gradient(f)(x)
let second = hvp(f, x, v)
list(
  list(value, f(x)),
  flatten(slope), flatten(gradient_forward(f)(x)), flatten(jacobian_forward(f)(x)),
  flatten(jvp(f, x, v)[1]), flatten(dot(flatten(slope), flatten(v))),
  flatten((f(plus_scaled(x, 1e-5, v)) - f(plus_scaled(x, -1e-5, v))) / 2e-5),
  flatten(second), flatten(jvp(gradient(f), x, v)[1]),
  flatten(gradient(fn x => dot(flatten(gradient(f)(x)), flatten(v)))(x)),
  flatten(dot(flatten(second), flatten(v))), flatten(jvp(fn x => jvp(f, x, v)[1], x, v)[1])
)
"""


def run(text: str, point: tuple[Any, ...]) -> list[list[float]]:
    """All the derivatives of a program's f, each as a list."""
    a, b, m = point
    source = text + EVERY_WAY.replace("{a}", str(a)).replace("{b}", str(b)).replace("{m}", str(m))
    result: Any = Session().evaluate(source)
    lists = []
    while hasattr(result, "head"):
        reals, inner = [], result.head
        while hasattr(inner, "head"):
            reals.append(inner.head)
            inner = inner.tail
        lists.append(reals)
        result = result.tail
    return lists


def near(got: list[float], expected: list[float], tolerance: float = 1e-9) -> bool:
    size = max(map(abs, expected), default=0.0)
    return len(got) == len(expected) and all(
        math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance * max(size, 1.0))
        for x, y in zip(got, expected)
    )


@settings(max_examples=60, deadline=None)
@given(programs(), POINT)
def test_all_modes_agree_and_loops_agree_with_arrays(texts: tuple[str, str], point: tuple[Any, ...]) -> None:
    whole, loops = (run(text, point) for text in texts)
    for one, other in zip(whole, loops):
        assert near(one, other)
    values, reverse, forward, batch, along, inner, difference, *second = whole
    assert values[0] == values[1]
    assert near(forward, reverse) and near(batch, reverse) and near(along, inner)
    if near(difference, along, 1e-5) is False:  # next to where `where` chooses otherwise
        assert "where" in texts[0]
    assert near(second[1], second[0]) and near(second[2], second[0]) and near(second[4], second[3])


# ── the text of arrays ───────────────────────────────────────────────────────────────────────

shapes = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)
anything = st.floats(allow_nan=True, allow_infinity=True, width=64)


@st.composite
def arrays(draw: Any) -> Array:
    """Arrays of any shape with any elements."""
    shape = draw(shapes)
    size = math.prod(shape)
    data = np.array(draw(st.lists(anything, min_size=size, max_size=size)), np.float64)
    return Array(data.reshape(shape))


def identical(a: Value, b: Value) -> bool:
    return (
        type(a) is Array
        and type(b) is Array
        and a.data.shape == b.data.shape
        and np.array_equal(a.data, b.data, equal_nan=True)
        and np.array_equal(np.signbit(a.data) | np.isnan(a.data), np.signbit(b.data) | np.isnan(b.data))
    )


@settings(deadline=None)
@given(arrays())
def test_the_text_of_an_array_reads_back(array: Array) -> None:
    assert identical(Session().evaluate(show(array)), array)


def test_another_array_is_not_identical() -> None:
    zero = Array(np.zeros((2, 0)))
    assert identical(zero, zero)
    assert not identical(zero, Array(np.zeros((0, 2))))
    assert not identical(Array(np.array([0.0])), Array(np.array([-0.0])))


def test_a_wrong_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (
        "def f(a, b, m) = sum(a ^ 2) * b\n",
        "def f(a, b, m) = (a[0] ^ 2 + a[1] ^ 2 + stop_gradient(a[2] ^ 2)) * b\n",
    )
    whole, loops = (run(text, ([1.0, 2.0, 3.0], 0.5, [[0.0] * 3] * 2)) for text in texts)
    assert near(whole[0], loops[0])
    assert not near(whole[1], loops[1])
