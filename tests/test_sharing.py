"""Values that hold the same part many times: n steps make a tree of 2ⁿ leaves, which no walk may meet."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import LimitError
from vlad_py.session.session import Session
from vlad_py.values import structure
from vlad_py.values.display import display

STRUCTURES = {
    "tuples": ("(1, 2)", "(s, s)"),
    "records": ("{a: 1}", "{a: s, b: s}"),
    "lists": ("list(1, 2)", "list(s, s)"),
    "lists within their own tails": ("list(1)", "s :: s"),
    "empty records": ("{}", "(s, s)"),
    "arrays": ("[1, 2]", "(s, s)"),
}
MADE = "let s = loop s = {} for i in 1..60 do {}\nlet t = loop s = {} for i in 1..60 do {}"


@pytest.fixture(params=STRUCTURES)
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session with s and t, two equal values that share nothing with one another."""
    monkeypatch.setattr(structure, "LONG", 2000)  # steps, before a walk is looked at
    session = Session()
    session.evaluate(MADE.format(*STRUCTURES[request.param] * 2))
    return session


@pytest.mark.parametrize(
    "text",
    [
        "s == s",
        "s == t",
        "not (s == (1, s))",
        "zeros_like(s) == zeros_like(t)",
        "stop_gradient(s) == s",
        "derivative(fn x => s)(1) == derivative(fn x => t)(1)",
        "derivative_reverse(fn x => s)(1) == derivative_reverse(fn x => t)(1)",
        "derivatives(fn x => s, 2)(1) == derivatives(fn x => t, 2)(1)",
        "jvp(fn x => s, 1, 1)[0] == s",
        "derivative(fn x => derivative(fn y => (s, x * y))(1))(1)[1] == 1",
    ],
)
def test_a_shared_part_is_met_once(session: Session, text: str) -> None:
    """Where every occurrence has the same result."""
    assert session.evaluate(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "show(s)",
        "print(s)",
        "flatten(s)",
        "gradient(fn x => 1)(s)",
        "jvp(fn x => 1, s, s)",
        "vjp(fn x => 1, s)",
        "derivative(with_derivative(fn y => (s, y), fn (y, v) => (s, v)))(2)",
    ],
)
def test_what_has_no_end_says_so(session: Session, text: str) -> None:
    """Where every occurrence is on its own, in the result or for the derivative."""
    with pytest.raises(LimitError, match="the same ones again and again"):
        session.evaluate(text)


def test_the_display_shows_the_outermost(session: Session) -> None:
    """As of any other large value."""
    assert "…" in display(session.value("s"), 80)


def test_derivatives_of_shared_values_are_shared() -> None:
    """For a value that depends on the variable."""
    session = Session()
    session.evaluate("def f(x) = loop s = (x, x ^ 2) for i in 1..60 do (s, s)")
    session.evaluate("def g(x) = loop s = (1, 2 * x) for i in 1..60 do (s, s)")
    assert session.evaluate("derivative(f)(3) == g(3) and derivative_reverse(f)(3) == g(3)") is True


def test_every_occurrence_has_its_own_derivative() -> None:
    """A structure that holds a part twice is two variables."""
    session = Session()
    session.evaluate("let t = (1, 2)")
    assert session.evaluate("gradient(fn (p, q) => p[0] * 3 + q[1])(t, t)") == ((3.0, 0.0), (0.0, 1.0))
    assert session.evaluate("jvp(fn (p, q) => p[0] - q[0], (t, t), ((1, 0), (5, 0)))") == (0.0, -4.0)


def _nested(levels: int) -> list[object]:
    found: list[object] = [1.0, 2.0]
    for _ in range(levels):
        found = [found, found]
    return found


def test_shared_objects_of_python_go_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come out again where each can be an object of its own."""
    head = vlad.evaluate("fn s => s[0][0] == s[1][1]")
    assert head(_nested(60)) is True
    whole = vlad.evaluate("fn s => s")
    assert whole(_nested(5)) == _nested(5)
    monkeypatch.setattr(structure, "LONG", 2000)
    with pytest.raises(LimitError, match="again and again"):
        whole(_nested(60))


def test_shared_captures_are_pickled_once() -> None:
    """What a function captured, however often."""
    made = "let s = loop s = (1, 2) for i in 1..60 do (s, s)"
    f = vlad.evaluate(f"let f = {{ {made}\n fn x => (s[0] == s[1], x) }}\nf")
    assert pickle.loads(pickle.dumps(f))(2) == (True, 2.0)


def test_a_long_value_that_shares_nothing_has_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk is looked at, and goes on."""
    monkeypatch.setattr(structure, "LONG", 100)
    session = Session()
    session.evaluate("let xs = loop xs = nil for i in 1..500 do (i, i) :: xs")
    read: Callable[[str], object] = session.evaluate
    assert read("length(flatten(xs))") == 1000
    assert read("length(flatten(gradient(fn xs => sum(flatten(xs)))(xs)))") == 1000
    assert len(str(read("show(xs)"))) > 1000
