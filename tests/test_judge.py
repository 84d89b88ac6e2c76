"""stdlib/check.adl as a judge: it accuses what is wrong, passes what is right, says what it cannot see."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vlad_py.execution.machine import run
from vlad_py.ground.errors import RunError
from vlad_py.session.session import Session
from vlad_py.values.values import Record

# a large part and a small part of a function's argument or result, in every kind of structure
SHAPES = {
    "record": ("fn m => big * m.a ^ 2 + small * part(m.b)", "{a: a, b: b}"),
    "tuple": ("fn (a, b) => big * a ^ 2 + small * part(b)", "(a, b)"),
    "list": ("fn xs => big * xs[0] ^ 2 + small * part(xs[1])", "list(a, b)"),
    "elements": ("fn v => sum([big * v[0] ^ 2, small * part(v[1])])", "[a, b]"),
    "closure": ("fn f => f(1)", "(fn (a, b) => fn x => big * a ^ 2 * x + small * part(b) * x)(a, b)"),
    "constant": ("fn b => big + small * part(b)", "b"),
    "one element": ("fn v => big * sum(v) + small * part(v[1])", "[a, b]"),
    "one argument": ("fn (a, b) => big * (a + b) + small * part(b)", "(a, b)"),
    "results": ("fn (a, b) => {large: big * a ^ 2, little: small * part(b)}", "(a, b)"),
    "elements of a result": ("fn (a, b) => [big * a ^ 2, small * part(b)]", "(a, b)"),
}
TOGETHER = frozenset(SHAPES) - {"results", "elements of a result"}  # where both parts are added
IN_ONE = frozenset({"one element", "one argument"})  # where both parts depend on b
SCALES = st.floats(-12.0, 12.0).map(lambda power: 10.0**power)
POINTS = st.sampled_from([-2.0, -1e-3, 1e-6, 0.3, 1.0, 2.5])


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session()
    session.evaluate(
        "import check\n"
        "import differences\n"
        "def right(x) = sin(x)\n"
        "def wrong(x) = with_derivative(sin, fn (x, v) => 2 * cos(x) * v)(x)\n"
        "let settings = {check.defaults with order: 1, directions: 1}\n"
    )
    return session


def verdict(session: Session, shape: str, part: str, big: float, small: float, a: float, b: float) -> str:
    """What the judge says of a function: wrong, unseen or right."""
    function, point = SHAPES[shape]
    text = f"fn (part, big, small, a, b) => check.gradients_by(settings, {function}, {point})"
    try:
        report = run(session.evaluate(text), (session.evaluate(part), big, small, a, b))
    except RunError as error:
        assert "a derivative of order 1" in str(error)
        return "wrong"
    assert isinstance(report, Record)
    return "unseen" if report.get("unseen") else "right"


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=25, deadline=None)
@given(big=SCALES, small=SCALES, a=POINTS, b=POINTS)
@example(big=1e9, small=1.0, a=3.0, b=1e-3)
@example(big=1e9, small=1.0, a=1.0, b=2.5)
@example(big=1e8, small=1e-6, a=1.0, b=2.0)
@example(big=1e9, small=1e-6, a=1.0, b=1.0)
@example(big=1e-12, small=1e12, a=1.0, b=1.0)
@example(big=1e7, small=10.0**-1.5, a=1.0, b=1e-6)
def test_a_rule_off_by_two_is_accused_where_doubles_show_it(
    session: Session, shape: str, big: float, small: float, a: float, b: float
) -> None:
    found = verdict(session, shape, "wrong", big, small, a, b)
    sizes = {"constant": 1.0, "one element": abs(a) + abs(b), "one argument": abs(a) + abs(b)}
    whole = big * sizes.get(shape, a * a) if shape in TOGETHER else 0.0
    assert found != "right" or shape in IN_ONE
    if shape in IN_ONE:
        whole *= 100.0
    if abs(small * b * math.cos(b)) > 1e-13 * whole:
        assert found == "wrong"


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=25, deadline=None)
@given(big=SCALES, small=SCALES, a=POINTS, b=POINTS)
def test_what_is_right_is_not_accused(
    session: Session, shape: str, big: float, small: float, a: float, b: float
) -> None:
    assert verdict(session, shape, "right", big, small, a, b) != "wrong"


@pytest.mark.parametrize("count", [9, 30, 100])
@pytest.mark.parametrize(
    "function",
    [
        "fn v => 1e3 * sum(v ^ 2) + 1e-2 * part(v[5])",
        "fn v => [if i == 5 then 1e-3 * part(v[5]) else 1e3 * v[i] ^ 2 for i in 0..7]",
        "fn v => [if i == 40 then 1e-3 * part(v[5]) else 1e3 * v[5] ^ 2 for i in 1..60]",
        "fn v => {a: 1e3 * v ^ 2, b: 1e-3 * part(v[5])}",
        "fn v => fold(fn (s, x) => s + 1e3 * x ^ 2, 1e-2 * part(v[5]), v)",
    ],
)
def test_every_element_of_an_array_is_checked_by_itself(session: Session, function: str, count: int) -> None:
    judge = f"fn part => check.gradients_by(settings, {function}, [i / 7 for i in 1..{count}])"
    assert isinstance(run(session.evaluate(judge), session.evaluate("right")), Record)
    with pytest.raises(RunError, match="a derivative of order 1"):
        run(session.evaluate(judge), session.evaluate("wrong"))


@settings(max_examples=200, deadline=None)
@given(rate=SCALES, x=st.floats(-1e3, 1e3), lift=st.sampled_from([0.0, 1.0, 1e6, -1e12]))
@example(rate=1e6, x=1.0, lift=0.0)
@example(rate=10.0, x=489.65580736834835, lift=0.0)
@example(rate=9.750389534079417, x=-918.9320169359347, lift=0.0)
@example(rate=36860.10637195228, x=-781.7566150141611, lift=0.0)
@example(rate=76812.30166886433, x=434.43019284475645, lift=0.0)
@example(rate=15690400.154721972, x=790.3397457562269, lift=-1e12)
@example(rate=2602905.723425147, x=0.8, lift=-1e12)
def test_the_stated_error_bounds(session: Session, rate: float, x: float, lift: float) -> None:
    text = "fn (rate, x, lift) => differences.richardson(fn t => lift + sin(rate * t))(x)"
    found = run(session.evaluate(text), (rate, x, lift))
    assert isinstance(found, Record)
    value, error = found.values
    assert isinstance(value, float)
    assert isinstance(error, float)
    phase = rate * x
    rounded = rate * abs(math.sin(phase)) * 2.0**-52 * abs(phase)  # the program rounds the phase
    assert error >= abs(value) or abs(value - rate * math.cos(phase)) <= error + rounded + 1e-15 * rate
