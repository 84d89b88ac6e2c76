"""Which texts can be names in a program, by the grammar."""

from __future__ import annotations

import re
from functools import cache

from vlad_py.ground import resources

NAMES = "a name is a letter or `_`, then letters, digits, `_` and `'`; keywords are not names"

_KEYWORD = re.compile(r'^_?[A-Z]+: "([a-z]+)"$', re.MULTILINE)
_NAME = re.compile(r"^NAME: /(.+)/$", re.MULTILINE)


@cache
def keywords() -> tuple[str, ...]:
    """The words that are never names."""
    return tuple(sorted(_KEYWORD.findall(resources.grammar_text())))


@cache
def _name() -> re.Pattern[str]:
    found = _NAME.search(resources.grammar_text())
    assert found is not None
    return re.compile(found[1])


def is_name(text: str) -> bool:
    """Whether a text can name a definition, a field or a symbol; `_` alone names nothing."""
    return _name().fullmatch(text) is not None and text != "_" and text not in keywords()


def composed(name: str) -> str:
    """The form in which names are compared: NFC, in which a letter with its accent is one character."""
    if name.isascii():
        return name
    from unicodedata import normalize  # only here: most names are ASCII

    return normalize("NFC", name)
