"""The parser's tables: Lark makes them of a grammar, and they are kept between runs.

They are JSON in the user's cache folder, with a checksum and the grammar that they are of. Tables that cannot
be read, or that somebody else may have written, are made again; tables that cannot be written are not kept.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any
from zlib import crc32

from vlad_py.ground import resources
from vlad_py.ground.node import fields_of
from vlad_py.ground.own_files import read_own, write_own
from vlad_py.syntax.parser import Layout, Parser, Production, Tables

FORM = 1  # of what is kept: another one has another name


def parser_of(grammar: str, start: str, layout: Layout, build: object, *, whole: bool = False) -> Parser:
    """The parser of a grammar whose first rule is `start`, by tables that are made if none are kept.

    If `whole`, the methods of rules get every token, also those that only hold the others together.
    """
    name = f"{start}-whole" if whole else start
    path = os.path.join(resources.cache_folder(), f"{name}-{_checksum(grammar)}-{FORM}.json")
    # damaged tables show up as some exception or other
    with suppress(Exception):
        return Parser(_read(path, grammar), layout, build)
    fresh = made(grammar, start, layout, whole=whole)
    with suppress(OSError):
        _write(path, grammar, fresh)
    return Parser(fresh, layout, build)


def made(grammar: str, start: str, layout: Layout, *, whole: bool = False) -> Tables:
    """The tables, made by Lark."""
    from lark import Lark  # only here: it takes as long to load as the rest of a short run

    lark: Any = Lark(grammar, parser="lalr", lexer="basic", start=start, postlex=layout)
    lexer = lark._build_lexer()
    terminals = tuple((t.name, t.pattern.to_regexp()) for t in lexer.scanner.terminals)
    words = {
        kind: {word.pattern.value: word.name for word in callback.scanner.terminals}
        for kind, callback in lexer.callback.items()
    }
    automaton = lark.parser.parser._parse_table
    rules = list(dict.fromkeys(lark.rules))
    number = {rule: i for i, rule in enumerate(rules)}
    return Tables(
        terminals=terminals,
        words=words,
        ignored=frozenset(lexer.ignore_types),
        lines=frozenset(lexer.newline_types),
        rules=tuple(_rule(rule, whole) for rule in rules),
        actions=tuple(
            {
                str(kind): ~number[argument] if argument in number else argument
                for kind, (_, argument) in automaton.states[state].items()
            }
            for state in range(len(automaton.states))
        ),
        start=automaton.start_states[start],
        end=automaton.end_states[start],
    )


def _rule(rule: Any, whole: bool) -> Production:
    """A rule of Lark's, with what its method gets."""
    before = [0] * (len(rule.expansion) + 1)  # optional parts that are not there, by the part after them
    place = 0
    for is_missing in rule.options.empty_indices:
        if is_missing:
            before[place] += 1
        else:
            place += 1
    taken, missing = [], 0
    for i, part in enumerate(rule.expansion):
        missing += before[i]
        if whole or not (part.is_term and part.filter_out):
            taken.append((i, not part.is_term and part.name.startswith("_"), missing))
            missing = 0
    name = str(rule.origin.name)
    single = bool(rule.options.expand1) and not rule.alias
    is_part = single and len(taken) == 1 and not taken[0][1]  # whatever it is
    method = "" if name.startswith("_") or is_part else str(rule.alias or name)
    return Production(
        name=name,
        size=len(rule.expansion),
        taken=tuple(taken),
        missing=missing + before[-1],
        method=method,
        single=single,
    )


# ── keeping them ─────────────────────────────────────────────────────────────────────────────


def _read(path: str, grammar: str) -> Tables:
    checksum, _, text = read_own(path).decode().partition("\n")
    data = json.loads(text)
    if checksum != _checksum(text) or data["grammar"] != grammar:
        raise ValueError("the tables are damaged, or of another grammar")
    return Tables(
        terminals=tuple(data["terminals"]),
        words=data["words"],
        ignored=frozenset(data["ignored"]),
        lines=frozenset(data["lines"]),
        rules=tuple(Production(*rule) for rule in data["rules"]),
        actions=tuple(data["actions"]),
        start=data["start"],
        end=data["end"],
    )


def _write(path: str, grammar: str, tables: Tables) -> None:
    data: dict[str, Any] = {name: getattr(tables, name) for name in fields_of(Tables)}
    data |= {name: sorted(data[name]) for name in ("ignored", "lines")}
    data["rules"] = [[getattr(rule, name) for name in fields_of(Production)] for rule in tables.rules]
    text = json.dumps({"grammar": grammar, **data})
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_own(path, f"{_checksum(text)}\n{text}".encode())


def _checksum(text: str) -> str:
    return f"{crc32(text.encode()):08x}"
