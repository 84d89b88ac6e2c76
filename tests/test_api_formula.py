"""Expressions as objects of Python: operators, indices, values in the place of symbols, refusals."""

from __future__ import annotations

import copy
import operator
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

X, W, M = vlad.symbol("x"), vlad.symbol("w", 3), vlad.symbol("m", 2, 2)
OPERATORS: list[tuple[Callable[[Any, Any], Any], str]] = [
    (operator.add, "+"),
    (operator.sub, "-"),
    (operator.mul, "*"),
    (operator.truediv, "/"),
    (operator.pow, "^"),
]


@pytest.mark.parametrize(("apply", "sign"), OPERATORS)
def test_operators_are_those_of_the_language(apply: Callable[[Any, Any], Any], sign: str) -> None:
    f = vlad.evaluate(f"fn (x, y) => x {sign} y")
    v, n = np.array([1.0, 2.0, 3.0]), np.float64(3)
    pairs: list[tuple[Any, Any]] = [(X, 3), (3, X), (X, X), (W, 2.5), (W, X), (X, vlad.symbol("y"))]
    for a, b in (*pairs, (W, v), (v, W), (n, X), (X, n)):
        assert apply(a, b) == f(a, b)
    assert apply(X, 3).at(x=2) == apply(2, 3)


def test_signs_products_of_matrices_and_constants() -> None:
    assert [repr(each) for each in (-X, +X, abs(X), X**2 - 1)] == ["-x", "x", "abs(x)", "x ^ 2 - 1"]
    assert repr(W @ W) == "w[0] * w[0] + w[1] * w[1] + w[2] * w[2]"
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    product = vlad.evaluate("fn (a, b) => a @ b")
    assert (a @ M, M @ a) == (product(a, M), product(M, a))
    assert (0 * X, (X - X).simplified()) == (0.0, 0.0)
    assert ((X + 1) ** 2).expanded() == vlad.evaluate("fn x => 1 + 2 * x + x ^ 2")(X)


def test_indices_are_those_of_the_language() -> None:
    assert repr((W[0], W[-1], W[1:], M[0], M[1, 0], M[:, 1], M[(1,)])) == (
        "(w[0], w[2], [w[1], w[2]], [m[0, 0], m[0, 1]], m[1, 0], [m[0, 1], m[1, 1]], [m[1, 0], m[1, 1]])"
    )
    assert W[np.array([2, 0])] == vlad.evaluate("fn w => w[[2, 0]]")(W)
    assert repr(sum(W)) == "w[0] + w[1] + w[2]"
    assert (len(W), W.shape, X.shape, len(list(M))) == (3, (3,), (), 2)
    with pytest.raises(vlad.RunError, match="index 5 is out of range"):
        _ = W[5]
    assert (W[::2], M[:, ::-1]) == (
        vlad.evaluate("fn w => w[::2]")(W),
        vlad.evaluate("fn m => m[:, ::-1]")(M),
    )
    with pytest.raises(vlad.RunError, match="step of a slice cannot be 0"):
        _ = W[::0]
    with pytest.raises(TypeError, match="no length"):
        len(X)


def test_values_take_the_place_of_symbols() -> None:
    e = X * W[1] + W @ W
    rate = vlad.symbol("rate")
    assert e.at(x=2, w=np.array([1.0, 2.0, 3.0])) == 18.0
    assert e.at(x=0) == W @ W
    assert W.at(w=np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    assert (X**2).at(x=X + 1) == (X + 1) ** 2
    enclosed = (X**2).at(x=vlad.interval(1, 2))
    assert (enclosed.lower, enclosed.upper) == (1.0, 4.0)
    with pytest.raises(vlad.ConversionError, match="no symbol `rat`") as caught:
        (e * rate).at(rat=1)
    assert caught.value.hint == "did you mean `rate`?"
    with pytest.raises(vlad.ConversionError, match="no symbol `z`") as caught:
        e.at(x=1, z=1)
    assert caught.value.hint == "its symbols are x, w"
    with pytest.raises(vlad.ConversionError):
        e.at(x=None)
    with pytest.raises(vlad.RunError, match="expects reals"):
        e.at(x="1")


def test_what_is_the_same_expression_is_equal() -> None:
    assert vlad.symbol("x") * 2 == X * 2 and hash(X * 2) == hash(vlad.symbol("x") * 2)
    assert vlad.symbol("y") != X and X != 1 and X * 2 != 2 * X


REFUSED: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: float(X), "not a number", "`.at(x=1)`"),
    (lambda: bool(X), "not a boolean", "`==`"),
    (lambda: X + None, "None is not a value", ""),
    (lambda: X + "a", "expects a real on its right", ""),
    (lambda: X > 1, "depends on the values of symbols", ""),
    (lambda: np.float64(1) < X, "depends on the values of symbols", ""),
    (lambda: np.sin(X), "numpy's `sin` takes no expressions", "vlad.evaluate("),
    (lambda: np.sum(W), "takes no expressions", "vlad.evaluate("),
    (lambda: np.array([1, X]), "this is an expression", "vlad.evaluate("),
]


@pytest.mark.parametrize(("wrong", "message", "hint"), REFUSED)
def test_what_expressions_refuse(wrong: Callable[[], Any], message: str, hint: str) -> None:
    with pytest.raises(vlad.Error, match=message) as caught:
        wrong()
    assert hint in caught.value.hint


def test_functions_of_numpy_that_are_operators() -> None:
    y = vlad.symbol("y")
    assert [str(np.add(X, y)), str(np.subtract(X, 1.0)), str(np.divide(2.0, X))] == [
        "x + y",
        "x - 1",
        "2 / x",
    ]


def test_texts_of_an_expression() -> None:
    square = (X + 1) * (X + 1)
    assert X._repr_latex_() == r"$\displaystyle x$"
    assert square.shared() == "{\n  let v1 = x + 1\n  v1 * v1\n}"


def test_dir_has_what_is_of_use() -> None:
    public = {name for name in dir(X) if not name.startswith("_")}
    assert public == {
        "at", "expanded", "latex", "shape", "shared", "shared_size", "simplified", "size", "symbols", "text",
        "value",
    }  # fmt: skip


def test_an_array_of_symbols_may_be_the_first_thing_that_is_made() -> None:
    text = "import vlad_py as vlad\nprint(vlad.symbol('w', 2))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "w\n"


@pytest.mark.parametrize("numbers", [[np.nan, np.inf], [np.inf, -np.inf], [1e308, 1e308], [0.0, np.inf]])
@pytest.mark.parametrize(
    "apply", [operator.matmul, operator.mul, operator.add, operator.truediv, operator.pow]
)
def test_numpy_warns_of_nothing(apply: Callable[[Any, Any], Any], numbers: list[float]) -> None:
    """Python's operators on expressions have no session that could silence it. Which kernels warn depends on
    numpy's version.
    """
    array = np.array([numbers, numbers])
    with np.errstate(all="raise"):
        for given in (array, array[0], np.float64(numbers[1])):
            if apply is not operator.matmul or np.ndim(given):
                apply(M, given)
                apply(given, M)


def test_an_expression_is_its_own_copy() -> None:
    x = vlad.symbol("x")
    assert copy.copy(x) is x and copy.deepcopy([x])[0] is x


@pytest.mark.parametrize("part", [slice("a"), slice(1.5, None)])
def test_a_slice_ends_at_whole_numbers(part: Any) -> None:
    v = vlad.symbol("v", 3)
    assert str(v[:2]) == "[v[0], v[1]]"
    with pytest.raises(vlad.ConversionError, match="the end of a slice must be a whole number"):
        v[part]
