"""Directions and cotangents in native code: each part belongs to the part of the value with its name.

Booleans have no part, and may be known only when the code runs.
"""

from __future__ import annotations

from typing import Any, Literal

import pytest

import vlad_py as vlad

Native = Literal["never", "always"]

LISTS = "fn r => fold(fn (s, x) => s + x * r.b, 0, r.xs)"
RIGHT = {
    "a record": "jvp(fn r => r.a ^ 2 * r.b, {a: t, b: 3}, {b: 1, a: 2})[1]",
    "a part left out": "jvp(fn r => r.a ^ 2 * r.b, {a: t, b: 3}, {b: 1})[1]",
    "nothing in a place": "jvp(fn (x, y) => sqrt(x) + y * t, (0, t), ((), 1))[1]",
    "records in records": "jvp(fn r => r.p.a ^ 2 * r.p.b * r.q, {p: {a: t, b: 3}, q: 2}, "
    "{q: 1, p: {b: 1, a: 2}})[1]",
    "a list of records": "jvp(fn rs => fold(fn (s, r) => s + r.a * r.b, 0, rs), "
    "list({a: 1, b: t}, {a: t, b: 4}), list({b: 1, a: 0}, {a: 1, b: 0}))[1]",
    "arrays": "jvp(fn r => sum(r.a * r.b ^ 2), {a: [t, 1], b: [3, t]}, {b: [1, 0], a: [2, 5]})[1]",
    "captures": "jvp(fn g => g(t), { let k = 5; let m = 7; fn z => k * z + m }, {m: 1, k: 2})[1]",
    "hvp": "hvp(fn r => r.a ^ 2 * r.b, {a: t, b: 3}, {b: 1, a: 2}).a",
    "directional": "directional(fn r => r.a ^ 2 * r.b, {a: t, b: 3}, {b: 1, a: 2})",
    "a cotangent": "vjp(fn x => {a: x, b: x ^ 2}, t)[1]({b: 1, a: 2})",
    "cotangents of two calls": "{ let pull = vjp(fn x => {a: x, b: x ^ 2}, t)[1]; "
    "pull({b: 1, a: 2}) + pull({b: t}) }",
    "a cotangent of a function": "vjp(fn q => (fn z => q * z), 2)[1]({q: t})",
    "in a derivative": "derivative(fn u => jvp(fn r => r.a ^ 2 * r.b, {a: u, b: 3}, {b: u, a: 2})[1])(t)",
}
QUOTED = '"a"'
UP_TO = "(loop xs = nil for i in 1..round(t) do i :: xs)"  # a list whose length is not known
RULED = "fn (k, a, b) => if k then a * b else a + b"
BOOLEANS = {
    "jvp": "jvp(fn (k, a, b) => if k then a * b else a / b, (t > 1, t, 3), ((), 1, 2))[1]",
    "jvp, left out": "jvp(fn r => if r.k then r.a ^ 2 else r.b, {k: t > 1, a: t, b: 3}, {b: 1, a: 2})[1]",
    "jvp of booleans alone": "jvp(fn (k, l) => if k and not l then 2 else 3, (t > 1, t > 2), ())[1]",
    "gradient": "gradient(fn (k, a, b) => if k then a * b ^ 2 else a)(t > 1, t, 3)[1:]",
    "gradient_forward": "gradient_forward(fn (k, a, b) => if k then a * b ^ 2 else a)(t > 1, t, 3)[1:]",
    "value and gradient": "value_and_gradient(fn r => if r.k then r.a ^ 2 else 0)({k: t > 1, a: t})[1].a",
    "jacobian": "jacobian(fn (k, a, l, b) => if k then (a * b, b) else (a, b))(t > 1, t, t > 2, 3)[0][1]",
    "hvp": "hvp(fn r => if r.k then r.a ^ 3 else r.a, {k: t > 1, a: t}, {k: (), a: 1}).a",
    "hessian": "hessian(fn r => if r.k then r.a ^ 3 else r.a)({k: t > 1, a: t}).a.a",
    "a cotangent": "vjp(fn (k, a, b) => if k then a * b ^ 2 else a, (t > 1, t, 3))[1](t)[1:]",
    "a cotangent of a boolean": "vjp(fn a => {k: a > 1, a}, t)[1]({k: (), a: 3})",
    "captured": "gradient(fn g => g(2))((fn (k, m) => fn z => if k then m * z else z)(t > 1, t)).m",
    "along a capture": "jvp(fn g => g(2), (fn (k, m) => fn z => if k then m * z else z)(t > 1, t), "
    "{m: 1})[1]",
    "in a list": "gradient(fn (ks, a) => if ks[0] then a ^ 2 else a)(list(t > 1, t > 2), t)[1]",
    "in a derivative": "derivative(fn u => gradient(fn (k, a) => if k then a ^ 3 else u)(u > 1, u)[1])(t)",
    "with_derivative": f"E(fn u => with_derivative({RULED}, fn ((k, a, b), (dk, da, db)) => "
    "if k then 7 * da + 5 * db else da)(u > 1, u, u ^ 2))(t)",
    "with_pullback": f"E(fn u => with_pullback({RULED}, fn ((k, a, b), w) => "
    "if k then ((), 7 * w, 5 * a * w) else ((), w, w))(u > 1, u, u ^ 2))(t)",
    "with_rules, twice": f"E(E(fn u => with_rules({RULED}, fn ((k, a, b), (dk, da, db)) => "
    "7 * a * da + 5 * db, fn ((k, a, b), w) => ((), 7 * a * w, 5 * w))(u > 1, u, u ^ 2)))(t)",
    "a rule that captures": "E(fn u => (fn k => with_pullback(fn a => if k then a * u else a, "
    "fn (a, w) => if k then 7 * w * u else w))(u > 1)(u))(t)",
    "a boolean as the value": "vjp(fn x => x > 1, t)[0]",
    "a boolean in the value": "jvp(fn x => {a: x ^ 2, k: list(x > 1, x > 2)}, t, 1)[0].k",
    "a boolean in the value, used": "E(fn u => (fn (k, a) => if k then a else 3 * a)"
    "(vjp(fn x => (x > 1, x ^ 2), u)[0]))(t)",
    "beside a list": f"jvp(fn (k, xs, s) => if k and s == {QUOTED} then sum(xs) else 3 * sum(xs), "
    f"(t > 1, {UP_TO}, {QUOTED}), ((), {UP_TO}, ()))[1]",
    "before a list": f"gradient(fn (k, xs, b) => if k then b * sum(xs) else b)(t > 1, {UP_TO}, t)[2]",
    "checkpointed": f"E(fn u => checkpointed({RULED})(u > 1, u, u ^ 2))(t)",
}
WRONG = (
    "jvp(fn r => r.a ^ 2 * r.b, {a: t, b: 3}, {x: 1, y: 2})[1]",
    "jvp(fn (a, (b, c)) => a * b * c ^ 2, (t, (2, 3)), ((1, 2), 3))[1]",
    "vjp(fn x => (x, (x ^ 2, x ^ 3)), t)[1]((1, 2), 3)",
    "jvp(fn (a, b) => a * b, (t, 2), list(1, 2))[1]",
)


def function(text: str, native: Native = "never") -> Any:
    return vlad.evaluate(f"fn t => {text}", native=native)


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_each_part_goes_to_its_name(text: str) -> None:
    given = function(text)
    try:
        compiled = vlad.compile(given, 1.5)
    except vlad.NotNative:
        compiled = given  # refused, for a reason of the closed list
    assert compiled(1.5) == function(text, "always")(1.5) == pytest.approx(given(1.5), rel=1e-14)


@pytest.mark.parametrize("directions", ["{b: 1, xs: xs}", "{xs: xs, b: 1}", "{b: 1}"])
def test_lists_of_unknown_length(directions: str) -> None:
    text = f"fn xs => jvp({LISTS}, {{xs: xs, b: 3}}, {directions})[1]"
    given, xs = vlad.evaluate(text), [1.5, 2.0, 4.0]
    assert vlad.evaluate(text, native="always")(xs) == pytest.approx(given(xs), rel=1e-14)


@pytest.mark.parametrize("mode", ["derivative", "gradient"])
@pytest.mark.parametrize("text", BOOLEANS.values(), ids=BOOLEANS)
def test_booleans_that_are_not_known(text: str, mode: str) -> None:
    given = function(text.replace("E(", f"{mode}("))
    compiled = vlad.compile(given, 1.5)
    for t in (1.5, 0.5):
        assert compiled(t) == pytest.approx(given(t), rel=1e-14)


def test_most_of_these_compile() -> None:
    for name in ("a record", "a part left out", "records in records", "captures", "hvp", "a cotangent"):
        vlad.compile(function(RIGHT[name]), 1.5)


@pytest.mark.parametrize("text", WRONG)
def test_another_shape_is_an_error(text: str) -> None:
    tiers: tuple[Native, ...] = ("never", "always")
    for native in tiers:
        with pytest.raises(vlad.RunError, match="expected the shape of"):
            function(text, native)(1.5)
    with pytest.raises((vlad.NotNative, vlad.RunError)):
        vlad.compile(function(text), 1.5)


def test_records_of_python_in_another_order() -> None:
    f = vlad.evaluate("fn r => r.a ^ 2 * r.b", native="always")
    for _ in range(3):
        assert vlad.jvp(f, {"a": 1.5, "b": 3.0}, {"b": 1.0, "a": 2.0})[1] == 20.25
