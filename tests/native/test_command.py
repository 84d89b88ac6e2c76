"""`vlad --native`: programs as machine code, and what their calls become."""

from __future__ import annotations

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


def test_the_version_names_the_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert "native by llvmlite" in capsys.readouterr().out
