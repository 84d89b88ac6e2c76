"""Files of programs: the language that a name tells, reading one, hints for a missing one, circles."""

from __future__ import annotations

import errno
import io
import os
import sys

from vlad_py.ground.errors import near

ADL, VLAD = "adl", "vlad"  # the languages that a text may be in
SUFFIX = f".{ADL}"


def near_file(path: str, target: str) -> str:
    """A hint that names the file of the same folder with the nearest name."""
    folder = target[: len(target) - len(os.path.basename(target))]
    try:
        files = [file for file in os.listdir(os.path.dirname(path)) if file.endswith(SUFFIX)]
    except OSError:
        return ""
    name = os.path.basename(target)
    if name + SUFFIX in files:
        return f"did you mean `{folder}{name}{SUFFIX}`?"
    hint = near(name.removesuffix(SUFFIX), [file.removesuffix(SUFFIX) for file in files])
    return hint.replace("`", f"`{folder}", 1).replace("`?", f"{SUFFIX}`?")


def circle(path: str, importers: tuple[str, ...]) -> str:
    """What is wrong where a file imports one of those that import it."""
    name = os.path.basename(path)
    others = [os.path.basename(file) for file in importers[importers.index(path) + 1 :]]
    through = f", through {', '.join(f'`{file}`' for file in others)}" if others else ""
    return f"`{name}` imports itself{through}"


def read_text(path: str, *, waits: bool = True) -> str:
    """The text of a file, or of standard input for `-`. Raises OSError or UnicodeDecodeError.

    Without `waits`, plain files only: a pipe or a device may never end.
    """
    if not waits and not os.path.isfile(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if path == "-":
        stdin = sys.stdin
        if stdin is None:  # the process was started without one
            raise OSError(errno.EBADF, "standard input is closed")
        return stdin.buffer.read().decode() if isinstance(stdin, io.TextIOWrapper) else stdin.read()
    try:
        stream = open(path, encoding="utf-8")  # noqa: SIM115 - closed below
    except ValueError:  # a text that no system takes for a name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None
    with stream:
        return stream.read()


def working_folder() -> str | None:
    """The working directory; None where it has been removed."""
    try:
        return os.getcwd()
    except OSError:
        return None


def absolute(path: str) -> str:
    """The path from the root; itself where it is relative to a working directory that has been removed."""
    return os.path.abspath(path) if os.path.isabs(path) or working_folder() else path


def relative(path: str) -> str:
    """The path from the working directory; itself where that has been removed."""
    return os.path.relpath(path) if working_folder() else path


def files_of(path: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files that a path stands for: itself, or in a folder and those below it the files with one of these
    suffixes, in order. Hidden files and folders are passed over.
    """
    if not os.path.isdir(path):
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = (name for name in folders if not name.startswith("."))
        visible = (name for name in names if name.endswith(suffixes) and not name.startswith("."))
        found += [os.path.normpath(os.path.join(folder, name)) for name in visible]
    return sorted(file for file in found if os.path.isfile(file))
