"""How a command ends: its exit status, and what it says of an error."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress

from vlad_py.command.menu import COMMANDS
from vlad_py.ground.errors import Bug, Error, Interrupted, LimitError, near, render
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import printable
from vlad_py.laboratory.menu import COMMANDS as LABORATORY
from vlad_py.session.files import absolute, near_file
from vlad_py.session.process import wants_color

# words that people type for commands, where no file has such a name
INSTEAD = {
    "run": "`vlad FILE` runs a script",
    **dict.fromkeys(("check", "lint"), "`vlad --check FILE` shows the mistakes of a script"),
    "format": "`vlad fmt FILE` formats a script",
    "version": "`vlad --version` tells the version",
    "repl": "`vlad` alone starts the REPL",
    "eval": "`vlad -e EXPRESSION` prints the value of an expression",
    "lsp": "`vlad-lsp` is the language server",
}
EXPRESSION = re.compile(r"\w\(.*\)|\w ?[+*^] ?\w|=> ")  # looks like an expression, not like a file's name
OK, FAILED, USAGE, LIMIT, NO_INPUT, OUR_BUG, STOPPED = 0, 1, 2, 3, 66, 70, 130


class Refused(Error):
    """A file that cannot be read or written, or holds something else."""


class NoInput(Refused):
    """A file beside the program that cannot be read."""


def with_text(file: str, work: Callable[[str], None]) -> int:
    """Reads a file and does some work with its text; returns the exit status."""
    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error)
        hint = INSTEAD.get(file) or near_file(absolute(file), file) or near(file, (*LABORATORY, *COMMANDS))
        if not hint and isinstance(error, FileNotFoundError) and EXPRESSION.search(file):
            hint = INSTEAD["eval"]
        complain(f"{file}: {reason}{hint and f'; {hint}'}")
        return NO_INPUT
    except MemoryError:
        complain(f"{file}: out of memory")
        return LIMIT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return STOPPED
    return finish(lambda: work(text))


def finish(work: Callable[[], None]) -> int:
    """Does some work, reports its errors, and returns the exit status."""
    try:
        work()
        sys.stdout.flush()
        return OK
    except Error as error:
        return finish_with(error)
    except OSError as error:
        return without_output(error) if error.filename is None else refused(error.filename, error, FAILED)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return STOPPED
    except MemoryError:
        pass  # the exception holds what has filled the memory, and is gone below
    return finish_with(LimitError("out of memory"))


def finish_with(error: Error) -> int:
    """Reports an error, and returns the exit status."""
    print(render(error, color=wants_color(sys.stderr)), file=sys.stderr)
    return _status(error)


def without_output(error: OSError) -> int:
    """Ends without output, which nobody takes any more; gives the exit status."""
    # Python's flush at exit must not complain
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:  # the reader has had enough
        return OK
    with suppress(OSError):
        complain(f"cannot write the output: {reason_of(error)}")
    return FAILED


def _status(error: Error) -> int:
    if isinstance(error, LimitError):
        return LIMIT
    if isinstance(error, Interrupted):
        return STOPPED
    if isinstance(error, NoInput):
        return NO_INPUT
    return OUR_BUG if isinstance(error, Bug) else FAILED


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read or written."""
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8 text"
    return str(error.strerror or error).lower()


def refused(file: str, error: OSError | UnicodeDecodeError, status: int) -> int:
    """Says why a file could not be read or written; returns the exit status."""
    complain(f"{error.filename or file if isinstance(error, OSError) else file}: {reason_of(error)}")
    return status


def complain(message: str, command: str = "vlad") -> None:
    """Says what is wrong. The message may quote the names of files, which anybody may have chosen."""
    print(f"{command}: {printable(message)}", file=sys.stderr)
