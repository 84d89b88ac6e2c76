"""Programs and Python functions that call one another without end give one error, whatever the limits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest

import vlad_py as vlad
from vlad_py.ground import budget

TOO_DEEP = "Python functions and the program call one another too deeply"
LIMITS = [
    None,
    vlad.Limits(depth=100),
    vlad.Limits(steps=100_000),
    vlad.Limits(seconds=20),
    vlad.Limits(memory=1 << 30, depth=10_000_000),
]


def called(limits: vlad.Limits | None) -> object:
    made: list[vlad.Function] = []
    p = vlad.primitive(lambda x: made[0](x + 1), name="p")
    made.append(vlad.evaluate("fn x => 1 + p(x)", functions={"p": p}, limits=limits))
    return made[0](1.0)


def given(limits: vlad.Limits | None) -> object:
    f = vlad.evaluate("fn (f, p) => p(f, p)", limits=limits)
    return f(f, vlad.primitive(lambda f, p: f(f, p)))


def evaluated(limits: vlad.Limits | None) -> object:
    functions: dict[str, vlad.Function] = {}

    def again(x: float) -> object:
        return vlad.evaluate("1 + again(1)", functions=functions, limits=limits)

    functions["again"] = vlad.primitive(again)
    return again(1.0)


def differentiated(limits: vlad.Limits | None) -> object:
    made: list[vlad.Function] = []
    p = vlad.primitive(lambda x: x, jvp=lambda x, v: vlad.derivative(made[0])(x) * v, name="p")
    made.append(vlad.evaluate("fn x => 1 + p(x)", functions={"p": p}, limits=limits))
    return vlad.derivative(made[0])(1.0)


WAYS: dict[str, Callable[[vlad.Limits | None], object]] = {
    "called": called,
    "given": given,
    "evaluated": evaluated,
    "differentiated": differentiated,
}


def one_error(way: str, limits: vlad.Limits | None) -> None:
    with pytest.raises(vlad.LimitError) as caught:
        WAYS[way](limits)
    assert caught.value.message == TOO_DEEP
    assert caught.value.span is not None
    assert str(caught.value).count("limit:") == 1
    assert budget.thread.outside == 0
    assert vlad.evaluate("derivative(fn x => x * x)(3)") == 6.0


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_an_endless_recursion_through_python_is_one_error(way: str, limits: vlad.Limits | None) -> None:
    one_error(way, limits)


@pytest.mark.parametrize("way", WAYS)
def test_a_higher_limit_of_python_does_not_exhaust_its_stack(way: str) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            one_error(way, None)
        except BaseException as error:
            failed.append(error)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before)
    assert not failed


def test_a_python_function_that_only_calls_itself_is_told_of_its_own() -> None:
    def down(x: float) -> float:
        return down(x + 1)

    with pytest.raises(vlad.HostError, match="`down` raised RecursionError"):
        vlad.evaluate("down(1)", functions={"down": vlad.primitive(down)})


def test_a_recursion_that_ends_is_no_error() -> None:
    made: list[vlad.Function] = []
    p = vlad.primitive(lambda n: made[0](n - 1), name="p")
    made.append(vlad.evaluate("fn n => if n == 0 then 0 else 1 + p(n)", functions={"p": p}))
    assert made[0](50.0) == 50.0
