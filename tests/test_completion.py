"""Completion: what could be typed next, after every beginning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vlad_py.ground.resources import library_names
from vlad_py.repl.completing import completions
from vlad_py.repl.engine import Engine
from vlad_py.session.completion import FIELD, KEYWORD, LIBRARY, LOCAL, candidates
from vlad_py.session.session import Session

SESSION = Session()
SESSION.evaluate("let model = {weights: (1, 2), inner: {deep: 1}}\nimport optimize as o\ndef wave(x) = x")
SESSION.define("_", SESSION.value("model"))


def found(text: str) -> list[str]:
    names = SESSION.names()
    return [
        c.name for c in candidates(text, names, lambda name: SESSION.value(name) if name in names else None)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, ab: 2}.", ["a", "ab"]),
        ("1 + {a: {bc: 1}, b: 2}.a.b", ["bc"]),
        ("{a: 1}.z.", []),
        ("f({a: 1}).", []),
        ("1..wav", ["wave"]),
        ("wa", ["wave"]),
        ("wh", ["where", "while"]),
        ("1 + wav", ["wave"]),
        ("f(wav", ["wave"]),
        ("mod", ["model", "mod"]),
        ("model.", ["inner", "weights"]),
        ("model.w", ["weights"]),
        ("model.inner.", ["deep"]),
        ("_.w", ["weights"]),
        ("o.min", ["minimize", "minimize_by"]),
        ("nothing.", []),
        ("model.weights.", []),
        ("derivative_", ["derivative_reverse", "derivative_tensor"]),
        ("import opt", ["optimize"]),
        ("let a = 1\nimport ", [*library_names()]),
        ("import optimize as o", []),
        ("def w", []),
        ("let w", []),
        ("# wa", []),
        ("1 # wa", []),
        ('"wa', []),
        ('"#" ; wa', ["wave"]),
        (r'"\" wa', []),
        ("12", []),
        ("12.", []),
        ("fn alpha => alp", ["alpha"]),
        ("def f(beta) = {\n  let gamut = 1\n  gamu", ["gamut"]),
        ("{delta: 1, b: del", []),
        ("xs.alpha + alph", []),
        ("1 }.", []),
    ],
)
def test_candidates(text: str, expected: list[str]) -> None:
    assert found(text) == expected


REPL = Engine(lambda _: None, lambda _: None, lambda: 80)
REPL.run("let model = {weights: 1}\ndef wave(x) = x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":lo", ["load"]),
        (":set the", ["theme"]),
        (":set x", []),
        (":load mo", ["model.adl", "models/"]),
        (":load models/", ["inner.adl"]),
        (":load nowhere/", []),
        (":save model.", ["model.adl"]),
        (":trace --dir", ["--direction"]),
        (":trace wav", ["wave"]),
        (":type model.", ["weights"]),
        ("nothing.", []),
        ("wav", ["wave"]),
    ],
)
def test_inputs(text: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    for name in ("model.adl", "model.txt", "other.adl", "models/inner.adl"):
        (tmp_path / name).touch()
    found = list(completions(REPL, text))
    assert [name for name, _, _ in found] == expected
    last = re.split(r"[\s./:]" if text != ":save model." else r"[\s/:]", text)[-1]
    assert {size for _, size, _ in found} <= {len(last)}


def test_what_is_known_of_candidates() -> None:
    kinds = {c.kind for c in candidates("w", SESSION.names())}
    assert kinds == {"function", "built-in function", KEYWORD}
    (wave,) = candidates("wav", SESSION.names())
    assert (wave.signature, wave.typed) == ("wave(x)", 3)
    assert [c.kind for c in candidates("import ", {})] == [LIBRARY] * len(library_names())
    assert [c.kind for c in candidates("fn alpha => alp", {})] == [LOCAL]
    assert [c.kind for c in candidates("model.w", {}, lambda _: SESSION.value("model"))] == [FIELD]


def test_everything_is_found_at_the_beginning() -> None:
    names = found("")
    assert names[:3] == ["model", "o", "wave"] and {"derivative", "sin", "pi", "if"} < set(names)
    assert not {"_", "+"} & set(names)
