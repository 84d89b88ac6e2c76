"""Given derivatives, checkpointed calls, pullbacks wherever they are called: both tiers give the same."""

from __future__ import annotations

import math

import pytest
from nested.evaluate import as_data

from native.agreement import Tally, native_value
from vlad_py.ground.errors import RunError
from vlad_py.native.calling import Native
from vlad_py.native.status import HEADER, WORDS_OF_TAPE
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

MODES = ("derivative", "gradient")
PRODUCTS = (  # of x and z, by rules that are true, whatever varies
    "with_derivative(fn z => x * z, fn (z, v) => x * v)",
    "with_pullback(fn z => x * z, fn (z, w) => x * w)",
    "with_derivative(fn z => x * z, fn (z, v) => jvp(fn z => x * z, z, v)[1])",
    "with_rules(fn z => x * z, fn (z, v) => x * v, fn (z, w) => x * w)",
)
PROGRAMS = (
    # rules that differ from what they stand for, so that each shows where it was asked
    "{ let f = with_derivative(fn x => x ^ 2, fn (x, v) => 100 * x * v); list(f(x), D(f)(x), D(E(f))(x)) }",
    "{ let f = with_rules(sin, fn (x, v) => 10 * v * x, fn (x, w) => 20 * w * x); "
    "D(fn y => E(f)(x * y))(x) }",
    "{ let f = with_pullback(fn x => x, fn (x, w) => max(-1, min(1, w))); D(fn y => f(y * f(y * x)))(x) }",
    "D(fn x => E(with_derivative(fn y => x * y, fn (y, v) => x * v))(1))(x)",
    "D(fn x => loop v = x for i in 1..5 do with_derivative(sin, fn (x, v) => cos(x) * v)(v * x))(x)",
    "{ def r(n, x) = if n <= 0 then x else f(x) * r(n - 1, x); def f(x) = "
    "with_derivative(sin, fn (x, v) => cos(x) * v)(x); D(fn x => E(fn y => r(2, x * y))(x))(x) }",
    "{ def root(a) = loop x = 1 for _ in 1..30 do (x + a / x) / 2; "
    "def f(a) = with_derivative(root, fn (a, v) => v / (2 * f(a)))(a); list(D(f)(x), D(E(f))(x)) }",
    "{ let f = with_derivative(fn (x, y) => {p: x * y, q: x}, "
    "fn ((x, y), (u, v)) => {p: u * y + x * v, q: 10 * u}); "
    "D(fn x => E(fn y => f(x, y).p * f(y, x).q)(x))(x) }",
    "{ let first = with_pullback(fn (x, y) => x * y, fn ((x, y), w) => (w * y, ())); "
    "D(fn y => first(x, y) + first(y, x))(x) }",
    "D(fn x => { let f = with_derivative(fn x => if x > 1 then x else x ^ 2, "
    "fn (x, v) => if v == 0 then 0 else 7 * v); "
    "if x > 0 then E(f)(x) * f(x) else f(-x) })(x)",
    # a rule that is not true, and what it captures
    "D(fn y => E(fn z => { let f = with_derivative(fn u => u * z * y, fn (u, v) => v * sin(y * z * u)); "
    "f(sin(z * y)) })(x * y))(x)",
    "D(fn y => E(fn z => { let f = with_pullback(fn u => u * z, fn (u, w) => w * y * u); "
    "f(z * y) })(x * y))(x)",
    "D(fn y => E(fn z => sin(with_pullback(fn u => y, fn (u, w) => w * z)(y * x)))(x))(x)",
    # pullbacks
    "{ let p = vjp(fn x => x ^ 3, x)[1]; list(p(1), p(1), p(2)) }",
    "D(fn z => { let (y, p) = vjp(fn (x, y) => (x ^ 3 * y, sin(y)), (z, z + 1)); "
    "let d = {p: p, q: list(p, p)}; "
    "let g = loop v = z for i in 1..5 do { let (a, b) = d.p(v, 1); a * 0.1 + b }; "
    "g + d.q[1](1, 2)[0] + (if z > 1 then p(1, 0) else d.p(0, 1))[1] })(x)",
    "{ let p = vjp(fn x => sin(x), x)[1]; "
    "def f(n, p) = if n <= 0 then 1 else p(x * n) * f(n - 1, p); f(3, p) }",
    "D(fn y => E(fn z => { let p = vjp(fn t => t * sin(y * t), z)[1]; p(p(z)) })(y * x))(x)",
    "jacobian_reverse(fn (a, b) => (a * b, sin(a)))(x, x + 1)",
)

CHECKPOINTED = (
    "D(fn a => E(fn b => iterate_checkpointed(10, fn v => sin(a * v) * (b - v), a))(1 + a / 9))(x)",
    "D(fn a => E(fn b => loop v = a for i in 1..5 do checkpointed(fn (v, i) => sin(a * v) + b * i)"
    "(v, i))(a))(x)",
    "D(fn a => checkpointed(fn y => E(checkpointed(fn z => a * y * sin(z)))(y * a))(a))(x)",
    "D(fn a => { let c = checkpointed(fn {p, q} => if p > 1 then {p: p * a, q: q} else {p: q, q: p ^ 2}); "
    "E(fn b => c(c(c({p: b, q: a}))).p)(a) })(x)",
    "D(fn a => checkpointed(fn y => fn z => a * y * z)(a)(a))(x)",
    "D(fn a => with_derivative(checkpointed(sin), fn (x, v) => a * v * checkpointed(cos)(x))(a))(x)",
)


def agree(text: str) -> None:
    """A function of x is taken, and gives at some points what the interpreter gives."""
    for x in (2.0, 0.7, -0.4):
        tally = Tally()
        got = as_data(native_value(text, (x,), tally))
        assert tally.taken == 1, tally.reasons
        assert close(got, as_data(Session().evaluate(f"({text})({x!r})"))), (x, got)


def close(a: object, b: object) -> bool:
    """Whether data are the same up to the order of sums."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)
    return a == b


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("text", PROGRAMS + CHECKPOINTED)
def test_programs_agree(text: str, outer: str, inner: str) -> None:
    agree(f"fn x => {{ let D = {outer}; let E = {inner}; {text} }}")


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_a_rule_captures_varies_too(product: str) -> None:
    """In every nesting, and the same as without a rule."""
    for outer in MODES:
        for inner in MODES:
            body = f"{outer}(fn u => {inner}(fn t => g(sin(t))(t * u) + g(u)(g(u)(t)))(u))(x)"
            text = f"fn x => {{ let g = fn x => {product}; {body} }}"
            agree(text)
            plain = f"(fn x => {{ let g = fn x => fn z => x * z; {body} }})(0.7)"
            assert close(as_data(native_value(text, (0.7,), Tally())), Session().evaluate(plain))


def test_a_checkpointed_loop_has_a_short_tape() -> None:
    """The tapes of a million turns hold about two times a thousand states."""
    lengths = []
    for name in ("iterate", "iterate_checkpointed"):
        text = f"fn (a, n) => gradient(fn a => {name}(n, fn v => a * v * (1 - v), 0.3))(a)"
        function = Session().evaluate(text)
        native = Native(function, (2.5, 1e6), is_fixed=True)  # type: ignore[arg-type]
        assert math.isclose(native(function, (2.5, 1e6)), 0.16)  # type: ignore[arg-type]
        (context,) = native.code.contexts
        tapes = range(HEADER, len(context.words), WORDS_OF_TAPE)
        lengths.append(sum(context.words[tape + 2] - context.words[tape] for tape in tapes))
    assert lengths[0] > 8e6 and lengths[1] < 2e5, lengths


# rules in which the gradient of a direction or cotangent, or of what was computed from one, is stopped
STOPPING = (
    "with_derivative(fn z => z ^ 2, fn (z, v) => z * stop_gradient({}))",
    "with_pullback(fn z => z ^ 2, fn (z, v) => z * stop_gradient({}))",
    "with_derivative(fn z => z ^ 2, "
    "fn (z, v) => D(with_derivative(sin, fn (u, w) => w * stop_gradient({})))(z))",
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("given", ["v", "2 * v", "sin(v) + z", "(loop s = v for i in 1..3 do s * z)"])
@pytest.mark.parametrize("text", STOPPING)
def test_rules_that_stop_their_direction_are_left(text: str, given: str, mode: str) -> None:
    rule, tally = text.format(given), Tally()
    with pytest.raises(RunError, match="`stop_gradient` of the direction"):
        Session().evaluate(f"{{ let D = {mode}; D({rule})(0.7) }}")
    for program in (f"fn x => D({rule})(x)", f"fn x => D(fn y => {rule}(y * x))(x)"):
        assert native_value(f"{{ let D = {mode}; {program} }}", (0.7,), tally) is None
    assert tally.taken == 0
    assert set(tally.reasons) == {"a derivative by a rule"}


@pytest.mark.parametrize("mode", MODES)
def test_rules_may_stop_the_factor_of_their_direction(mode: str) -> None:
    agree(f"fn x => {mode}(with_derivative(fn z => z ^ 2, fn (z, v) => 2 * stop_gradient(z) * v))(x)")
