"""Python's collector of cycles is off while a program runs, and as it was before, after and in between."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

import vlad_py as vlad


@pytest.fixture(params=[True, False], ids=["on", "off"], autouse=True)
def before(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the collector is on when a program is called."""
    was = gc.isenabled()
    on: bool = request.param
    (gc.enable if on else gc.disable)()
    yield on
    (gc.enable if was else gc.disable)()


def collections() -> int:
    """How often the collector has run."""
    return sum(generation["collections"] for generation in gc.get_stats())


def test_it_does_not_run_while_a_program_does(before: bool) -> None:
    """A tape of many nodes is never looked at."""
    gradient = vlad.evaluate("fn n => gradient(fn x => loop y = x for i in 1..n do sin(y))(1)")
    gradient(10)
    seen = collections()
    gradient(20_000)
    assert collections() - seen <= 1  # on the way back to Python, where it is on
    assert gc.isenabled() is before


@pytest.mark.parametrize("text", ["fn x => [1, 2][x]", "fn x => print(1, 2)(3)", "fn x => x"])
def test_it_is_as_it_was_afterwards(before: bool, text: str) -> None:
    """After results and after errors."""
    with suppress(vlad.Error):
        vlad.evaluate(text)(7)
    assert gc.isenabled() is before


def test_functions_of_python_find_it_as_it_was(before: bool) -> None:
    """They may leave cycles, however long the program runs that calls them; so may programs that they run."""
    seen: list[bool] = []

    def look(x: float) -> float:
        seen.append(gc.isenabled())
        vlad.evaluate("fn x => x")(x)
        seen.append(gc.isenabled())
        if x > 2:
            raise ValueError
        return x

    function = vlad.primitive(look)
    vlad.evaluate("fn f => fn x => f(x) + f(x)")(function)(1)
    with pytest.raises(vlad.Error):
        vlad.evaluate("fn f => fn x => f(x)")(function)(3)
    assert seen == [before] * 6
    assert gc.isenabled() is before


@pytest.mark.parametrize(
    "text",
    [
        "fn x => sum(batched(fn v => sum(sin(v) * v))([[x, 1], [2, x]]))",
        "fn x => batched(fn v => gradient(fn v => sum(v ^ 3 * x))(v))([[x, 1], [2, x]])[0, 0]",
        "fn x => gradient(fn x => sum(batched(fn v => where(v > 1, v * x, x))([x, 2, 3])))(x)",
        "fn x => gradient(fn v => derivative(fn x => sum(v * sin(x)))(x))([x, 1])[0]",
        "hessian(fn x => sin(x) * x)",
        "fn x => hessian(fn (x, y) => sin(x) * y)(x, 2)[0][1]",
        "fn x => derivatives(fn x => sin(x) * x, 4)(x)",
        "nth_derivative(fn x => exp(x) / x, 6)",
        "fn x => taylor(tan, x, 5)",
        "fn x => derivative_tensor(fn x => sum(x ^ 3), [x, 1], 3)",
        "fn x => sparse_hessian(fn x => sum(x ^ 3))([x, 1]).values",
    ],
)
def test_batches_and_derivatives_leave_no_cycles(text: str) -> None:
    """What they held would stay until the program ends, as nobody collects it."""
    f = vlad.evaluate(text)
    f(0.5)
    f(0.5)
    gc.collect()
    gc.disable()
    f(0.5)
    assert gc.collect() == 0
