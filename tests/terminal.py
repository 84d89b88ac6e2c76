"""A terminal of 24 lines with the REPL in it: keys go in, the screen is looked at."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0  # seconds, for what always comes
LINES, COLUMNS = 24, 80
ENTER, TAB, CTRL_C, CTRL_D, CTRL_L, CTRL_R, UP, RIGHT, ESCAPE = (
    "\r",
    "\t",
    "\x03",
    "\x04",
    "\x0c",
    "\x12",
    "\x1b[A",
    "\x1b[C",
    "\x1b",
)
PASTE = "\x1b[200~{}\x1b[201~"


class Terminal:
    """The process of a command, and the screen that it draws. `data` is the folder for what it keeps."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        settings = {
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",  # nobody asks where the cursor is, unless a test wants that
            "XDG_DATA_HOME": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            **environment,
        }
        self.raw = ""
        self.screen = _Screen(self)
        self.stream = pyte.Stream(self.screen)
        self.process = pexpect.spawn(
            sys.executable,
            list(arguments or ("-m", "vlad_py")),
            cwd=str(folder),
            env={**os.environ, **settings},
            dimensions=(LINES, COLUMNS),
            encoding="utf-8",
        )

    def end(self) -> None:
        """Ends the process, however long that takes on a busy machine."""
        if self.process.isalive():
            self.process.kill(signal.SIGKILL)
            self.process.wait()
        self.process.close()

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip() + "\n"

    def line(self) -> str:
        """The line that the cursor is on, up to the cursor."""
        return str(self.screen.display[self.screen.cursor.y])[: self.screen.cursor.x]

    def wait(self, condition: Callable[[], bool], what: str = "what is waited for") -> None:
        """Reads on until the screen is as it should be. AssertionError if it never is."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"{what} did not come; the screen is\n{self.text()}"
            try:
                read = self.process.read_nonblocking(4096, 0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert condition(), f"it ended before {what}; the screen is\n{self.text()}"
                return
            self.raw += read
            self.stream.feed(read)

    def prompt(self) -> None:
        """Waits until the next input may be typed."""
        self.wait(lambda: self.line() == "vlad> ", "a prompt")

    def keys(self, keys: str, shown: str) -> None:
        """Presses keys, and waits until the line of the cursor ends with a text."""
        self.process.send(keys)
        self.wait(lambda: self.line().rstrip().endswith(shown.rstrip()), f"{shown!r} at the cursor")

    def enter(self, *lines: str) -> None:
        """Types an input of some lines at a prompt, and waits for the next prompt."""
        for i, line in enumerate(lines):
            self.keys(line, line)
            is_last = i == len(lines) - 1
            self.process.send(ENTER)
            if not is_last:
                self.wait(lambda: self.line().startswith("  ... ") and not self.line().strip(". "), "a line")
        self.prompt()

    def leave(self) -> int:
        """Ctrl-D; the exit status."""
        self.process.send(CTRL_D)
        return self.ended()

    def ended(self) -> int:
        """The exit status, once the process has ended."""
        self.process.expect(pexpect.EOF, timeout=PATIENCE)
        self.process.close()
        status: int = self.process.exitstatus
        return status


class _Screen(pyte.Screen):
    """A screen that tells the process where the cursor is, where it asks."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(COLUMNS, LINES)
        self.terminal = terminal

    def write_process_input(self, data: str) -> None:
        self.terminal.process.send(data)
