"""Reads files that vlad_py has written, if they are the user's and nobody else can have changed them."""

from __future__ import annotations

import os
import stat


def read_own(path: str) -> bytes:
    """The bytes of a file that is the user's and that nobody else may write. OSError for others, links, pipes
    and devices; it does not wait for any. If the system has no owners, any plain file will do.
    """
    never_waits = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, os.O_RDONLY | never_waits)
    with os.fdopen(number, "rb") as file:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode) or not is_own(facts):
            raise PermissionError
        return file.read()


def is_own(facts: os.stat_result) -> bool:
    """Whether a file or folder is the user's, and nobody else may write it."""
    if not hasattr(os, "geteuid"):
        return True
    return facts.st_uid == os.geteuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
