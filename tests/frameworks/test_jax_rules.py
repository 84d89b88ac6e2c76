"""JAX keeps the rules of functions in every nesting of its modes, whatever these functions capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.ground.errors import NotNative

jax: Any = pytest.importorskip("jax", reason="needs `pip install '.[jax]'`")
jnp: Any = pytest.importorskip("jax.numpy")
jax.config.update("jax_enable_x64", True)

from vlad_py.frameworks.jax_entries import Entry  # noqa: E402

# Functions whose rules are not the derivatives of their values. All capture x.
RULES = {
    "derivative": "with_derivative(fn w => w * x, fn (w, t) => t * x * w)",
    "pullback": "with_pullback(fn w => w ^ 2 * x, fn (w, t) => t * x ^ 3 * sin(w))",
    "both": "with_rules(fn w => w * x, fn (w, t) => t * x * w, fn (w, t) => t * x * w)",
    "two arguments": """
        fn w => with_derivative(
          fn (a, b) => a * b * x,
          fn ((a, b), (s, t)) => s * x * b * a + t * a * x ^ 2
        )(w, w * x)
    """,
    "with guards": """
        with_derivative(
          fn w => if w > 100 then [1, 2][floor(w)] else w * x,
          fn (w, t) => t * [x, x ^ 2][floor(x)] * w
        )
    """,
    "rules in rules": """
        with_derivative(
          fn w => with_derivative(fn v => v * x * w, fn (v, t) => t * v * x * w)(w) * x,
          fn (w, t) => t * x * with_pullback(fn v => v * x, fn (v, t) => t * x * v)(w)
        )
    """,
    "checkpointed": """
        checkpointed(fn w => sin(w * x) * with_derivative(fn w => w * x, fn (w, t) => t * x * w)(w))
    """,
}
AROUND = {
    "nothing": "fn x => { let rule = RULE; rule(x) }",
    "a choice": "fn x => { let rule = RULE; if x > 1 then rule(x) else x }",
    "a loop": "fn x => { let rule = RULE; loop s = x for i in 1..2 do rule(s) * i }",
    "a condition": "fn x => { let rule = RULE; loop s = x while s < 2 do s + abs(rule(s)) }",
    "a choice in a loop": """
        fn x => { let rule = RULE; loop s = x for i in 1..3 do if s > 1.3 then sin(rule(s)) else x + s }
    """,
    "a loop in a loop": """
        fn x => {
          let rule = RULE
          loop s = x for i in 1..2 do loop t = s for j in 1..2 do sin(rule(t)) + x
        }
    """,
    "turns": "fn y => loop s = y for i in 1..2 do { let x = s + y; let rule = RULE; sin(rule(s)) }",
    "derivative": """
        fn x => { let rule = RULE; loop s = x for i in 1..2 do derivative(fn z => sin(rule(z * x)))(s) }
    """,
    "gradient": """
        fn y => loop s = y for i in 1..2 do gradient(fn x => { let rule = RULE; sin(rule(x * y)) })(s)
    """,
}
POINTS = (1.2, 1.1)
SOON = [
    *((around, "derivative") for around in AROUND),
    *(("a loop", rule) for rule in ("pullback", "checkpointed")),
    ("nothing", "with guards"),
]
NOT_YET = {  # where the interpreter has an error, or JAX refuses a derivative or gives nan
    ("turns", "with guards"),
    *(("gradient", rule) for rule in ("pullback", "rules in rules", "checkpointed")),
}
LATER = [case for case in product(AROUND, RULES) if case not in SOON and case not in NOT_YET]
MODES = {"forward": jax.jacfwd, "reverse": jax.jacrev}


def derivatives(f: Callable[..., Any], modes: Sequence[str]) -> Callable[..., Any]:
    """Differentiates f once in each of these modes of JAX, the innermost first."""
    for mode in modes:
        f = MODES[mode](f)
    return f


def wrong(text: str, orders: Sequence[int]) -> list[Any]:
    """Where JAX and the interpreter disagree: derivatives of some orders, by every nesting of modes, alone
    and in a compiled batch.
    """
    function = vlad.evaluate(text)
    ours = vlad.jax(function)
    # JAX does not differentiate a `while_loop` in reverse
    modes = ("forward",) if " while " in text else tuple(MODES)
    found = []
    for order in orders:
        adl = function
        for _ in range(order):
            adl = vlad.derivative(adl)
        expected = np.array([adl(x) for x in POINTS])
        nestings = list(product(modes, repeat=order))
        in_jax = [derivatives(ours, nesting) for nesting in nestings]
        batch = jax.jit(jax.vmap(lambda x, in_jax=in_jax: [f(x) for f in in_jax]))(np.array(POINTS))
        for nesting, f, many in zip(nestings, in_jax, batch, strict=True):
            got = np.array([*many, f(POINTS[0])])
            if not np.allclose(got, [*expected, expected[0]], rtol=1e-10, atol=0.0):
                found.append((nesting, got, expected))
    return found


@pytest.mark.parametrize(("around", "rule"), SOON)
def test_every_nesting_keeps_rules(around: str, rule: str) -> None:
    assert not wrong(AROUND[around].replace("RULE", RULES[rule]), (1, 2))


@pytest.mark.slow
@pytest.mark.parametrize(("around", "rule"), LATER)
def test_every_nesting_keeps_every_rule(around: str, rule: str) -> None:
    assert not wrong(AROUND[around].replace("RULE", RULES[rule]), (1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(rule for around, rule in NOT_YET if around == "gradient"))
def test_what_jax_cannot_do_yet_is_an_error_or_nan(rule: str) -> None:
    text = AROUND["gradient"].replace("RULE", RULES[rule])
    right = vlad.derivative(vlad.derivative(vlad.evaluate(text)))(1.2)
    refused = 0
    for nesting in product(MODES, repeat=2):
        try:
            found = float(derivatives(vlad.jax(vlad.evaluate(text)), nesting)(1.2))
        except NotNative:
            refused += 1
        else:
            refused += np.isnan(found)
            assert np.isnan(found) or found == pytest.approx(right, rel=1e-10)
    assert refused > 0, "it can be done now: take the case out of `NOT_YET`"


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["derivative", "pullback", "two arguments"])  # the others take half a minute
def test_third_derivatives_keep_rules(rule: str) -> None:
    assert not wrong(AROUND["a loop"].replace("RULE", RULES[rule]), (3,))


@pytest.mark.parametrize("around", ["nothing", "a choice", "a loop"])
def test_a_rule_that_jax_forgets_is_seen(around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(entry: Entry, *numbers: Any) -> list[Any]:
        call = jax.custom_jvp(lambda *xs: tuple(entry.value(*xs)))
        call.defjvp(lambda xs, changes: (call(*xs), tuple(entry.along(xs, changes))))
        return list(call(*numbers))

    monkeypatch.setattr(Entry, "__call__", forgetful)
    forgotten = wrong(AROUND[around].replace("RULE", RULES["derivative"]), (2,))
    assert [nesting for nesting, _, _ in forgotten] == [("reverse", "forward"), ("reverse", "reverse")]


def test_arrays_that_a_rule_captures() -> None:
    function = vlad.evaluate(
        """
        fn v => loop s = v[0] for i in 1..2 do
          with_derivative(fn w => w * sum(v), fn (w, t) => t * w * norm(v) * v[1])(s)
        """
    )
    ours, x = vlad.jax(function), np.array([1.2, 0.7, 0.4])
    for nesting in product(MODES, repeat=2):
        found = derivatives(ours, nesting)
        np.testing.assert_allclose(found(x), vlad.hessian(function)(x), rtol=1e-10)
        many = jax.jit(jax.vmap(found))(np.stack([x, x + 1]))
        np.testing.assert_allclose(many[1], vlad.hessian(function)(x + 1), rtol=1e-10)


@pytest.mark.parametrize("around", ["nothing", "a loop"])
def test_second_derivatives_are_nan_where_a_rule_fails(around: str) -> None:
    for failing in ("fn w => { assert(x < 1); w * x }, fn (w, t) => t * x * w",
                    "fn w => w * x, fn (w, t) => { assert(x < 1); t * x * w }",
                    "fn w => w * x, fn (w, t) => t * [x, 2 * x][floor(x + 1)] * w"):  # fmt: skip
        text = AROUND[around].replace("RULE", f"with_derivative({failing})")
        ours = vlad.jax(vlad.evaluate(text))
        right = vlad.derivative(vlad.derivative(vlad.evaluate(text)))(0.7)
        for nesting in product(MODES, repeat=2):
            found = jax.jit(jax.vmap(derivatives(ours, nesting)))(np.array([0.7, 1.2]))
            np.testing.assert_allclose(found, [right, np.nan], rtol=1e-10)
