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
