"""Loops in JAX whose turns follow from their own numbers: they go back as counted ones do."""

from __future__ import annotations

from typing import Any

import pytest

import vlad_py as vlad
from frameworks.test_jax import check
from vlad_py.frameworks import turns

jax: Any = pytest.importorskip("jax", reason="needs `pip install '.[jax]'`")

# Loops whose tests follow from their own numbers, but which do not count: `s` is what they compute.
FOLLOWED = {
    "a number doubled": "loop (s, n) = (x, 1) while n < 100 do (sin(s) * x, n * 2)",
    "a count beside it": "loop (s, n, k) = (x, 1, 0) while n < 100 do (sin(s) * x + k, n * 2, k + 1)",
    "until it is larger": "loop (s, n) = (x, 1) while not (n > 100) do (sin(s) * x, n * 2)",
    "until it is met": "loop (s, n) = (x, 1) while n != 64 do (sin(s) * x, n * 2)",
    "until two are met": "loop (s, n) = (x, 1) while (n, n + 1) != (64, 65) do (sin(s) * x, n * 2)",
    "while two tests agree": "loop (s, n) = (x, 1) while (n < 9) == (n < 50) do (sin(s) * x, n * 2)",
    "a boolean": "loop (s, n, go) = (x, 1, true) while go do (sin(s) * x, n * 2, n < 16)",
    "booleans change places": "loop (s, a, b) = (x, true, false) while a do (sin(s) * x, b, a)",
    "a fraction": "loop (s, n) = (x, 0.5) while n < 3 do (sin(s) * x, n + 0.25)",
    "a function of it": "loop (s, n) = (x, 1) while n < 100 do (sin(s) * x, max(n + 1, abs(n * 2)))",
}


def followed(name: str) -> vlad.Function:
    loop = FOLLOWED[name]
    return vlad.evaluate(f"fn x => {{ let {loop[5 : loop.index(' =')]} = {loop}; s }}")


@pytest.mark.parametrize("name", FOLLOWED)
def test_loops_whose_turns_follow_from_their_own_numbers_go_back(name: str) -> None:
    function = followed(name)
    slope = vlad.gradient(function)
    check(vlad.jax(function)(0.7), function(0.7))
    check(vlad.jax(slope)(0.7), slope(0.7))
    check(jax.grad(vlad.jax(function))(0.7), slope(0.7))


def test_a_loop_is_followed_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_FOLLOWED", 7)
    function = vlad.gradient(followed("a number doubled"))
    check(vlad.jax(function)(0.7), function(0.7))
    monkeypatch.setattr(turns, "MOST_FOLLOWED", 6)
    with pytest.raises(vlad.NotNative, match="turns depend on data"):
        vlad.jax(vlad.gradient(followed("a number doubled")))(0.7)
