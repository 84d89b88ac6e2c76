"""From VLAD's text, and the files that it includes, to a syntax tree: the door to the second front end."""

from __future__ import annotations

import os
from collections.abc import Iterable

from vlad_py.ground.errors import ResolveError
from vlad_py.ground.reading import is_below, read_text
from vlad_py.ground.source import Source, Span
from vlad_py.syntax.tree import Program
from vlad_py.syntax.vlad.datum import Datum, Text
from vlad_py.syntax.vlad.expand import program
from vlad_py.syntax.vlad.names import WRITERS
from vlad_py.syntax.vlad.read import read

SUFFIX = ".vlad"


def parse(
    source: Source,
    known: Iterable[str] = (),
    folder: str | None = None,
    folders: tuple[str, ...] = (),
    *,
    echo: bool = True,
) -> Program:
    """The tree of a whole text.

    `known` are the names that earlier texts define. A file that the text includes is looked for in `folder`,
    the text's own, and then in `folders`; without any of them, `include` is refused. With `echo`, every form
    that is not a definition prints its value.

    Raises errors.SyntaxError and errors.ResolveError.
    """
    inclusion = _Inclusion(folders)
    if folder is not None:
        inclusion.folder_of[source] = folder
    span = Span(source, 0, len(source.text))
    names = frozenset(name.removesuffix("'") for name in known if name not in WRITERS.values())
    return program(read(source), span, names, inclusion.datums, echo=echo)


class _Inclusion:
    """The files of one program: where each text stands, and which files are being read."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.folders = folders
        self.folder_of: dict[Source, str] = {}
        self.included_by: dict[Source, Source] = {}

    def datums(self, name: Text) -> tuple[Datum, ...]:
        """The datums of a file that a text includes. Raises errors.ResolveError where there is none."""
        includer = name.span.source
        path = self.find(name)
        around: Source | None = includer
        while around is not None:
            if around.name == path:
                raise ResolveError(f"`{name.value}` includes itself", name.span)
            around = self.included_by.get(around)
        try:
            source = Source(path, read_text(os.path.realpath(path), is_plain=True), words=includer.words)
        except UnicodeDecodeError:
            raise ResolveError(f"`{name.value}` is not UTF-8 text", name.span) from None
        except OSError as error:
            reason = str(error.strerror or error).lower()
            raise ResolveError(f"`{name.value}` cannot be read: {reason}", name.span) from None
        self.folder_of[source] = os.path.dirname(path)
        self.included_by[source] = includer
        return read(source)

    def find(self, name: Text) -> str:
        """The path of an included file: beside the text that includes it, or in one of `folders`."""
        own = self.folder_of.get(name.span.source)
        roots = [*([] if own is None else [own]), *self.folders]
        if not roots:
            raise ResolveError("a text that is not a file cannot include files", name.span)
        if not name.value.isprintable():
            raise ResolveError("no file has such a name", name.span)
        file = name.value if name.value.endswith(SUFFIX) else name.value + SUFFIX
        is_outside = False
        for root in roots:
            path = os.path.join(root, file)
            if not is_below(path, root):
                is_outside = True
            elif os.path.isfile(path):
                return path
        if is_outside:
            hint = (
                "put the file into the folder of the file that includes it, or name its folder: `-I FOLDER`"
            )
            raise ResolveError(f"`{name.value}` lies outside the program's folders", name.span, hint=hint)
        raise ResolveError(f"Cannot find: {name.value}", name.span, hint="`-I FOLDER` names more folders")
