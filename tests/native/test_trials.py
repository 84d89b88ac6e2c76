"""Trials: short calls that take longer as native code are interpreted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import Error
from vlad_py.native import entry, tier, trials
from vlad_py.native.entry import Entry
from vlad_py.native.trials import FIRST, MORE, SURE, TRIED, Trial
from vlad_py.session.session import Session
from vlad_py.values.show import show

pytest.importorskip("llvmlite")

ALL = 2 * (TRIED + 1)  # calls of a trial


def of(trial: Trial, native: float, interpreted: float) -> bool:
    """Makes one trial. Whether it finds interpreted calls faster."""
    while not trial.is_due():
        pass
    while trial.is_native:
        trial.ran(native)
        if not trial.is_due():
            return False
    for _ in range(TRIED + 1):
        trial.is_timing = True
        if trial.was_faster(interpreted):
            return True
        if not trial.is_due():
            return False
    raise AssertionError


@pytest.mark.parametrize(
    ("native", "interpreted", "is_faster"),
    [(5e-6, 1e-6, True), (5e-6, 6e-6, False), (5e-6, 1.0, False), (2 * SURE, 0.0, False)],
)
def test_both_tiers_are_timed(native: float, interpreted: float, is_faster: bool) -> None:
    trial = Trial()
    assert of(trial, native, interpreted) == is_faster
    assert trial.wait == (FIRST if is_faster else MORE * FIRST)
    assert (trial.left == 0) == is_faster  # at once, as soon as it is hooked again


@pytest.mark.parametrize("has_loops", [False, True])
def test_time_spent_passing_values_does_not_count_as_loops(
    has_loops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of many items may take longer to go in than the interpreter takes for the whole call."""
    compiling_now(monkeypatch)
    session = Session(native="auto")
    session.evaluate(
        "def f(x) = loop v = 0 for i in 1..x do v + sin(i)" if has_loops else "def f(x) = sin(x)"
    )
    hooked = called(session, "f")
    hooked.table.spent = entry.HOT
    hooked.install()
    session.evaluate("f(30)")
    assert hooked.table.entered == 1
    assert of(hooked.trial, 2 * SURE, SURE) != has_loops


def test_a_trial_that_is_put_off_begins_again() -> None:
    trial = Trial()
    while not trial.is_due():
        pass
    trial.ran(1e-6)
    trial.is_timing = True
    trial.put_off()
    assert not trial.was_faster(0.0)
    assert of(trial, 5e-6, 1e-6)


def called(session: Session, name: str) -> Entry:
    function: Any = session.evaluate(name)
    assert session.tier is not None
    found = Entry.of(session.tier, function.enter.__globals__, function.enter.__name__)
    found.trial, found.rests, found.credit = Trial(), 0.0, 0  # an operator is the same in all sessions
    return found


def compiling_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier.Tier, "may_compile", lambda *_, again: True)
    monkeypatch.setattr(entry, "FEW", 0)


SHORT = "def f(x) = loop v = x for i in 1..3 do sin(v) + i\ndef slope(x) = derivative(f)(x)"


def short_function() -> tuple[Entry, Any]:
    """The entry of the f of SHORT in a session that compiles what is hot, and f itself."""
    session = Session(native="auto")
    session.evaluate(SHORT)
    return called(session, "f"), session.evaluate("f")


@pytest.mark.parametrize("is_slow", [False, True])
@pytest.mark.parametrize("remembers", [False, True], ids=["function", "operator"])
def test_native_code_that_is_slower_is_left(
    remembers: bool, is_slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling_now(monkeypatch)
    monkeypatch.setattr(trials, "SURE", 1e9)
    seconds = 1e6 if is_slow else 0.0  # how long each native call seems to take
    ran = Trial.ran
    monkeypatch.setattr(Trial, "ran", lambda trial, _: ran(trial, seconds))
    session = Session(native="auto")
    plain = Session()
    for each in (session, plain):
        each.evaluate(SHORT)
    hooked = called(session, "derivative(f)" if remembers else "f")
    if remembers:
        hooked.hot_tables = 1
        function: Any = session.evaluate("derivative(f)")
        hooked._table(function.env, 0.5).spent = 2 * entry.HOT
    else:
        hooked.table.spent = entry.HOT
        hooked.install()
    name = "slope" if remembers else "f"
    assert session.tier is not None
    before = session.tier.entered  # also in other sessions
    for i in range(FIRST + ALL + 20):
        assert session.evaluate(f"{name}({i})") == plain.evaluate(f"{name}({i})")
    entered = session.tier.entered - before
    assert entered == FIRST + TRIED + 1 if is_slow else entered > FIRST + TRIED + 20
    assert (hooked.rests > 0.0) == is_slow
    assert remembers or (hooked.interpreted is None) == is_slow


def test_a_call_inside_the_one_that_is_timed_is_interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    compiling_now(monkeypatch)
    hooked, function = short_function()
    hooked.trial.left, hooked.trial.native_calls = 0, TRIED
    assert hooked._answer(function.env, 0.5) is entry.TIMED
    assert hooked._answer(function.env, 0.5) is entry.NOTHING


def test_what_is_too_large_for_the_time_left_gets_more_later(monkeypatch: pytest.MonkeyPatch) -> None:
    compiling_now(monkeypatch)
    hooked, function = short_function()
    hooked.table.spent = entry.HOT
    with monkeypatch.context() as patched:
        patched.setattr(entry, "OPS_A_SECOND", 1)
        assert hooked.run(function.env, 0.5) is entry.NOTHING
    assert hooked.table.large and not hooked.table.units and not hooked.table.refused
    assert hooked.table.needs == 3 * entry.AT_FIRST
    hooked.rests, hooked.table.spent = 0.0, entry.HOT + hooked.table.needs
    assert hooked.run(function.env, 0.5) == Session().evaluate(f"{SHORT}\nf(0.5)")


def test_after_a_redefinition_that_machine_code_cannot_take_calls_are_interpreted() -> None:
    session = Session(native="always")
    session.evaluate("let k = (3, 1)\ndef f(x) = loop v = x for i in 1..3 do v * k[0]")
    assert session.tier is not None
    assert session.evaluate("f(1)") == 27.0
    entered = session.tier.entered
    session.evaluate('let k = (symbol("s"), 1)')
    assert show(session.evaluate("f(1)")) == show(
        session.evaluate('1 * symbol("s") * symbol("s") * symbol("s")')
    )
    assert session.tier.entered == entered


@pytest.mark.parametrize("at", range(FIRST - 1, FIRST + ALL + 2))
def test_errors_in_a_trial_say_the_same(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compiling_now(monkeypatch)
    text = (
        "def f(x) = if x == 0 then error(x) else loop v = x for i in 1..3 do sin(v) + i\n"
        "def slope(x) = 1 + derivative(f)(x)\n"
        f"def all() = loop s = 0 for i in 1..100 do s + f({at} - i) + slope({at} - i)"
    )
    told = []
    for native in ("never", "auto"):
        session = Session(native=native)
        session.evaluate(text)
        if native == "auto":
            hooked = called(session, "f")
            hooked.table.spent = entry.HOT
            hooked.install()
        with pytest.raises(Error) as raised:
            session.evaluate("all()")
        told.append((str(raised.value), raised.value.span, raised.value.stack))
        assert native == "never" or hooked.table.has_code
    assert told[0][0] == told[1][0]
    assert [c.span.text for c in told[0][2]] == [c.span.text for c in told[1][2]]


def test_a_recursion_under_a_limit_of_depth_is_not_looked_at_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiling_now(monkeypatch)
    session = Session(native="auto", limits=Limits(depth=100_000))
    session.evaluate("def deep(n) = if n == 0 then 0 else 1 + deep(n - 1)")
    hooked = called(session, "deep")
    hooked.table.spent = entry.HOT
    hooked.install()
    assert session.evaluate("deep(1000)") == 1000.0
    assert hooked.interpreted is None


def test_an_operator_whose_calls_are_refused_is_not_looked_at_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiling_now(monkeypatch)
    session = Session(native="auto", write=lambda _: None)
    session.evaluate("def f(x) = { print(x); x }")
    hooked = called(session, "derivative(f)")
    hooked.hot_tables = 1
    function: Any = session.evaluate("derivative(f)")
    hooked._table(function.env, 0.5).spent = 2 * entry.HOT
    assert session.evaluate("derivative(f)(2)") == 1.0
    assert hooked.rests > 0.0
    hooked.take_over(function.env, 2.0, 0.01, False)  # a look sees a call in progress
    assert hooked.rests <= 0.0


def test_a_loop_that_ends_early_does_not_ask_the_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(native="auto")
    asked: list[object] = []
    later = tier.Tier.later

    def noted(self: tier.Tier) -> Iterator[range]:
        asked.append(self)
        return later(self)

    monkeypatch.setattr(tier.Tier, "later", noted)
    loop = "(fn n => (loop (v, i) = (0.5, 0) while i < n do (sin(v), i + 1))[1])"
    assert session.evaluate(f"{loop}(5)") == 5.0
    assert not asked
    assert session.evaluate(f"{loop}({tier.TURNS + 5})") == tier.TURNS + 5.0
    assert asked
