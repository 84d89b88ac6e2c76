"""The language server: the protocol on one side, documents on the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from vlad_py import __version__
from vlad_py.editors import tokens as table
from vlad_py.formatting.format import formatted
from vlad_py.ground import resources
from vlad_py.ground.errors import Error, SyntaxError, Warned
from vlad_py.ground.source import Source, Span
from vlad_py.lsp.document import FIELD, KEYWORD, Document, Symbol
from vlad_py.session import catalogue
from vlad_py.session.catalogue import Entry

server = LanguageServer("vlad-lsp", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)

KINDS = {
    catalogue.BUILT_IN: types.CompletionItemKind.Function,
    catalogue.FUNCTION: types.CompletionItemKind.Function,
    catalogue.MODULE: types.CompletionItemKind.Module,
    FIELD: types.CompletionItemKind.Field,
    KEYWORD: types.CompletionItemKind.Keyword,
}
SEVERITY = types.DiagnosticSeverity
SHOWN = sorted({kind.protocol for kind in (*table.CLASSES, *table.NAMES)} - {""})

_documents: dict[str, tuple[str, Document]] = {}  # the last text of each address, and what was found in it


def _document(uri: str) -> Document:
    text = server.workspace.get_text_document(uri)
    source = _source(text)
    if uri not in _documents or _documents[uri][0] != source:
        _documents[uri] = source, _made(uri, text, source)
    return _documents[uri][1]


def _source(text: TextDocument) -> str:
    try:
        return text.source
    except (OSError, UnicodeDecodeError):  # it is not open, and its file is gone
        return ""


def _made(uri: str, text: TextDocument, source: str) -> Document:
    path = text.path if uri.startswith("file:") else None
    return Document(source, path or uri, path)


# ── places: characters on our side, lines and units of an encoding on the other ──────────────


def _position(source: Source, offset: int) -> types.Position:
    line, column = source.position(offset)
    units = server.workspace.position_codec.client_num_units(source.line(line)[: column - 1])
    return types.Position(line - 1, units)


def _range(span: Span) -> types.Range:
    return types.Range(_position(span.source, span.start), _position(span.source, span.end))


def _offset(source: Source, position: types.Position) -> int:
    lines = source.text.split("\n")
    at = min(position.line, len(lines) - 1)
    line, units = lines[at], 0
    start = sum(len(line) + 1 for line in lines[:at])
    for column, character in enumerate(line):
        if units >= position.character:
            return start + column
        units += server.workspace.position_codec.client_num_units(character)
    return start + len(line)


def _location(uri: str, document: Document, span: Span) -> types.Location | None:
    """A place in this text, a file or the library; None where there is no such file."""
    if span.source.name == document.source.name:
        return types.Location(uri, _range(Span(document.source, span.start, span.end)))
    name = span.source.name
    path = Path(resources.library_path(name.removesuffix(".adl")) if span.source.library else name)
    return types.Location(path.resolve().as_uri(), _range(span)) if path.is_file() else None


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────


QUIET = 0.2  # seconds without a change, after which the mistakes of a text are looked for

_checks: dict[str, asyncio.Task[None]] = {}  # by address of an open text: the last that was begun


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(_: LanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    """Shows the mistakes of a text that the editor opens."""
    _check_later(params.text_document.uri, 0.0)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(_: LanguageServer, params: types.DidChangeTextDocumentParams) -> None:
    """Shows the mistakes of a text that has changed, once no other change follows."""
    if params.text_document.uri in _checks:
        _check_later(params.text_document.uri, QUIET)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(_: LanguageServer, params: types.DidSaveTextDocumentParams) -> None:
    """Checks the open texts, which may import the saved file."""
    _documents.clear()
    for uri in list(_checks):
        _check_later(uri, 0.0)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
async def did_close(_: LanguageServer, params: types.DidCloseTextDocumentParams) -> None:
    """Clears the mistakes of a closed text."""
    uri = params.text_document.uri
    _documents.pop(uri, None)
    check = _checks.pop(uri, None)
    if check is not None:
        check.cancel()
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _check_later(uri: str, delay: float) -> None:
    """Looks for the mistakes of a text after a delay, in place of an earlier check that has not ended."""
    if uri in _checks:
        _checks[uri].cancel()
    _checks[uri] = asyncio.get_running_loop().create_task(_check(uri, delay))


async def _check(uri: str, delay: float) -> None:
    """Looks for the mistakes of a text in another thread, while the server answers."""
    await asyncio.sleep(delay)
    text = server.workspace.get_text_document(uri)
    source, version = _source(text), text.version
    abandoned = Event()
    try:
        document, errors = await asyncio.to_thread(_checked, uri, text, source, abandoned)
    except asyncio.CancelledError:
        abandoned.set()
        raise
    _documents[uri] = source, document
    found = [_diagnostic(uri, document, error) for error in errors]
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


def _checked(uri: str, text: TextDocument, source: str, abandoned: Event) -> tuple[Document, list[Error]]:
    document = _made(uri, text, source)
    return document, [*document.errors(abandoned.is_set), *document.warnings()]


def _diagnostic(uri: str, document: Document, error: Error) -> types.Diagnostic:
    """An error; its hint is on a separate line, its place in another file is related information."""
    related = []
    place = document.place_of(error)
    if error.span is not None and error.span.source.name != document.source.name:
        location = _location(uri, document, error.span)
        related = [types.DiagnosticRelatedInformation(location, error.message)] if location else []
    return types.Diagnostic(
        range=_range(Span(document.source, place.start, place.end)),
        message=f"{error.message}\nhint: {error.hint}" if error.hint else error.message,
        severity=SEVERITY.Warning if isinstance(error, Warned) else SEVERITY.Error,
        source="vlad",
        related_information=related or None,
    )


# ── names ────────────────────────────────────────────────────────────────────────────────────


def _documentation(entry: Entry) -> types.MarkupContent:
    text = f"```adl\n{entry.signature}\n```\n\n{entry.doc or entry.kind}"
    return types.MarkupContent(types.MarkupKind.Markdown, text)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(_: LanguageServer, params: types.HoverParams) -> types.Hover | None:
    """The meaning of a name."""
    document = _document(params.text_document.uri)
    found = document.at(_offset(document.source, params.position))
    return types.Hover(_documentation(found[1]), _range(found[0])) if found else None


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
def definition(_: LanguageServer, params: types.DefinitionParams) -> types.Location | None:
    """The place where a name is bound."""
    uri = params.text_document.uri
    document = _document(uri)
    found = document.at(_offset(document.source, params.position))
    return _location(uri, document, found[1].place) if found and found[1].place else None


@server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."]))
def completion(_: LanguageServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """Completions, in the order of the document: the text's own names first."""
    document = _document(params.text_document.uri)
    entries = document.completions(_offset(document.source, params.position))
    return [
        types.CompletionItem(
            entry.name,
            kind=KINDS.get(entry.kind, types.CompletionItemKind.Variable),
            detail=entry.signature,
            documentation=entry.doc or None,
            sort_text=f"{i:05}",
        )
        for i, entry in enumerate(entries)
    ]


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def symbols(_: LanguageServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The outline of a text."""
    return [_symbol(symbol) for symbol in _document(params.text_document.uri).symbols()]


def _symbol(symbol: Symbol) -> types.DocumentSymbol:
    entry = symbol.entry
    assert entry.place is not None and entry.statement is not None
    kind = types.SymbolKind.Function if entry.kind == catalogue.FUNCTION else types.SymbolKind.Variable
    children = [_symbol(inner) for inner in symbol.inner]
    return types.DocumentSymbol(
        entry.name, kind, _range(entry.statement), _range(entry.place), entry.signature, children=children
    )


# ── formatting ───────────────────────────────────────────────────────────────────────────────


@server.feature(types.TEXT_DOCUMENT_FORMATTING)
def formatting(_: LanguageServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The edit that writes a text in the one style; none where it has a mistake, which is shown anyway."""
    source = _document(params.text_document.uri).source
    try:
        text = formatted(source)
    except SyntaxError:
        return []
    whole = types.Range(types.Position(0, 0), _position(source, len(source.text)))
    return [types.TextEdit(whole, text)] if text != source.text else []


# ── highlighting ─────────────────────────────────────────────────────────────────────────────


@server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, types.SemanticTokensLegend(SHOWN, []))
def semantic_tokens(_: LanguageServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """The classes of tokens, for editors that read no grammar: each token relative to the one before."""
    source = _document(params.text_document.uri).source
    data: list[int] = []
    last = types.Position(0, 0)
    for start, end, kind in table.scan(source.text):
        if not kind.protocol:
            continue
        at = _position(source, start)
        length = _position(source, end).character - at.character
        column = at.character - (last.character if at.line == last.line else 0)
        data += (at.line - last.line, column, length, SHOWN.index(kind.protocol), 0)
        last = at
    return types.SemanticTokens(data)
