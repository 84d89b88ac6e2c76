"""Ctrl-C while machine code runs: loops, gradients that fill a tape, recursion near and deep."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import Interrupted
from vlad_py.native.exits import raise_kept
from vlad_py.native.linking import _computed
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

ENDLESS = {
    "a while-loop": "fn x => (loop (v, i) = (x, 0) while i < 1e15 do (sin(v) + 1, i + 1))[0]",
    "a counted loop": "fn x => loop v = x for i in 1..1e15 do sin(v) + 1",
    "a derivative": "fn x => derivative(fn x => loop v = x for i in 1..1e15 do sin(v) + 1)(x)",
    "a loop in a loop": "fn x => loop v = x for i in 1..1e9 do loop w = v for j in 1..i do cos(w)",
    "recursion": "{ def fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2); fn x => fib(90 + x) }",
    "a gradient": "fn x => gradient(fn x => loop v = x for i in 1..1000 do loop w = v for j in 1..1e6 do "
    "cos(w))(x)",
    "deep recursion": "{ def f(n, v) = if n < 1 then v else 1 + f(n - 1, loop w = v for j in 1..1e4 do "
    "cos(w)); fn x => f(1e6, x) }",
}


@contextmanager
def alarmed(seconds: float) -> Iterator[None]:
    """Ctrl-C after a while."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_call_is_stopped(text: str) -> None:
    compiled = vlad.compile(vlad.evaluate(text, native="never"), 0.5)
    with alarmed(0.2), pytest.raises(KeyboardInterrupt):
        compiled(0.5)
    assert vlad.compile(vlad.evaluate("fn x => loop v = x for i in 1..3 do v + 1"), 1.0)(1.0) == 4.0


def test_a_session_is_stopped_and_goes_on() -> None:
    session = Session(native="always")
    with alarmed(0.2), pytest.raises(Interrupted):
        session.evaluate("(fn x => loop v = x for i in 1..1e15 do sin(v) + 1)(1)")
    assert session.evaluate("(fn x => loop v = x for i in 1..3 do v + 1)(1)") == 4.0


def test_whatever_a_handler_raises_comes_out() -> None:
    class Late(Exception):
        pass

    def handler(*_: object) -> None:
        raise Late

    compiled = vlad.compile(vlad.evaluate(ENDLESS["a counted loop"], native="never"), 0.5)
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Late):
            compiled(0.5)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_handler_that_raises_nothing_changes_nothing() -> None:
    seen = []
    compiled = vlad.compile(vlad.evaluate("fn x => loop v = x for i in 1..3e7 do sin(v) + 1"), 0.5)
    expected = compiled(0.5)
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(time.monotonic()))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        assert compiled(0.5) == expected
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen


def test_a_loop_without_state_does_not_end() -> None:
    session = Session(native="always")
    with alarmed(0.2), pytest.raises(Interrupted):
        session.evaluate("loop u = () while true do ()")


def test_what_a_call_back_raises_comes_out_after_it() -> None:
    def stop(_: float) -> float:
        raise KeyboardInterrupt

    assert isnan(_computed(stop, 1.0))  # no exception passes through native code
    with pytest.raises(KeyboardInterrupt):
        raise_kept()
    raise_kept()  # it is raised once
