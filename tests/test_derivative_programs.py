"""Derivatives as straight-line programs: they run, and give what the operators give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from scalar_programs import programs

from vlad_py.errors import RunError
from vlad_py.laboratory.traces import trace
from vlad_py.machine import run
from vlad_py.primitives.shapes import reals_of
from vlad_py.session import Session
from vlad_py.values import Value, plain

SURVEY = "def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n"


def agrees(session: Session, source: str, program: str, operator: str, point: Value) -> None:
    """A derivative program gives what the operator gives, to rounding."""
    session.evaluate(source)
    got = run(session.evaluate(program), point)
    expected = run(session.evaluate(operator), point)
    assert list(map(plain, reals_of(got))) == pytest.approx(list(map(plain, reals_of(expected))), rel=1e-12)


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


@pytest.mark.parametrize(
    "body",
    [
        "det(m)",
        "sum(inv(m))",
        "logsumexp(m @ [1, 2, 3])",
        "norm(m @ [1, 0, 1])",
        "max(m, {axis: 0}) @ [1, 2, 3]",
        "sum(where(m > 1, m ^ 2, m))",
        "sum(relu(m - 1))",
    ],
)
def test_derivative_programs_of_arrays_run(body: str) -> None:
    session = Session()
    session.run_script(f"def f(m) = {body}\n", "arrays.adl")
    point = session.evaluate("[[2.5, 0.5, 1], [0.25, 3, 0], [1, -1, 2]]")
    agrees(session, trace(session.evaluate("f"), point).source(), "f_gradient", "gradient(f)", point)


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


@pytest.mark.parametrize("text", ["sort(m, {axis: 1})[0, 0]", "sort(m, {axis: 0})[1, 2]"])
def test_indices_that_adl_has_not_are_refused(text: str) -> None:
    session = Session()
    session.run_script(f"def f(m) = {text}\n", "t.adl")
    point = session.evaluate("[[3, 1, 2], [1, 5, 6], [2, 2, 9]]")
    with pytest.raises(RunError, match="needs `gather`, which ADL cannot write"):
        trace(session.evaluate("f"), point, mode="forward").source()


def test_what_adl_cannot_write_is_said() -> None:
    with pytest.raises(RunError, match="needs `polygamma`"):
        trace(Session().evaluate("digamma"), 2).source()
