"""Code for later runs: files with a checksum, in a folder of the cache that is the user's alone.

What is loaded here is run. So a file is read only if it is the user's and nobody else may write it, and it
counts only if its checksum is right. If anything goes wrong, `load` finds nothing and `save` keeps nothing.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256

from vlad_py.ground import resources
from vlad_py.ground.node import record
from vlad_py.ground.own_files import is_own, read_own, write_own

CHECKSUM = 32  # bytes


@record
class SealedFiles:
    """The files of one folder of the cache. Each begins with `form`, and has a text of any length as its key.
    Once there are more than `most`, the oldest quarter is deleted.
    """

    folder: str
    form: bytes
    most: int

    def load(self, key: str) -> bytes | None:
        """What is kept under a key; None if there is nothing that can be trusted."""
        folder = self._private_folder()
        if folder is None:
            return None
        try:
            whole = read_own(_path(folder, key))
        except OSError:
            return None
        content, checksum = whole[:-CHECKSUM], whole[-CHECKSUM:]
        if not content.startswith(self.form) or sha256(content).digest() != checksum:
            return None
        return content[len(self.form) :]

    def save(self, key: str, content: bytes) -> None:
        """Keeps something under a key, if that is possible."""
        folder = self._private_folder()
        if folder is None:
            return
        sealed = self.form + content
        with suppress(OSError):
            write_own(_path(folder, key), sealed + sha256(sealed).digest())
            self._limit(folder)

    def _private_folder(self) -> str | None:
        """The folder, made if there is none; None if nothing can be kept safely."""
        if not hasattr(os, "geteuid"):
            return None
        folder = os.path.join(resources.cache_folder(), self.folder)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            facts = os.lstat(folder)
        except OSError:
            return None
        is_private = stat.S_ISDIR(facts.st_mode) and is_own(facts) and not facts.st_mode & 0o077
        return folder if is_private else None

    def _limit(self, folder: str) -> None:
        files = [entry.path for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
        if len(files) > self.most:
            for path in sorted(files, key=os.path.getmtime)[: self.most // 4]:
                os.unlink(path)


def _path(folder: str, key: str) -> str:
    return os.path.join(folder, sha256(key.encode()).hexdigest())
