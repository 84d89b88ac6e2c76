"""Indices that are not known, of structures and of arrays: what they choose, and its derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vlad_py.ground.errors import NotNative, RunError
from vlad_py.native.calling import Native
from vlad_py.native.exits import AlwaysFails, Left
from vlad_py.native.indices import MOST_CHOSEN
from vlad_py.session.session import NEVER, Session
from vlad_py.values.equality import equal
from vlad_py.values.values import Array, Closure, Value

pytest.importorskip("llvmlite")


def agree(text: str, points: Sequence[tuple[Value, ...]]) -> None:
    """Fails where the code gives another value than the interpreter, or leaves it to that."""
    session = Session(native=NEVER)
    function = session.evaluate(text)
    assert isinstance(function, Closure)
    native = Native(function, points[0], is_fixed=True)
    for point in points:
        assert native(function, point) == pytest.approx(session.call(function, point), rel=1e-14), point


MODES = (
    "{}",
    "derivative(fn x => {})(x)",
    "gradient(fn x => {})(x)",
    "gradient(fn x => x * derivative(fn x => {})(x))(x)",
    "derivative(fn x => gradient(fn x => {})(x))(x)",
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "items",
    [
        ("x", "2"),  # the one side varies, the other does not
        ("2", "x"),
        ("x * x", "3", "x"),
        ("sin(x)", "x ^ 3", "exp(x)"),
        ("x", "{ let y = sin(x); y * y }", "x"),
    ],
)
def test_an_item_of_a_tuple_and_its_derivatives(items: tuple[str, ...], mode: str) -> None:
    body = f"({', '.join(items)})[i]"
    places = range(-len(items), len(items))
    agree(f"fn (x, i) => {mode.replace('{}', body)}", [(0.7, float(i)) for i in places])


def test_an_item_that_is_not_a_real() -> None:
    for text in ("((x, 1), (2, x), (x * x, 3))[i]", "({a: x, b: 1}, {a: 2, b: x}, {a: x, b: 3})[i].a"):
        session = Session(native=NEVER)
        function = session.evaluate(f"fn (x, i) => {text}")
        assert isinstance(function, Closure)
        native = Native(function, (0.7, 1.0), is_fixed=True)
        for i in range(-3, 3):
            assert native(function, (0.7, float(i))) == session.call(function, (0.7, float(i)))


@pytest.mark.parametrize("is_tuple", [True, False])
def test_places_from_both_ends_and_none_beyond(is_tuple: bool) -> None:
    """The code leaves to the interpreter only what is an error."""
    text = "fn (v, i) => (v[0], v[1], v[2])[i]" if is_tuple else "fn (v, i) => v[i]"
    session = Session(native=NEVER)
    function = session.evaluate(text)
    assert isinstance(function, Closure)
    vector = Array(np.array([5.0, 6.0, 7.0]))
    native = Native(function, (vector, 1.0), is_fixed=True)
    assert [native(function, (vector, float(i))) for i in range(-3, 3)] == [5.0, 6.0, 7.0, 5.0, 6.0, 7.0]
    for place in (3.0, -4.0, 0.5, float("nan")):
        with pytest.raises(Left):
            native(function, (vector, place))
        with pytest.raises(RunError):
            session.call(function, (vector, place))


@pytest.mark.parametrize("place", ["i, j", "i, i", "-1, i", "i, -1", "i"])
def test_places_that_are_not_known_are_compiled(place: str) -> None:
    function = Session(native=NEVER).evaluate(f"fn (m, i, j) => m[{place}]")
    assert isinstance(function, Closure)
    matrix = Array(np.arange(9.0).reshape(3, 3))
    native = Native(function, (matrix, 1.0, 1.0), is_fixed=True)
    for i, j in ((0.0, 2.0), (2.0, 1.0)):
        assert equal(native(function, (matrix, i, j)), Session().call(function, (matrix, i, j)))


@pytest.mark.parametrize("column", ["-3", "2", "-4", "3", "0.5", "0, 0"])
def test_a_known_place_beside_one_that_is_not(column: str) -> None:
    function = Session(native=NEVER).evaluate(f"fn (m, i) => m[i, {column}]")
    assert isinstance(function, Closure)
    matrix = Array(np.arange(9.0).reshape(3, 3))
    if column in ("-3", "2"):
        native = Native(function, (matrix, 1.0), is_fixed=True)
        assert native(function, (matrix, 1.0)) == matrix.data[1, int(column)]
    else:
        with pytest.raises(AlwaysFails):
            Native(function, (matrix, 1.0), is_fixed=True)


@pytest.mark.parametrize(
    ("count", "is_taken"), [(0, False), (1, True), (MOST_CHOSEN, True), (MOST_CHOSEN + 1, False)]
)
def test_a_structure_may_hold_so_much(count: int, is_taken: bool) -> None:
    text = f"fn (x, i) => list({', '.join(f'x + {k}' for k in range(count))})[i]"
    if is_taken:
        agree(text, [(0.5, 0.0), (0.5, count - 1.0)])
    else:
        with pytest.raises(NotNative, match="an unknown index of a structure"):
            agree(text, [(0.5, 0.0)])
