"""Completions: names in scope, keywords, libraries, members of modules, fields of records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from vlad_py.ground.errors import Error
from vlad_py.ground.literals import CODE, OPEN_STRING
from vlad_py.ground.names import keywords
from vlad_py.ground.node import record
from vlad_py.ground.source import Source
from vlad_py.session.catalogue import Entry, everywhere, libraries, lookup
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.values import Record, Value

KEYWORD, LIBRARY, FIELD, LOCAL = "keyword", "library", "field", "local name"

_NAME = r"[^\W\d][\w']*"
_NOT_FIRST = re.compile(r"^[\d']+")  # what cannot begin a name
_IMPORT = re.compile(rf"(?:^|;|\n)[^\S\n]*import[^\S\n]+({_NAME})?$")
_WORD = re.compile(rf"(?<![\w.])({_NAME})(?![\w']|\s*:)")
_NUMBER = re.compile(r"[0-9]\.?$")
_LET = re.compile(rf"\b(?:let|def|as)\s+({_NAME})?$")


@record
class Candidate:
    """A name that fits; it begins with the last `typed` characters before the cursor.

    `kind` is that of a catalogue entry or one of the constants of this file.
    """

    name: str
    typed: int
    kind: str
    signature: str


def candidates(
    text: str, scope: Mapping[str, Entry], value_of: Callable[[str], Value | None] | None = None
) -> list[Candidate]:
    """Completions at the end of a text, in alphabetical order, the program's own names first.

    `value_of` returns the value of a name of the scope, or None; without it no fields of records are known.
    There are none in a comment, in a string, or where a new name begins.
    """
    line = text.rpartition("\n")[2]
    if _is_remark(line) or _LET.search(text):
        return []
    if imported := _IMPORT.search(text):
        return _beginning(imported[1] or "", ((e.name, LIBRARY, e.doc) for e in libraries().values()))
    path, typed = _path_at_end(text)
    before = text[: len(text) - len(path) - len(typed)]
    if before.endswith(".") and not before.endswith(".."):
        fields = _fields_of(before[:-1], path.split(".")[:-1])
        return _beginning(typed, ((name, FIELD, name) for name in fields))
    if path:
        return _beginning(typed, _members(path.rstrip("."), scope, value_of))
    if not typed and _NUMBER.search(line):
        return []
    own = {e.name: (e.name, e.kind, e.signature) for e in scope.values() if e.name != "_"}
    common = {n: e for n, e in everywhere().items() if n.isidentifier() and n not in scope}
    words = set(_WORD.findall(text[: len(text) - len(typed)])) - common.keys() - set(keywords())
    own |= {word: (word, LOCAL, word) for word in words if word not in own}
    others = _beginning(typed, ((e.name, e.kind, e.signature) for e in common.values()))
    found = [*_beginning(typed, own.values()), *others]
    return [*found, *_beginning(typed, ((word, KEYWORD, word) for word in keywords()))]


def _path_at_end(text: str) -> tuple[str, str]:
    """The path at the end of a text, names with a dot behind each, and the beginning of a name after it."""
    start = len(text)
    while start and (text[start - 1] in "._'" or text[start - 1].isalnum()):
        start -= 1
    *before, last = text[start:].split(".")
    typed = _NOT_FIRST.sub("", last)
    path: list[str] = []
    is_whole = typed == last
    while before and is_whole:
        last = before.pop()
        name = _NOT_FIRST.sub("", last)
        is_whole = name == last != ""
        path += [f"{name}."] if name else []
    return "".join(reversed(path)), typed


def _beginning(typed: str, names: Iterable[tuple[str, str, str]]) -> list[Candidate]:
    found = [Candidate(n, len(typed), kind, text) for n, kind, text in names if n.startswith(typed)]
    return sorted(found, key=lambda candidate: candidate.name)


def _members(
    path: str, scope: Mapping[str, Entry], value_of: Callable[[str], Value | None] | None
) -> Iterator[tuple[str, str, str]]:
    """Completions after `path.`: the names of a module or the fields of a record."""
    entry = lookup(path, scope)
    if entry is not None and entry.members:
        yield from ((e.name, e.kind, e.signature) for e in entry.members.values())
        return
    first, *fields = path.split(".")
    value = value_of(first) if value_of is not None else None
    for field in fields:
        value = value.get(field) if type(value) is Record else None
    if type(value) is Record:
        yield from ((name, FIELD, name) for name in value.names)


def _fields_of(text: str, path: list[str]) -> list[str]:
    """The fields of the record literal that a text ends with, or of the one in a field of a field of it."""
    text = text.rstrip()
    depth = 0
    for start in range(len(text) - 1, -1, -1):
        depth += (text[start] in "}])") - (text[start] in "{[(")
        if depth <= 0:
            break
    if depth or not text.endswith("}"):
        return []
    try:
        node: syntax.Node | None = parse(Source("", text[start:])).statements[0]
    except (Error, ValueError):
        return []
    for name in path:
        fields = node.fields if isinstance(node, syntax.Record) else ()
        node = next((field.value for field in fields if field.name == name), None)
    return [field.name for field in node.fields] if isinstance(node, syntax.Record) else []


def _is_remark(line: str) -> bool:
    """Whether a line ends inside a comment or a string."""
    return bool(re.fullmatch(rf"{CODE}(?:#.*|{OPEN_STRING})", line))
