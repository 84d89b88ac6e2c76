"""Every door that takes a file: huge files, what is not a file, and names that would steer a terminal."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from shell import NO_INPUT, Vlad
from test_kept_files import in_time

import vlad_py as vlad_py_
from vlad_py.command.menu import COMMANDS
from vlad_py.ground.errors import ResolveError
from vlad_py.laboratory.menu import COMMANDS as LABORATORY
from vlad_py.lsp.document import Document
from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine
from vlad_py.session.session import Session

CALL = ("--call", "f(1)")
# what the command says before the name of a file, and after it
WAYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "": ((), ()),
    "-i": (("-i",), ()),
    "--check": (("--check",), ()),
    "--core": (("--core",), ()),
    "--native": (("--native",), ()),
    "fmt": (("fmt",), ()),
    "fmt --check": (("fmt", "--check"), ()),
    "fmt --diff": (("fmt", "--diff"), ()),
    "doc": (("doc",), ()),
    "test": (("test",), ()),
    "profile": (("profile",), ()),
    "build": (("build",), ("--entry", "f", "--kinds", "real", "-o", "f.so")),
    **{name: ((name,), CALL) for name in LABORATORY if name != "step"},
}
WITHOUT_FILE = {"completion", "help", "kernel", "new"}
SAME = {"step": "trace"}  # read their file in the same way


def test_no_command_is_left_out() -> None:
    tried = {way.partition(" ")[0] for way in WAYS} | {*SAME}
    assert {*COMMANDS, *LABORATORY} - WITHOUT_FILE <= tried


def said(vlad: Vlad, way: str, file: str) -> tuple[int, str]:
    """The exit status of a command for a file, and all that it writes."""
    before, after = WAYS[way]
    result = vlad(*before, file, *after)
    return result.status, result.out + result.err


# ── huge files ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A file of a terabyte, of which the disk holds nothing."""
    path = tmp_path / "huge.adl"
    path.write_bytes(b"")
    try:
        os.truncate(path, 1 << 40)
    except OSError:
        pytest.skip("the file system has no files with holes")
    return path


TOO_LARGE = "file too large"


@pytest.mark.parametrize("way", [way for way in WAYS if way != "-i"])
def test_a_huge_file_is_refused(vlad: Vlad, way: str, huge: Path) -> None:
    status, text = said(vlad, way, huge.name)
    assert status == NO_INPUT
    assert text == f"vlad: huge.adl: {TOO_LARGE}\n"


def test_a_folder_with_a_huge_file_is_worked_through(vlad: Vlad, huge: Path) -> None:
    Path("a.adl").write_text("print(1)  #> 1\n")
    Path("z.adl").write_text("let x=1\n")
    assert vlad("test", ".").out == "1 program as promised\n"
    assert vlad("fmt", "--check", ".").out == "z.adl would change\n"


def test_a_huge_file_is_not_imported(huge: Path) -> None:
    main = str(huge.with_name("main.adl"))
    with pytest.raises(ResolveError, match=f"`huge.adl` cannot be read: {TOO_LARGE}") as caught:
        Session().run_script('import "huge.adl"', main)
    assert caught.value.span is not None and caught.value.span.text == 'import "huge.adl"'
    huge.rename(huge.with_suffix(".vlad"))
    with pytest.raises(ResolveError, match=f"`huge` cannot be read: {TOO_LARGE}"):
        Session().run_script('(include "huge")', main.replace(".adl", ".vlad"))


def test_a_huge_file_is_not_loaded(huge: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        vlad_py_.load(huge)
    written: list[str] = []
    handle(Engine(written.append, written.append, lambda: 80), f":load {huge}")
    assert TOO_LARGE in "".join(written)


# ── what is not a file ───────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_nothing_waits_for_a_pipe(tmp_path: Path) -> None:
    """Neither a run nor the tools that only look at a text."""
    for name in ("pipe.adl", "pipe.vlad"):
        os.mkfifo(tmp_path / name)

    def run_both() -> bool:
        for text, suffix in (('import "pipe.adl"', ".adl"), ('(include "pipe")', ".vlad")):
            with pytest.raises(ResolveError, match=r"no file `pipe\.adl`|Cannot find: pipe"):
                Session().run_script(text, str(tmp_path / f"main{suffix}"))
        return True

    def look() -> bool:
        text = 'import "pipe.adl" as p\nlet x = p.'
        document = Document(text, "main.adl", str(tmp_path / "main.adl"))
        return bool(document.errors()) and document.completions(len(text)) == []

    with in_time() as run:
        assert run(run_both)
        assert run(look)


@pytest.mark.skipif(os.name != "posix", reason="makes links")
@pytest.mark.parametrize("target", ["../secret.adl", "link.adl", "sub/../../secret.adl", "{absolute}"])
def test_tools_see_no_definitions_of_other_places(tmp_path: Path, target: str) -> None:
    """As completion after a dot, what a name means, and what a module defines."""
    (tmp_path / "secret.adl").write_text("## the_secret(x): of another folder.\ndef the_secret(x) = x")
    folder = tmp_path / "scripts"
    (folder / "sub").mkdir(parents=True)
    (folder / "link.adl").symlink_to("../secret.adl")
    (folder / "own.adl").write_text("def the_secret(x) = x")
    target = target.format(absolute=tmp_path / "secret.adl")

    def seen(target: str) -> bool:
        text = f'import "{target}" as m\nlet x = m.the_secret\nlet y = m.'
        document = Document(text, "main.adl", str(folder / "main.adl"))
        found = document.at(text.index("the_secret") + 1)
        offered = {entry.name for entry in document.completions(len(text))}
        return found is not None or "the_secret" in offered

    assert seen("own.adl")
    assert not seen(target)


# ── names ────────────────────────────────────────────────────────────────────────────────────

NAMES = ("a\x1b[31mb.adl", "a\nb.adl", "a\x07b.adl", "a\x9bb.adl", "a\u202eb.adl")
TEXTS = {
    "missing": None,
    "wrong": "let x = 1 +",
    "fails": "def f(x) = x + true\nprint(f(1))  #> 2",
    "unformatted": "def f(x)=x*2\nprint(f(1))  #> 3",
    "not UTF-8": b"\xff",
}


@pytest.mark.skipif(os.name != "posix", reason="names of files are texts")
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("way", WAYS)
def test_no_name_of_a_file_steers_the_terminal(vlad: Vlad, way: str, kind: str) -> None:
    for name in NAMES:
        text = TEXTS[kind]
        if text is not None:
            Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        for file in (name, f"./{name}"):
            _, written = said(vlad, way, file)
            assert not any(c in written for c in "\x1b\x07\x9b\u202e"), written
            assert "a\nb" not in written
        if text is not None:
            os.unlink(name)


@pytest.mark.skipif(os.name != "posix", reason="names of files are texts")
@pytest.mark.parametrize("way", WAYS)
def test_no_option_steers_the_terminal(vlad: Vlad, way: str) -> None:
    """As where a shell puts the names of files in the place of `*`."""
    for word in ("--a\x1b[31mb", "-a\x1b[31mb.adl", "--max-time=\x1b[31m"):
        before, _ = WAYS[way]
        for words in ((*before, word), (*before, "a.adl", word)):
            result = vlad(*words)
            assert "\x1b" not in result.out + result.err


# ── texts of programs that are shown ─────────────────────────────────────────────────────────

STEERING = "\x1b[31m"


@pytest.mark.parametrize("option", ["title", "x", "y", "label"])
@pytest.mark.parametrize("text", ["\\u001b[31m", "\\u0000", "\\u202e", "\\u{ffff}", "a\\nb"])
def test_no_text_of_a_plot_steers_the_terminal_or_breaks_its_picture(option: str, text: str) -> None:
    plot = vlad_py_.evaluate(f'plot(sin, 0, 1, {{{option}: "{text}"}})')
    assert plot.text(60).replace("\n", "").isprintable()
    ElementTree.fromstring(plot.svg())


def test_spaces_of_all_widths_are_harmless() -> None:
    plot = vlad_py_.evaluate('plot(sin, 0, 1, {title: "5\u202fkm\u00a0and\u2009more"})')
    assert "5\u202fkm\u00a0and\u2009more" in plot.text(60)
    assert "5\u202fkm\u00a0and\u2009more" in plot.svg()


def test_a_function_that_would_steer_the_terminal_is_shown_without_its_text() -> None:
    assert Session().evaluate(f'show(fn x => "{STEERING}")') == "<function fn>"
    assert vlad_py_.evaluate(f'plot(fn x => {{ let s = "{STEERING}"; x }}, 0, 1)').text(60).count("\x1b") == 0


@pytest.mark.parametrize(
    "command", ["?f", "??f", ":doc f", ":type f", ":core f(1)", ":ops f(1)", ":trace f(1)", ":edit f"]
)
def test_no_definition_steers_the_terminal(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.delenv("EDITOR", raising=False)
    written: list[str] = []
    engine = Engine(written.append, written.append, lambda: 80)
    handle(engine, f'## f(x): it is {STEERING}.\ndef f(x) = {{ let s = "{STEERING}"; x * 2 }}')
    written.clear()
    handle(engine, command)
    assert written and "\x1b" not in "".join(written)


# ── files of the REPL ────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_save_does_not_follow_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("link.adl").symlink_to("elsewhere.adl")
    written: list[str] = []
    engine = Engine(written.append, written.append, lambda: 80)
    handle(engine, "let x = 1")
    handle(engine, ":save link.adl")
    assert "already exists" in "".join(written)
    assert not Path("elsewhere.adl").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_a_history_that_is_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vlad_py.repl import plain, terminal

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "vlad_py"
    folder.mkdir()
    for name in ("lines", "history"):
        os.mkfifo(folder / name)

    def begin_both() -> bool:
        history = terminal._history()
        history.store_string("1 + 1")
        plain.prepare(Engine(print, print, lambda: 80))()
        return list(history.load_history_strings()) == []

    with in_time() as run:
        assert run(begin_both)
