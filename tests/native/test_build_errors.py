"""`vlad build` says what is wrong with its kinds, its function or its place, and then writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlad_py.command import build

pytest.importorskip("llvmlite")

MODEL = "def energy(x, y) = x ^ 2 * y\ndef scaled(x) = 5 * x\ndef shown(x) = print(x)\ndef of(r) = r.a\n"
REFUSED = [
    ("scaled", "array(3)", "error: --kinds: a function of C cannot take arrays yet"),
    ("scaled", "real real", "error: --kinds: expected kinds, got `real real`"),
    ("scaled", "", "error: --kinds: expected kinds, got ``"),
    ("scaled", "sin(real)", "error: --kinds: expected kinds, got `sin(real)`"),
    ("scaled", "reel", "error: there is no kind `reel`"),
    ("energy", "real", "error: --kinds: `energy` takes 2 arguments, got a real, for the kinds `real`"),
    ("fn {a} => a", "{b: real}", "for the kinds `{b: real}`"),
    ("of", "real", "error: expected a record with a field `a`, got a real"),
    ("energy", "list(real, real, real)", "for the kinds `list(real, real, real)`"),
    ("shown", "real", "not compiled: an effect: `print`"),
    ("3", "real", "error: --entry: expected a function written in the language, got a real"),
]


@pytest.mark.parametrize(("entry", "kinds", "message"), REFUSED)
def test_what_is_wrong_is_said_and_nothing_is_written(
    entry: str,
    kinds: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "prepare", lambda max_memory: None)
    (tmp_path / "model.adl").write_text(MODEL, encoding="utf-8")
    command = [str(tmp_path / "model.adl"), "--entry", entry, "--kinds", kinds]
    assert build.main([*command, "-o", str(tmp_path / "libx.so")]) == 1
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["model.adl"]


def test_without_llvmlite_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "prepare", lambda max_memory: None)
    monkeypatch.setattr(build, "is_installed", lambda: False)
    (tmp_path / "model.adl").write_text(MODEL, encoding="utf-8")
    command = [str(tmp_path / "model.adl"), "--entry", "scaled", "--kinds", "real"]
    assert build.main([*command, "-o", str(tmp_path / "libx.so")]) == 1
    assert "llvmlite is not installed" in capsys.readouterr().err
