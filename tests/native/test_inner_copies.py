"""Small recursions call an inner copy of themselves, which LLVM puts in place: equal values, fewer calls."""

from __future__ import annotations

import re
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import LimitError
from vlad_py.native.emit import Module
from vlad_py.native.units import specialise
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

SMALL = {
    "two calls": "def f(n, x) = if n < 2 then n * x else x * f(n - 1, x) + sin(x) * f(n - 2, x)",
    "a call in a call": "def f(n, x) = if n < 1 then x else f(n - 1, sin(f(n - 2, x)))",
    "three results": (
        "def g(n, x) = if n < 1 then (x, 1, x * x) else { let (a, b, c) = g(n - 1, x / 2); "
        "(c, a * b, sin(b)) }\n"
        "def f(n, x) = { let (a, b, c) = g(n, x); a + 2 * b + 3 * c }"
    ),
    "two functions": (
        "def f(n, x) = if n < 1 then x else x * g(n - 1, x) + f(n - 2, x)\n"
        "def g(n, x) = if n < 1 then 1 else f(n - 1, x) + g(n - 2, x * x)"
    ),
}
LARGE = "def f(n, x) = if n < 2 then n * x else " + " + ".join(
    f"sin({k} * x) * f(n - {k % 2 + 1}, x)" for k in range(8)
)
IN_MEMORY = (
    "def f(n, x) = if n < 1 then x else { let v = [sin(i * x) for i in 1..40]; v[n] * sum(f(n - 1, x) * v) }"
)
MODES = ("fn x => f({n}, x)", "derivative(fn x => f({n}, x))", "gradient(fn x => f({n}, x))",
         "derivative(gradient(fn x => f({n}, x)))", "gradient(derivative(fn x => f({n}, x)))")  # fmt: skip


def module(text: str) -> Module:
    function: Any = Session().evaluate(text)
    return Module(specialise(function, (5.0, 0.7), is_fixed=True).unit)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SMALL)
def test_the_values_are_the_same(name: str, mode: str) -> None:
    for n in range(8):  # what is left of pairs of calls too
        text = f"{SMALL[name]}\n{mode.format(n=n)}"
        function = vlad.evaluate(text, native="never")
        assert vlad.compile(function, 0.7)(0.7) == pytest.approx(function(0.7), rel=1e-12), n


@pytest.mark.parametrize("name", SMALL)
def test_what_is_small_has_an_inner_copy(name: str) -> None:
    made = module(f"{SMALL[name]}\nfn (n, x) => f(n, x)")
    assert made.inner
    for function, inner in made.inner.items():
        for called in (inner, made.names[function]):
            assert re.search(rf"call fastcc .*@{called}\(", made.text)


@pytest.mark.parametrize("text", [LARGE, IN_MEMORY])
def test_what_is_large_has_none(text: str) -> None:
    assert not module(f"{text}\nfn (n, x) => f(n, x)").inner


def test_a_recursion_without_an_end_ends_in_its_limit() -> None:
    function = vlad.evaluate(
        "def f(n) = if n < 0 then n else 1 + f(n + 1)\nf", limits=vlad.Limits(depth=10_000)
    )
    compiled = vlad.compile(function, 1.0)
    with pytest.raises(LimitError, match="more than 10000 calls in progress"):
        compiled(1.0)
    assert compiled(-1.0) == -1
