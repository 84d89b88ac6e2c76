"""Deep recursion, long tapes, threads: what native code does at its limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import vlad_py as vlad
from vlad_py.native import code
from vlad_py.native.calling import Native
from vlad_py.native.signals import Left
from vlad_py.native.status import HEADER

pytest.importorskip("llvmlite")

POWER = "{ def p(x, n) = if n == 0 then 1 else x * p(x, n - 1); fn (x, n) => gradient(fn x => p(x, n))(x) }"
LOOP = "fn (x, n) => gradient(fn x => loop v = x for i in 1..n do sin(v) + 1)(x)"


def unit_of(compiled: vlad.Compiled) -> Native:
    (unit,) = compiled._units.values()
    assert isinstance(unit, Native)
    return unit


def test_the_gradient_of_a_recursion_of_a_million_levels() -> None:
    compiled = vlad.compile(vlad.evaluate(POWER), 1.0, 1.0)
    assert compiled(1.0, 1e6) == 1e6
    assert compiled(2.0, 3.0) == 12.0  # and near again


def test_a_tape_that_grows_and_is_given_back() -> None:
    compiled = vlad.compile(vlad.evaluate(LOOP), 1.0, 1.0)
    short = compiled(0.3, 10.0)
    compiled(0.3, 1e7)
    (context,) = unit_of(compiled).code.contexts
    assert context.words[HEADER] == 0
    assert compiled(0.3, 10.0) == short


def test_a_tape_that_is_full_leaves_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    function = vlad.evaluate(LOOP)
    compiled = vlad.compile(function, 1.0, 1.0)
    with pytest.raises(Left, match="tape"):
        unit_of(compiled)(compiled.value, (0.3, 1e5))  # type: ignore[arg-type]
    assert compiled(0.3, 1e5) == pytest.approx(function(0.3, 1e5), rel=1e-12)


def test_many_threads_share_a_function() -> None:
    compiled = vlad.compile(vlad.evaluate(LOOP), 1.0, 1.0)
    points = [(0.01 * k, 1000.0 + k) for k in range(200)]
    expected = [compiled(*p) for p in points]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda p: compiled(*p), points)) == expected


def test_recursion_without_end_is_the_interpreter_s_to_tell() -> None:
    limits = vlad.Limits(depth=10_000)
    function = vlad.evaluate("{ def f(n) = if n < 0 then 0 else 1 + f(n + 1); f }", limits=limits)
    with pytest.raises(vlad.LimitError, match="calls in progress"):
        vlad.compile(function, 1.0)(1.0)
