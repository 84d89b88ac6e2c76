"""The language server: its texts, and their places in the words of the protocol.

What it answers is in `answers`, `problems` and `appearance`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument

from vlad_py import __version__
from vlad_py.ground import resources
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source, Span
from vlad_py.lsp.document import Document
from vlad_py.session.files import SUFFIX, files_of

server = LanguageServer("vlad-lsp", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)

MOST_FILES = 2_000  # of the folders that the editor has open

_documents: dict[str, tuple[str, Document]] = {}  # the last text of each address, and what was found in it
_files: dict[str, tuple[int, Document]] = {}  # of texts that are not open: when they were changed


def document_at(uri: str) -> Document:
    """The text of an address, as the editor has it, or as its file has it."""
    text = server.workspace.get_text_document(uri)
    source = source_of(text)
    if uri not in _documents or _documents[uri][0] != source:
        remember(uri, source, made(uri, text, source))
    return _documents[uri][1]


def remember(uri: str, source: str, document: Document) -> None:
    """Keeps what has been found in a text."""
    _documents[uri] = source, document


def forget(uri: str | None = None) -> None:
    """Forgets what has been found in a text, or in all: what they import may have changed."""
    if uri is None:
        _documents.clear()
        _files.clear()
    else:
        _documents.pop(uri, None)


def source_of(text: TextDocument) -> str:
    """A text; empty where it is not open, and no plain file."""
    try:
        is_open = text.uri in server.workspace.text_documents
        return text.source if is_open else read_text(text.path, is_plain=True)
    except (OSError, UnicodeDecodeError):
        return ""


def made(uri: str, text: TextDocument, source: str) -> Document:
    """The document of a text."""
    path = text.path if uri.startswith("file:") else None
    return Document(source, path or uri, path)


def texts(mentioning: str = "") -> Iterator[Document]:
    """The open texts, and the files of the open folders, that mention a name."""
    seen = set()
    for uri, text in list(server.workspace.text_documents.items()):
        seen.add(os.path.realpath(text.path))
        if mentioning in source_of(text):
            yield document_at(uri)
    for path in _paths():
        document = None if os.path.realpath(path) in seen else _of_file(path)
        if document is not None and mentioning in document.source.text:
            yield document


def _paths() -> list[str]:
    folders = [to_fs_path(uri) for uri in server.workspace.folders]
    roots = [folder for folder in (*folders, server.workspace.root_path) if folder]
    found = dict.fromkeys(path for root in roots for path in files_of(root, (SUFFIX,)))
    return list(found)[:MOST_FILES]


def _of_file(path: str) -> Document | None:
    try:
        changed = os.stat(path).st_mtime_ns
        if path not in _files or _files[path][0] != changed:
            _files[path] = changed, Document(read_text(path, is_plain=True), path, path)
    except (OSError, UnicodeDecodeError):
        return None
    return _files[path][1]


# ── places: characters on our side, lines and units of an encoding on the other ──────────────


def position(source: Source, offset: int) -> types.Position:
    """The line and the units of an offset."""
    line, column = source.position(offset)
    units = server.workspace.position_codec.client_num_units(source.line(line)[: column - 1])
    return types.Position(line - 1, units)


def range_of(span: Span) -> types.Range:
    """The range of a span."""
    return types.Range(position(span.source, span.start), position(span.source, span.end))


def offset_of(source: Source, at: types.Position) -> int:
    """The offset of a line and its units."""
    lines = source.text.split("\n")
    number = min(at.line, len(lines) - 1)
    line, units = lines[number], 0
    start = sum(len(line) + 1 for line in lines[:number])
    for column, character in enumerate(line):
        if units >= at.character:
            return start + column
        units += server.workspace.position_codec.client_num_units(character)
    return start + len(line)


def uri_of(document: Document) -> str:
    """The address of a text, as the editor writes it where it is open."""
    name = document.source.name
    for uri, text in server.workspace.text_documents.items():
        if name in (uri, text.path):
            return uri
    return from_fs_path(os.path.abspath(name)) or name


def location(uri: str, document: Document, span: Span) -> types.Location | None:
    """A place in this text, a file or the library; None where there is no such file."""
    if span.source.name == document.source.name:
        return types.Location(uri, range_of(Span(document.source, span.start, span.end)))
    name = span.source.name
    path = Path(resources.library_path(name.removesuffix(SUFFIX)) if span.source.library else name)
    if not path.is_file():
        return None
    return types.Location(path.resolve().as_uri(), range_of(span))
