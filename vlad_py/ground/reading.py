"""Reads texts from files: of a size that a text may have; where a program names the file, plain ones only."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Callable
from typing import AnyStr

MOST = 1 << 26  # characters of a text; to parse as many takes minutes
PIECE = 1 << 20  # that is read at a time


def read_text(path: str, *, is_plain: bool = False, most: int = MOST) -> str:
    """The text of a file, or of standard input for `-`. Raises UnicodeDecodeError or OSError, also for a text
    of more than so many characters.

    With `is_plain`, of a plain file only, as `plain` has it: a pipe or a device may never end.
    """
    if path == "-" and not is_plain:
        stdin = sys.stdin
        if stdin is None:  # the process was started without one
            raise OSError(errno.EBADF, "standard input is closed")
        if isinstance(stdin, io.TextIOWrapper):
            return b"".join(_pieces(stdin.buffer.read, path, most)).decode()
        return "".join(_pieces(stdin.read, path, most))
    try:
        stream = open(plain(path) if is_plain else path, encoding="utf-8")  # noqa: SIM115 - closed below
    except ValueError:  # a text that no system takes for a name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None
    with stream:
        return "".join(_pieces(stream.read, path, most))


def _pieces(read: Callable[[int], AnyStr], path: str, most: int) -> list[AnyStr]:
    """All that can be read, in pieces: between two of them Ctrl-C and limits hold. OSError for too much."""
    pieces: list[AnyStr] = []
    size = 0
    while piece := read(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return pieces


def plain(path: str) -> int:
    """The descriptor of a plain file. Raises OSError, FileNotFoundError for links, pipes and devices; it does
    not wait for any.
    """
    never_waits = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, os.O_RDONLY | never_waits)
    if stat.S_ISREG(os.fstat(number).st_mode):
        return number
    os.close(number)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def is_below(path: str, folder: str) -> bool:
    """Whether a path, links followed, is in a folder or in those below it."""
    folder = os.path.realpath(folder)
    try:
        return os.path.commonpath([os.path.realpath(path), folder]) == folder
    except ValueError:  # on another drive
        return False
