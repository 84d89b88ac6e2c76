"""Files that users name for output: written as a whole, after all else has succeeded."""

from __future__ import annotations

import os
from contextlib import suppress

PLAIN, EXECUTABLE = 0o666, 0o777  # the modes of new files, less what the user's mask takes away


def write_whole(path: str, content: str | bytes, mode: int = PLAIN) -> None:
    """Writes a file as a whole: where that fails, what was there stays. OSError names it."""
    data = content.encode() if isinstance(content, str) else content
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as stream:  # a pipe, or a device
            stream.write(data)
        return
    target = os.path.realpath(path)  # a link stays a link
    mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else mode & ~_mask()
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(13, os.strerror(13), path)
    import tempfile  # only here: it takes a while to load, and most runs write no file

    try:
        handle, draft = tempfile.mkstemp(dir=os.path.dirname(target) or ".", prefix=".vlad-")
        try:
            with open(handle, "wb") as stream:
                stream.write(data)
            os.chmod(draft, mode)
            os.replace(draft, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
