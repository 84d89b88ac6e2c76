"""A program reaches nothing that it was not given: programs try to get out by every door of SECURITY.md."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from any_calls import VALUES
from shell import Vlad

from vlad_py.ground.errors import Bug, ConversionError, Error, HostError, ResolveError, render
from vlad_py.lsp.document import Document
from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine
from vlad_py.session import catalogue
from vlad_py.session.session import Session

ROOT = Path(__file__).resolve().parent.parent
SECRET = "the secret of another folder"


def refused(text: str, session: Session | None = None) -> Error:
    """The error that a text ends with, which is not one of ours."""
    with pytest.raises(Error) as caught:
        (session or Session()).evaluate(text)
    assert not isinstance(caught.value, Bug), caught.value
    return caught.value


# ── imports ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder of scripts, beside which a secret lies, and links to it."""
    (tmp_path / "secret.adl").write_text(f'let secret = "{SECRET}"')
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "secret.adl").write_text(f'let secret = "{SECRET}"')
    folder = tmp_path / "scripts"
    (folder / "sub").mkdir(parents=True)
    (folder / "own.adl").write_text("let x = 1")
    (folder / "link.adl").symlink_to("../secret.adl")
    (folder / "folder").symlink_to("../others")
    (folder / "sub" / "twice.adl").symlink_to("../link.adl")
    (folder / "sub" / "up").symlink_to("../..")
    (folder / "nothing.adl").symlink_to("nowhere.adl")
    return folder


def ways_out(scripts: Path) -> list[str]:
    absolute = scripts.parent / "secret.adl"
    return [
        "../secret.adl", "./../secret.adl", "sub/../../secret.adl", "sub/../sub/../../secret.adl",
        "../scripts/../secret.adl", str(absolute), f"/{absolute}", f"file://{absolute}", "~/secret.adl",
        "link.adl", "folder/secret.adl", "sub/twice.adl", "sub/up/secret.adl", "nothing.adl",
        "own.adl\\0../secret.adl", "../secret.adl\\0own.adl", "..\\\\secret.adl", "own.adl/../../secret.adl",
        "OWN.ADL", "Own.adl", "own.adl/", "own", "sub", ".", "..", "", " own.adl", "own.adl ", "own.adl\\n",
        "/dev/stdin", "/dev/fd/0", "/proc/self/environ", "/etc/passwd", "-", "https://example.com/a.adl",
        "../" * 30 + "etc/passwd", "%2e%2e/secret.adl", "..%2fsecret.adl", "$HOME/secret.adl", "*.adl",
    ]  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_no_import_leads_out(scripts: Path) -> None:
    for target in ways_out(scripts):
        for text in (f'import "{target}"', f'import "{target}" as m\nm.secret'):
            with pytest.raises(Error) as caught:
                Session().run_script(text, str(scripts / "main.adl"))
            assert type(caught.value) is ResolveError, (target, caught.value)
            assert SECRET not in render(caught.value)
            errors = list(Document(text, "main.adl", str(scripts / "main.adl")).errors())
            assert errors, target
            assert not any(SECRET in render(error) for error in errors)
    assert Session().run_script('import "own.adl"\nown.x', str(scripts / "main.adl")) == 1.0


CALL = ("--call", "f(1)")
COMMANDS = [
    ("--check",), ("--core=lowered",), ("trace", *CALL), ("ops", *CALL), ("graph", *CALL), ("compare", *CALL),
    ("profile",), ("test",), ("doc",),
]  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="makes links")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("target", ["../secret.adl", "link.adl", "folder/secret.adl"])
def test_no_command_reads_what_an_import_may_not(
    vlad: Vlad, scripts: Path, command: tuple[str, ...], target: str
) -> None:
    name, *rest = command
    main = scripts / "main.adl"
    inside = f'import "{target}" as m\n## f(x): it.\n##   f(1)\ndef f(x) = m.secret\nprint(f(1))\n'
    in_example = f'## f(x): it.\n##   import "{target}"\ndef f(x) = x\n'
    for text in (inside, in_example) if name == "doc" else (inside,):
        main.write_text(text)
        result = vlad(name, str(main), *rest)
        assert result.status == 1
        assert "lies outside the script's folder" in result.out + result.err
        assert SECRET not in result.out + result.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_what_is_not_a_file_is_not_waited_for(scripts: Path) -> None:
    os.mkfifo(scripts / "pipe.adl")
    with pytest.raises(ResolveError, match=r"no file `pipe\.adl`"):
        Session().run_script('import "pipe.adl"', str(scripts / "main.adl"))


@pytest.mark.parametrize(
    "name", ["os", "sys", "prelude", "lists", "Optimize", "OPTIMIZE", "vlad_py", "__main__"]
)
def test_only_the_library_has_bare_names(name: str) -> None:
    assert isinstance(refused(f"import {name}"), ResolveError)


def test_a_text_without_a_folder_imports_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.adl").write_text("let x = 1")
    monkeypatch.chdir(tmp_path)
    for target in ("a.adl", "./a.adl", str(tmp_path / "a.adl")):
        assert "only a file can import files" in str(refused(f'import "{target}"'))


# ── names and fields ─────────────────────────────────────────────────────────────────────────


def test_no_name_of_python_is_one_of_the_language() -> None:
    """Neither its builtins, nor what the code that a program becomes uses."""
    session = Session()
    session.evaluate(
        "def f(x) = derivative(fn y => loop s = x for i in 1..3 do s * y + sin(x))(x)\nlet a = f(1)"
    )
    inside = {
        *vars(builtins),
        *session.module().namespace,
        *sys.modules,
        "self",
        "np",
        "__class__",
        "__dict__",
    }
    allowed = {*catalogue.everywhere(), *session.names(), "arguments"}
    words = {"and", "or", "not", "if", "else", "for", "in", "while", "def", "import", "as", "let", "match"}
    names = sorted(name for name in inside - allowed - words if name.isidentifier())
    assert len(names) > 200
    for name in names:
        error = refused(name, session)
        assert isinstance(error, ResolveError), (name, error)


def test_no_value_has_attributes_of_python() -> None:
    session = Session(write=lambda _: None)
    session.evaluate(
        "let shared = (1, 2)\nlet deep_array = [1]\nlet deep_list = nil\nlet deep_tuple = (1, 2)"
    )
    names: set[str] = {"__class__", "__globals__", "__code__", "__closure__", "gi_frame", "f_globals", "mro"}
    tried: set[tuple[type, str]] = set()
    for text in VALUES:
        value = session.evaluate(f"{{ let t = 2; {text} }}")
        fields = {(type(value), name) for name in {*dir(value), *names} - {*getattr(value, "names", ())}}
        for _, name in sorted((fields - tried), key=str):
            try:
                session.evaluate(f"{{ let t = 2; ({text}).{name} }}")
            except Bug:
                raise
            except Error:
                continue
            pytest.fail(f"({text}).{name}")
        tried |= fields


def test_what_is_defined_changes_nothing_of_python() -> None:
    """Definitions with the names that the code of programs uses stay in their program."""
    session = Session()
    names = [name for name in vars(builtins) if name.isidentifier() and name not in catalogue.everywhere()]
    plain = [name for name in names if name not in ("True", "False", "None")]
    session.evaluate("\n".join(f"let {name} = 7" for name in plain))
    text = "derivative(fn x => loop s = x for i in 1..3 do s * x)(2) + sum([i for i in 1..3])"
    assert session.evaluate(text) == Session().evaluate(text)
    assert len is builtins.len and not isinstance(builtins.len, float)


# ── functions of Python ──────────────────────────────────────────────────────────────────────


class Odd:
    """An object that is not a value of the language."""

    secret = SECRET


def test_an_object_of_python_does_not_come_in() -> None:
    import vlad_py as vlad

    for thing in (Odd(), Odd, os, open, object(), sys.stdin, b"bytes", {1: 2}, {"a b": Odd()}):
        with pytest.raises(ConversionError):
            vlad.evaluate("fn x => x")(thing)
        with pytest.raises(Error) as caught:
            vlad.evaluate("give(1)", functions={"give": vlad.primitive(lambda _, it=thing: it)})
        assert not isinstance(caught.value, Bug)
        assert SECRET not in str(caught.value)


def test_a_function_of_python_gets_values_and_shows_nothing_else() -> None:
    import vlad_py as vlad

    got: list[Any] = []

    def take(*parts: Any) -> float:
        got.append(parts)
        return 1.0

    functions = {"take": vlad.primitive(take)}
    vlad.evaluate("take(1, (2, true), list(4), {a: 5})", functions=functions)
    assert got == [(1.0, (2.0, True), [4.0], {"a": 5.0})]
    for field in ("__globals__", "__code__", "__self__", "func", "function", "implementation", "value"):
        with pytest.raises(Error):
            vlad.evaluate(f"take.{field}", functions=functions)


def test_an_exception_of_python_is_an_error_without_its_frames() -> None:
    import vlad_py as vlad

    def fail(_: float) -> float:
        hidden = SECRET
        raise ValueError(f"\x1b]0;{len(hidden)}\x07")

    with pytest.raises(HostError) as caught:
        vlad.evaluate("fail(1)", functions={"fail": vlad.primitive(fail)})
    said = str(caught.value)
    assert SECRET not in said and "Traceback" not in said and "\x1b" not in said and "\x07" not in said


# ── what Python is asked for ─────────────────────────────────────────────────────────────────

WATCHED = """
import json, sys
from any_calls import calls, defect_of
from fuzz.drive import inputs
from fuzz import names, sources

events = []
is_watching = False
ALLOWED = {"import", "compile", "exec", "object.__getattr__", "object.__setattr__", "object.__delattr__"}
ALLOWED |= {"marshal.loads", "code.__new__", "sys._current_frames", "signal.pthread_kill"}
ALLOWED |= {"sys._getframe", "sys._getframemodulename", "_thread.start_joinable_thread"}  # new in 3.12, 3.13
ALLOWED |= {"os.listdir", "os.scandir", "_thread.start_new_thread", "sys.unraisablehook", "builtins.id"}
ALLOWED |= {"ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.dlopen", "ctypes.call_function"}  # limits, numpy
ROOTS = tuple(sys.path[1:]) + (sys.prefix, sys.base_prefix, "/proc/self/statm")

def watch(event, arguments):
    if not is_watching:
        return
    if event == "open":
        path = str(arguments[0])
        is_read = arguments[1] in (None, "r", "rb") and not (arguments[2] or 0) & 3
        if is_read and (path.startswith(ROOTS) or path.isdigit()):
            return
    elif event in ALLOWED:
        return
    events.append((event, repr(arguments)[:100]))

sys.addaudithook(watch)
for fuzz, count in ((names.FUZZ, 1500), (sources.FUZZ, 150)):
    made = [text for _, text in zip(range(count), (text for _, text in inputs(fuzz, 77)))]
    for text in made:
        is_watching = True
        try:
            fuzz.complaint(text)
        except Exception:
            pass
        finally:
            is_watching = False
        if events:
            print(json.dumps([text, events]))
            sys.exit(1)
if "--open" in sys.argv:
    is_watching = True
    open("/etc/hostname")
    is_watching = False
    sys.exit(len(events))
"""


def watched(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    command = [sys.executable, "-B", "-c", WATCHED, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_programs_make_python_open_nothing() -> None:
    """Neither files nor processes nor sockets, whatever a program calls with whatever."""
    done = watched("--open")
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert not done.stderr


# ── commands, cells, the language server ─────────────────────────────────────────────────────


def test_a_program_in_the_repl_gives_no_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out: list[str] = []
    engine = Engine(out.append, out.append, lambda: 80)
    for text in (
        '":save stolen.adl"',
        'print(":save stolen.adl")',
        'print("\\n:save stolen.adl\\n")',
        "!touch stolen",
    ):
        handle(engine, text)
    assert list(tmp_path.iterdir()) == []


def test_a_cell_runs_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("IPython")
    from notebooks import new_shell

    monkeypatch.chdir(tmp_path)
    with new_shell(tmp_path / "ipython") as shell:
        shell.run_cell("%load_ext vlad_py")
        before = {*tmp_path.iterdir()}
        shell.run_cell("import os\nclass Odd: secret = 1\nodd = Odd()")
        for text in (
            "!touch stolen",
            "%run x",
            "os.system",
            "odd.secret",
            "{open('stolen', 'w')}",
            "$odd",
            "os",
        ):
            for cell in (f"%%vlad\n{text}", f"%vlad {text}"):
                done = shell.run_cell(cell)
                assert isinstance(done.error_in_exec, Error), (cell, done)
        assert {*tmp_path.iterdir()} == before


def test_the_server_and_the_checker_run_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "part.adl").write_text('print("loud")\nlet x = loop n = 0 while true do n')
    text = 'import "part.adl"\nprint("loud", part.x)\nlet y = loop n = 0 while true do n\ndef f(x) = x'
    document = Document(text, "main.adl", str(tmp_path / "main.adl"))
    assert list(document.errors()) == []
    assert capsys.readouterr() == ("", "")


# ── the texts of errors ──────────────────────────────────────────────────────────────────────

STEERING = [
    *map(chr, range(32)),
    "\x7f",
    *map(chr, range(0x80, 0xA0)),
    *"\u202a\u202b\u202d\u202e\u2066\u2067\u2068",
]
MISTAKES = [
    '1 + "{}"', 'no_name("{}")', '{{a: 1}}."{}"', 'match "{}" {{ 1 => 2 }}', 'import "{}"', '"{}"(1)',
    "# {}\n1 +", "{}", "let a = 1 {} 2", 'sum("{}")', 'if "{}" then 1 else 2', '[1, "{}"]',
    'gradient(fn x => "{}")(1)', 'symbol("{}") + true', 'def f(x) = x + "{}"\nf(1)', 'interval("{}", 1)',
]  # fmt: skip


@pytest.mark.parametrize("form", MISTAKES)
def test_errors_do_not_steer_the_terminal(form: str) -> None:
    for c in STEERING:
        for part in (c, f"a{c}[31mb", json.dumps(c).strip('"')):
            try:
                Session(write=lambda _: None).evaluate(form.format(part), f"na{c}me.adl")
            except Error as error:
                said = render(error)
                assert not isinstance(error, Bug), said
                assert not any(steer in said for steer in STEERING if steer != "\n"), (form, part, said)
