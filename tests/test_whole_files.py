"""Files named for output: every command writes them whole, and keeps what was there if it fails."""

from __future__ import annotations

import ast
import errno
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from shell import OK, Vlad, command, script

__all__ = ["command"]  # a fixture

PACKAGE = Path(__file__).resolve().parent.parent / "vlad_py"
MODEL = """\
## square(x): its square.
##   1 + 1
def square(x) = x * x
def broken(x) = if x > 1 then x else (1, 2)[9]
def long(x) = loop v = x for i in 1..3000 do v * x
"""
LIBRARY = pytest.mark.skipif(
    find_spec("llvmlite") is None or shutil.which("cc") is None, reason="needs llvmlite and a C compiler"
)
HTML = pytest.mark.skipif(find_spec("a11y_pygments") is None, reason="needs the extra `html`")
CALL = ("model.adl", "--call")
# commands that succeed, and the files that they write
WRITING = [
    pytest.param(("graph", *CALL, "square(2)", "-o"), "f.svg", id="graph"),
    pytest.param(("trace", *CALL, "square(2)", "-o"), "f.adl", id="trace"),
    pytest.param(("ops", *CALL, "square(2)", "-o"), "f.md", id="ops"),
    pytest.param(("compare", *CALL, "square(2)", "-o"), "f.md", id="compare"),
    pytest.param(("profile", "model.adl", "-o"), "f.json", id="profile"),
    pytest.param(("doc", "model.adl", "-o"), "f.md", id="doc"),
    pytest.param(("doc", "model.adl", "-o"), "f.html", id="html", marks=HTML),
    pytest.param(("test", "model.adl", "--junit"), "f.xml", id="junit"),
    pytest.param(("-e", "plot(sin, 0, 1)", "-o"), "f.svg", id="plot"),
    pytest.param(("fmt",), "f.adl", id="fmt"),
    pytest.param(
        ("build", "model.adl", "--entry", "square", "--kinds", "real", "-o"),
        "f.so",
        id="build",
        marks=LIBRARY,
    ),
]
# commands that fail, each at another point
FAILING = [
    *((("graph", *CALL, call), "f.svg") for call in ("long(2)", "broken(0)", "none(0)", "square(")),
    (("trace", *CALL, "square(2)", "--mode", "primal"), "f.adl"),
    (("trace", *CALL, "square(2)"), "f.none"),
    *(
        ((name, *CALL, call), "f.md")
        for name in ("trace", "ops", "compare")
        for call in ("broken(0)", "no(1)")
    ),
    (("profile", "bad.adl"), "f.json"),
    (("profile", "--ops", "bad.adl"), "f.json"),
    (("doc", "bad.adl"), "f.md"),
    (("doc", "none.adl"), "f.html"),
    (("build", "model.adl", "--entry", "square", "--kinds", "word"), "f.so"),
    (("build", "model.adl", "--entry", "broken", "--kinds", "boolean"), "f.so"),
    (("-e", "1 / 0"), "f.svg"),
    (("-e", "[1, 2][3]"), "f.svg"),
]


@pytest.fixture(name="vlad")
def files(vlad: Vlad) -> Vlad:
    script(MODEL, "model.adl")
    script("## f(x): no\n##   f(1)\ndef f(x) = [1, 2][9]\nf(1)\n", "bad.adl")
    return vlad


@pytest.mark.parametrize(("words", "target"), FAILING)
def test_a_command_that_fails_keeps_the_file(vlad: Vlad, words: tuple[str, ...], target: str) -> None:
    before = {path.name for path in Path().iterdir()} | {target}
    Path(target).write_text("kept")
    assert vlad(*words, "-o", target).status != OK
    assert Path(target).read_text() == "kept"
    assert {path.name for path in Path().iterdir()} == before


@pytest.mark.parametrize(("words", "target"), WRITING)
def test_a_disk_that_fills_up_keeps_the_file(
    vlad: Vlad, words: tuple[str, ...], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = "1+1" if words == ("fmt",) else "kept"
    Path(target).write_text(kept)
    before = {path.name for path in Path().iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        done = vlad(*words, target)
    assert done.status != OK and target in done.err and "no space left" in done.err
    assert Path(target).read_text() == kept and {path.name for path in Path().iterdir()} == before
    done = vlad(*words, target)
    assert done.status == OK and Path(target).read_bytes() != kept.encode()


# ── no other file of the package writes what users name ──────────────────────────────────────

OTHERS = {
    "command/new.py": "makes files in a new folder",
    "editors/vscode.py": "makes the files of the extension, in this repository",
    "frameworks/sweeps.py": "adds to its own file",
    "ground/own_files.py": "writes whole, for itself",
    "ground/whole_files.py": "is the one way",
    "kernel/install.py": "writes to Jupyter's folder",
    "native/export.py": "writes the object file to a folder of its own",
    "repl/commands.py": "gives an editor a file of its own",
    "session/process.py": "writes to no file",
}


def writes(text: str) -> list[int]:
    """The lines of a Python text that open a file to write it."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.id if isinstance(function, ast.Name) else ""
        name = function.attr if isinstance(function, ast.Attribute) else name
        given = [*node.args, *(word.value for word in node.keywords)]
        given = [word.body if isinstance(word, ast.IfExp) else word for word in given]
        texts = [word.value for word in given if isinstance(word, ast.Constant)]
        modes = [text for text in texts if isinstance(text, str)]
        is_open = name in ("open", "fdopen") and any(set(mode) <= set("wxabt+") for mode in modes)
        if is_open or name in ("write_text", "write_bytes"):
            found.append(node.lineno)
    return found


def test_output_is_written_whole() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if writes(path.read_text(encoding="utf-8"))
    }
    assert found == set(OTHERS)


@pytest.mark.parametrize(
    "text",
    ['open(path, "w")', 'open(p, mode="wb")', 'open(p, "w" if old else "x")', "path.write_text(text)"],
)
def test_writing_is_seen(text: str) -> None:
    assert writes(text) == [1]
    assert writes('open(path, encoding="utf-8")') == []
