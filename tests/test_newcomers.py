"""Hints for what newcomers type: words of other tools, of other languages, of other REPLs."""

from __future__ import annotations

import pytest
from talk import Talk

from vlad_py.command.cli import main
from vlad_py.ground.errors import Error
from vlad_py.repl.commands import COMMANDS, SHORT
from vlad_py.session.session import Session


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("run", "`vlad FILE` runs a script"),
        ("check", "`vlad --check FILE`"),
        ("format", "`vlad fmt FILE`"),
        ("version", "`vlad --version`"),
    ],
)
def test_words_for_commands(
    word: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert main([word, "model.adl"]) == 66
    assert hint in capsys.readouterr().err


def test_two_expressions_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["-e", "1", "-e", "2"])
    assert ended.value.code == 2
    assert "-e is given twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("maximum(1, 2)", "write `max(x, y)`"),
        ("minimum(1, 2)", "write `min(x, y)`"),
        ("power(2, 3)", "a power is written `x ^ y`"),
        ("expt(2, 3)", "a power is written `x ^ y`"),
        ("let a = [1]; a[0] = 3", "values never change"),
        ("sin(x = 1)", "pass arguments by position"),
        ("solve_triangular([[1]], [1])", "write `solve_lower(a, b)` or `solve_upper(a, b)`"),
    ],
)
def test_words_of_other_languages(text: str, hint: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert hint in raised.value.hint


@pytest.mark.parametrize("text", ["(expt 2 3)", "(abs 2)", "(max 1 2)", "(min 1 2)", "(display 3)"])
def test_words_of_scheme_in_vlad(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session(language="vlad").evaluate(text)
    assert "`(" in raised.value.hint


def test_short_commands_are_those_that_there_are() -> None:
    assert set(SHORT.values()) <= set(COMMANDS)
    assert not set(SHORT) & set(COMMANDS)
    with pytest.raises(EOFError):
        Talk().said(":q")


def test_the_help_of_vlad_has_no_commands_of_adl() -> None:
    talk = Talk()
    talk.engine.language = "vlad"
    said = talk.said(":help")
    assert ":load" in said
    assert ":trace" not in said


def test_a_function_that_takes_any_arguments_is_shown_with_those() -> None:
    assert Talk().said("?map_reals").startswith("map_reals(f, x, …) — function")
