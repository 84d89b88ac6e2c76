"""`vlad --native`: programs as machine code, and what their calls become."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from vlad_py.command import cli
from vlad_py.command.cli import main
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

PROGRAM = "def f(x) = x * x\nprint(gradient(f)(3))"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--native"], "6\n"),
        (["--native=always"], "6\n"),
        (["--native=ir"], "  x_2 = + x_1, x_1\n  give x_2\n"),
        (["--core=typed"], "  x_2 = + x_1, x_1\n  give x_2\n"),
        (["--native=llvm"], "define i32 @entry"),
    ],
)
def test_native(options: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.adl"
    path.write_text(PROGRAM, encoding="utf-8")
    assert main([*options, str(path)]) == 0
    assert text in capsys.readouterr().out


def test_an_expression_takes_options_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-e", "derivative(fn x => x * x)(3)", "--native=ir"]) == 0
    assert main(["-e", "-1", "--native"]) == 0
    assert main(["-e", "arguments", "2", "--native"]) == 0
    assert capsys.readouterr().out.endswith('-1\nlist(2, "--native")\n')


def test_explain_says_what_is_compiled_and_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "program.adl"
    path.write_text(
        f"{PROGRAM}\ndef g(x) = {{\n  print(x)\n  if x > 0 then g(x - 1) else 0\n}}\ng(2)", encoding="utf-8"
    )
    assert main(["--native=explain", str(path)]) == 0
    out = capsys.readouterr().out
    compiled = r"^compiled: `fn` \(prelude/derivative\S*\) with `f` \(\S*program.adl:1:1\), 1 operations, in"
    assert re.search(compiled, out, re.MULTILINE), out
    assert "not compiled: an effect: `print`\n" in out
    assert "4 |   print(x)\n  |   ^^^^^^^^\nin a call of `g` (" in out


@pytest.mark.parametrize("way", ["auto", "never"])
def test_the_other_ways_give_the_same(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.adl"
    path.write_text(PROGRAM, encoding="utf-8")
    assert main([f"--native={way}", str(path)]) == 0
    assert capsys.readouterr().out == "6\n"


@pytest.mark.parametrize(
    ("options", "waits"),
    [([], True), (["--native=auto"], True), (["--native"], False), (["--native=never"], None)],
)
@pytest.mark.parametrize("door", ["FILE", "-e"])
def test_without_an_option_what_runs_long_is_compiled(
    door: str, options: list[str], waits: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "program.adl"
    path.write_text(PROGRAM, encoding="utf-8")
    sessions: list[Session] = []

    class Recorded(Session):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            sessions.append(self)

    monkeypatch.setattr(cli, "Session", Recorded)
    assert main([*options, *(["-e", PROGRAM] if door == "-e" else [str(path)])]) == 0
    (session,) = sessions
    assert (None if session.tier is None else session.tier.waits) == waits


def test_the_repl_interprets_without_an_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "prepare", lambda max_memory: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(":set native\n"))
    assert main([]) == 0
    assert capsys.readouterr().out == "native    never\n"


def test_the_version_names_the_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert "native by llvmlite" in capsys.readouterr().out


SLOPE = "def f(x) = x ^ 3\nderivative(f)(2)"
SEEN = "compiled: `fn` (prelude/derivative.adl:"


@pytest.mark.parametrize("way", ["explain", "ir", "llvm", "always", "auto", "never"])
def test_the_repl_compiles(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says = {"explain": SEEN, "ir": "unit fn(x_1: real)", "llvm": "define i32 @entry"}.get(way, "")
    for argv, text in (([f"--native={way}"], SLOPE), ([], f":set native {way}\n{SLOPE}")):
        monkeypatch.setattr(cli, "prepare", lambda max_memory: None)
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        assert main(argv) == 0
        out = capsys.readouterr().out
        assert out.endswith("12\n")
        assert says in out
        if not says:
            assert len(out.splitlines()) == (1 if argv else 2)


def test_a_file_before_the_repl_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "program.adl"
    path.write_text(PROGRAM, encoding="utf-8")
    monkeypatch.setattr(cli, "prepare", lambda max_memory: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(":set native\ngradient(f)(4)\n"))
    assert main(["--native=explain", "-i", str(path)]) == 0
    out = capsys.readouterr().out
    assert SEEN in out.split("6\n")[0]
    assert out.endswith("native    explain\n8\n")  # the second call is of a kind that is there


@pytest.mark.parametrize("option", ["--native ir", "--native auto", "--core typed", "--core inlined"])
def test_a_choice_after_a_space_is_told(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*option.split(), "program.adl"])
    name, choice = option.split()
    assert f"write `{name}={choice}`; a file with such a name is `./{choice}`" in capsys.readouterr().err
