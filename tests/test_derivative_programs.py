"""Derivative programs that traces write: they run, and give what the operators give."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scalar_programs import programs
from tracing import SURVEY, agrees, traced

from vlad_py.ground.errors import ConversionError, RunError
from vlad_py.laboratory.traces import trace
from vlad_py.session.session import Session

# ── what programs do ─────────────────────────────────────────────────────────────────────────


def test_structures_arrays_and_functions() -> None:
    text = "def f(m, xs) = sum((m.w @ xs + m.b) ^ 2) * m.scale[1]\n"
    session = Session(write=lambda _: None)
    session.run_script(text, "t.adl")
    point = session.evaluate("({w: [[1, 2], [3, 4]], b: [0, 1], scale: list(1, 0.5)}, [1, 2])")
    t = trace(session.evaluate("f"), point)
    assert t.recording.paths == ("m.w", "m.b", "m.scale[0]", "m.scale[1]", "xs")
    agrees(session, t.source(), "f_gradient", "gradient(f)", point)


def test_the_derivative_programs_of_the_survey_read_well_and_run() -> None:
    session = Session()
    session.run_script(SURVEY, "survey.adl")
    f = session.evaluate("f")
    source = trace(f, 2, 5).source()
    assert "  let ax2 = av3 * cos(x2) + av2 * x1\n" in source
    session.evaluate(source)
    assert session.evaluate("f_gradient(2, 5) == gradient(f)(2, 5)") is True
    session.evaluate(trace(f, 2, 5, mode="forward").source())
    assert session.evaluate("f_forward((3, 4), (1, 2)) == jvp(f, (3, 4), (1, 2))") is True
    with pytest.raises(RunError, match="has no derivative program"):
        trace(f, 2, 5, mode="primal").source()


@settings(max_examples=25, deadline=None)
@given(programs(tame=True))
def test_derivative_programs_of_random_programs_run(text: str) -> None:
    session = Session()
    session.run_script(
        f"{text}\ndef g(x, y) = {{ let (a, b, _) = f(x, y)\n  a + 2 * b + x + y }}", "random.adl"
    )
    g = session.evaluate("g")
    point = (0.3, -0.7)
    agrees(session, trace(g, *point).source(), "g_gradient", "gradient(g)", point)
    session.evaluate(trace(g, *point, mode="forward").source())
    got = session.evaluate("g_forward((0.3, -0.7), (1, 0.5))")
    expected = session.evaluate("jvp(g, (0.3, -0.7), (1, 0.5))")
    assert got == pytest.approx(expected, rel=1e-12)


def test_names_that_would_collide_are_changed() -> None:
    session = Session()
    session.run_script("def f(v1, sin) = v1 * exp(sin)\n", "t.adl")
    session.evaluate(trace(session.evaluate("f"), 2, 3).source())
    assert session.evaluate("f_gradient(2, 3) == gradient(f)(2, 3)") is True


def test_the_names_of_constants_stay_theirs() -> None:
    session = Session()
    session.run_script("def f(inf, nan) = max(inf, -1 / 0) * nan\n", "t.adl")
    session.evaluate(trace(session.evaluate("f"), 2, 3).source())
    assert session.evaluate("f_gradient(2, 3)") == (3.0, 2.0)


def test_an_index_of_more_dimensions_is_written_as_it_is() -> None:
    session = Session()
    session.run_script("def f(x) = x[[[0, 1], [1, 1]]] * 2\n", "t.adl")
    session.evaluate(trace(session.evaluate("f"), session.evaluate("[3, 4]"), mode="forward").source())
    assert session.evaluate("f_forward([3, 4], [1, 10]) == jvp(f, [3, 4], [1, 10])") is True


# of x, a vector of 3, m of 2×3 and s of 3×3
ARRAYS = """
x[1:] * x[:2]; x[2]; m[1:]; m[:, 1]; m[0, 1:]; m[1, 2]; x[[2, 0, 0]]; x[[[0, 1], [1, 1]]]; m[[1, 0, 1]]
where(x > 1, x ^ 2, -x); where(m > x, m, x); where(m > 0, x, 2); keep(x, x > 1)
sort(x); sort(m, {axis: 0}); sort(m, {axis: 1}); reverse(x); reverse(m); outer(x, x); dot(x, x)
x * m; m + x[0]; m * [[2], [3]]; x ^ m; m / sum(m, {axis: 0}); x[1:] + x[0]; max(x, [1, 2, 2]); max(x, 1)
cumsum(x); cumsum(m, {axis: 0}); cumsum(m, {axis: 1}); concat(x, x[1:]); stack(x, x * 2); [x[0], x[1] * x[2]]
stack(list(x, x * 2), {axis: 1}); stack(m, m)[:, 1, 2]; transpose(stack(m, 2 * m)); transpose(m) @ m
diag(x); diag(s); trace(s); reshape(m, (3, 2)); reshape(m, 6); [x[i] * 2 for i in 0..2]
max(x); max(m, {axis: 1}); min(m, {axis: 0}); prod(x); prod(m, {axis: 1}); norm(x); norm(m, {axis: 1})
logsumexp(x); logsumexp(m, {axis: 0}); mean(m, {axis: 1}); sum(m, {axis: 0}); hypot(x, 2); atan2(x, 2)
logsumexp(s @ x); norm(s @ [1, 0, 1]); max(s, {axis: 0}) @ x; relu(m - 1)
m @ x; s @ s; det(s); inv(s); solve(s, x); logdet(s); cholesky(s @ transpose(s)); list(x[0], x[0])[1]
"""


@pytest.mark.parametrize(
    "text", [text.strip() for line in ARRAYS.split("\n") for text in line.split("; ") if text]
)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivative_programs_of_arrays_run(text: str, mode: str) -> None:
    session = Session()
    session.run_script(f"def f(x, m, s) = {{ let r = [{text}]\n sum(sin(r) * r) }}\n", "t.adl")
    f = session.evaluate("f")
    point = session.evaluate(
        "([0.5, 2.5, 1.25], [[3, 1, 2], [1.5, 5, 0.25]], [[3, 1, 2], [1, 5, 6], [2, 2, 9]])"
    )
    source = trace(f, point, mode=mode).source()
    if mode == "reverse":
        agrees(session, source, "f_gradient", "gradient(f)", point)
    else:
        along = "(x[0] + 1, x[1] * 2, x[2] * 3)"
        agrees(session, source, f"fn x => f_forward(x, {along})", f"fn x => jvp(f, x, {along})", point)


PLACES = st.lists(st.integers(0, 4), min_size=2, max_size=6)


@settings(max_examples=25, deadline=None)
@given(PLACES, PLACES, st.integers(0, 3), st.integers(1, 2))
def test_derivative_programs_of_random_indices_run(a: list[int], b: list[int], low: int, count: int) -> None:
    session = Session()
    body = f"sum(x[{a}] ^ 2) * sum(m[:, {low}:{low + count}][[1, 0, 1]]) + sum(exp(x)[{b}] * {b}) + x[{a[0]}]"
    session.run_script(f"def f(x, m) = {body}\n", "random.adl")
    point = session.evaluate("([0.5, 1, -2, 3, 0.25], [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])")
    f = session.evaluate("f")
    agrees(session, trace(f, point).source(), "f_gradient", "gradient(f)", point)


def test_parts_that_overlap_are_added() -> None:
    session = Session()
    session.run_script("def f(x) = sum(x[[0, 0, 2]] * x[1:] [[0, 1, 1]]) + x[0] * inf\n", "t.adl")
    source = trace(session.evaluate("f"), session.evaluate("[1, 2, 3]")).source()
    session.evaluate(source)
    assert session.evaluate("f_gradient([1, 2, 3]) == gradient(f)([1, 2, 3])") is True


@pytest.mark.parametrize("name", ["s", "o", "nd", "bs", "tan", "sin"])
def test_names_of_tangents_and_adjoints_that_would_collide_are_changed(name: str) -> None:
    session = Session()
    session.run_script(f"def f({name}) = abs({name}) * {name} ^ 2\n", "t.adl")
    f = session.evaluate("f")
    agrees(session, trace(f, 3).source(), "f_gradient", "gradient(f)", 3.0)
    session.evaluate(trace(f, 3, mode="forward").source())
    assert session.evaluate("f_forward(3, 1) == jvp(f, 3, 1)") is True


def test_what_adl_cannot_write_is_said_with_its_place() -> None:
    text = "let step = with_derivative(fn x => 2 * x, fn (x, v) => 2 * v)\ndef f(x) = sin(step(x))\n"
    with pytest.raises(RunError, match=r"needs `fn x => 2 \* x`, which ADL cannot write") as raised:
        traced(text, 2).source()
    assert raised.value.span is not None
    assert raised.value.span.text == "step(x)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(x) = (x, x)\n", "starts from a real, but the value of the call is a tuple of 2"),
        ("def f(x) = 1\n", "does not depend on the arguments"),
        ("def f(x) = x + true\n", "expects a real"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(RunError, match=re.escape(message)):
        traced(text, 2)


def test_without_a_derivative_the_primal_trace_is_left() -> None:
    with pytest.raises(RunError) as raised:
        traced("def f(x) = 1\n", 2)
    assert raised.value.hint == "the mode `primal` shows what ran"
    assert traced("def f(x) = 1\n", 2, mode="primal").text()


def test_what_is_stopped_is_a_constant() -> None:
    text = "def f(x) = x * stop_gradient(x) + sum(stop_gradient([x, 1]) * x)\n"
    t = traced(text, 3)
    assert t.gradient() == {"x": 7.0}
    session = Session()
    session.evaluate(t.source())
    assert session.evaluate("f_gradient(3)") == 7.0
    session.evaluate(traced(text, 3, mode="forward").source())
    assert session.evaluate("f_forward(3, 1)") == (21.0, 7.0)


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(ConversionError, match="a mode is one of"):
        traced(SURVEY, 2, 5, mode="sideways")
