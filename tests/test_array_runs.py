"""Runs with array primitives, specialised, against the primitives one by one: all modes, changing shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from array_calls import keywords
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlad_py.execution import machine
from vlad_py.execution.specialised import array_runs, scalar_runs
from vlad_py.execution.specialised.array_runs import MOST_MISSES, MOST_SHAPES, ArraySpecialiser
from vlad_py.ground.errors import Error
from vlad_py.numbers.each.each import Each, Unbatched
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.joint import Joint
from vlad_py.numbers.reverse.tape import Node, link_of, node, sweep
from vlad_py.primitives.kinds import General
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.primitives.steps import FEW_ELEMENTS
from vlad_py.primitives.structures import reals_of
from vlad_py.session.session import Session
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Closure, Value, shape_of

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


def function(text: str, specialised: bool = True) -> Value:
    """The last expression of a text, a function whose runs are specialised or not."""
    with pytest.MonkeyPatch.context() as patch:
        if not specialised:
            patch.setattr(array_runs, "put_before", lambda run, namespace: None)
        return Session().evaluate(text)


def called(f: Value, *arguments: Value) -> Value:
    """What a call gives; of one that fails, the message and the place."""
    try:
        return machine.run(f, arguments[0] if len(arguments) == 1 else arguments)
    except Error as error:
        return f"{error.message} at {error.span.text if error.span else None}"


def agree(a: Value, b: Value, tolerance: float = 1e-10) -> bool:
    """Whether two values have one shape, and reals that differ by rounding only."""
    xs, ys = list(leaves(a)), list(leaves(b))
    if len(xs) != len(ys) or isinstance(a, str) != isinstance(b, str):
        return False
    if isinstance(a, str):
        return a == b
    if [shape_of(x) for x in xs] != [shape_of(y) for y in ys]:
        return False
    p, q = (np.array(list(reals_of(x)), float) for x in (tuple(xs), tuple(ys)))
    return bool(np.allclose(p, q, rtol=tolerance, atol=tolerance, equal_nan=True))


def vector(n: int, seed: int = 0) -> Array:
    return Array(np.random.default_rng([n, seed]).uniform(0.2, 1.2, n))


def matrix(n: int, m: int | None = None) -> Array:
    return Array(np.random.default_rng([n, m or n, 7]).uniform(0.2, 1.2, (n, m or n)))


# ── random programs ──────────────────────────────────────────────────────────────────────────

VECTORS = (
    "{v} + {w}", "{v} - {r}", "{v} * {w}", "{r} * {v}", "{v} / (2 + {w} ^ 2)", "sin({v})", "exp(-{v} ^ 2)",
    "sqrt(1 + {v} ^ 2)", "tanh({v})", "a @ {v}", "{v} @ a", "transpose(a) @ {v}", "diag(a) * {v}",
    "sum(a, {{axis: 1}}) * {v}", "sum(a * {v}, {{axis: 0}})", "outer({v}, {w}) @ {v}", "-{v}",
    "logsumexp(a + {v}, {{axis: 1}})", "max({v}, {w})", "cumsum({v})", "norm({v}) * {w}",
    "mean(a, {{axis: 0}})",
    "solve(a + 5 * diag({v} * 0 + 1), {v})", "diag(diag({v}) @ a)", "prod([0.5, 0.9] + {r}) * {v}",
    "reshape(a, length({v}) * length({v}))[0] * {v}", "exp({v} - logsumexp({v}))",
)  # fmt: skip
REALS = (
    "sum({v})", "dot({v}, {w})", "mean({v})", "max({v})", "logsumexp({v})", "norm({v})", "{r} * {r}",
    "sin({r})", "{v} @ a @ {w}", "trace(a) * {r}", "sum(a) / 9", "min({v}, {w})[0]", "{r} / (1 + {r} ^ 2)",
    "{v}[0] + {r}", "max({r}, 0.3)", "prod({v})", "det(a + {r})",
)  # fmt: skip


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A function of a vector x, a real s and a square matrix a, whose value is a real."""
    vectors, reals, lines = ["x"], ["s", "0.7"], []
    for i in range(draw(st.integers(2, 9))):
        is_vector = draw(st.booleans())
        text = draw(st.sampled_from(VECTORS if is_vector else REALS))
        pick = {
            "v": draw(st.sampled_from(vectors)),
            "w": draw(st.sampled_from(vectors)),
            "r": draw(st.sampled_from(reals)),
        }
        name = f"{'v' if is_vector else 'r'}{i}"
        lines.append(f"let {name} = {text.format(**pick)}")
        (vectors if is_vector else reals).append(name)
    return f"def f(x, s, a) = {{\n  {'; '.join(lines)}\n  tanh(sum({vectors[-1]})) + sin({reals[-1]}) }}\n"


MODES = """
def R(g) = fn p => gradient(g)(p)
def F(g) = fn (x, s, a) => jvp(g, (x, s, a), (x * 0.5, 1, a * x))[1]
def only(g) = fn (x, s, a) => (gradient(fn x => g(x, s, a))(x), gradient(fn a => g(x, s, a))(a))
def mixed(g) = fn (x, s, a) => derivative(fn t => gradient(fn x => g(x, t, a))(x))(s)
def twice(g) = fn (x, s, a) => gradient(fn y => dot(gradient(fn x => g(x, s, a))(y), x))(x)
def over(g) = fn (x, s, a) => gradient(fn y => jvp(fn z => g(z, s, a), y, x)[1])(x)
def seeded(g) = fn (x, s, a) => gradient(fn t => vjp(fn x => g(x, s, a), x)[1](t)[0])(s)
def many(g) = fn (x, s, a) => gradient_forward(fn x => g(x, s, a))(x)
"""
EVERYTHING = """fn p => (
  f(p), R(f)(p), F(f)(p), only(f)(p), mixed(f)(p), twice(f)(p), over(f)(p), seeded(f)(p), many(f)(p))"""


@SLOW
@given(program=programs(), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_all_modes_on_changing_shapes(program: str, sizes: list[int]) -> None:
    text = f"{program}{MODES}{EVERYTHING}"
    general = function(text, specialised=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scalar_runs, "HOT", 2)
        f = function(text)
        for n in [*sizes, *sizes]:
            point = (vector(n), 0.4, matrix(n))
            assert agree(called(f, *point), called(general, *point), 1e-8)


@SLOW
@given(program=programs())
def test_a_call_repeated_gives_the_same_bits(program: str) -> None:
    f = function(f"{program}{MODES}fn p => (f(p), R(f)(p), F(f)(p))")
    first = called(f, vector(3), 0.4, matrix(3))
    for _ in range(scalar_runs.HOT + 3):
        assert agree(called(f, vector(3), 0.4, matrix(3)), first, 0.0)


# ── the items of a batch ─────────────────────────────────────────────────────────────────────

BATCHED = """fn (xs, s, a) => (
  batched(fn x => f(x, s, a))(xs),
  batched(fn x => gradient(f)(x, s, a))(xs),
  batched(fn x => gradient(fn s => f(x, s, a))(s))(xs),
  batched(fn x => mixed(f)(x, s, a))(xs),
  batched(fn x => twice(f)(x, s, a))(xs),
  batched(fn x => vjp(fn x => x * f(x, s, a), x)[1](x))(xs),
  batched(fn x => batched(fn t => gradient(fn x => f(x, t, a))(x))([0.3, s]))(xs),
  gradient(fn (xs, a) => sum(batched(fn x => f(x, s, a) ^ 2)(xs)))(xs, a))"""


@SLOW
@given(program=programs(), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=2))
def test_batches_in_all_modes(program: str, sizes: list[int]) -> None:
    text = f"{program}{MODES}{BATCHED}"
    general = function(text, specialised=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scalar_runs, "HOT", 2)
        f = function(text)
        for n in [*sizes, *sizes]:
            point = (matrix(3, n), 0.4, matrix(n))
            assert agree(called(f, *point), called(general, *point), 1e-8)


EACH_GRADIENT = """def f(m, x, y) = sum((m.w @ tanh(m.w @ x + m.b) - y) ^ 2)
fn (w, b, xs, ys) => batched(fn (x, y) => gradient(fn m => f(m, x, y))({w, b}))(xs, ys)"""


def test_a_run_of_a_batch_has_code() -> None:
    f, general = function(EACH_GRADIENT), function(EACH_GRADIENT, specialised=False)
    found = specialisers(f)
    for point in [(matrix(3), vector(3), matrix(n, 3), matrix(n, 3)) for n in (4, 2)]:
        assert agree(called(f, *point), called(general, *point))
    kinds = [kind for s in found for made in s.made for kind in made]
    assert ("node", ("each", (4, 3))) in kinds and ("each", (2, 3)) in kinds, kinds


def test_a_batch_around_a_differentiation_and_inside_it() -> None:
    """One body, which meets the batch of items first, and then the tag of a gradient around the batch."""
    program = """def f(x, a) = sum(sin(x) * (a @ x) + x)
    fn (xs, a) => (
      batched(fn x => gradient(fn a => f(x, a))(a))(xs),
      gradient(fn a => sum(batched(fn x => f(x, a))(xs)))(a),
      batched(fn x => gradient(fn a => sum(batched(fn t => f(x * t, a))(xs)))(a))(xs))"""
    f, general = function(program), function(program, specialised=False)
    for n in (3, 4, 3):
        point = (matrix(n, 3), matrix(3))
        assert agree(called(f, *point), called(general, *point))


def test_a_nan_among_the_items_is_left_to_the_primitives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_runs, "HOT", 2)
    f = function("fn (x, y) => floor(x) * y + sum(x * y) * y")
    (specialiser,) = specialisers(f)
    for _ in range(3):
        called(f, Each(1, matrix(3)), vector(3))
    assert len(specialiser.made) == 1
    data = matrix(3).data.copy()
    data[1, 2] = np.nan
    with pytest.raises(Unbatched):
        called(f, Each(1, Array(data)), vector(3))


@pytest.mark.parametrize(
    "call",
    [
        "batched(fn x => batched(fn t => gradient(fn x => f(x, {t,}))(x))(ts))(xs)",
        "batched(fn x => batched(fn t => gradient(fn x => sum(sin(x * t) * x))(x))(ts))(xs)",
        "gradient(fn t => sum(batched(fn x => sum(sin(x * t) * x))(xs)))(ts)",
    ],
)
def test_batches_of_as_many_items_stay_apart(call: str) -> None:
    program = f"def f(x, r) = sum(sin(x) * x + x) * r.t\nfn (xs, ts) => {call}"
    xs, ts = matrix(3), vector(3)
    expected = called(function(program, specialised=False), xs, ts)
    f = function(program)
    assert all(agree(called(f, xs, ts), expected) for _ in range(2))


@pytest.mark.parametrize(
    "text",
    [
        "fn (x, a) => ((a @ x) * sqrt(x))[1]",
        "fn (x, a) => where(x > 0.5, (a @ x) * ln(x), a @ x)[2]",
        "fn (x, a) => sum(max(x * (a @ x), x))",
        "fn (x, a) => sum(x ^ 2.5) / norm(x - x)",
        "fn (x, a) => sum(floor(x) * (a @ x)) + sum(a @ x) / x[0]",
    ],
)
def test_edges_of_one_item_are_those_of_the_primitives(text: str) -> None:
    program = f"let f = {text}\nfn (xs, a) => batched(fn x => (f(x, a), gradient(f)(x, a)))(xs)"
    f, general = function(program), function(program, specialised=False)
    usual = [[0.1, 0.2, 0.3], [1.0, 2.0, 4.0]]
    for x in ([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1.0, 2.0, np.inf], [-1.0, 2.0, 2.0], [np.nan, 1.0, 2.0]):
        for items in (usual, [*usual[:1], x], [x, x]):
            point = (Array(np.array(items)), matrix(3))
            expected = called(general, *point)
            assert all(agree(called(f, *point), expected) for _ in range(2)), (items, expected)


# ── one entry for a run ──────────────────────────────────────────────────────────────────────

ENERGY = "fn (x, b, a) => { let s = dot(b, x); sum(ln(x / (1 + s))) - dot(x, a @ x) * ln(s) }"


def entry_of(text: str, *arguments: Value) -> Node:
    """The tape entry of a function's result at arguments of which the first is an input."""
    result = called(function(text), node(1, arguments[0], ()), *arguments[1:])
    assert isinstance(result, Node)
    return link_of(result)


def test_a_run_is_one_entry_that_keeps_what_its_pullback_takes() -> None:
    entry = entry_of(ENERGY, vector(3), vector(3, 1), matrix(3))
    (parent, joint) = entry.links
    assert isinstance(joint, Joint) and isinstance(parent, Node) and not parent.links
    kept = entry_of("fn (x, a) => sum(a @ x)", vector(3), matrix(3)).links[1]
    assert isinstance(kept, Joint) and [np.shape(x) for x in kept.saved] == [(3, 3)]  # x itself is not


@pytest.mark.parametrize("text", [ENERGY, "fn (x, b, a) => (a @ (x * b)) * norm(x) - sum(x) * (b @ a)"])
def test_a_run_taken_apart_gives_the_same_cotangents(text: str) -> None:
    entry = entry_of(text, vector(3), vector(3, 1), matrix(3))
    cotangent: Value = vector(3, 2) if type(entry.primal) is tuple else 1.5
    whole = sweep(1, [(entry, cotangent)])
    joint = entry.links[1]
    assert isinstance(joint, Joint)
    apart = Node(1, entry.primal, joint.code.unfold(entry, joint.saved))
    assert all(entry.index - 1 < x.index < entry.index for x in apart.links[::2] if x.links)  # type: ignore[attr-defined]
    parts = sweep(1, [(apart, cotangent)])
    assert whole.keys() == parts.keys()
    assert all(agree(whole[x], parts[x]) for x in whole)


@pytest.mark.parametrize(
    "text",
    [
        "fn (x, a) => ((a @ x) * sqrt(x))[1]",
        "fn (x, a) => where(x > 0.5, (a @ x) * ln(x), a @ x)[2]",
        "fn (x, a) => sum(max(x * (a @ x), x))",
        "fn (x, a) => max(x - x + sum(x)) + logsumexp(ln(x))",
        "fn (x, a) => sum(x ^ 2.5) / norm(x - x)",
        "fn (x, a) => dot(x, x) + sum(a @ x) * stop_gradient(sum(x))",
    ],
)
def test_edges_are_those_of_the_primitives(text: str) -> None:
    for program in (
        f"let f = {text}\n{mode}" for mode in ("gradient(f)", "fn (x, a) => jvp(f, (x, a), (x, a))")
    ):
        for x in ([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1.0, 2.0, np.inf], [-1.0, 2.0, 2.0], [np.nan, 1.0, 2.0]):
            point = (Array(np.array(x)), matrix(3))
            general = called(function(program, specialised=False), *point)
            f = function(program)
            assert all(agree(called(f, *point), general) for _ in range(3)), (program, x)


def test_constants_and_inputs_come_out() -> None:
    f = function("gradient(fn (x, y) => { let n = length(x); let t = transpose(x); dot(t, y) * n + sum(t) })")
    assert agree(called(f, vector(3), vector(3, 1)), called(f, vector(3), vector(3, 1)), 0.0)
    assert agree(called(f, vector(2), vector(2)), (Array(2 * vector(2).data + 1), Array(2 * vector(2).data)))


# ── errors and bounds ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("before", ["gradient", "(fn f => f)"])
def test_an_error_has_its_place_after_a_run_has_code(before: str) -> None:
    program = f"let f = {before}(fn (a, b) => sum(a + 1) + sum(solve(a, b)) * 2)\nfn p => f(p)"
    f, general = function(program), function(program, specialised=False)
    singular = Array(np.ones((2, 2)))
    for point in (
        (matrix(2), vector(2)),
        (singular, vector(2)),
        (matrix(2), vector(3)),
        (vector(2), vector(2)),
    ):
        got, expected = called(f, *point), called(general, *point)
        assert agree(got, expected), point
    assert called(f, singular, vector(2)) == "`solve` of a singular matrix at solve(a, b)"


def specialisers(f: Value) -> list[ArraySpecialiser]:
    """The specialisers of the module in which a function is."""
    assert isinstance(f, Closure)
    found = (getattr(x, "__self__", None) for x in f.enter.__globals__.values())
    return [x for x in found if type(x) is ArraySpecialiser]


def test_code_is_made_of_few_shapes() -> None:
    f = function("fn x => sum(x * x) + dot(x, x)")
    (specialiser,) = specialisers(f)
    for n in range(1, 2 * MOST_SHAPES):
        point = node(1, vector(n), ())
        assert agree(sweep(1, [(called(f, point), 1.0)])[link_of(point)], Array(4 * vector(n).data))  # type: ignore[list-item]
    assert len(specialiser.made) == MOST_SHAPES


def test_large_arrays_go_the_general_way() -> None:
    text = "fn x => sum(x * x) + dot(x, x)"
    for n, has_code in ((FEW_ELEMENTS, True), (FEW_ELEMENTS + 1, False)):
        assert agree(called(function(f"gradient({text})"), vector(n)), Array(4 * vector(n).data))
        assert (type(entry_of(text, vector(n)).links[1]) is Joint) == has_code


def test_a_run_that_never_meets_arrays_is_left_alone() -> None:
    f = function("fn (x, y) => max(x, y) + sum(x, y)")
    (specialiser,) = specialisers(f)
    general = specialiser.general
    assert specialiser.namespace[specialiser.name] == specialiser.meet
    for _ in range(MOST_MISSES):
        assert specialiser.namespace[specialiser.name](Dual(1, 2.0, 1.0), 1.0).primal == 5.0
    assert specialiser.namespace[specialiser.name] is general


# ── texts of primitives ──────────────────────────────────────────────────────────────────────

CALLS: dict[str, list[tuple[Any, ...]]] = {
    "@": [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (3,)),
        ((2, 2, 3), (3, 2)),
    ],
    "cumulated": [((3,), 0), ((2, 3), 0), ((2, 3), 1)],
    "dot_of_vectors": [((3,), (3,))],
    "fourier": [((2, 3), False), ((2, 3), True), ((2, 2, 4), False)],
    "total": [((3,), None), ((3,), 0), ((2, 3), 0), ((2, 3), 1), ((50, 40), None), ((2, 3, 4), 1)],
    "sum_to": [((3,), ()), ((2, 3), (3,)), ((50, 40), ()), ((2, 3, 4), (3, 4))],
    "reshape_to": [((6,), (2, 3)), ((1, 1), (1,))],
    "swap": [((2, 3),), ((2, 3, 4),)],
    "transpose_of": [((2, 3),), ((2, 3, 4),), ((3,),)],
}


def test_all_texts_have_calls() -> None:
    general = [p for p in PRIMITIVES.values() if isinstance(p, General)]
    assert {p.name for p in general if p.code is not None} == CALLS.keys()


@pytest.mark.parametrize(("name", "facts"), [(n, f) for n, calls in CALLS.items() for f in calls])
def test_a_text_computes_the_value(name: str, facts: tuple[Any, ...]) -> None:
    primitive = PRIMITIVES[name]
    assert isinstance(primitive, General) and primitive.code is not None
    chance = np.random.default_rng(5)
    shapes = facts[: len(primitive.rules)]
    statics = dict(zip(keywords(primitive), facts[len(shapes) :], strict=True))
    numbers = [Array(chance.normal(size=shape)) if shape else 0.7 for shape in shapes]
    text = primitive.code([f"x{i}" for i in range(len(shapes))], list(shapes), **statics)
    expected: Any = primitive.value(*numbers, **statics)
    space = {f"x{i}": x.data for i, x in enumerate(numbers) if type(x) is Array} | {"np": np}
    got = eval(text, space)
    assert type(got) is (float if type(expected) is float else np.ndarray)
    assert np.array_equal(got, expected if type(expected) is float else expected.data)
