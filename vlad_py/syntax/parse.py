"""From text to syntax tree: the door to the parser."""

from __future__ import annotations

import functools

from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.syntax import tables
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.build import Build, nodes_of
from vlad_py.syntax.newlines import Layout
from vlad_py.syntax.parser import Parser, Token, UnexpectedToken


def parse(source: Source) -> syntax.Program:
    """The tree of a whole text. Raises errors.SyntaxError."""
    parser = _parser()
    try:
        with nodes_of(source):
            program = parser.parse(source.text)
    except UnexpectedToken as error:
        from vlad_py.syntax.explain import explain  # only here: most texts have none

        found = tokens(source.text)
        places = [(token.type, token.start_pos) for token in found]
        place = (error.token.type, error.token.start_pos)
        at = places.index(place) if place in places else len(places)
        raise explain(source, found, at, error.accepted) from None
    assert isinstance(program, syntax.Program)
    return program


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without comments, including those that no rule takes."""
    return _parser().lex(text)


@functools.cache
def _parser() -> Parser:
    layout = Layout()
    return tables.parser_of(resources.grammar_text(), "program", layout, Build())
