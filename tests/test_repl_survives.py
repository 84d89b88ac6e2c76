"""What the REPL survives: no working directory, no output, bytes that are not text, long inputs, Ctrl-Z."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vlad_py.repl import door, inputs
from vlad_py.repl.engine import Engine

pytest.importorskip("pty")

from terminal import CTRL_D, ENTER, ROOT, Terminal

COMMAND = [sys.executable, "-m", "vlad_py"]


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """What a command of the shell does, in which `vlad` is the REPL."""
    vlad = " ".join(COMMAND)
    text = f'vlad() {{ PYTHONPATH={ROOT} {vlad} "$@"; }}\n{command}'
    return subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, timeout=60, check=False)


def test_without_a_working_directory(tmp_path: Path) -> None:
    typed = '1 + 1\\n:load x.adl\\nimport "x.adl"\\n:save y.adl\\n:time 2;\\n:core 1\\n:reload\\n2 + 3\\n'
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; printf '{typed}' | vlad", tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(b"2\n")
    assert done.stdout.endswith(b"5\n")
    assert b"Traceback" not in done.stderr
    assert b"internal" not in done.stderr
    for command in ("vlad -e '1 + 1'", "vlad no.adl", "vlad trace no.adl --call 'f(1)'"):
        done = shell(f"mkdir gone; cd gone; rmdir ../gone; {command}", tmp_path)
        assert b"Traceback" not in done.stderr


def test_a_reader_that_has_had_enough(tmp_path: Path) -> None:
    done = shell("set -o pipefail; for i in {1..3000}; do echo 1 + 1; done | vlad | head -1", tmp_path)
    assert done.stdout == b"2\n"
    assert done.stderr == b""


@pytest.mark.parametrize("typed", ["1 + 1", "print(1)", ":help", "1 +* 2"])
def test_a_full_disk(typed: str, tmp_path: Path) -> None:
    done = shell(f"echo '{typed}' | vlad > /dev/full", tmp_path)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    done = shell(f"echo '{typed}' | vlad > /dev/full 2> /dev/full", tmp_path)
    assert done.returncode == 1


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    done = shell("printf '\\xff\\n\"\\xe9\"\\n1 + 1\\n' | vlad", tmp_path)
    assert done.stdout.endswith(b"2\n")
    assert b"unexpected character" in done.stderr


LONG = {
    "in braces": ("def f(x) = {\n", "  let a{} = x + {}\n", "  a0\n}\n"),
    "after operators": ("def f(x) =\n", "  x + {} +\n", "  1\n"),
    "in brackets": ("def f(x) = [\n", "  x + {},\n", "  1]\n"),
    "with remarks": ("def f(x) = {\n", '  # no { here, nor "there: {}\n', "  x\n}\n"),
}


@pytest.mark.parametrize("kind", LONG)
def test_lines_of_a_long_input_are_not_parsed_again_and_again(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, line, closing = LONG[kind]
    count = 400
    text = opening + "".join(line.replace("{}", str(i)) for i in range(count)) + closing + "f(2);\n3\n"
    parsed: list[int] = []

    def is_complete(text: str, **settings: object) -> bool:
        parsed.append(text.count("\n"))
        return inputs.is_complete(text, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(door, "is_complete", is_complete)
    out: list[str] = []
    lines = iter(text.splitlines())

    def read(_: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    door.read_lines(Engine(out.append, out.append, lambda: 80), read, is_patient=True)
    assert out == ["3\n"]
    assert sum(parsed) < 5 * count


def test_a_mistake_inside_an_open_bracket_is_found(tmp_path: Path) -> None:
    body = "".join(f"  let a{i} = 1\n" for i in range(20))
    done = shell(f"printf 'def f(x) = {{\n  let = 3\n{body}' | vlad", tmp_path)
    assert b"input 1:2:7" in done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with jobs")
@pytest.mark.parametrize("has_comforts", [True, False])
def test_ctrl_z_suspends(tmp_path: Path, has_comforts: bool) -> None:
    if has_comforts:
        pytest.importorskip("prompt_toolkit")
    t = Terminal(tmp_path, "-c", "import os; os.execvp('bash', ['bash', '--norc', '-i'])", PS1="$ ")
    try:
        t.wait(lambda: t.line().startswith("$"), "a prompt of the shell")
        term = "xterm" if has_comforts else "dumb"
        t.process.send(f"TERM={term} {' '.join(COMMAND)}\r")
        t.prompt()
        t.process.send("\x1a")
        t.wait(lambda: "Stopped" in t.text(), "the message of the shell")
        t.process.send("fg\r")
        t.wait(lambda: t.text().count("vlad_py") > 1, "the job")
        t.process.send("1 + 1" + ENTER)
        t.wait(lambda: "\n2\n" in t.text(), "a result")
        t.prompt()  # what is typed before it is lost
        t.process.send(CTRL_D)
        t.wait(lambda: t.line().startswith("$"), "a prompt of the shell")
    finally:
        t.end()
