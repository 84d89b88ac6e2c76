"""From text to syntax tree."""

from __future__ import annotations

from functools import cache

from lark import Lark, UnexpectedToken

from vlad_py import errors, resources, syntax, tables
from vlad_py.build import Build, nodes_of
from vlad_py.layout import Layout
from vlad_py.source import Source, Span


def parse(source: Source) -> syntax.Program:
    """The tree of a whole text. Raises errors.SyntaxError."""
    try:
        with nodes_of(source):
            program = _parser().parse(source.text)
    except UnexpectedToken as error:
        token = error.token
        at = Span(source, token.start_pos or 0, token.end_pos or 0)
        raise errors.SyntaxError(f"unexpected `{token}`", at, incomplete=token.type == "$END") from None
    assert isinstance(program, syntax.Program)
    return program


@cache
def _parser() -> Lark:
    return tables.parser(resources.grammar_text(), "program", Layout(), Build())
