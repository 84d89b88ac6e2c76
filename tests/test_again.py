"""Texts that are evaluated again: translated once, and each session is one of its own."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

import vlad_py as vlad
from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import LimitError, RunError
from vlad_py.lowering import lower
from vlad_py.session import again
from vlad_py.session.session import Session


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    again._kept.clear()
    yield
    again._kept.clear()


def lowered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are lowered from now on."""
    texts: list[str] = []
    before = lower.module

    def module(scopes: object, program: object) -> object:
        if not program.span.source.library:  # type: ignore[attr-defined]
            texts.append(program.span.text)  # type: ignore[attr-defined]
        return before(scopes, program)  # type: ignore[arg-type]

    monkeypatch.setattr(lower, "module", module)
    return texts


def test_a_text_is_translated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = lowered(monkeypatch)
    assert [vlad.evaluate("derivative(fn x => x * x)(3)") for _ in range(3)] == [6.0, 6.0, 6.0]
    assert texts == ["derivative(fn x => x * x)(3)"]


def test_what_a_session_sees_besides_the_library_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = lowered(monkeypatch)
    for number in (1.0, 2.0):
        assert vlad.evaluate("a() + 1", functions={"a": vlad.evaluate(f"fn () => {number}")}) == number + 1
        session = Session(arguments=(number,))
        assert session.evaluate("arguments == list(1)") is (number == 1.0)
        session = Session()
        session.evaluate(f"let b = {number}")
        assert session.evaluate("b + 1") == number + 1
    assert [texts.count(t) for t in ("a() + 1", "arguments == list(1)", "b + 1")] == [2, 2, 2]
    with pytest.raises(vlad.ResolveError):
        vlad.evaluate("b + 1")


def test_sessions_of_one_text_share_no_state() -> None:
    text = "def f(x) = x + 1\nprint(f(1))\nf"
    one: list[str] = []
    other: list[str] = []
    first, second = Session(write=one.append), Session(write=other.append)
    first.evaluate(text)
    second.evaluate(text)
    first.evaluate("def f(x) = x + 2")
    assert (one, other) == (["2\n"], ["2\n"])
    assert (first.evaluate("f(1)"), second.evaluate("f(1)")) == (3.0, 2.0)


def test_how_a_session_runs_a_text_is_its_own() -> None:
    text = "def f(n) = if n == 0 then 0 else 1 + f(n - 1)\n1 / (f(100) - 100)"
    assert Session().evaluate(text) == float("inf")
    with pytest.raises(RunError):
        Session(nan_is_error=True).evaluate(text)
    with pytest.raises(LimitError):
        Session(limits=Limits(steps=5)).evaluate(text)
    assert Session().evaluate(text) == float("inf")


def test_functions_of_a_text_evaluated_again_are_pickled() -> None:
    f, g = (vlad.evaluate("fn x => x ^ 2") for _ in range(2))
    assert [vlad.gradient(pickle.loads(pickle.dumps(h)))(3.0) for h in (f, g)] == [6.0, 6.0]


def test_few_texts_are_kept() -> None:
    for i in range(again.MOST + 10):
        vlad.evaluate(f"{i}")
    vlad.evaluate(" " * again.LONGEST + "1")
    assert len(again._kept) == again.MOST
    assert again.translation(("0", "<text>", Session()._main.options(None))) is None
