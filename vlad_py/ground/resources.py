"""Where files live: the grammar, the standard library, and the files kept for a user.

A wheel carries the grammar and the library in `vlad_py/_data`; in a checkout (and an editable install,
which imports from one) they are beside the package. These are plain paths, because `importlib.resources`
costs more at start-up than all the reading here. Only a package in a zip file is read by its loader.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from typing import TypeAlias

GRAMMAR = "adl.lark"
LIBRARY_SUFFIX = ".adl"
LIBRARY = "library"  # the ids of the standard library's modules begin with it

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# a zip file that the package is imported from, as of `python -m zipapp`; else empty
_ARCHIVE: str = getattr(globals().get("__loader__"), "archive", "")


def _folder(name: str) -> str:
    """The path of `grammar` or `stdlib`.

    The wheel's place comes first, because other people's folders are beside an installed package.
    """
    packed = os.path.join(_PACKAGE, "_data", name)
    is_packed = bool(_listed(packed)) if _ARCHIVE else os.path.isdir(packed)
    return packed if is_packed else os.path.join(os.path.dirname(_PACKAGE), name)


def _read(folder: str, file: str) -> str:
    path = os.path.join(_folder(folder), file)
    if _ARCHIVE:
        return str(globals()["__loader__"].get_data(path).decode().replace("\r\n", "\n"))
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def _listed(folder: str) -> list[str]:
    """The names of the files in a folder."""
    if not _ARCHIVE:
        return os.listdir(folder)
    start = os.path.relpath(folder, _ARCHIVE).replace(os.sep, "/") + "/"
    return [name.removeprefix(start) for name in _archived() if name.startswith(start)]


@cache
def _archived() -> list[str]:
    from zipfile import ZipFile  # only here: installed packages need no such thing

    with ZipFile(_ARCHIVE) as archive:
        return archive.namelist()


def grammar_text(file: str = GRAMMAR) -> str:
    """A grammar, ADL's by default. Raises FileNotFoundError where the installation is incomplete."""
    return _read("grammar", file)


def library_text(name: str) -> str:
    """The text of the standard library's file `name`, given without suffix, as library_names has it.

    Raises FileNotFoundError if there is none. The listing decides, not the file system: so a name
    is exact on every disk, and no name leads out of the folder.
    """
    if name not in library_names() + prelude_names():
        raise FileNotFoundError(f"the standard library has no file {name!r}")
    return _read("stdlib", name + LIBRARY_SUFFIX)


def library_path(name: str) -> str:
    """Where the standard library's file `name`, given as for library_text, stands on the disk."""
    return os.path.join(_folder("stdlib"), name + LIBRARY_SUFFIX)


def library_file(path: str) -> str | None:
    """The name, as library_text takes it, of the standard library's file at a path; None for other files."""
    names = library_names() + prelude_names()
    return next(
        (name for name in names if os.path.realpath(library_path(name)) == os.path.realpath(path)), None
    )


def library_module(name: str) -> str:
    """The id of the module that the standard library's file `name` makes; other ids are absolute paths."""
    return f"{LIBRARY}/{name}"


def file_of_module(id: str) -> str | None:
    """The name of the standard library's file whose module has an id; None for other modules."""
    return id.removeprefix(f"{LIBRARY}/") if id.startswith(f"{LIBRARY}/") else None


def library_names() -> tuple[str, ...]:
    """The names of the standard library's files that programs import, sorted and without suffix.

    Raises FileNotFoundError where the installation is incomplete.
    """
    return _names()


def prelude_names() -> tuple[str, ...]:
    """The names, with their folder, of the files whose definitions every program sees."""
    return tuple(f"prelude/{name}" for name in _names("prelude"))


def _names(*folder: str) -> tuple[str, ...]:
    place = os.path.join(_folder("stdlib"), *folder)
    files = [f for f in _listed(place) if f.endswith(LIBRARY_SUFFIX) and "/" not in f]
    return tuple(sorted(f.removesuffix(LIBRARY_SUFFIX) for f in files))


# ── the version ──────────────────────────────────────────────────────────────────────────────


_BEGAN = time.time_ns()  # when this process loaded the package
_LAG = 20_000_000  # nanoseconds by which the times of files may lag behind the clock

# of a file: its folder, name, size, time in nanoseconds
File: TypeAlias = tuple[str, str, int, int]


@cache
def files_of_version() -> str | None:
    """A text that only this version of the package and of the library has: their files, with sizes and times.
    None in an archive, whose files cannot be looked at. None as well if a file has changed since this process
    began: an upgrade replaces the files, but not the code that this process runs.
    """
    if not os.path.isdir(_PACKAGE):
        return None
    package, package_changed = _files_below(_PACKAGE, ".py")
    library, library_changed = _files_below(_folder("stdlib"), LIBRARY_SUFFIX)
    if max(package_changed, library_changed) > _BEGAN - _LAG:
        return None
    return repr([package, library])


def files_below(root: str, suffix: str = "") -> list[File]:
    """All files below a folder whose names end in `suffix`, sorted."""
    return _files_below(root, suffix)[0]


def _files_below(root: str, suffix: str) -> tuple[list[File], int]:
    """As `files_below`, with the last change of any, in nanoseconds. That is an `st_ctime`: an installer may
    give a new file an old `st_mtime`, but not an old `st_ctime`.
    """
    files, changed = [], 0
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(suffix) and not name.endswith(".pyc"):
                facts = os.stat(os.path.join(folder, name))
                files.append((folder[len(root) :], name, facts.st_size, facts.st_mtime_ns))
                changed = max(changed, facts.st_ctime_ns)
    return sorted(files), changed


# ── folders of the user ──────────────────────────────────────────────────────────────────────


def cache_folder() -> str:
    """Where this system keeps a user's caches of vlad_py. It need not exist."""
    return _users("XDG_CACHE_HOME", ".cache", "Caches")


def data_folder() -> str:
    """Where this system keeps a user's data of vlad_py, such as histories. It need not exist."""
    return _users("XDG_DATA_HOME", os.path.join(".local", "share"), "Application Support")


def _users(variable: str, below_home: str, below_library: str) -> str:
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.environ.get(variable) or os.path.join(home, "Library", below_library)
    else:
        base = os.environ.get(variable) or os.path.join(home, below_home)
    if not os.path.isabs(base):  # a user without a home: a place where nothing can be kept
        base = os.devnull
    return os.path.join(base, "vlad_py")
