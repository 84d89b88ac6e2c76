"""What the server says of mistakes: it shows them as one types, and offers what their hints mean."""

from __future__ import annotations

import asyncio
from threading import Event

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from vlad_py.ground.errors import Error, Warned
from vlad_py.ground.source import Span
from vlad_py.lsp.document import Document
from vlad_py.lsp.server import (
    document_at,
    forget,
    location,
    made,
    offset_of,
    range_of,
    remember,
    server,
    source_of,
)

SEVERITY = types.DiagnosticSeverity

QUIET = 0.2  # seconds without a change, after which the mistakes of a text are looked for

_checks: dict[str, asyncio.Task[None]] = {}  # by address of an open text: the last that was begun
_found: dict[str, tuple[Document, list[Error]]] = {}  # by address: the text that was checked, its problems


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
    forget()
    for uri in list(_checks):
        _check_later(uri, 0.0)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
async def did_close(_: LanguageServer, params: types.DidCloseTextDocumentParams) -> None:
    """Clears the mistakes of a closed text."""
    uri = params.text_document.uri
    forget(uri)
    _found.pop(uri, None)
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
    source, version = source_of(text), text.version
    abandoned = Event()
    try:
        document, errors = await asyncio.to_thread(_checked, uri, text, source, abandoned)
    except asyncio.CancelledError:
        abandoned.set()
        raise
    remember(uri, source, document)
    _found[uri] = document, errors
    found = [_diagnostic(uri, document, error) for error in errors]
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


def _checked(uri: str, text: TextDocument, source: str, abandoned: Event) -> tuple[Document, list[Error]]:
    document = made(uri, text, source)
    return document, document.problems(abandoned.is_set)


def _diagnostic(uri: str, document: Document, error: Error) -> types.Diagnostic:
    """An error; its hint is on a separate line, its place in another file is related information."""
    related = []
    place = document.place_of(error)
    if error.span is not None and error.span.source.name != document.source.name:
        there = location(uri, document, error.span)
        related = [types.DiagnosticRelatedInformation(there, error.message)] if there else []
    return types.Diagnostic(
        range=range_of(Span(document.source, place.start, place.end)),
        message=f"{error.message}\nhint: {error.hint}" if error.hint else error.message,
        severity=SEVERITY.Warning if isinstance(error, Warned) else SEVERITY.Error,
        source="vlad",
        related_information=related or None,
    )


# ── what hints mean ──────────────────────────────────────────────────────────────────────────


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
def code_actions(_: LanguageServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The changes that the hints of mistakes in a range mean."""
    uri = params.text_document.uri
    document = document_at(uri)
    start, end = (offset_of(document.source, at) for at in (params.range.start, params.range.end))
    return [
        _action(uri, document, error)
        for error in _problems(uri, document)
        if error.fix is not None
        and (place := document.place_of(error)).start <= end
        and start <= place.end
        and error.fix.span.source.name == document.source.name
    ]


def _problems(uri: str, document: Document) -> list[Error]:
    """The mistakes of a text, as they were found when it was checked, if it has not changed since."""
    if uri in _found and _found[uri][0].source.text == document.source.text:
        return _found[uri][1]
    return document.problems()


def _action(uri: str, document: Document, error: Error) -> types.CodeAction:
    fix = error.fix
    assert fix is not None
    span = Span(document.source, fix.span.start, fix.span.end)
    edit = types.TextEdit(range_of(span), fix.text)
    return types.CodeAction(
        f"Replace `{span.text}` by `{fix.text.strip()}`",
        types.CodeActionKind.QuickFix,
        diagnostics=[_diagnostic(uri, document, error)],
        edit=types.WorkspaceEdit({uri: [edit]}),
        is_preferred=True,
    )
