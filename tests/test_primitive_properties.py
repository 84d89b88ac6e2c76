"""Properties of differentiation that hold whatever the function, put to random points and programs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
import sweep
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sweep import D, active, close, differentiable, directional, fresh, function, gradient, nested

from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node
from vlad_py.primitives.kinds import Elementwise, OfReals
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import Number, Value, plain

add, mul, sigmoid = (PRIMITIVES[name].apply for name in ("+", "*", "sigmoid"))
Reals = tuple[Value, ...]

ELEMENTWISE = [p for p in differentiable() if type(p) is Elementwise and len(active(p)) == p.arity]
BINARY = [p for p in ELEMENTWISE if len(p.probe) == 2]
SMOOTH = [p for p in ELEMENTWISE if p.name not in ("abs", "relu", "mod")]
unit = st.floats(0.05, 0.95)
# nothing so small that its products lose digits to underflow
small = st.floats(-2.0, 2.0).map(lambda x: x if abs(x) > 1e-100 else 0.0)


def inside(primitive: OfReals, fractions: tuple[float, ...]) -> tuple[float, ...]:
    """The point of a primitive's probe box at these fractions of its sides, but not where its entry says
    that a slope is infinite or nan.
    """
    point = tuple(low + (high - low) * t for (low, high), t in zip(primitive.probe, fractions))
    assume(not is_singular(primitive, point))
    return point


def is_singular(primitive: OfReals, point: tuple[float, ...]) -> bool:
    """Whether the edges of an entry have a slope at a point that is not finite."""
    return any(xs == point and not all(map(math.isfinite, slopes)) for xs, _, slopes in primitive.edges)


def test_the_origin_is_singular_to_atan2() -> None:
    assert is_singular(PRIMITIVES["atan2"], (0.0, 0.0))  # type: ignore[arg-type]
    assert not is_singular(PRIMITIVES["atan2"], (0.0, 1.0))  # type: ignore[arg-type]


# ── dispatch ─────────────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from(BINARY), st.tuples(unit, unit), st.permutations([1, 2]), st.tuples(*[st.booleans()] * 2)
)
def test_the_highest_tag_decides_whatever_the_order(
    primitive: OfReals, fractions: tuple[float, float], tags: list[int], forward: tuple[bool, bool]
) -> None:
    f = function(primitive)
    xs = inside(primitive, fractions)
    numbers: list[Number] = [
        Dual(tag, x, 1.0) if is_dual else Node(tag, x, ()) for x, tag, is_dual in zip(xs, tags, forward)
    ]
    result = f(tuple(numbers))
    assert isinstance(result, Number)
    highest = max(numbers, key=lambda number: number.tag)
    assert (result.tag, type(result)) == (highest.tag, type(highest))
    inner = result.primal
    assert not isinstance(inner, Number) or inner.tag < result.tag
    assert plain(result) == f(xs)


# ── linearity ────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from(ELEMENTWISE), st.tuples(unit, unit), st.tuples(small, small), st.integers(-5, 5))
def test_tangents_scale(
    primitive: OfReals, fractions: tuple[float, float], v: tuple[float, float], exponent: int
) -> None:
    """By a power of two even exactly."""
    f, xs = function(primitive), inside(primitive, fractions)
    once, scaled = (directional(f, xs, tuple(s * x for x in v)) for s in (1.0, 2.0**exponent))
    assert mul(once, 2.0**exponent) == scaled


@given(st.sampled_from(ELEMENTWISE), st.tuples(unit, unit), st.tuples(small, small), st.tuples(small, small))
def test_tangents_add(
    primitive: OfReals, fractions: tuple[float, float], v: tuple[float, float], w: tuple[float, float]
) -> None:
    f, xs = function(primitive), inside(primitive, fractions)
    both = directional(f, xs, tuple(a + b for a, b in zip(v, w)))
    apart = [directional(f, xs, direction) for direction in (v, w)]
    size = max(map(abs, gradient(f, xs))) * max(map(abs, (*v, *w)))  # type: ignore[arg-type]
    assert close(both, add(*apart), 0.0, 1e-14 * size)


# ── random programs ──────────────────────────────────────────────────────────────────────────

# Each line of a program applies a primitive to two earlier values, mapped into its domain.
Program = list[tuple[OfReals, tuple[int, int]]]
programs: st.SearchStrategy[Program] = st.lists(
    st.tuples(st.sampled_from(SMOOTH), st.tuples(st.integers(0, 30), st.integers(0, 30))),
    min_size=1,
    max_size=12,
)


def execute(program: Program) -> Callable[[Reals], Value]:
    """A program as a function: the value of its last line."""

    def run(xs: Reals) -> Value:
        values = list(xs)
        for primitive, sources in program:
            arguments = []
            for source, (low, high) in zip(sources, primitive.probe):
                t = sigmoid(mul(0.5, values[-1 - source % len(values)]))
                arguments.append(add(0.9 * low + 0.1 * high, mul(0.8 * (high - low), t)))
            values.append(function(primitive)(tuple(arguments)))
        return values[-1]

    return run


@settings(deadline=None)
@given(programs, st.tuples(small, small, small))
def test_reverse_is_forward_on_random_programs(program: Program, xs: tuple[float, float, float]) -> None:
    f = execute(program)
    reverse = gradient(f, xs)
    forward = [D("F", f, i)(xs) for i in range(3)]
    size: float = max(abs(plain(d)) for d in forward)  # type: ignore[arg-type]
    for r, d in zip(reverse, forward):
        assert close(r, plain(d), 1e-9, 1e-9 * size)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(programs, st.tuples(small, small), st.permutations([0, 1]))
def test_all_nestings_agree_on_random_programs(
    program: Program, xs: tuple[float, float], order: list[int]
) -> None:
    f = execute(program)
    expected = plain(nested("FF", f, (0, 1))(xs))
    for modes in ("FF", "FR", "RF", "RR"):
        assert close(nested(modes, f, tuple(order))(xs), expected, 1e-8, 1e-10)  # type: ignore[arg-type]


@settings(deadline=None)
@given(programs, st.tuples(small, small, small))
def test_differentiation_leaves_the_value_alone(program: Program, xs: tuple[float, float, float]) -> None:
    f = execute(program)
    y = f((Dual(fresh(), xs[0], 1.0), Node(fresh(), xs[1], ()), Dual(fresh(), xs[2], 1.0)))
    assert plain(y) == f(xs)


# ── two differentiations never mix ───────────────────────────────────────────────────────────


@given(st.sampled_from(SMOOTH), unit, small)
def test_the_inner_derivative_does_not_see_the_outer_perturbation(
    primitive: OfReals, fraction: float, factor: float
) -> None:
    """D(x ↦ c x · D(y ↦ x + f(y))) is c f'(y); taking x's perturbation for y's would add c to it."""
    (low, high), *rest = primitive.probe
    y = low + (high - low) * fraction
    others = tuple(a + (b - a) * fraction for a, b in rest)
    f = function(primitive)
    for inner, outer in itertools.product("FR", repeat=2):

        def product(xs: Reals, inner: str = inner) -> Value:
            slope = D(inner, lambda ys: add(xs[0], f((ys[0], *others))), 0)((y,))
            return mul(mul(factor, xs[0]), slope)

        got = D(outer, product, 0)((1.5,))
        assert close(got, factor * plain(D("F", f, 0)((y, *others))), 1e-12, 1e-15)  # type: ignore[operator]


def confusing(modes: tuple[str, ...], x: float) -> Value:
    """D(x ↦ x · D(y ↦ (x + y) · D(z ↦ (1 + z) · …))), which is 1; an innermost derivative is of 1 + z."""

    def level(k: int, above: Value) -> Value:
        if k == len(modes):
            return 1.0
        return D(modes[k], lambda ys: mul(add(above, ys[0]), level(k + 1, 1.0)), 0)((1.0,))

    return D(modes[0], lambda xs: mul(xs[0], level(1, xs[0])), 0)((x,))


@given(small, st.lists(st.sampled_from("FR"), min_size=2, max_size=6))
def test_perturbation_confusion_at_any_depth(x: float, modes: list[str]) -> None:
    assert confusing(tuple(modes), x) == 1.0


def test_a_tag_that_is_not_fresh_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "fresh", lambda: 1)
    assert confusing(("F", "F"), 1.0) == 2.0
