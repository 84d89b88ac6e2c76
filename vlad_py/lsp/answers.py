"""What the server says of names: their meaning, their places, their calls, what can be typed, the outline."""

from __future__ import annotations

import os
import re
from itertools import islice

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from vlad_py.lsp.calls import call_at, parameters
from vlad_py.lsp.document import FIELD, KEYWORD, Document, Symbol
from vlad_py.lsp.references import NotRenamed, occurrences, renameable, renamed
from vlad_py.lsp.server import document_at, location, offset_of, range_of, server, texts, uri_of
from vlad_py.session import catalogue
from vlad_py.session.catalogue import Entry

MOST_SYMBOLS = 500  # of a workspace, for one query
KINDS = {
    catalogue.BUILT_IN: types.CompletionItemKind.Function,
    catalogue.FUNCTION: types.CompletionItemKind.Function,
    catalogue.MODULE: types.CompletionItemKind.Module,
    FIELD: types.CompletionItemKind.Field,
    KEYWORD: types.CompletionItemKind.Keyword,
}


def _documentation(entry: Entry) -> types.MarkupContent:
    text = f"```adl\n{entry.signature}\n```\n\n{entry.doc or entry.kind}"
    return types.MarkupContent(types.MarkupKind.Markdown, text)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(_: LanguageServer, params: types.HoverParams) -> types.Hover | None:
    """The meaning of a name."""
    document = document_at(params.text_document.uri)
    found = document.at(offset_of(document.source, params.position))
    return types.Hover(_documentation(found[1]), range_of(found[0])) if found else None


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
def definition(_: LanguageServer, params: types.DefinitionParams) -> types.Location | None:
    """The place where a name is bound."""
    uri = params.text_document.uri
    document = document_at(uri)
    found = document.at(offset_of(document.source, params.position))
    return location(uri, document, found[1].place) if found and found[1].place else None


# ── everywhere that a name stands ────────────────────────────────────────────────────────────


@server.feature(types.TEXT_DOCUMENT_REFERENCES)
def references(_: LanguageServer, params: types.ReferenceParams) -> list[types.Location]:
    """Every place that names the same thing, in this text and in the others that are open."""
    document, offset = _at(params)
    found = occurrences(document, offset, _others(document, offset))
    keeps = params.context is None or params.context.include_declaration
    return [
        types.Location(uri_of(each.document), range_of(each.span))
        for each in found
        if keeps or not each.is_binder
    ]


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
def highlights(_: LanguageServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """The places in this text that name the same thing."""
    document, offset = _at(params)
    return [types.DocumentHighlight(range_of(each.span)) for each in occurrences(document, offset, ())]


@server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
def prepare_rename(_: LanguageServer, params: types.PrepareRenameParams) -> types.Range:
    """The name that would be renamed; an error where none can be."""
    document, offset = _at(params)
    try:
        return range_of(renameable(document, offset)[0])
    except NotRenamed as refused:
        raise JsonRpcInvalidParams(str(refused)) from None


@server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
def rename(_: LanguageServer, params: types.RenameParams) -> types.WorkspaceEdit:
    """The edits that rename; an error where a program would mean something else then."""
    document, offset = _at(params)
    try:
        found = renamed(document, offset, params.new_name, _others(document, offset))
    except NotRenamed as refused:
        raise JsonRpcInvalidParams(str(refused)) from None
    edits: dict[str, list[types.TextEdit]] = {}
    for each in found:
        edit = types.TextEdit(range_of(each.span), each.text(params.new_name))
        edits.setdefault(uri_of(each.document), []).append(edit)
    return types.WorkspaceEdit(edits)


def _at(
    params: types.ReferenceParams
    | types.DocumentHighlightParams
    | types.PrepareRenameParams
    | types.RenameParams
    | types.SignatureHelpParams,
) -> tuple[Document, int]:
    """The text and the place that a request is about."""
    document = document_at(params.text_document.uri)
    return document, offset_of(document.source, params.position)


def _others(document: Document, offset: int) -> list[Document]:
    """The other texts that mention the name at a place."""
    found = document.at(offset)
    if found is None or document.is_inner(found[1]):
        return []
    return [other for other in texts(found[1].name) if other is not document]


# ── calls ────────────────────────────────────────────────────────────────────────────────────


@server.feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, types.SignatureHelpOptions(trigger_characters=["(", ","]))
def signature_help(_: LanguageServer, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """How the function is called whose arguments are being typed."""
    call = call_at(*_at(params))
    if call is None or "(" not in call.entry.signature:
        return None
    labels = [types.ParameterInformation(span) for span in parameters(call.entry.signature)]
    active = min(call.argument, max(len(labels) - 1, 0))
    shown = types.SignatureInformation(call.entry.signature, call.entry.doc or None, labels, active)
    return types.SignatureHelp([shown], 0, active)


@server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."]))
def completion(_: LanguageServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """Completions, in the order of the document: the text's own names first."""
    document = document_at(params.text_document.uri)
    entries = document.completions(offset_of(document.source, params.position))
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
    return [_symbol(symbol) for symbol in document_at(params.text_document.uri).symbols()]


def _symbol(symbol: Symbol) -> types.DocumentSymbol:
    entry = symbol.entry
    assert entry.place is not None and entry.statement is not None
    children = [_symbol(inner) for inner in symbol.inner]
    return types.DocumentSymbol(
        entry.name,
        _kind(entry),
        range_of(entry.statement),
        range_of(entry.place),
        entry.signature,
        children=children,
    )


def _kind(entry: Entry) -> types.SymbolKind:
    return types.SymbolKind.Function if entry.kind == catalogue.FUNCTION else types.SymbolKind.Variable


@server.feature(types.WORKSPACE_SYMBOL)
def workspace_symbols(_: LanguageServer, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    """The definitions at the margin of all texts, that have the letters of the query in its order."""
    letters = re.compile(".*".join(map(re.escape, params.query)), re.IGNORECASE)
    found = (
        types.WorkspaceSymbol(
            types.Location(uri_of(document), range_of(entry.place)),
            entry.name,
            _kind(entry),
            container_name=os.path.basename(document.source.name),
        )
        for document in texts()
        for symbol in document.symbols()
        if (entry := symbol.entry).place is not None and letters.search(entry.name)
    )
    return list(islice(found, MOST_SYMBOLS))
