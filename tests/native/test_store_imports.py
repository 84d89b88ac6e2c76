"""To find machine code on disk, neither LLVM is loaded nor what writes code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vlad_py.native import store
from vlad_py.native.known import OFF

pytest.importorskip("llvmlite")


@pytest.mark.parametrize(
    "text", ["processor\t: 0\nflags\t\t: fpu vme\n\nprocessor\t: 1\n", "cpu MHz\t: 1\n", None]
)
def test_files_are_those_of_a_processor(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the system does not say which processor it is, LLVM does."""
    path = tmp_path / "cpuinfo"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(store, "PROCESSORS", str(path))
    monkeypatch.setattr(store, "_target", lambda: "as LLVM says")
    assert store._processor() == ("flags\t\t: fpu vme\n" if text and "flags" in text else "as LLVM says")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, only LLVM knows the processor")
@pytest.mark.parametrize(
    ("slope", "unloaded"),
    [
        ("fn x => { print(); x }", ["llvmlite", "vlad_py.native.emit"]),
        ("fn x => loop v = x for i in 1..9 do sin(v) * i", ["vlad_py.native.units", "vlad_py.native.emit"]),
    ],
)
def test_what_is_kept_loads_nothing_that_makes_code(
    slope: str, unloaded: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    text = f"""if True:
        import sys
        from vlad_py.session.session import Session
        session = Session(native="always", write=lambda _: None)
        session.run_script("let slope = {slope}", "program.adl")
        session.evaluate("slope(0.5)")
        print([name for name in {unloaded} if name in sys.modules])
    """
    first, second = [
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert (first != "[]\n") == ("loop" in slope)
    assert second == "[]\n"
