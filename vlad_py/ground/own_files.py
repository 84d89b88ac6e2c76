"""Files for later runs: written whole, read if they are the user's and nobody else can have changed them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from vlad_py.ground.reading import plain


def read_own(path: str) -> bytes:
    """The bytes of a file that is the user's and that nobody else may write. OSError for others, links, pipes
    and devices; it does not wait for any. If the system has no owners, any plain file will do.
    """
    with os.fdopen(plain(path), "rb") as file:
        if not is_own(os.fstat(file.fileno())):
            raise PermissionError
        return file.read()


def write_own(path: str, data: bytes) -> None:
    """Writes a file whole or not at all, however many processes do so at once. OSError where that fails."""
    import tempfile  # only here: it takes a while to load, and most runs write nothing

    number, draft = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".draft")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        os.replace(draft, path)
    except BaseException:  # a full disk, Ctrl-C
        with suppress(OSError):
            os.unlink(draft)
        raise


def is_own(facts: os.stat_result) -> bool:
    """Whether a file or folder is the user's, and nobody else may write it."""
    if not hasattr(os, "geteuid"):
        return True
    return facts.st_uid == os.geteuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
