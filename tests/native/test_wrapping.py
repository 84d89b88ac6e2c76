"""Built-in functions are not compiled by themselves; every refusal says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

import vlad_py as vlad
from vlad_py.command import cli
from vlad_py.native.wrapping import wrapping_hint
from vlad_py.session.catalogue import built_in
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")
WRITABLE = [name for name in built_in() if name.isidentifier()]


@pytest.mark.parametrize("name", WRITABLE)
def test_a_built_in_function_is_wrapped_by_what_the_hint_says(name: str) -> None:
    with pytest.raises(vlad.NotNative) as refusal:
        vlad.compile(vlad.evaluate(name), 1.0)
    written = refusal.value.hint.removeprefix("write `").removesuffix("`")
    assert written.startswith("fn ") and f" => {name}(" in written
    assert type(Session().evaluate(written)) is Closure


def test_what_is_written_is_compiled() -> None:
    for text, example in (("sin", (0.5,)), ("hypot", (3.0, 4.0)), ("sum", (vlad.evaluate("[1, 2]"),))):
        written = wrapping_hint(Session().evaluate(text)).removeprefix("write `").removesuffix("`")
        assert vlad.compile(vlad.evaluate(written), *example)(*example) == vlad.evaluate(text)(*example)


def test_other_doors_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "model.adl"
    model.write_text("let f = sin\n")
    words = ["build", str(model), "--entry", "f", "--kinds", "real", "-o", str(tmp_path / "libf.so")]
    assert cli.main(words) == 1
    assert "hint: write `fn x => sin(x)`" in capsys.readouterr().err


def test_jax_says_the_same() -> None:
    pytest.importorskip("jax")
    with pytest.raises(vlad.NotNative) as refusal:
        vlad.jax(vlad.evaluate("sin"))
    assert refusal.value.hint == "write `fn x => sin(x)`"


def test_a_value_that_is_not_built_in_has_no_such_hint() -> None:
    assert wrapping_hint(1.0) == "" == wrapping_hint(Session().evaluate("fn x => x"))
