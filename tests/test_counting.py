"""Counting operations, and the first NaN or infinity."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from scalar_programs import programs

from vlad_py.errors import RunError
from vlad_py.laboratory.comparing import METHODS, compare
from vlad_py.laboratory.counting import Counts, count
from vlad_py.session import Session


def counted(text: str, *arguments: object, name: str = "f") -> Counts:
    session = Session(write=lambda _: None)
    session.run_script(text, "t.adl")
    return count(session.evaluate(name), *arguments)


# ── operations ───────────────────────────────────────────────────────────────────────────────


def test_operations_of_a_call_and_its_derivatives() -> None:
    counts = counted("def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n", 2.0, 5.0)
    assert counts.columns["f"].operations == {"ln": 1, "*": 1, "+": 1, "sin": 1, "-": 1}
    assert counts.columns["f"].cost == 4 + 1 + 1 + 4 + 1
    assert counts.columns["gradient"].operations.total() == 10
    assert counts.ratio("gradient") == 20 / 11
    assert counts.tape is not None
    assert counts.tape.nodes == 3  # the straight run is accumulated in advance
    assert "cost / cost of f  1.00  1.82" in counts.text()


def test_constants_and_what_moves_numbers_cost_nothing() -> None:
    counts = counted("def f(x) = { let c = sin(1) * 2\n  list(x, c)[0] * c }\n", 3.0)
    assert counts.columns["f"].operations == {"*": 1}


def test_an_operation_on_an_array_costs_its_elements() -> None:
    session = Session()
    counts = counted("def f(a, x) = sum(a @ x)\n", *session.evaluate("(ones(3, 4), ones(4))"))  # type: ignore[misc]
    assert counts.columns["f"].cost == 2 * 3 * 4 + 3


def test_calls_are_counted() -> None:
    text = "def fact(n, x) = if n == 0 then x else n * fact(n - 1, x)\ndef f(x) = fact(5, x)\n"
    assert counted(text, 1.0).columns["f"].calls == 7


def test_forward_mode_grows_with_the_inputs_and_reverse_mode_does_not() -> None:
    session = Session()
    text = "def f(xs) = fold(fn (a, x) => a + x * x * a, 1, xs)\n"
    many = counted(text, session.evaluate("list(1, 2, 3, 4, 5, 6, 7, 8)"))
    assert many.ratio("gradient") < 6 < many.ratio("gradient_forward")


@settings(max_examples=40, deadline=None)
@given(programs())
def test_a_gradient_costs_less_than_six_times_the_function(text: str) -> None:
    session = Session()
    session.run_script(f"{text}\ndef g(x, y) = {{ let (a, b, _) = f(x, y)\n  a * b }}", "random.adl")
    counts = count(session.evaluate("g"), 0.7, 1.3)
    assume(counts.columns["f"].cost)
    assert counts.ratio("gradient") < 6


# ── comparison ───────────────────────────────────────────────────────────────────────────────

LOGISTIC = "def f(x) = loop v = x for i in 1..3 do 4 * v * (1 - v)\n"


def test_differences_miss_what_automatic_differentiation_has() -> None:
    session = Session()
    session.run_script(LOGISTIC, "t.adl")
    found = compare(session.evaluate("f"), 0.2)
    assert found.exact == (9.066086400000007,)
    assert found.errors("automatic, forward") == (0.0,)
    assert 1e-8 < found.errors("forward difference")[0] < 1e-5
    assert 1e-11 < found.errors("centre difference")[0] < 1e-7
    assert found.errors("Richardson difference")[0] < 1e-11


def test_differences_are_those_of_the_library() -> None:
    session = Session()
    session.run_script("import differences\ndef f(x, y) = x ^ 2 * sin(y)\n", "t.adl")
    found = compare(session.evaluate("f"), 3.0, 2.0).methods
    for method, text in [
        ("forward difference", "differences.forward_gradient(f)(3, 2)"),
        ("centre difference", "differences.centre_gradient(f)(3, 2)"),
        ("Richardson difference", "differences.richardson_gradient(f)(3, 2).value"),
    ]:
        assert found[method] == session.evaluate(text)


def test_further_methods_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    session.run_script(LOGISTIC, "t.adl")
    monkeypatch.setitem(METHODS, "symbolic", lambda f, x: 9.0)
    monkeypatch.setitem(METHODS, "not for this", lambda f, x: None)
    found = compare(session.evaluate("f"), 0.2)
    assert "not for this" not in found.methods
    assert found.errors("symbolic")[0] == pytest.approx(0.0660864)


def test_a_derivative_by_hand_of_another_shape_is_said() -> None:
    session = Session()
    session.run_script(LOGISTIC, "t.adl")
    with pytest.raises(RunError, match="by hand: 2 derivatives for 1 reals"):
        compare(session.evaluate("f"), 0.2, by_hand=session.evaluate("fn x => (x, x)"))


# ── the first NaN or infinity ────────────────────────────────────────────────────────────────

FIRST = [
    ("ln(0) + 1", "`ln` gives -inf at 0", "ln(0)"),
    ("0 * (1 / 0)", "`/` gives inf at 1 and 0", "(1 / 0)"),
    ("inf - inf", "`-` gives nan at inf and inf", "inf - inf"),
    ("map(ln, list(1, 0))", "`ln` gives -inf at 0", "map(ln, list(1, 0))"),
    ("ln([1, 0, 2])", "`ln` gives -inf at 0, in element [1]", "ln([1, 0, 2])"),
    ("derivative(fn x => sqrt(x))(0)", "the derivative of `sqrt` gives inf at 0", "sqrt(x)"),
    ("gradient(fn x => sqrt(x))(0)", "the derivative of `sqrt` gives inf at 0", "sqrt(x)"),
    (
        "gradient(fn x => sum(sqrt(x)))([1, 0])",
        "the derivative of `sqrt` gives inf at 0, in element [1]",
        "sqrt(x)",
    ),
    ("jacobian(fn x => sqrt(x))([1, 0])", "the derivative of `sqrt` gives inf", "sqrt(x)"),
    ("derivative(derivative(fn x => x ^ 1.5))(0)", "the derivative of `^` gives inf at 0 and 1.5", "x ^ 1.5"),
    (
        "gradient(fn x => x * 1e200 * 1e200)(1e-300)",
        "the derivative of `*` gives inf in the sweep back at 1e-300 and 1e200",
        "x * 1e200",
    ),
    (
        "vjp(fn x => x * 1e200, 1)[1](1e200)",
        "the derivative of `*` gives inf in the sweep back at 1 and 1e200",
        "x * 1e200",
    ),
    (
        "derivative_reverse(fn x => fn y => x * 1e200 * y)(1e-300)(1e200)",
        "the derivative of `*` gives inf in the sweep back",
        "x * 1e200",
    ),
]


@pytest.mark.parametrize(("text", "message", "place"), FIRST)
def test_the_first_nan_or_infinity_is_an_error(text: str, message: str, place: str) -> None:
    Session().evaluate(text)
    with pytest.raises(RunError) as raised:
        Session(nan_is_error=True).evaluate(text)
    assert raised.value.message.startswith(message)
    assert raised.value.span is not None
    assert raised.value.span.text == place


@pytest.mark.parametrize("text", ["min(inf, 3)", "inf + 1", "nan * 2", "gradient(fn x => x * 2)(1)", "-inf"])
def test_what_passes_an_infinity_on_has_not_made_it(text: str) -> None:
    Session(nan_is_error=True).evaluate(text)


@settings(max_examples=25, deadline=None)
@given(programs(tame=True))
def test_a_watched_run_gives_the_same(text: str) -> None:
    call = "(f(0.3, -0.7), jvp(f, (0.3, -0.7), (1, 2))[1])"
    values = []
    for is_error in (False, True):
        session = Session(nan_is_error=is_error)
        session.run_script(text, "t.adl")
        values.append(session.evaluate(call))
    assert repr(values[0]) == repr(values[1])
