"""A plot as the command and the REPL show it, and as a file."""

from __future__ import annotations

import os
from contextlib import suppress

from vlad_py.ground.errors import RunError
from vlad_py.plots.plot import Plot
from vlad_py.values.show import describe
from vlad_py.values.values import UNIT, Value

SVG = ".svg"


def picture_of(value: Value) -> str:
    """A program's value as the text of an SVG file. RunError if it is not a plot."""
    if type(value) is Plot:
        return value.svg()
    got = "nothing: it ends with a definition or with `print`" if value == UNIT else describe(value)
    hint = "the last line of the program has to be a plot, such as `plot(f, 0, 1)`"
    raise RunError(f"-o: expected a program whose value is a plot, got {got}", hint=hint)


def write_whole(path: str, text: str) -> None:
    """Writes a file as a whole: where that fails, what was there stays. OSError says why it failed."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "w", encoding="utf-8") as stream:  # a pipe, or a device
            stream.write(text)
        return
    target = os.path.realpath(path)
    mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_mask()
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(13, os.strerror(13), path)
    import tempfile  # only here: it takes a while to load, and most runs write no picture

    try:
        handle, whole = tempfile.mkstemp(dir=os.path.dirname(target) or ".", prefix=".vlad-", suffix=SVG)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(whole, mode)
        os.replace(whole, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(whole)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
