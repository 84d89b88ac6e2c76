"""From text to syntax tree: the door to the parser."""

from __future__ import annotations

from functools import cache

from lark import Lark, Token, UnexpectedToken

from vlad_py import resources, syntax
from vlad_py.parsing import tables
from vlad_py.parsing.build import Build, nodes_of
from vlad_py.parsing.layout import Layout
from vlad_py.source import Source


def parse(source: Source) -> syntax.Program:
    """The tree of a whole text. Raises errors.SyntaxError."""
    parser = _parser()
    try:
        with nodes_of(source):
            program = parser.parse(source.text)
    except UnexpectedToken as error:
        from vlad_py.parsing import mistakes  # only here: most texts have none

        found = tokens(source.text)
        places = [(token.type, token.start_pos) for token in found]
        place = (error.token.type, error.token.start_pos)
        at = places.index(place) if place in places else len(places)
        raise mistakes.explain(source, found, at, error.accepts) from None
    assert isinstance(program, syntax.Program)
    return program


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without comments; those that no rule takes are among them."""
    return list(_parser().lex(text))


@cache
def _parser() -> Lark:
    return tables.parser(resources.grammar_text(), "program", Layout(), Build())
