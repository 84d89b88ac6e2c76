"""The translated library, kept on disk: what one process parses, lowers and compiles, the next one loads.

A file holds the pickled entries and unit of one file of the library. Its name comes from all that they depend
on: the text, the options, the primitives, the versions of vlad_py and of Python. Loading a pickle can run
code. So the file is kept as code is (see ground/sealed_files.py), and loading it makes nothing but nodes.
"""

from __future__ import annotations

import io
import pickle
import sys
from functools import cache
from typing import Any, TypeAlias

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.unit import Options, Unit
from vlad_py.ground import resources
from vlad_py.ground.node import FIELDS
from vlad_py.ground.sealed_files import SealedFiles
from vlad_py.ground.source import Source
from vlad_py.primitives.primitive import Primitive
from vlad_py.session.catalogue import Entry
from vlad_py.values.values import NIL, Code, Nil

Translated: TypeAlias = tuple[dict[str, Entry], Unit]  # what a file defines, and its code

FILES = SealedFiles("library", b"vlad library 1\n", 200)
UNREADABLE = (  # raised by a pickle that this version has not written
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)
NONE, TEXT, PRIMITIVE = "nil", "source", "primitive "  # names for what every process has of its own


def load(source: Source, options: Options) -> Translated | None:
    """The translation that an earlier process kept of a file of the library; None if none can be trusted."""
    key = _key(source, options)
    content = None if key is None else FILES.load(key)
    if content is None:
        return None
    try:
        entries, unit = _Reader(content, source).load()
    except UNREADABLE:
        return None
    return (entries, unit) if type(entries) is dict and type(unit) is Unit else None


def save(source: Source, options: Options, translated: Translated) -> None:
    """Keeps the translation of a file of the library, if that is possible."""
    key = _key(source, options)
    if key is None:
        return
    content = io.BytesIO()
    try:
        _Writer(content, source).dump(translated)
    except (pickle.PicklingError, RecursionError):
        return
    FILES.save(key, content.getvalue())


def _key(source: Source, options: Options) -> str | None:
    version = _version()
    if version is None:
        return None
    return f"{version} {options} {' '.join(PRIMITIVES)} {source.name}\n{source.text}"


@cache
def _version() -> str | None:
    files = resources.files_of_version()
    return None if files is None else f"{sys.version} {files}"


class _Writer(pickle.Pickler):
    """Writes trees, with names in place of what every process has of its own."""

    def __init__(self, file: io.BytesIO, source: Source) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.source = source

    def persistent_id(self, thing: Any) -> str | None:
        """The name of what every process has of its own; None for anything else."""
        if thing is self.source:
            return TEXT
        if isinstance(thing, Primitive):
            return PRIMITIVE + thing.name
        return NONE if type(thing) is Nil else None


class _Reader(pickle.Unpickler):
    """Reads what a `_Writer` has written, and makes nothing but nodes."""

    def __init__(self, content: bytes, source: Source) -> None:
        super().__init__(io.BytesIO(content))
        self.source = source

    def persistent_load(self, name: str) -> Any:
        """What has the name in this process. LookupError if there is none."""
        if name == TEXT:
            return self.source
        return NIL if name == NONE else PRIMITIVES[name.removeprefix(PRIMITIVE)]

    def find_class(self, module: str, name: str) -> Any:
        """A class of nodes. UnpicklingError for anything else."""
        found = super().find_class(module, name) if module.startswith("vlad_py.") else None
        if isinstance(found, type) and (found is Code or FIELDS in vars(found)):
            return found
        raise pickle.UnpicklingError(f"not a node: {module}.{name}")
