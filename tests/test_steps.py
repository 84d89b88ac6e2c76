"""Steps and what else is counted: the same program stops at the same place, whatever code it has become."""

from __future__ import annotations

import pytest

import vlad_py as api
from vlad_py import Limits


def test_what_is_counted_stops_at_the_same_place() -> None:
    texts = {
        Limits(steps=5000): "def f(n) = g(n + 1)\ndef g(n) = f(n * 1)\nf(0)",
        Limits(output=500): "loop n = 0 while true do { print(n)\n n + 1 }",
        Limits(memory=40 << 20): "loop n = 1e5 while true do { let a = zeros(n)\n n * 1000 }",
        Limits(steps=10**6): "loop a = ones(1000, 1000) while true do a @ a / 1000",
    }
    for limits, text in texts.items():
        said = set()
        for _ in range(3):
            with pytest.raises(api.LimitError) as caught:
                api.evaluate(text, limits=limits, write=lambda _: None)
            said.add(str(caught.value))
        assert len(said) == 1


@pytest.mark.parametrize(
    "body",
    [
        "sum(sin(y * ones(20000)) * y)",
        "sum(sin(y * ones(20001)) * y)",
        "{ let a = y * ones(20001); sum(a * a + a) }",
        *(
            f"{{ let f = loop g = fn t => sin(t) * t for _ in 1..{n} do derivative(g); f(y) }}"
            for n in (0, 1, 5, 6)
        ),
    ],
)
def test_specialised_code_stops_at_the_same_step(body: str) -> None:
    """A later call meets the code that the first ones have made."""
    out: list[str] = []
    text = f"fn () => loop v = 0.1 while true do {{ print(v)\n let y = v\n {body} / 1e9 }}"
    call = api.evaluate(text, limits=Limits(steps=60_000), write=out.append)
    stops = set()
    for _ in range(6):
        out.clear()
        with pytest.raises(api.LimitError) as caught:
            call()
        stops.add((str(caught.value), len(out)))
    assert len(stops) == 1


# ── exactly so many: filling an array of this many elements takes 1000 steps ─────────────────

FILL = "zeros(100000)[0]"
LOOP = "loop n = x for i in 1..{} do n + 1"


def test_what_is_just_enough_is_enough() -> None:
    assert api.evaluate(FILL, limits=Limits(steps=1000)) == 0.0
    with pytest.raises(api.LimitError, match="more than 999 steps"):
        api.evaluate(FILL, limits=Limits(steps=999))


@pytest.mark.parametrize(("own", "says"), [(1999, 1999), (2000, 2000), (2001, 3000)])
def test_the_limit_that_comes_first_is_told(own: int, says: int) -> None:
    """Of 3000 steps, 2000 are left for a function with a limit of its own."""
    endless = api.evaluate("fn x => loop n = x while n > 0 do n + 1", limits=Limits(steps=own))
    with pytest.raises(api.LimitError, match=f"more than {says} steps"):
        api.evaluate(
            f"p(1 + {FILL})", limits=Limits(steps=3000), functions={"p": api.primitive(endless.__call__)}
        )


@pytest.mark.parametrize("limits", [None, Limits(steps=2500)])
def test_a_run_inside_has_what_is_left(limits: Limits | None) -> None:
    """Python gets no value that took more."""
    inner = api.evaluate("fn x => " + LOOP.format(2200), limits=limits)
    got = []
    python = api.primitive(lambda x: got.append(inner(x)) or 0.0)  # type: ignore[func-returns-value]
    with pytest.raises(api.LimitError, match="more than 3000 steps"):
        api.evaluate(f"p(1 + {FILL})", limits=Limits(steps=3000), functions={"p": python})
    assert got == []


@pytest.mark.parametrize("limits", [None, Limits(steps=700), Limits(steps=5000)])
def test_the_steps_of_runs_inside_count_once(limits: Limits | None) -> None:
    inner = api.evaluate("fn x => " + LOOP.format(600), limits=limits)
    names = {"p": api.primitive(inner.__call__)}

    def calls(count: int) -> object:
        return api.evaluate(
            f"{FILL} + {' + '.join(['p(0)'] * count)}", limits=Limits(steps=3000), functions=names
        )

    assert calls(3) == 1800.0
    with pytest.raises(api.LimitError, match="more than 3000 steps"):
        calls(4)


def test_what_was_done_before_there_was_a_limit_does_not_count() -> None:
    """A function brings a limit of steps into a run that has another kind of limit, and is under way."""
    given = [api.evaluate("fn x => x", limits=limits) for limits in (Limits(depth=10**6), Limits(steps=1000))]
    make = api.primitive(lambda i: given[int(i)])
    text = """fn (make, h) => {
  let a = make(0)
  let s = loop s = 0 for i in 1..5000 do h(s)
  let b = make(1)
  b(s)
}"""
    assert api.evaluate(text)(make, api.evaluate("fn x => x + 1")) == 5000.0
