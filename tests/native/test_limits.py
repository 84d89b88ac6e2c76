"""Deep recursion, long tapes, threads: what native code does at its limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from nested.evaluate import as_data

import vlad_py as vlad
from native.test_rules_and_pullbacks import close
from vlad_py.native import checkpointing, code
from vlad_py.native.calling import Native
from vlad_py.native.exits import Full
from vlad_py.native.ir_text import print_unit
from vlad_py.native.status import HEADER
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

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


def test_a_loop_whose_tape_is_full_is_swept_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    function = vlad.evaluate(LOOP)
    compiled = vlad.compile(function, 1.0, 1.0)
    unit = unit_of(compiled)
    with pytest.raises(Full, match="tape"):
        unit._called(compiled.value, (0.3, 1e5))  # type: ignore[arg-type]
    assert compiled(0.3, 1e5) == pytest.approx(function(0.3, 1e5), rel=1e-12)
    assert unit.in_pieces
    assert unit(compiled.value, (0.3, 10.0)) == pytest.approx(function(0.3, 10.0), rel=1e-12)  # type: ignore[arg-type]


def test_where_pieces_do_not_help_a_tape_may_take_a_part_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    compiled = vlad.compile(vlad.evaluate(POWER), 1.0, 1.0)
    assert compiled(1.0, 1e5) == 1e5
    assert unit_of(compiled).code.most_tape == code.LARGEST_TAPE
    assert compiled(2.0, 3.0) == 12.0


def test_a_recursion_whose_tape_is_full_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    monkeypatch.setattr(code, "LARGEST_TAPE", 1 << 17)
    compiled = vlad.compile(vlad.evaluate(POWER), 1.0, 1.0)
    assert compiled(2.0, 3.0) == 12.0
    with pytest.raises(vlad.LimitError, match="the tapes of a derivative take more memory than they may"):
        compiled(1.0, 1e5)
    assert compiled(2.0, 3.0) == 12.0


MODES = ("derivative", "derivative_reverse")
LOOPS = (
    "loop v = x for i in 1..n do sin(v) + x * i",
    "{ let (a, b, k) = loop (a, b, k) = (x, 1, 0) while k < n do (0.9 * a + sin(b), b * x, k + 1); a * b }",
    "loop v = x for i in 1..3 do loop u = v for j in 1..n do sin(u) * x + v * i",
    "loop v = x for i in 1..n do if v > 1 then v / 2 else (loop u = v while u < 1 do u * 1.5 + x * x)",
    "sum(loop a = zeros(20) + x for i in 1..n do sin(a) * x + i)",
    "sum(map(fn k => sin(x) * k, range(1, n)))",
)


@pytest.mark.parametrize("text", LOOPS)
def test_loops_in_pieces(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of three turns, in every nesting of both modes."""
    monkeypatch.setattr(checkpointing, "TURNS", 3.0)
    monkeypatch.setattr(checkpointing, "FEWER_TURNS", 3.0)
    once = [f"{a}(fn x => {text})(x)" for a in MODES]
    twice = [f"{a}(fn x => {b}(fn x => {text})(x))(x)" for a, b in product(MODES, MODES)]
    session = Session(native="never")
    function = session.evaluate(f"fn (x, n) => ({', '.join([text, *once, *twice])})")
    assert isinstance(function, Closure)
    native = Native(function, (1.0, 1.0), is_fixed=True, in_pieces=True)
    assert "piece" in print_unit(native.unit)
    for n in (0.0, 2.0, 3.0, 4.0, 11.0):
        found, expected = native(function, (0.7, n)), session.call(function, (0.7, n))
        assert close(as_data(found), as_data(expected)), n


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
