"""A tier that waits: what is hot is compiled, also while it runs, and gives what the interpreter gives."""

from __future__ import annotations

import gc
import weakref
from math import inf
from typing import Any

import programs
import pytest

from vlad_py.execution.machine import Paused
from vlad_py.ground.errors import Error
from vlad_py.native import entry, tier
from vlad_py.native.entry import Entry
from vlad_py.native.tables import Attempt
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

# programs that end only after many looks, and what they give
HOT = {
    "one call of a gradient of a loop": (
        "gradient(fn x => loop v = x for i in 1..60000 do 0.5 * sin(v) + x)(0.3)",
        1.7272237014452976,
    ),
    "one call of a function with a loop": ("(fn x => loop v = x for i in 1..60000 do sin(v) + 1)(0.3)", None),
    "a loop with a condition": (
        "(fn x => (loop (v, i) = (x, 0) while i < 60000 do (sin(v) + 1, i + 1))[0])(0.3)",
        None,
    ),
    "recursion": ("{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2); fib(19) }", 4181.0),
    "many short calls": (
        "{ def f(x) = x * x + sin(x)\n"
        "(loop (v, i) = (0.1, 0) while i < 20000 do (derivative(f)(v) / 9, i + 1))[0] }",
        None,
    ),
    "a nest of derivatives": (
        "{ def g(a, b) = loop v = a for i in 1..3 do tanh(v * b)\n"
        "def h(x) = gradient(fn b => g(x, b))(0.7)\n"
        "loop x = 0.5 for i in 1..2000 do x - 0.1 * derivative(h)(x) }",
        None,
    ),
    "an error in the end": (
        "loop v = 1 for i in 1..30000 do if i < 29999 then v + derivative(sin)(i) else (1, 2)[5]",
        None,
    ),
    "output on the way": (
        "{ def f(x) = { if x == 5 then print(x) else (); x + derivative(sin)(x) }\n"
        "loop v = 0 for i in 1..9000 do v + f(i) }",
        None,
    ),
}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tier that looks after every few steps, and finds everything hot that it sees twice."""
    monkeypatch.setattr(entry, "HOT", 1e-9)
    monkeypatch.setattr(entry, "AT_FIRST", 10.0)
    monkeypatch.setattr(tier, "EARLY", 1000.0)
    monkeypatch.setattr(tier, "EARLY_LOST", 1000.0)
    monkeypatch.setattr(tier, "BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(tier, "SHARE", 0)


def outcome(text: str, native: str, attempts: list[Attempt] | None = None) -> tuple[object, str]:
    out: list[str] = []
    session = Session(native=native, write=out.append)  # type: ignore[arg-type]
    if attempts is not None:
        session.on_attempt = attempts.append
        assert session.tier is not None
        session.tier.due = 0.0
    try:
        return session.evaluate(text), "".join(out)
    except Error as error:
        return str(error), "".join(out)


@pytest.mark.parametrize(("text", "value"), HOT.values(), ids=HOT)
def test_what_is_hot_is_compiled_and_gives_the_same(text: str, value: float | None, hasty: None) -> None:
    attempts: list[Attempt] = []
    expected, written = outcome(text, "never")
    got, also_written = outcome(text, "auto", attempts)
    assert attempts
    assert written or any(attempt.unit is not None for attempt in attempts)  # what prints is refused
    assert got == (pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected)
    assert value is None or got == pytest.approx(value, rel=1e-12)
    assert also_written == written


@pytest.mark.parametrize("path", programs.PATHS[::7], ids=lambda path: path.stem)
def test_programs_do_what_they_promise_whenever_the_tier_looks(path: object, hasty: None) -> None:
    program = programs.read(path)  # type: ignore[arg-type]
    out: list[str] = []
    session = Session(native="auto", write=out.append)
    error = None
    try:
        session.run_file(str(path))
    except Error as raised:
        error = raised
    assert programs.complaints(program, programs.Outcome(tuple("".join(out).splitlines()), error)) == []


WITHIN_FEW_STEPS = {  # calls of operators that are long for the clock and short for the machine
    "in a loop": "loop v = 0.9 for i in 1..60 do v - 1e-6 * gradient(f)(v)",
    "in a comprehension": "sum([derivative(f)(a) for a in linspace(0.1, 1, 60)])",
}


@pytest.mark.parametrize("text", WITHIN_FEW_STEPS.values(), ids=WITHIN_FEW_STEPS)
def test_calls_within_few_steps_count_themselves(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "LONG_CALL", 0.0)
    monkeypatch.setattr(entry, "HOT", 1e-3)
    monkeypatch.setattr(tier.Tier, "may_compile", lambda *_, again: True)
    text = f"{{ def f(x) = loop v = x for i in 1..300 do v * sin(v) + 0.3; {text} }}"
    session = Session(native="auto")
    assert session.tier is not None
    session.tier.due = inf  # there is no look
    attempts: list[Attempt] = []
    session.on_attempt = attempts.append
    assert session.evaluate(text) == pytest.approx(Session().evaluate(text), rel=1e-12)
    assert any(a.unit is not None for a in attempts)
    assert session.tier.entered


def test_an_outer_call_is_looked_at_as_an_inner_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "{ def g(x) = loop v = x for i in 1..300 do v * sin(v) + 0.3\n"
    text += "def f(x) = loop v = x for i in 1..60 do v - 0.1 * gradient(g)(v); gradient(f)(0.9) }"
    looked: list[float] = []
    counted = tier.Tier._counted
    monkeypatch.setattr(entry, "LONG_CALL", 0.0)
    monkeypatch.setattr(tier.Tier, "look", lambda self, state: state)  # between steps there is no look

    def noted(self: tier.Tier, segments: list[Any], k: Any, now: float) -> Paused | None:
        looked.append(now)
        return counted(self, segments, k, now)

    monkeypatch.setattr(tier.Tier, "_counted", noted)
    assert outcome(text, "auto", [])[0] == pytest.approx(outcome(text, "never")[0], rel=1e-12)
    assert looked


def test_what_is_short_is_not_compiled() -> None:
    attempts: list[Attempt] = []
    assert outcome("derivative(fn x => x * x)(3)", "auto", attempts) == (6.0, "")
    assert attempts == []


def test_a_name_defined_anew_is_never_stale(hasty: None) -> None:
    session = Session(native="auto")
    session.evaluate("def f(x) = 2 * x\ndef g(x) = loop v = x for i in 1..20000 do f(v) / 2 + 1")
    assert session.evaluate("g(1)") == session.evaluate("g(1)") == 20001.0
    session.evaluate("def f(x) = 4 * x - 2 * x - 2")
    assert session.evaluate("g(1)") == 1.0


def test_each_program_has_a_count_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's functions take any number of kinds, if they come from different texts."""
    monkeypatch.setattr(entry, "MOST_KINDS", 2)
    session = Session(native="always")
    assert session.tier is not None
    for i in range(8):
        before = session.tier.entered
        assert session.evaluate(f"derivative(fn x => {i} * x * x)(1)") == 2.0 * i
        assert session.tier.entered > before


def test_native_code_goes_with_its_session() -> None:
    session = Session(native="always")
    function = session.evaluate("{ def f(x) = x * x; fn x => derivative(f)(x) }")
    assert session.call(function, 3.0) == 6.0
    segment = weakref.ref(function.enter)  # type: ignore[attr-defined]
    del session, function
    gc.collect()
    assert segment() is None


def test_a_limit_of_steps_is_kept() -> None:
    from vlad_py.execution.limits import Limits

    session = Session(native="always", limits=Limits(steps=1000))
    with pytest.raises(Error, match="more than 1000 steps"):
        session.evaluate("(fn x => loop v = x for i in 1..1e9 do v + 1)(1)")


def test_a_run_compiles_only_for_a_part_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = tier.Tier(waits=True)
    waiting.begin(Paused((None, None, None, ())), None)  # type: ignore[arg-type]
    waiting.clock = 1000.0
    most = tier.PART * 1000.0
    assert waiting.may_compile(most, again=False)
    waiting.compiling = 1.0
    assert not waiting.may_compile(most, again=False)
    waiting.end()

    monkeypatch.setattr(tier, "EARLY", 0.0)
    monkeypatch.setattr(tier, "PART", 0.0)
    attempts: list[Attempt] = []
    session = Session(native="auto")
    session.on_attempt = attempts.append
    session.evaluate(HOT["one call of a gradient of a loop"][0])
    assert not attempts


def test_time_that_went_into_compiling_is_counted() -> None:
    session = Session(native="always")
    session.evaluate("derivative(fn x => sin(x) * x)(2)")
    assert session.tier is not None
    assert session.tier.compiling > 0.0


@pytest.mark.parametrize("ahead", [0, 3])
@pytest.mark.parametrize("argument", ["2", "random.key(1)"])
def test_a_hook_that_finds_no_native_code_comes_off(
    ahead: int, argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at a call costs time; a function whose calls are mostly taken may miss some."""
    monkeypatch.setattr(tier.Tier, "may_compile", lambda *_, again: argument != "2")
    session = Session(native="auto")
    session.evaluate("import random\ndef f(x) = (x, 1)")
    function: Any = session.evaluate("f")
    hooked = Entry.of(session.tier, function.enter.__globals__, function.enter.__name__)  # type: ignore[arg-type]
    hooked.install()
    hooked.credit = ahead
    for _ in range(ahead):
        session.evaluate(f"f({argument})")
    assert hooked.interpreted is not None
    session.evaluate(f"f({argument})")
    assert hooked.interpreted is None


def test_attempts_in_vain_are_paid_by_the_time_of_the_run() -> None:
    waiting = tier.Tier(waits=True)
    waiting.begin(Paused((None, None, None, ())), None)  # type: ignore[arg-type]
    assert waiting.may_compile(0.01, again=False)
    waiting.compiling = waiting.lost = 2 * tier.EARLY_LOST
    assert not waiting.may_compile(0.01, again=False)
    waiting.clock = 2 * tier.EARLY_LOST + 1.1 * tier.EARLY_LOST / tier.PART_LOST
    assert waiting.may_compile(0.01, again=False)
    assert not waiting.may_compile(0.1, again=True)  # it may lose more
    waiting.end()


def test_code_that_has_not_saved_what_it_took_counts_as_in_vain() -> None:
    waiting = tier.Tier(waits=True)
    waiting.begin(Paused((None, None, None, ())), None)  # type: ignore[arg-type]
    waiting.compiling = 2 * tier.EARLY_LOST
    assert not waiting.may_compile(0.01, again=False)
    waiting.saved = 1.5 * tier.EARLY_LOST
    assert waiting.may_compile(0.01, again=False)
    waiting.saved = 10.0
    assert waiting.may_compile(0.01, again=False)
    waiting.lost, waiting.compiling = 2 * tier.EARLY_LOST, 4 * tier.EARLY_LOST
    assert not waiting.may_compile(0.01, again=False)  # what some code has saved pays for no others
    waiting.end()


LOOP = "def f(x) = (loop v = x for i in 1..9 do sin(v) + i, 1)"
SAVING = {  # functions, seconds of an interpreted call, and whether native code saves what it took to compile
    "a loop": (LOOP, inf, True),
    "a short loop": (LOOP, 1e-3, False),
    "straight code": ("def f(x) = (sin(x) + cos(x) * exp(sin(2 * x)), 1)", inf, False),
}


@pytest.mark.parametrize(("text", "interpreted", "saves"), SAVING.values(), ids=SAVING)
def test_the_next_kind_waits_until_the_last_one_was_worth_it(
    text: str, interpreted: float, saves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier.Tier, "may_compile", lambda *_, again: True)
    monkeypatch.setattr(entry, "FEW", 0)
    session = Session(native="auto")
    session.evaluate(text)
    attempts: list[Attempt] = []
    session.on_attempt = attempts.append
    function: Any = session.evaluate("f")
    hooked = Entry.of(session.tier, function.enter.__globals__, function.enter.__name__)  # type: ignore[arg-type]
    hooked.table.spent = entry.HOT
    hooked.table.interpreted_seconds = interpreted
    hooked.install()
    session.evaluate("f(2)")
    assert len(attempts) == 1 and attempts[0].unit is not None
    hooked.table.took = entry.HOT / 2  # however fast this machine is
    hooked.install()
    session.evaluate("f([1, 2])")
    assert len(attempts) == 1 + saves


def test_a_long_call_says_what_the_interpreter_takes() -> None:
    session = Session(native="auto")
    assert session.tier is not None
    function: Any = session.evaluate("{ def f(x) = loop v = x for i in 1..9 do sin(v) + i; f }")
    hooked = Entry.of(session.tier, function.enter.__globals__, function.enter.__name__, remembers=True)
    session.tier.begin(Paused((None, None, None, ())), None)  # type: ignore[arg-type]
    session.tier.due = inf
    call: Any = (entry.returned, (), (), hooked, (), 2.0, 0.0, False)
    assert session.tier.ended(call, 3e-3) is None
    assert hooked.table.interpreted_seconds == 3e-3


def test_time_that_went_into_compiling_heats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what compiles one function would make all around it hot."""
    spent: list[float] = []
    monkeypatch.setattr(Entry, "count", lambda _, seconds: spent.append(seconds))
    session = Session(native="auto")
    waiting = session.tier
    assert waiting is not None
    function: Any = session.evaluate("{ def f(x) = x; f }")
    segment = function.enter.__globals__[function.enter.__name__]
    waiting.begin(Paused((None, None, None, ())), None)  # type: ignore[arg-type]
    now = waiting._now()
    waiting.looked, waiting.due_in = now - waiting.compiling, tier.BETWEEN_LOOKS
    waiting.compiling += 5.0
    waiting._counted([segment], (), now + 5.0 + 0.01)
    assert spent == [pytest.approx(0.01)]
    waiting.compiling -= 5.0
    waiting.looked = now - waiting.compiling
    waiting.due_in = tier.BETWEEN_LOOKS
    waiting._counted([segment], (), now + 5.0)  # one long step: to import numpy, say
    assert spent[1] == pytest.approx(tier.BETWEEN_LOOKS + tier.LATE)
    waiting.end()


MANY_LARGE = "\n".join(
    [f"def f{k}(x) = {' + '.join(f'sin({i} * x)' for i in range(60))} + {k}" for k in range(12)]
    + ["def small(x) = sin(x) * x", f"print({' + '.join(f'f{k}(0.3)' for k in range(12))})", "small(0.5)"]
)


def test_attempts_that_are_too_large_again_and_again_go_less_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "MOST_OPS", 100)
    monkeypatch.setattr(tier, "FEWER_OPS", 10)
    shared = Session(native="always").tier  # by all sessions of the process
    assert shared is not None
    monkeypatch.setattr(shared, "taken", 0)
    monkeypatch.setattr(shared, "too_large", 0)
    bounds: list[int] = []
    most_ops = vars(tier.Tier)["most_ops"].fget

    def noted(self: tier.Tier) -> int:
        bounds.append(most_ops(self))
        return bounds[-1]

    monkeypatch.setattr(tier.Tier, "most_ops", property(noted))
    attempts: list[Attempt] = []
    assert outcome(MANY_LARGE, "always", attempts) == outcome(MANY_LARGE, "never")
    large = [bound for attempt, bound in zip(attempts, bounds, strict=True) if attempt.unit is None]
    assert large == sorted(large, reverse=True)
    assert 4 <= large.count(100) < 8 < len(large)
    assert "small" in [attempt.code.name for attempt in attempts if attempt.unit is not None]
