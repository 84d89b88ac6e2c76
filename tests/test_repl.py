"""The REPL without a terminal: sessions of tests/repl, inputs, files, editors, streams.

`name.session` holds what is typed and what comes out; `pytest --accept` rewrites what comes out.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sessions
from talk import Talk

from vlad_py.command import cli
from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.repl import commands, door
from vlad_py.repl.inputs import inputs_of, is_complete, is_silent, session_of
from vlad_py.syntax.parse import parse

PATHS = sorted(sessions.ROOT.glob("*.session"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_session(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    now = sessions.replayed(text, tmp_path)
    if request.config.getoption("--accept"):
        path.write_text(now, encoding="utf-8")
        text = now
    assert now == text


def test_there_are_sessions() -> None:
    assert len(PATHS) >= 7
    assert all(path.read_text(encoding="utf-8").startswith("vlad> ") for path in PATHS)


def test_a_session_that_goes_otherwise_is_seen(tmp_path: Path) -> None:
    assert sessions.replayed("vlad> 1 + 1\n3\n", tmp_path) == "vlad> 1 + 1\n2\n"


# ── inputs ───────────────────────────────────────────────────────────────────────────────────


COMPLETE = ["", "1", "let x = 1", "# (", "1 + )", "?sin", ":help", ":type", ":load (", ":type 1"]
INCOMPLETE = ["(", "let x =", "def f(x) =", "if a then b", "loop x = 1", "1 +", "{ let a = 1", ":type ("]


# a string ends on its own line: no further line ends one that is not closed
UNCLOSED = ['"a', 'print("a', '{ let x = "a', ':type "a', 'f(\n"a', '"a\\']


@pytest.mark.parametrize("text", [*COMPLETE, *UNCLOSED, "## a\ndef f() = 1", "{\n\n", "f(\n1,\n\n"])
def test_complete(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize("text", [*INCOMPLETE, "f(\n", "f(\n\n\n1", "match x {\n  nil => 1", "## a"])
def test_incomplete(text: str) -> None:
    assert not is_complete(text)
    assert is_complete(text + "\n\n")


@pytest.mark.parametrize("text", INCOMPLETE)
def test_a_stream_is_waited_for(text: str) -> None:
    assert not is_complete(text + "\n\n", is_patient=True)


@pytest.mark.parametrize("text", ["1;", "1 ;", "1; # a", "let x = 1;", "(1);", "", "f(x) ;\n"])
def test_silent(text: str) -> None:
    assert is_silent(parse(Source("", text)))


@pytest.mark.parametrize("text", ["1", "1; 2", '";"', "1 # ;", "(1)"])
def test_not_silent(text: str) -> None:
    assert not is_silent(parse(Source("", text)))


SESSION = f"""\
{door.BANNER}
vlad> let a = 1
vlad> def f(x) = {{
  ...   x + a
  ...
  ... }}
vlad> f(1)
2
vlad> :type f
function f(x)
vlad>
"""


def test_inputs_of_a_session() -> None:
    inputs = ["let a = 1", "def f(x) = {\n  x + a\n\n}", "f(1)", ":type f"]
    assert inputs_of(SESSION) == inputs_of(SESSION.replace("\n", "\r\n")) == inputs
    assert inputs_of("vlad> " + session_of(inputs)) == inputs


@pytest.mark.parametrize("text", ["1 + 1", "a\nb", "def f(x) =\n  ... ", "", "x > vlad", " vlad >= 1"])
def test_what_is_no_session_is_one_input(text: str) -> None:
    assert inputs_of(text) == [text]


# ── streams ──────────────────────────────────────────────────────────────────────────────────


def piped(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(cli, "prepare", lambda max_memory: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return (cli.main([*arguments]), *capsys.readouterr())


def test_a_stream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = "def f(x) =\n\n\n  x + 1\nf(1)\n:type f(1)\nf(2);\nprint(3)\n"
    assert piped(text, monkeypatch, capsys) == (0, "2\nreal\n3\n", "")
    assert piped("", monkeypatch, capsys) == (0, "", "")
    assert piped(":quit\n1", monkeypatch, capsys) == (0, "", "")
    assert piped("1 +", monkeypatch, capsys)[::2] != (0, "")


def test_a_session_as_a_stream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert piped(SESSION, monkeypatch, capsys) == (0, "2\nfunction f(x)\n", "")


def test_nan_as_an_error_is_a_setting_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped("ln(0)\n:set nan", monkeypatch, capsys)[:2] == (0, "-inf\nnan       allow\n")
    status, out, err = piped("ln(0)\n:set nan", monkeypatch, capsys, "--nan=error")
    assert (status, out) == (1, "nan       error\n")
    assert err.startswith("error: `ln` gives -inf at 0")


def test_an_error_in_a_stream_is_told_and_the_rest_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = piped("1\nnil + 1\n2", monkeypatch, capsys)
    assert (status, out) == (1, "1\n2\n")
    assert err.startswith("error: `+` cannot combine") and "\033" not in err


# ── files and editors ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    return Talk()


def test_loading_and_reloading(talk: Talk) -> None:
    Path("part.adl").write_text("let unit = 1")
    Path("file.adl").write_text('import "part.adl"\ndef f(x) = x + part.unit\ndef g(x) = f(x) * 10')
    assert talk.said(":load file.adl") == ""
    assert talk.said("let own = g(1)\nown") == "20\n"
    Path("part.adl").write_text("let unit = 2")
    Path("file.adl").write_text('import "part.adl"\ndef f(x) = x + part.unit\ndef g(x) = f(x) * 100')
    assert talk.said("g(1)") == "20\n"
    assert talk.said(":reload") == ""
    assert talk.said("(g(1), own, part.unit)") == "(300, 20, 2)\n"


def test_what_was_defined_here_survives_a_reload(talk: Talk) -> None:
    Path("file.adl").write_text("def f(x) = x\ndef g(x) = f(x) + 1")
    talk.said(":load file.adl")
    talk.said("def f(x) = 10 * x")
    Path("file.adl").write_text("def f(x) = -x\ndef g(x) = f(x) + 2")
    assert talk.said(":reload") == "kept as defined here: `f` (`:load FILE` takes the file's)\n"
    assert talk.said("(f(1), g(1))") == "(10, 12)\n"
    assert talk.said("?f").startswith("f(x) — function, input 1:1:5")
    talk.said(":load file.adl")
    assert talk.said("(f(1), g(1))") == "(-1, 1)\n"
    assert talk.said("?f").startswith("f(x) — function, file.adl:1:5")


def test_a_reload_that_fails_changes_nothing(talk: Talk) -> None:
    Path("file.adl").write_text("let a = 1")
    talk.said(":load file.adl")
    Path("file.adl").write_text("let a = 2\nnil + 1")
    assert talk.said(":reload").startswith("error: `+` cannot combine")
    assert talk.said("a") == "1\n"
    Path("file.adl").unlink()
    assert talk.said(":reload") == "error: file.adl: no such file or directory\n"


def test_files_that_cannot_be_loaded(talk: Talk) -> None:
    Path("bytes.adl").write_bytes(b"\xff")
    Path("wrong.adl").write_text("let a = 1\nlet b = (")
    assert talk.said(":load bytes.adl") == "error: bytes.adl: is not UTF-8 text\n"
    assert talk.said(":load .").startswith("error: .: ")
    assert "wrong.adl:2:10" in talk.said(":load wrong.adl")
    assert "unknown name `a`" in talk.said("a")
    assert talk.said(":load") == "error: write `:load FILE`\n"


def test_saving(talk: Talk) -> None:
    for text in (
        "## Twice x.\ndef f(x) = 2 * x",
        "let a = f(3)",
        "let h = derivative(f)",
        "def f(x) = 3 * x",
        "h(1)",
    ):
        talk.said(text)
    left_out = "left out: `h`, which was made with names that now mean something else\n"
    assert talk.said(":save session.adl") == left_out
    assert Path("session.adl").read_text() == "let a = 6\ndef f(x) = 3 * x\n"
    assert talk.said(":save session.adl") == left_out
    other = Talk()
    assert other.said(":save session.adl") == (
        "error: session.adl: already exists, and this session did not write it\n"
        "hint: choose another name, or delete the file first\n"
    )
    assert other.said(":load session.adl\n") == ""
    assert other.said("f(a)") == "18\n"
    assert other.said(":save no/such/folder.adl") == (
        "error: no/such/folder.adl: no such file or directory\n"
    )


def editor(monkeypatch: pytest.MonkeyPatch, variable: str, *changes: str) -> None:
    """An editor that replaces texts, `old→new`."""
    script = Path("editor.py")
    pairs = [tuple(change.split("→")) for change in changes]
    script.write_text(
        "import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\ntext = path.read_text()\n"
        f"for old, new in {pairs}: text = text.replace(old, new)\npath.write_text(text)\n"
    )
    monkeypatch.setenv(variable, f"{sys.executable} {script}")


def test_editing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert talk.said(":edit") == (
        "error: no editor is set\nhint: set the environment variable `VISUAL` or `EDITOR`\n"
    )
    editor(monkeypatch, "EDITOR", "1→2", "2 *→5 *")
    talk.said("## Doc.\ndef f(x) = 2 * x")
    talk.said("1 + 1")
    assert talk.said(":edit") == "2 + 2\n4\n"
    assert talk.said(":edit f") == "## Doc.\ndef f(x) = 5 * x\n"
    assert talk.said("f(1)") == "5\n"
    assert talk.said(":edit g") == "error: `g` is not defined in this session\n"
    assert talk.said(":edit _") == "error: `_` is not defined in this session\n"
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    assert talk.said(":edit") == "error: no-such-editor --wait: no such file or directory\n"
    monkeypatch.setenv("VISUAL", f"{sys.executable} -c 1/0")
    assert "ended with status 1; nothing was run" in talk.said(":edit")


ODD_EDITORS = {
    "unbalanced": ("vi 'a", "no closing quotation"),
    "blank": ("   ", "no editor is set"),
    "a NUL": ("vi\\0", ""),
    "a folder": ("/", "permission denied"),
    "removes the file": (f"{sys.executable} -c 'import sys, os; os.unlink(sys.argv[1])'", "no such file"),
    "a folder in its place": (
        f"{sys.executable} -c 'import sys, os; os.unlink(sys.argv[1]); os.mkdir(sys.argv[1])'",
        "is a directory",
    ),
    "killed": (f"{sys.executable} -c 'import os; os.kill(os.getpid(), 9)'", "was ended by signal 9"),
    "Latin-1": (
        f"""{sys.executable} -c 'import sys; open(sys.argv[1], "wb").write(bytes([34, 233, 34]))'""",
        "left no UTF-8 text; nothing was run",
    ),
    "UTF-16": (
        f"""{sys.executable} -c 'import sys; open(sys.argv[1], "w", encoding="utf-16").write("1 + 1")'""",
        "left no UTF-8 text; nothing was run",
    ),
}


@pytest.mark.parametrize("kind", ODD_EDITORS)
def test_editors_that_fail(talk: Talk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    command, message = ODD_EDITORS[kind]
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", command)
    talk.said("1 + 1")
    assert message in talk.said(":edit")
    assert talk.said("2 + 2") == "4\n"


def test_an_editor_that_marks_the_order_of_bytes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    write = 'import sys; open(sys.argv[1], "w", encoding="utf-8-sig", newline="").write("3 + 4\\r\\n")'
    monkeypatch.setenv("VISUAL", f"{sys.executable} -c '{write}'")
    assert talk.said(":edit") == "3 + 4\n7\n"


def test_a_mistake_of_ours_does_not_end_the_session(talk: Talk) -> None:
    def wrong() -> None:
        raise ZeroDivisionError("ours")

    talk.engine.attempt(wrong)
    assert "internal error: ZeroDivisionError: ours" in "".join(talk.out)
    assert talk.said("1 + 1") == "2\n"


# ── settings ─────────────────────────────────────────────────────────────────────────────────


def test_limits(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int | None] = []
    monkeypatch.setattr(commands, "limit_memory", limits.append)
    assert talk.said(":set memory 500M") == "memory    500M\n"
    assert talk.said(":set memory none") == "memory    3/4 of the machine's\n"
    assert limits == [500 << 20, None]
    assert talk.said(":set steps=10") == "steps     10\n"
    assert talk.said("loop n = 0 while n < 100 do n + 1").startswith("limit: more than 10 steps")
    assert talk.said(":set steps none") == "steps     none\n"
    assert talk.said("loop n = 0 while n < 100 do n + 1") == "100\n"


def test_the_timed_expression_prints_once(talk: Talk) -> None:
    assert sessions.steady(talk.said(':time print("a")')) == "a\nmedian of 100 runs: 1 ms\n"
    assert sessions.steady(talk.said(":time 1 + # a remark\n1")) == "median of 100 runs: 1 ms\n"
    assert talk.said('print("b")') == "b\n"


# ── folders, and what is not loaded ──────────────────────────────────────────────────────────


def test_the_folder_for_what_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform != "win32":
        assert resources.data_folder() == str(tmp_path / "vlad_py")
        monkeypatch.setenv("XDG_DATA_HOME", "relative")
        assert resources.data_folder() == "/dev/null/vlad_py"
        monkeypatch.delenv("XDG_DATA_HOME")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert Path(resources.data_folder()).is_relative_to(tmp_path)


@pytest.mark.parametrize("arguments", [["-e", "1"], ["script.adl"]])
def test_other_doors_load_nothing_of_it(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "script.adl").write_text("print(1)")
    report = f"import sys\nfrom vlad_py.command.cli import main\nmain({arguments})\nprint(*sys.modules)"
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", report],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    one, loaded = done.stdout.splitlines()
    assert one == "1" and "vlad_py.session.session" in loaded
    for name in (
        "prompt_toolkit",
        "pygments",
        "vlad_py.repl",
        "vlad_py.values.display",
        "vlad_py.session.completion",
    ):
        assert name not in loaded.split()
