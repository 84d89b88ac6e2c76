"""The command as a process of its own: Ctrl-C, closed pipes, full disks, the limit of memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "vlad_py.command.cli"]

OK, FAILED, USAGE, LIMIT, NO_INPUT, OUR_BUG, STOPPED = 0, 1, 2, 3, 66, 70, 130

# Ctrl-C reaches the command although whoever started the tests may have it ignored.
LISTENING = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from vlad_py.command.cli import main
sys.exit(main())
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


def process(*arguments: str, environment: dict[str, str] | None = None, **settings: object) -> Result:
    """The command as a process of its own."""
    done = subprocess.run(  # type: ignore[call-overload]
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=settings.get("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_the_command_is_a_process() -> None:
    """Its own settings, the package as a command, no warnings."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "vlad_py",
            "--max-memory",
            "2G",
            "-e",
            "if 1 < 2 then 3 else 4",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (OK, "3\n", "")


@posix
@pytest.mark.parametrize(
    "text",
    [
        "loop n = 0 while true do n + 1",
        "def f(n) = f(n + 1)\nf(0)",
        "derivative(fn x => loop y = x while true do y * x)(1)",
    ],
)
def test_ctrl_c(text: str) -> None:
    """In a loop that runs within one step, in tail calls, in a differentiation."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", LISTENING, "-e", f"print(derivative(sin)(0))\n{text}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "1\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (STOPPED, "")
    assert err.startswith("interrupted: ") and "Traceback" not in err


@posix
@pytest.mark.parametrize(
    "text",
    ["loop n = 0 while true do { print(n); n + 1 }", "print(loop xs = nil for i in 1..50000 do i :: xs)"],
)
def test_a_closed_pipe_is_silent(text: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "-e", text], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.read(1) in "0l"
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == OK


@pytest.mark.parametrize("text", ['"é"', 'print("é")'])
def test_a_terminal_that_cannot_show_everything(text: str) -> None:
    result = process("-e", text, environment={"PYTHONIOENCODING": "ascii"})
    assert result.status in (OK, FAILED) and "Traceback" not in result.err


@posix
def test_output_that_is_closed() -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m vlad_py.command.cli -e 1 >&-',
        shell=True,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Traceback" not in done.stderr and done.returncode != OUR_BUG


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_disk_that_is_full() -> None:
    with open("/dev/full", "w") as full:
        result = process("-e", "1", stdout=full)
    assert result.status not in (OK, NO_INPUT)
    assert "no space left" in result.err and "None" not in result.err


@posix
@pytest.mark.parametrize("size", ["1K", "99999999999999999999G"])
def test_absurd_sizes(size: str) -> None:
    result = process("--max-memory", size, "-e", "1")
    assert result.status in (OK, USAGE, LIMIT) and "Traceback" not in result.err
