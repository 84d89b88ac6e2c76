"""One text and the answers about its places; places are offsets of characters."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vlad_py.checking import diagnose
from vlad_py.checking.bindings import Local, Scope, is_short, names_of
from vlad_py.checking.mend import mend, statement_at
from vlad_py.checking.suspicions import unsaid, warnings_of
from vlad_py.editors import tokens as table
from vlad_py.ground.errors import Error, Warned
from vlad_py.ground.names import keywords
from vlad_py.ground.source import Source, Span
from vlad_py.lowering.groups import all_nodes
from vlad_py.session import catalogue
from vlad_py.session.catalogue import Entry
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import tokens
from vlad_py.syntax.parser import Token
from vlad_py.syntax.tree import Node

WORD = re.compile(r"[\w']*\Z")
STEPS = 30  # from a name to what it is bound to, and on, until the fields of a record are known
FIELD, KEYWORD = "field", "keyword"
OPERATORS = frozenset("PLUS MINUS TIMES POWER COMPARE".split())
UNSAID = (table.COMMENT, table.DOCUMENTATION, table.STRING, table.NUMBER, table.MISTAKE)
LONGEST = 40  # characters of a field's value that are shown
PLACEHOLDER = "x"  # a name where one is about to be typed, so that the text parses


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition of a text, with those inside it."""

    entry: Entry
    inner: tuple[Symbol, ...]


class Document:
    """An editor's text; `path` is its file, if it has one."""

    def __init__(self, text: str, name: str, path: str | None = None) -> None:
        self.source = Source(name, text)
        self.path = path
        self.folder = None if path is None else os.path.dirname(os.path.abspath(path))
        self.mended = mend(self.source)

    @cached_property
    def names(self) -> list[Local]:
        """Every name that the text binds."""
        return names_of(self.mended.program, self.folder)

    @cached_property
    def scope(self) -> Scope:
        """What the names of the text mean."""
        return Scope(self.names)

    @cached_property
    def nodes(self) -> list[Node]:
        """Every node of the tree."""
        return list(all_nodes(self.mended.program))

    @cached_property
    def tokens(self) -> list[Token]:
        return tokens(self.source.text)

    def errors(self, is_abandoned: Callable[[], bool] = lambda: False) -> list[Error]:
        """The errors of the text."""
        return diagnose.errors_of(self.mended, self.folder, is_abandoned)

    def warnings(self) -> list[Warned]:
        """What in the text is probably a mistake."""
        return warnings_of(self.mended.program, self.names)

    def problems(self, is_abandoned: Callable[[], bool] = lambda: False) -> list[Error]:
        """The errors and the warnings, each said once."""
        errors = self.errors(is_abandoned)
        return [*errors, *unsaid(self.warnings(), errors)]

    def place_of(self, error: Error) -> Span:
        """The place of an error in this text."""
        return diagnose.place_in(error, self.mended.program.span)

    def is_inner(self, entry: Entry) -> bool:
        """Whether a name is bound inside a statement of this text, so that no other text can see it."""
        program = self.mended.program
        return any(local.entry is entry and not local.is_global(program) for local in self.names)

    # ── names at a place ─────────────────────────────────────────────────────────────────────

    def visible(self, offset: int) -> dict[str, Local]:
        """The names of the text that are visible at a place, the innermost of each spelling."""
        seen = [local for local in self.names if local.start <= offset <= local.end]
        seen.sort(key=lambda local: local.start - local.end)
        return {local.entry.name: local for local in seen}

    def at(self, offset: int) -> tuple[Span, Entry] | None:
        """The name at a place, and its meaning."""
        here = [i for i, t in enumerate(self.tokens) if _covers(t, offset)]
        if not here:
            return None
        i = next((i for i in here if self.tokens[i].type in ("NAME", "STRING")), here[-1])
        token = self.tokens[i]
        span = Span(self.source, token.start_pos, token.end_pos)
        entry = self._entry(i, span)
        return None if entry is None else (span, entry)

    def _entry(self, i: int, span: Span) -> Entry | None:
        token = self.tokens[i]
        for statement in self.mended.program.statements:
            if (
                isinstance(statement, syntax.Import)
                and statement.span.start < span.start < statement.span.end
            ):
                return self.visible(span.start)[statement.name].entry
        if token.type != "NAME":
            return catalogue.built_in().get(token) if token.type in OPERATORS else None
        if i and self.tokens[i - 1].type == "_DOT":
            return self.members(self._chain(i - 1)).get(token)
        for local in self.names:
            place = local.entry.place
            if place and (place.source.name, place.start, place.end) == (
                self.source.name,
                span.start,
                span.end,
            ):
                return local.entry
        if self._is_label(span):
            return None
        seen = self.visible(span.start)
        return seen[token].entry if token in seen else catalogue.everywhere().get(token)

    def _is_label(self, span: Span) -> bool:
        """Whether a record's field is named there; `{x}` names the field and mentions the name."""
        return any(
            isinstance(n, syntax.Field) and n.span.start == span.start and not is_short(n) for n in self.nodes
        )

    # ── before a dot ─────────────────────────────────────────────────────────────

    def _chain(self, dot: int) -> Node | None:
        """The expression before the dot that is token number `dot`: of a text that parses, or `a.b.c`."""
        end = self.tokens[dot].end_pos or 0
        for node in self.nodes:
            if isinstance(node, syntax.Select) and self.source.text[node.value.span.end : end].strip() == ".":
                return node.value
        first = dot - 1
        while first >= 2 and self.tokens[first - 1].type == "_DOT":
            first -= 2
        parts = self.tokens[first:dot:2]
        if dot == 0 or any(part.type != "NAME" for part in parts):
            return None
        spans = [Span(self.source, part.start_pos, part.end_pos) for part in parts]
        chain: Node = syntax.Name(spans[0], str(parts[0]))
        for part, span in zip(parts[1:], spans[1:], strict=True):
            chain = syntax.Select(spans[0] + span, chain, str(part), span)
        return chain

    def members(self, node: Node | None) -> Mapping[str, Entry]:
        """Completions after the dot: names of a module, or fields of a record that the text shows."""
        if node is None:
            return {}
        if isinstance(node, syntax.Name):
            local = self.visible(node.span.start).get(node.id)
            if local is not None and local.entry.kind == catalogue.MODULE:
                return local.entry.members
        record = self._record(node, STEPS)
        fields = record.fields if record else ()
        return {f.name: _field(f) for f in fields}

    def _record(self, node: Node | None, steps: int) -> syntax.Record | None:
        """The record literal that an expression leads to."""
        while node is not None and steps:
            steps -= 1
            if isinstance(node, syntax.Record):
                return node
            node = self._step(node, steps)
        return None

    def _step(self, node: Node, steps: int) -> Node | None:
        """An expression with the same fields, nearer to where they are written."""
        if isinstance(node, syntax.Update):
            return node.record
        if isinstance(node, syntax.Block):
            return node.statements[-1]
        if isinstance(node, syntax.If):
            return node.yes
        if isinstance(node, syntax.Name):
            return self._value(node, catalogue.VALUE)
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
            return self._value(node.function, catalogue.FUNCTION)
        if isinstance(node, syntax.Select):
            record = self._record(node.value, steps)
            return next((f.value for f in record.fields if f.name == node.field), None) if record else None
        return None

    def _value(self, name: syntax.Name, kind: str) -> Node | None:
        local = self.visible(name.span.start).get(name.id)
        return local.value if local is not None and local.entry.kind == kind else None

    # ── completion ───────────────────────────────────────────────────────────────────────────

    def completions(self, offset: int) -> list[Entry]:
        """Completions at a place, the text's own names first."""
        for start, end, kind in table.scan(self.source.text):
            if start < offset <= end and kind in UNSAID:
                return []
        begin = offset - len(WORD.findall(self.source.text[:offset])[0])
        text = self.source.text[:begin] + PLACEHOLDER + self.source.text[offset:]
        return list(Document(text, self.source.name, self.path)._offers(begin))

    def _offers(self, begin: int) -> Iterator[Entry]:
        """Completions for the placeholder that begins at a place."""
        i = next((i for i, t in enumerate(self.tokens) if t.type == "NAME" and t.start_pos == begin), 0)
        before = self.tokens[i - 1].type if i else ""
        if before == "IMPORT":
            yield from catalogue.libraries().values()
        elif before == "_DOT":
            yield from self.members(self._chain(i - 1)).values() or self._fields()
        else:
            own = {name: Entry(name, catalogue.VALUE, name, "") for name in sorted(self.mended.lost)}
            own |= {name: local.entry for name, local in self.visible(begin).items()}
            if any(span.start <= begin <= span.end for span in self.mended.wrong):
                own |= self._mentioned(begin)
            yield from own.values()
            yield from (
                e for e in catalogue.everywhere().values() if e.name.isidentifier() and e.name not in own
            )
            yield from (Entry(word, KEYWORD, word, "") for word in keywords())

    def _mentioned(self, begin: int) -> dict[str, Entry]:
        """The names of a statement that does not parse, whose bindings are unknown."""
        span = statement_at(self.source, begin)
        inside = [t for t in self.tokens if t.type == "NAME" and span.start <= t.start_pos < span.end]
        known = {*catalogue.everywhere(), *self.visible(begin)}
        names = dict.fromkeys(str(t) for t in inside if t.start_pos != begin and t not in known)
        return {name: Entry(name, catalogue.VALUE, name, "") for name in names}

    def _fields(self) -> Iterator[Entry]:
        """Every field that the text names, where the actual ones are unknown."""
        after = zip(self.tokens, self.tokens[1:])
        names = [str(a) for a, b in after if a.type == "NAME" and b.type == "COLON"]
        return (Entry(name, FIELD, name, "") for name in dict.fromkeys(names))

    # ── outline ──────────────────────────────────────────────────────────────────────────────

    def symbols(self) -> tuple[Symbol, ...]:
        """The definitions of the text, each with those of its block."""
        return _symbols(self.mended.program, 0)


def _symbols(node: syntax.Program | syntax.Block, depth: int) -> tuple[Symbol, ...]:
    found = []
    for statement in node.statements:
        body = statement.body if isinstance(statement, syntax.Def) else None
        inside = _symbols(body, depth + 1) if isinstance(body, syntax.Block) and depth < STEPS else ()
        program = syntax.Program(node.span, (statement,))
        found += [Symbol(entry, inside) for entry in catalogue.defined(program).values()]
    return tuple(found)


def _covers(token: Token, offset: int) -> bool:
    return token.type != "DOC" and token.start_pos <= offset <= token.end_pos


def _field(field: syntax.Field) -> Entry:
    """The entry of a record's field."""
    start = field.span.start
    name = Span(field.span.source, start, start + len(field.name))
    text = " ".join(field.value.span.text.split())
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return Entry(field.name, FIELD, f"{field.name}: {shown}", "", name, field.span)
