"""Where the grammar and the standard library live: in a wheel, an editable install or a checkout.

A wheel carries both folders in `vlad_py/_data`; in a checkout (and an editable install, which imports
from one) they stand beside the package. Plain paths, because `importlib.resources` costs more at
start-up than everything that is read here.
"""

from __future__ import annotations

import os

GRAMMAR = "adl.lark"
LIBRARY_SUFFIX = ".adl"

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def _folder(name: str) -> str:
    """The path of `grammar` or `stdlib`.

    The wheel's place comes first: beside an installed package stand other people's folders.
    """
    packed = os.path.join(_PACKAGE, "_data", name)
    return packed if os.path.isdir(packed) else os.path.join(os.path.dirname(_PACKAGE), name)


def _read(folder: str, file: str) -> str:
    with open(os.path.join(_folder(folder), file), encoding="utf-8") as stream:
        return stream.read()


def grammar_text() -> str:
    """The grammar of ADL. Raises FileNotFoundError where the installation is incomplete."""
    return _read("grammar", GRAMMAR)


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


def library_names() -> tuple[str, ...]:
    """The names of the standard library's files that programs import, sorted and without suffix.

    Raises FileNotFoundError where the installation is incomplete.
    """
    return _names("stdlib")


def prelude_names() -> tuple[str, ...]:
    """The names, with their folder, of the files whose definitions every program sees."""
    return tuple(f"prelude/{name}" for name in _names(os.path.join("stdlib", "prelude")))


def _names(folder: str) -> tuple[str, ...]:
    files = os.listdir(_folder(folder))
    return tuple(sorted(f.removesuffix(LIBRARY_SUFFIX) for f in files if f.endswith(LIBRARY_SUFFIX)))
