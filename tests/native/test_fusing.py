"""Fused results, which are computed where their users ask, have the values of stored ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.native import fusing
from vlad_py.native.array_kinds import is_repeated_real
from vlad_py.native.fusing import AGAIN, LONGEST
from vlad_py.native.ir import Name, Op, Use
from vlad_py.native.types import REAL, ArrayType
from vlad_py.primitives.primitive import PRIMITIVES

pytest.importorskip("llvmlite")

# what a turn may make of its state m, 20×20, and of a second one, k
TURNS = (
    "m * 0.5 + 1",
    "m * 0.5 + reverse(m)",
    "m * 0.5 + transpose(m)",
    "m * 0.5 + m[0]",
    "m * 0.5 + m[:, 3:4]",
    "m * 0.5 + concat(m[1:], m[:1]) * 0.1",
    "concat([m[0] * 2], (m * 0.5)[:-1])",
    "concat((m * 0.3 + 1)[1:], (m * 0.5)[:1])",
    "(m * 0.5 + 1)[3] + m",
    "transpose(m * 0.5 + 1)",
    "reverse(transpose(m * 0.5) * m)",
    "m * 0.5 + sum(m * m, {axis: 0}) * 0.01",
    "m + (if sum(m) > 3 then m * 0.5 else reverse(m) * 0.25)",
    "{ let s = m * 0.5; s * reverse(s) }",
    "{ let s = m * 0.5; s + sum(s * s) + max(s) }",
    "{ let s = m * 0.5; transpose(s) + s }",
    "{ let s = exp(-m * m); s * (1 + s) }",
    "{ let e = exp(-m * m); let s = e * 0.5; let v = cos(s + e); let w = sin(v); let z = tan(w); "
    "s + v * w * z + transpose(w) * z + transpose(z) }",
)
PAIRS = (
    "(k, m)",
    "(m + k, m * k)",
    "(k * 0.5, k + reverse(m))",
    "(m * 0.5, k + m)",
    "(transpose(k) * 0.5, m * 0.5)",
    "(m * 0.5 + k[0], reverse(k) * m)",
)
GIVEN = np.random.default_rng(3).uniform(-1, 1, (20, 20))


def _agree(f: Any, *arguments: Any) -> None:
    native = vlad.compile(f, *arguments)
    for found, expected in zip(_parts(native(*arguments)), _parts(f(*arguments)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("turn", TURNS)
def test_a_state_that_is_made_of_itself(turn: str) -> None:
    loop = f"loop m = m for _ in 1..n do {turn}"
    _agree(vlad.evaluate(f"fn (m, n) => {loop}"), GIVEN, 3.0)
    _agree(vlad.evaluate(f"fn m => {turn}"), GIVEN)
    _agree(vlad.evaluate(f"fn m => ({turn}, m * 2, {turn})"), GIVEN)
    _agree(vlad.evaluate(f"fn (m, n) => gradient(fn m => sum(({loop}) ^ 2))(m)"), GIVEN, 3.0)


@pytest.mark.parametrize("turn", PAIRS)
def test_two_states_that_are_made_of_each_other(turn: str) -> None:
    loop = f"loop (m, k) = (m, m * m) for _ in 1..n do {turn}"
    _agree(vlad.evaluate(f"fn (m, n) => {loop}"), GIVEN, 3.0)
    _agree(
        vlad.evaluate(f"fn (m, n) => {{ def f(m) = {{ let (a, b) = {loop}; sum(a * b) }}; gradient(f)(m) }}"),
        GIVEN,
        3.0,
    )


def test_what_is_cheap_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arithmetic on one array is, a function of C's library or a division is not."""
    seen: list[int] = []
    is_worth = fusing.Chain.is_worth

    def noted(chain: fusing.Chain, times: int) -> bool:
        found = is_worth(chain, times)
        seen.append(times * found)
        return found

    monkeypatch.setattr(fusing.Chain, "is_worth", noted)
    for text, twice in (
        ("x * 2 + 1", True),
        ("sin(x)", False),
        ("1 / x", False),
        ("x * x + x * 3 - 1 + x", False),
    ):
        seen.clear()
        vlad.compile(vlad.evaluate(f"fn x => {{ let s = {text}; s * (sum(s) + 2) }}"), GIVEN)
        assert (2 in seen) == twice, text


@pytest.mark.parametrize(
    ("count", "read", "times", "is_worth"),
    [
        *((AGAIN, 1, AGAIN, True), (AGAIN + 1, 1, 2, False), (1, 1, AGAIN + 1, False)),
        *((1, AGAIN // 2, 2, True), (1, AGAIN // 2 + 1, 2, False), (LONGEST, 9, 1, True)),
    ],
)
def test_what_is_computed_again_is_little(count: int, read: int, times: int, is_worth: bool) -> None:
    names = frozenset(Name() for _ in range(read))
    assert fusing.Chain(count, count, names, is_cheap=True, moves=False).is_worth(times) is is_worth
    assert not fusing.Chain(count, count, names, is_cheap=False, moves=False).is_worth(2)
    assert not fusing.Chain(LONGEST + 1, 1, names, is_cheap=True, moves=False).is_worth(1)


def test_a_repeated_real_is_not_read_as_an_array() -> None:
    kinds = ("broadcast_to", REAL, True), ("broadcast_to", ArrayType((1,)), True)
    for name, type_, is_repeated in (*kinds, ("broadcast_to", ArrayType((4,)), False), ("sin", REAL, False)):
        result = Name(ArrayType((3, 4)))
        Op("array", [Name(type_)], [result], Use(PRIMITIVES[name], {}))
        assert is_repeated_real(result) is is_repeated
    assert not is_repeated_real(Name(ArrayType((3, 4))))
