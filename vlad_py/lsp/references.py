"""Where a name stands, in its own text and in those that import it, and what changes when it is renamed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from vlad_py.checking.bindings import is_short
from vlad_py.core.text import print_module
from vlad_py.ground.errors import Error
from vlad_py.ground.literals import STRING
from vlad_py.ground.names import NAMES, is_name
from vlad_py.ground.node import record
from vlad_py.ground.source import Span
from vlad_py.lsp.document import FIELD, Document
from vlad_py.session import catalogue
from vlad_py.session.catalogue import Entry
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax


@record
class Occurrence:
    """A place where a name stands.

    `is_field`: it stands for `x: x` in a record, as in `{x}`. `is_binder`: it is bound there.
    """

    document: Document
    span: Span
    is_field: bool = False
    is_binder: bool = False

    def text(self, name: str) -> str:
        """What stands there after the name has become another."""
        return f"{self.span.text}: {name}" if self.is_field else name


class NotRenamed(Exception):
    """A name that cannot be renamed, or not like that; the text says why."""


def occurrences(document: Document, offset: int, others: Iterable[Document]) -> list[Occurrence]:
    """Every place that names what the name at a place names, its definition among them.

    `others` are texts that may import this one, or that it may import.
    """
    found = document.at(offset)
    if found is None:
        return []
    texts = [document, *(other for other in others if other is not document)]
    return [each for text in texts for each in _in_text(text, found[1])]


def _in_text(document: Document, entry: Entry) -> list[Occurrence]:
    """The places of one text that name something, in their order."""
    place = entry.place
    if place is None or (place.source.library and entry.name in catalogue.prelude()):
        found = _of_everywhere(document, entry.name)
    elif _is_of(place, document):
        found = _of_field(document, entry, place) if entry.kind == FIELD else _of_own(document, entry, place)
    elif entry.kind == catalogue.MODULE:
        found = _of_module(document, place)
    else:
        found = _of_member(document, entry.name, place)
    return sorted(found, key=lambda each: each.span.start)


def _of_own(document: Document, entry: Entry, place: Span) -> Iterator[Occurrence]:
    """The places of a name that the text binds."""
    short = {node.span.start for node in document.nodes if isinstance(node, syntax.Field) and is_short(node)}
    starts = {place.start: place.end}
    for node in document.nodes:
        if isinstance(node, syntax.Name) and node.id == entry.name:
            local = document.scope.meant(node)
            if local is not None and local.entry.place and local.entry.place.start == place.start:
                starts[node.span.start] = node.span.end
    for start, end in starts.items():
        yield Occurrence(document, Span(document.source, start, end), start in short, start == place.start)


def _of_field(document: Document, entry: Entry, place: Span) -> Iterator[Occurrence]:
    """The places of a field of a record that the text shows."""
    yield Occurrence(document, place, is_binder=True)
    yield from _of_member(document, entry.name, place)


def _of_everywhere(document: Document, name: str) -> Iterator[Occurrence]:
    """The places of a name that every program sees."""
    for node in document.nodes:
        if isinstance(node, syntax.Name) and node.id == name and document.scope.is_unbound(node):
            yield Occurrence(document, node.span)


def _of_module(document: Document, file: Span) -> Iterator[Occurrence]:
    """The places of a module, which is a file."""
    for node in document.nodes:
        if isinstance(node, syntax.Name):
            local = document.scope.meant(node)
            entry = local.entry if local is not None else None
            is_module = entry is not None and entry.kind == catalogue.MODULE
            if is_module and entry is not None and entry.place is not None and _is_same(entry.place, file):
                yield Occurrence(document, node.span)


def _of_member(document: Document, name: str, place: Span) -> Iterator[Occurrence]:
    """Where a name stands after a dot and means the definition or the field at a place."""
    for node in document.nodes:
        if isinstance(node, syntax.Select) and node.field == name:
            member = document.members(node.value).get(name)
            if member is not None and member.place is not None and _is_same(member.place, place):
                yield Occurrence(document, node.field_span)


def _is_same(one: Span, other: Span) -> bool:
    return one.start == other.start and _path(one) == _path(other)


def _is_of(place: Span, document: Document) -> bool:
    own = Span(document.source, 0, 0)
    return _path(place) == _path(own)


def _path(span: Span) -> str:
    return f"library/{span.source.name}" if span.source.library else os.path.realpath(span.source.name)


# ── renaming ─────────────────────────────────────────────────────────────────────────────────


def renameable(document: Document, offset: int) -> tuple[Span, Entry]:
    """The name at a place, which can be renamed. NotRenamed where it cannot."""
    found = document.at(offset)
    if found is None:
        raise NotRenamed("no name stands here")
    entry = found[1]
    if entry.kind == catalogue.MODULE:
        raise NotRenamed("a module has the name of its file; `import … as name` gives it another")
    if entry.place is None or entry.place.source.library:
        raise NotRenamed(
            f"`{entry.name}` belongs to the language: only names of your own texts can be renamed"
        )
    if entry.kind == FIELD:
        raise NotRenamed("which records have this field is known only when the program runs")
    return found


def renamed(document: Document, offset: int, name: str, others: Iterable[Document]) -> list[Occurrence]:
    """The places to change for another name. NotRenamed where a program would mean something else then."""
    _, entry = renameable(document, offset)
    if not is_name(name):
        raise NotRenamed(f"`{name}` cannot be a name: {NAMES}")
    texts = [document, *(other for other in others if other is not document)]
    home = next((text for text in texts if entry.place is not None and _is_of(entry.place, text)), None)
    if home is None:
        raise NotRenamed(f"the file that defines `{entry.name}` is not open")
    found = occurrences(document, offset, texts)
    changed = {id(each.document): each.document for each in found}
    if len(changed) > 1 and name.startswith("_"):
        raise NotRenamed(
            f"other files use `{entry.name}`; a name that begins with `_` is private to its file"
        )
    for text in changed.values():
        if text.mended.errors:
            raise NotRenamed(f"{os.path.basename(text.source.name)} does not parse: correct it first")
    _check_meaning(home, [each for each in found if each.document is home], entry.name, name)
    return found


def _check_meaning(document: Document, places: list[Occurrence], old: str, new: str) -> None:
    """Refuses a change that makes another program of a text: its Core must stay as it is."""
    program = document.mended.program
    tops = {
        local.entry.place.start for local in document.names if local.entry.place and local.is_global(program)
    }
    is_definition = any(each.span.start in tops for each in places)
    text = document.source.text
    for each in reversed(places):
        text = text[: each.span.start] + each.text(new) + text[each.span.end :]
    try:
        before = _core(document, document.source.text)
    except Error as error:
        raise NotRenamed(f"the text has a mistake: {error.message}") from None
    try:
        after = _core(document, text)
    except Error as error:
        raise NotRenamed(f"`{new}` cannot stand here: {error.message}") from None
    if _nameless(before, is_definition and old) != _nameless(after, is_definition and new):
        raise NotRenamed(f"`{new}` means something else here: the program would change")


def _core(document: Document, text: str) -> str:
    session = Session(runs=False)
    return print_module(session.core_of(text, document.source.name, document.folder))


# of the text of Core: a pattern as errors show it, a string, a definition, a variable, a function
_PARTS = re.compile(
    rf"""(?P<pattern>[ ]as[ ]{STRING}) | (?P<string>{STRING})
    | (?P<definition>(?:(?<=global[ ])|(?<![\w.-]:)(?<=:))[\w']+)
    | (?<![\w'.:])[^\W\d][\w']*_(?P<variable>\d+)\b | [\w']*\#(?P<function>\d+)""",
    re.VERBOSE,
)


def _nameless(core: str, name: str | Literal[False]) -> str:
    """The text of Core without the names of variables and functions, which its numbers tell apart.

    `name` is that of a definition, which is left out too.
    """

    def part(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "pattern":
                return ""
            case "variable":
                return f"_{found['variable']}"
            case "function":
                return f"#{found['function']}"
            case "definition" if found[0] == name:
                return ""
            case _:
                return found[0]

    return _PARTS.sub(part, core)
