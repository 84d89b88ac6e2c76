"""Sums over chunks of data: values and gradients as of all the data at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

LOSS = "fn (m, x, y) => sum((x @ m.w + m.b - y) ^ 2)"


def data(rows: int) -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    return random.normal(size=(rows, 4)), random.normal(size=rows)


MODEL: Any = {"w": np.array([0.5, -1.0, 2.0, 0.1]), "b": 0.3}


def close(found: Any, expected: Any) -> None:
    assert found["b"] == pytest.approx(expected["b"], rel=1e-12)
    assert np.allclose(found["w"], expected["w"], rtol=1e-12)


@pytest.mark.parametrize("way", ["lists", "generators", "dask"])
def test_the_sum_and_its_gradient(way: str) -> None:
    x, y = data(1000)
    loss = vlad.evaluate(LOSS)
    starts = range(0, 1000, 300)
    given: Any = [[part[i : i + 300] for i in starts] for part in (x, y)]
    if way == "generators":
        given = [lambda parts=parts: iter(parts) for parts in given]
    if way == "dask":
        array: Any = pytest.importorskip("dask.array")
        given = [array.from_array(x, chunks=(300, 2)), array.from_array(y, chunks=300)]
    total = vlad.over_chunks(loss, *given)
    value = loss(MODEL, x, y)
    assert total(MODEL) == pytest.approx(value, rel=1e-12)
    slope: Any = vlad.gradient(loss)(MODEL, x, y)
    close(total.gradient(MODEL), slope[0])
    found, gradient = total.value_and_gradient(MODEL)
    assert found == pytest.approx(value, rel=1e-12)
    close(gradient, slope[0])


def test_memory_is_that_of_a_chunk() -> None:
    """Of 200 chunks of 1.6 MB each."""
    made = 0

    def chunks() -> Iterator[Any]:
        nonlocal made
        for i in range(200):
            made += 1
            yield np.full((50_000, 4), float(i))

    loss = vlad.evaluate("fn (w, x) => sum(x @ w)")
    total = vlad.over_chunks(loss, chunks)
    total.gradient(np.ones(4))
    tracemalloc.start()
    slope = total.gradient(np.ones(4))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert slope.tolist() == [50_000 * 199 * 100.0] * 4
    assert made == 400
    assert peak < 16e6


def test_minimised_by_scipy() -> None:
    optimize: Any = pytest.importorskip("scipy.optimize")
    x, y = data(100)
    total = vlad.over_chunks(
        vlad.evaluate("fn (w, x, y) => sum((x @ w - y) ^ 2)"), [x[:60], x[60:]], [y[:60], y[60:]]
    )
    found = optimize.minimize(total.value_and_gradient, np.zeros(4), jac=True)
    assert np.allclose(found.x, np.linalg.lstsq(x, y, rcond=None)[0], atol=1e-5)


X = np.ones(3)
THREE = vlad.evaluate("fn (w, x, y) => w * sum(x * y)")


def gives(text: str) -> vlad.Function:
    """A function of a chunk that gives something."""
    f: vlad.Function = vlad.evaluate(f"fn (w, x) => {text}")
    return f


def test_a_generator_that_is_used_up_says_so() -> None:
    for given in ((iter([X, X]), [X, X]), (iter([X, X]), iter([X, X]))):
        total = vlad.over_chunks(THREE, *given)
        assert total(2.0) == 12.0
        for again in (total, total.gradient):
            with pytest.raises(vlad.ConversionError, match="of a generator are used up") as caught:
                again(2.0)
            assert "pass a function that makes it" in caught.value.hint


def test_arrays_in_place_of_chunks_have_a_hint() -> None:
    total = vlad.over_chunks(vlad.evaluate("fn (w, x) => x @ w"), np.ones((2, 3)))
    assert total(X) == 6.0
    with pytest.raises(vlad.RunError) as caught:
        vlad.over_chunks(vlad.evaluate("fn (w, x) => sum(w @ x)"), np.ones(3))(X)
    assert "write a list of chunks" in caught.value.hint


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (vlad.over_chunks, "expected data"),
        (lambda f: vlad.over_chunks(f, 3.0), "has no chunks"),
        (lambda f: vlad.over_chunks(f, [])(1.0), "there is no chunk"),
        (lambda f: vlad.over_chunks(3.0, []), "over_chunks"),
        (lambda f: vlad.over_chunks(THREE, [X, X], [X])(1.0), "the data have 2 and 1 chunks"),
        (lambda f: vlad.over_chunks(THREE, [X], [X, X, X]).gradient(1.0), "the data have 1 and 3 chunks"),
        (
            lambda f: vlad.over_chunks(THREE, [X, X], iter([X]))(1.0),
            "data 2 end after 1 chunks, data 1 do not",
        ),
        (lambda f: vlad.over_chunks(THREE, lambda: iter([]), [X])(1.0), "data 1 end after 0 chunks"),
        (lambda f: vlad.over_chunks(f, lambda: 3)(1.0), "an object of the class `int` has no chunks"),
        (
            lambda f: vlad.over_chunks(gives('"a"'), [X])(1.0),
            "must give numbers, got an object of the class `str`",
        ),
        (
            lambda f: vlad.over_chunks(gives('"a"'), [X, X])(1.0),
            "must give numbers, got an object of the class `str`",
        ),
        (
            lambda f: vlad.over_chunks(gives("(1, true)"), [X])(1.0),
            "must give numbers, got an object of the class `bool`",
        ),
        (lambda f: vlad.over_chunks(gives("sin"), [X])(1.0), "must give numbers, got "),
        (lambda f: vlad.over_chunks(gives("x"), [X, X[:1]])(1.0), "results of different shapes"),
        (lambda f: vlad.over_chunks(gives("list(x)"), [X, X[:1]])(1.0), "results of different shapes"),
        (lambda f: vlad.over_chunks(gives("if length(x) > 1 then 1 else (1, 2)"), [X, X[:1]])(1.0), "shapes"),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(vlad.ConversionError, match=message):
        call(vlad.evaluate("fn (w, x) => w * sum(x)"))


def test_an_error_is_the_function_s() -> None:
    total = vlad.over_chunks(vlad.evaluate("fn (w, x) => w * x[9]"), [np.ones(3)])
    with pytest.raises(vlad.RunError, match="index 9 is out of range"):
        total.gradient(1.0)


def test_arrays_of_dask_go_together() -> None:
    arrays = pytest.importorskip("dask.array")
    f = vlad.evaluate("fn (w, x, y) => w * sum(x * y)")
    halves = arrays.ones(4, chunks=2)
    assert vlad.over_chunks(f, halves, halves)(3.0) == 12.0
    with pytest.raises(vlad.ConversionError, match="dask arrays go with dask arrays"):
        vlad.over_chunks(f, halves, [X])
    with pytest.raises(vlad.ConversionError, match="different numbers of chunks") as refused:
        vlad.over_chunks(f, halves, arrays.ones(4, chunks=4))(1.0)
    assert refused.value.hint == "`.rechunk` them"
