"""Reads files that vlad_py has written, if they are the user's and nobody else can have changed them."""

from __future__ import annotations

import os
import stat

from vlad_py.ground.reading import plain


def read_own(path: str) -> bytes:
    """The bytes of a file that is the user's and that nobody else may write. OSError for others, links, pipes
    and devices; it does not wait for any. If the system has no owners, any plain file will do.
    """
    with os.fdopen(plain(path), "rb") as file:
        if not is_own(os.fstat(file.fileno())):
            raise PermissionError
        return file.read()


def is_own(facts: os.stat_result) -> bool:
    """Whether a file or folder is the user's, and nobody else may write it."""
    if not hasattr(os, "geteuid"):
        return True
    return facts.st_uid == os.geteuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
