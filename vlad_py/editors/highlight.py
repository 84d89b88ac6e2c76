"""The Pygments lexer, which highlights ADL in Sphinx, MkDocs and `pygmentize`.

Pygments finds it by the entry point in pyproject.toml; the rest of the package does not need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import string_to_tokentype

from vlad_py.editors.tokens import ESCAPED, ESCAPES, STRING, Class, TokenRule, rules

Piece = tuple[int, Any, str]  # offset, type, text; the types of Pygments have no public class


def _type(kind: Class) -> Any:
    return string_to_tokentype(kind.pygments)


def _string(lexer: RegexLexer, match: re.Match[str]) -> Iterator[Piece]:
    """A string literal, its escapes apart."""
    at = 0
    for escape in re.finditer(ESCAPES, match[0]):
        yield match.start() + at, _type(STRING), match[0][at : escape.start()]
        yield match.start() + escape.start(), _type(ESCAPED), escape[0]
        at = escape.end()
    yield match.start() + at, _type(STRING), match[0][at:]


def _action(rule: TokenRule) -> Any:
    if rule.kind is STRING:
        return _string
    if rule.groups:
        return bygroups(*map(_type, rule.groups))
    return _type(rule.kind)


class VladLexer(RegexLexer):
    """ADL, the language of vlad_py."""

    # Pygments has a lexer for another language called ADL, which keeps the alias `adl`; a file is ours unless
    # it looks like one of theirs
    name = "ADL (vlad_py)"
    aliases: ClassVar[list[str]] = ["vlad", "adl"]
    filenames: ClassVar[list[str]] = ["*.adl"]
    mimetypes: ClassVar[list[str]] = ["text/x-adl"]
    tokens: ClassVar[dict[str, list[Any]]] = {"root": [(rule.pattern, _action(rule)) for rule in rules()]}
