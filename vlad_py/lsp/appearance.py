"""What the server says of a text's looks: its style, its colours, what folds."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from vlad_py.editors import tokens as table
from vlad_py.formatting.format import formatted
from vlad_py.ground.errors import SyntaxError
from vlad_py.lsp.folds import folds
from vlad_py.lsp.server import document_at, position, server

SHOWN = sorted({kind.protocol for kind in (*table.CLASSES, *table.NAMES)} - {""})


@server.feature(types.TEXT_DOCUMENT_FORMATTING)
def formatting(_: LanguageServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The edit that writes a text in the one style; none where it has a mistake, which is shown anyway."""
    source = document_at(params.text_document.uri).source
    try:
        text = formatted(source)
    except SyntaxError:
        return []
    whole = types.Range(types.Position(0, 0), position(source, len(source.text)))
    return [types.TextEdit(whole, text)] if text != source.text else []


@server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, types.SemanticTokensLegend(SHOWN, []))
def semantic_tokens(_: LanguageServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """The classes of tokens, for editors that read no grammar: each token relative to the one before."""
    source = document_at(params.text_document.uri).source
    data: list[int] = []
    last = types.Position(0, 0)
    for start, end, kind in table.scan(source.text):
        if not kind.protocol:
            continue
        at = position(source, start)
        length = position(source, end).character - at.character
        column = at.character - (last.character if at.line == last.line else 0)
        data += (at.line - last.line, column, length, SHOWN.index(kind.protocol), 0)
        last = at
    return types.SemanticTokens(data)


@server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
def folding(_: LanguageServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """The lines that fold."""
    comment = types.FoldingRangeKind.Comment
    return [
        types.FoldingRange(fold.first, fold.last, kind=comment if fold.is_comment else None)
        for fold in folds(document_at(params.text_document.uri))
    ]
