"""Texts as they come: ends of lines, composed and decomposed names, names that look alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.checking.mend import mend
from vlad_py.ground.errors import near
from vlad_py.ground.source import Source

PROGRAM = "# a remark{0}let x = (1 +{0}  2){0}def f(y) = {{{0}  let z = y{0}  z + x{0}}}{0}f(3){0}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_with_any_of_three(end: str, tmp_path: Path) -> None:
    text = PROGRAM.format(end)
    file = tmp_path / "p.adl"
    file.write_bytes(text.encode())
    assert vlad.evaluate(text) == vlad.run(file) == 6.0
    wrong = f"1{end}2 + true{end}"
    file.write_bytes(wrong.encode())
    with pytest.raises(vlad.RunError, match=":2:1\n"):
        vlad.evaluate(wrong)
    with pytest.raises(vlad.RunError, match=":2:1\n"):
        vlad.run(file)
    with pytest.raises(vlad.SyntaxError, match="this string has no end"):
        vlad.evaluate(f'"a{end}b"')
    assert mend(Source("p", text)).program.span.source.position(len("# a remark\n")) == (2, 1)


E, DECOMPOSED = "\u00e9", "e\u0301"
NAMES = {
    "a let": "let {0} = 2\n{1} + 1",
    "a def": "def {0}(x) = x\n{1}(3)",
    "a parameter": "(fn {0} => {1} + 1)(2)",
    "a field": "{{{0}: 3}}.{1}",
    "a pattern of a record": "{{ let {{{0}}} = {{{1}: 3}}; {0} }}",
    "an update": "{{{{{0}: 1}} with {1}: 3}}.{0}",
    "a loop": "loop {0} = 1 for i in 1..2 do {1} + 1",
    "a longer name": "let caf{0} = 3\ncaf{1}",
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("pair", [(E, DECOMPOSED), (DECOMPOSED, E)])
def test_names_are_compared_in_their_composed_form(kind: str, pair: tuple[str, str]) -> None:
    assert vlad.evaluate(NAMES[kind].format(*pair)) == 3.0


def test_strings_keep_their_form() -> None:
    assert vlad.evaluate(f'"{DECOMPOSED}"') == DECOMPOSED
    assert vlad.evaluate(f'"{E}" == "{DECOMPOSED}"') is False


def test_names_from_python_are_composed(tmp_path: Path) -> None:
    field: Any = vlad.evaluate(f"fn m => m.{E}")
    assert field({DECOMPOSED: 3}) == field({E: 3}) == 3.0
    with pytest.raises(vlad.ConversionError, match="two keys are the name"):
        field({DECOMPOSED: 3, E: 3})
    one = vlad.evaluate("fn x => 1")
    assert vlad.evaluate(f"{E}(2)", functions={DECOMPOSED: one}) == 1.0
    assert vlad.symbol(DECOMPOSED) == vlad.symbol(E)
    file = tmp_path / "m.adl"
    file.write_text(f"let {DECOMPOSED} = 3", encoding="utf-8")
    assert getattr(vlad.load(file), DECOMPOSED) == getattr(vlad.load(file), E) == 3.0


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("\u0430", "a", "`\u0430` is CYRILLIC SMALL LETTER A, there `a` is LATIN SMALL LETTER A"),
        ("s\u0456n", "sin", "is CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I"),
        ("\u00b5", "\u03bc", "`\u00b5` is MICRO SIGN, there `\u03bc` is GREEK SMALL LETTER MU"),
        ("\u039f", "O", "GREEK CAPITAL LETTER OMICRON"),
        ("\uff58", "x", "FULLWIDTH LATIN SMALL LETTER X"),
    ],
)
def test_names_that_look_alike_are_told_apart(name: str, known: str, said: str) -> None:
    assert said in near(name, [known, "other"])
    with pytest.raises(vlad.ResolveError) as caught:
        vlad.evaluate(f"{{ let {known} = 1; {name} }}")
    assert said in str(caught.value)


def test_other_names_are_near_as_before() -> None:
    assert near("sni", ["sin"]) == ""
    assert near("gradeint", ["gradient"]) == "did you mean `gradient`?"
    assert near("caf\u00e8", ["caf\u00e9"]) == "did you mean `caf\u00e9`?"
