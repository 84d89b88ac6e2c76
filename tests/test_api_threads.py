"""Limits hold in threads that a Python function starts with a copy of its context."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import vlad_py as vlad
from vlad_py.ground import budget

LOOP = "fn x => loop n = x while n > 0 do n + 1"
GROWS = "fn x => sum(loop a = [x] while x > 0 do concat(a, a))"
PRINTS = "fn x => loop n = x while n > 0 do { print(n)\n n + 1 }"
LIMITS = {
    "steps": (vlad.Limits(steps=5000), "more than 5000 steps"),
    "seconds": (vlad.Limits(seconds=0.3), "ran for more than 0.3 seconds"),
    "memory": (vlad.Limits(memory=50 << 20), "50M"),
    "output": (vlad.Limits(output=500), "wrote more than 500 characters"),
}


def in_a_thread(call: Callable[[], object]) -> object:
    found: list[object] = []

    def work() -> None:
        try:
            found.append(call())
        except vlad.Error as error:
            found.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    thread.join()
    if isinstance(found[0], vlad.Error):
        raise found[0]
    return found[0]


def by_asyncio(call: Callable[[], object]) -> object:
    return asyncio.run(asyncio.to_thread(call))


POOL = ThreadPoolExecutor(1)


def in_a_pool(call: Callable[[], object]) -> object:
    return POOL.submit(contextvars.copy_context().run, call).result()


WAYS = {"a thread": in_a_thread, "asyncio": by_asyncio, "a pool": in_a_pool}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", ["a call", "a text", "a gradient", "compiled"])
def test_limits_hold_in_a_thread_with_the_context(
    door: str, way: str, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limits, says = LIMITS[limit]
    text = {"memory": GROWS, "output": PRINTS}.get(limit, LOOP)
    f = vlad.evaluate(text)
    if door == "compiled":
        pytest.importorskip("llvmlite")
        if limit in ("output", "memory"):
            pytest.skip("it prints, or makes arrays of unknown length, and so is not compiled")
        f = vlad.compile(f, 1.0)
    calls: dict[str, Callable[[], object]] = {
        "a text": lambda: vlad.evaluate("f(1)", f=f),
        "a gradient": lambda: vlad.gradient(f)(1.0),
    }
    call = calls.get(door, lambda: f(1.0))
    p = vlad.primitive(lambda x: WAYS[way](call))
    with pytest.raises(vlad.LimitError) as caught:
        vlad.evaluate("p(1)", functions={"p": p}, limits=limits)
    assert says in caught.value.message
    assert not budget.asked
    assert not budget._held
    assert WAYS[way](lambda: vlad.evaluate("1 + 1")) == 2.0  # the thread has nothing left of it
    long = vlad.evaluate("fn n => loop s = 0 for i in 1..n do s + 1")
    assert WAYS[way](lambda: long(20_000)) == 20_000.0


def test_a_function_within_its_limits_is_right_in_a_thread() -> None:
    f = vlad.evaluate("fn x => loop s = x for i in 1..10 do s * 2")
    for limits, _ in LIMITS.values():
        p = vlad.primitive(lambda x: in_a_thread(lambda: f(x)))
        assert vlad.evaluate("p(1) + p(2)", functions={"p": p}, limits=limits) == 3072.0
