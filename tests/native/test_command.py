"""`vlad --native`: programs as machine code, and what their calls become."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vlad_py.command.cli import main

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
    assert "not compiled: an effect: print\n" in out
    assert "4 |   print(x)\n  |   ^^^^^^^^\nin a call of `g` (" in out


@pytest.mark.parametrize("way", ["auto", "never"])
def test_the_other_ways_give_the_same(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.adl"
    path.write_text(PROGRAM, encoding="utf-8")
    assert main([f"--native={way}", str(path)]) == 0
    assert capsys.readouterr().out == "6\n"


def test_the_version_names_the_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert "native by llvmlite" in capsys.readouterr().out
