"""A session as a script: run, it defines the same values again."""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import ResolveError
from vlad_py.session.script import script_of
from vlad_py.session.session import Session
from vlad_py.values.show import show


def after(*texts: str) -> Session:
    session = Session()
    for text in texts:
        session.evaluate(text)
    return session


SESSIONS = {
    "in their order": (
        ["let x = 1", "def f(a) = a + x", "let y = f(2)"],
        "let x = 1\ndef f(a) = a + x\nlet y = f(2)\n",
    ),
    "with their documentation": (
        ["## One.\n## Or so.\nlet x = 1", "1 + 1", "let y = 2"],
        "## One.\n## Or so.\nlet x = 1\nlet y = 2\n",
    ),
    "imports come first": (
        ["let x = 1", "import optimize as o", "let y = o.defaults.memory"],
        "import optimize as o\nlet x = 1\nlet y = o.defaults.memory\n",
    ),
    "a name that was defined anew": (["let x = 1", "let x = 2"], "let x = 2\n"),
    "what used the old one is its value": (
        ["let x = 1", "let y = x + 1", "let x = 5"],
        "let y = 2\nlet x = 5\n",
    ),
    "what used it through a function": (
        ["let x = 1", "def f() = x", "let y = f()", "let x = 5"],
        "def f() = x\nlet y = 1\nlet x = 5\n",
    ),
    "what is defined by itself": (["let x = 1", "let x = x + 1"], "let x = 2\n"),
    "a function sees the new one": (
        ["let x = 1", "def f() = x", "let x = 2", "let y = f()"],
        "def f() = x\nlet x = 2\nlet y = f()\n",
    ),
    "all of one text": (
        ["let y = f()\ndef f() = 1"],
        "let y = f()\ndef f() = 1\n",
    ),
    "patterns": (["let (a, {b}) = (1, {b: 2})"], "let (a, {b}) = (1, {b: 2})\n"),
    "patterns of which a part is left": (
        ["let (a, b) = (1, 2)", "let a = sin"],
        "let b = 2\nlet a = sin\n",
    ),
    "a function that calls itself": (
        ["let f = fn n => if n < 1 then 0 else f(n - 1)"],
        "let f = fn n => if n < 1 then 0 else f(n - 1)\n",
    ),
    "a function value sees the new one": (
        ["let k = 1", "let f = fn x => x * k", "let k = 2"],
        "let f = fn x => x * k\nlet k = 2\n",
    ),
}


@pytest.mark.parametrize("fact", SESSIONS)
def test_script(fact: str) -> None:
    texts, expected = SESSIONS[fact]
    session = after(*texts)
    script, left_out = script_of(session)
    assert (script, left_out) == (expected, [])
    again = after(script)
    assert again.names().keys() == session.names().keys()
    for name, entry in session.names().items():
        if entry.kind == "value":
            assert show(again.value(name)) == show(session.value(name))


def test_what_no_script_can_define_is_left_out() -> None:
    session = after(
        "let g = fn a => a",
        "let h = derivative(g)",
        "let g = fn a => h(a)",
        "def uses() = h(2)",
        "let n = uses()",
    )
    script, left_out = script_of(session)
    assert script == "let n = 1\n"
    assert sorted(left_out) == ["g", "h", "uses"]


def test_what_uses_the_last_value() -> None:
    session = after("let x = 1")
    session.define("_", 7.0)
    session.evaluate("let y = _ + x\ndef f() = _\ndef g(_) = 1")
    script, left_out = script_of(session)
    assert script == "let x = 1\nlet y = 8\ndef g(_) = 1\n"
    assert left_out == ["f"]
    with pytest.raises(ResolveError):
        after("def f() = _")


def test_an_empty_session() -> None:
    assert script_of(Session()) == ("", [])
