"""Comprehensions whose length is known only when the code runs, and lists of arrays: both tiers agree."""

from __future__ import annotations

import pytest

from native.agreement import Tally, native_value
from native.test_lists import check_nestings
from vlad_py.native import collecting
from vlad_py.session.session import Session
from vlad_py.values.show import show

pytest.importorskip("llvmlite")

# real expressions of two reals x and n
REALS = (
    "sum([sin(x * k) for k in 1..n])",
    "sum([k * sin(x * j) for k in 1..n for j in 1..k])",
    "sum([k * sin(x * j) for k in 1..3 for j in 1..n])",
    "sum([k * sin(x * j) for k in 1..20 for j in k..n])",
    "sum([k * sin(x * j) for k in 1..n for j in 1..20])",
    "sum([k * sin(x * j) for k in 1..n for j in 1..2])",
    "fold(fn (a, (y, up)) => if up then a * y else a - y, x, [(x * k, k > 2) for k in 1..n])",
    "{ let ys = [x * k for k in 0..n]; sum(sin(ys) * ys + x) / length(ys) + ys[1] * ys[-1] + mean(ys) }",
    "{ let ys = [x * k for k in 0..n]; dot(ys, sin(ys)) * (ys @ ys) }",
    "{ let ys = [x * k for k in 0..n]; loop s = x for y in [sin(y) for y in ys] do s * y + x }",
    "{ let ys = [x * k for k in 0..n]; loop s = x for i in 0..n do s * ys[i] + ys[n - i] }",
    "sum(map(fn y => y * x, [sin(x * k) for k in 1..n]))",
    "sum([y * x for y in map(fn k => x * k, range(1, n))])",
    "sum((1..n) * x) + sum(((1..n) * x) ^ 2)",
    "sum(if x > 1 then [x * k for k in 1..n] else [x, x * x])",
    "sum(loop ys = [x, 1] for k in 1..n do [sin(y) + k for y in ys])",
    "{ def f(k) = if k < 1 then [x] else [y * sin(x * k) for y in f(k - 1)]; sum(f(n)) }",
    "{ let m = [[x * k, k] for k in 1..n]; sum(m @ [1, x]) + sum(m * m) * m[0, 1] + sum(m[-1]) }",
    "sum([sum(row) * row[0] for row in [[x * k, sin(k * x)] for k in 1..n]])",
    "{ let m = [zeros(20) + sin(x * k) for k in 1..n]; sum(m * m) + sum([row[3] for row in m]) }",
    "fold(fn (a, v) => a + sum(v * v) * x, 0, map(fn k => zeros(20) + x * k, range(1, n)))",
    "fold(fn (a, (v, w)) => a + v[0] * w[19], 0, map(fn k => ([x, k], ones(20) * x), range(1, n)))",
    "sum(gradient(fn ys => sum(ys ^ 3) * x)([x * k for k in 1..n]))",
    "sum(gradient(fn m => sum(m * m * x))([[x * k, k] for k in 1..n]))",
    "sum(gradient(fn ms => fold(fn (a, m) => a + sum(m * m), 0, ms) + sum(head(ms)))"
    "(map(fn k => zeros(20) + k * x, range(1, n)))[0])",
    "sum(jvp(fn y => [sin(k * y) for k in 1..n], x, x)[1])",
    "vjp(fn y => [sin(k * y) for k in 1..n], x)[1]([x * k for k in 1..n])",
)


@pytest.mark.parametrize("text", REALS)
def test_every_nesting_agrees(text: str) -> None:
    check_nestings(text, is_exact=False)  # numpy adds in another order


@pytest.mark.parametrize(
    "text",
    [
        "[sin(x * k) for k in 1..n]",
        "[(k, list(x, k)) for k in 1..n]",
        "[[x * k, k] for k in 1..n]",
        "[k * j for k in 1..20 for j in 1..n]",
        "[y for y in filter(fn k => k > x, range(0, n))]",
        "(n, zeros(20), [zeros(5, 5) + k for k in 1..n] * x)",
        "map(fn k => {w: zeros(20) + k * x, b: [k, x], up: k > 1}, range(1, n))",
        "jvp(fn x => [0 - k * x for k in 0..n], x, 1)",
        "jvp(fn x => map(fn k => 0 - k * x, range(0, n)), x, 1)",
        "vjp(fn ys => sum(0 - ys), [k * x for k in 1..n])[1](0)",
        "gradient(fn ms => fold(fn (a, m) => a + sum(m * m), 0, ms))(map(fn k => ones(20) * k, range(1, n)))",
        "if n == 0 then [] else [k for k in x..n]",
        "{ let ys = [k for k in 1..n]; (is_array(ys), is_list(ys), length(ys), if ys == nil then 1 else 2) }",
        "{ let ys = range(1, n); (ys == nil, nil != ys, is_array(ys)) }",
    ],
)
def test_arrays_and_lists_come_out(text: str) -> None:
    for n in (0.0, 1.0, 4.0):
        tally = Tally()
        whole = f"fn (x, n) => {text}"
        got = native_value(whole, (0.5, n), tally)
        if n and "== nil then" not in text:
            assert tally.taken == 1, tally.reasons
        if tally.taken:
            assert show(got) == show(Session(native="never").evaluate(f"({whole})(0.5, {n!r})"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fn n => sort([k for k in 1..n])", "an array of unknown length, taken by `sort`"),
        ("fn n => [[k * j for j in 1..n] for k in 1..n]", "an array whose rows have an unknown length"),
        ("fn n => [[j for j in 1..n] for k in 1..3]", "an array whose rows have an unknown length"),
        ("fn n => [if k > 2 then k else [k] for k in 1..n]", "a comprehension of values that are one of"),
        (
            "fn n => [k for k in 1..n] + [[1, 2], [3, 4]]",
            "arrays of unknown length with arrays",
        ),
    ],
)
def test_what_is_refused(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Tally, "refuse", lambda _, why: seen.append(why))
    assert native_value(text, (3.0,), Tally()) is None
    assert len(seen) == 1 and seen[0].startswith(reason)


@pytest.mark.parametrize(
    "text",
    [
        "fn n => [k for k in 1..n] + [1 for k in 0..n]",
        "fn n => [k for k in 1..n][3]",
        "fn n => { let m = [[k, 1] for k in 1..n]; m @ [1, 2] }",
        "fn n => [[k for j in 1..2] for k in 1..n] * [1, 2]",
        "fn n => { let ys = [k for k in 0..n]; loop s = 0 for i in 0..n do s + ys[i] }",
    ],
)
def test_what_does_not_fit_is_left_for_the_interpreter(text: str) -> None:
    for n in (0.0, 3.0, 100.0):
        tally = Tally()
        got = native_value(text, (n,), tally)
        if tally.taken:
            assert show(got) == show(Session(native="never").evaluate(f"({text})({n!r})"))
        else:
            assert tally.reasons["left"] == 1


def test_a_list_in_the_wrong_order_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "reversed_", lambda s, value: value)
    with pytest.raises(AssertionError):
        check_nestings("fold(fn (a, y) => a / 2 + y, x, [y * x for y in map(fn k => x * k, range(1, n))])")
