"""Files of programs: the language that a name tells, reading one, hints for a missing one, circles."""

from __future__ import annotations

import os

from vlad_py.ground.errors import ResolveError, near
from vlad_py.ground.reading import is_below
from vlad_py.syntax.tree import Import

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


def imported_path(statement: Import, folder: str, root: str) -> str:
    """The path, without links, of the file that a text in `folder` imports; it need not exist. ResolveError
    where the text may not import it, because it is not in `root` or below.
    """
    target = statement.target
    if not target.isprintable():
        raise ResolveError("no file has such a name", statement.span)
    if os.path.basename(target) in ("", os.curdir, os.pardir):
        hint = "a path ends with the name of the file"
        raise ResolveError(f"no file `{target}`", statement.span, hint=hint)
    path = os.path.realpath(os.path.join(folder, target))
    if not is_below(path, root):
        hint = "put the file into the script's folder or below"
        raise ResolveError(f"`{target}` lies outside the script's folder", statement.span, hint=hint)
    return path


def circle(path: str, importers: tuple[str, ...]) -> str:
    """What is wrong where a file imports one of those that import it."""
    name = os.path.basename(path)
    others = [os.path.basename(file) for file in importers[importers.index(path) + 1 :]]
    through = f", through {', '.join(f'`{file}`' for file in others)}" if others else ""
    return f"`{name}` imports itself{through}"


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
