"""Patterns of string literals are those of the grammar; no pattern keeps memory for each letter of a text."""

from __future__ import annotations

import pkgutil
import re
import tracemalloc
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlad_py
from vlad_py.core.read import read_module
from vlad_py.core.text import print_module
from vlad_py.ground.literals import CODE, OPEN_STRING, STRING
from vlad_py.ground.resources import grammar_text
from vlad_py.lsp import references
from vlad_py.python import signature
from vlad_py.session.calls import call_at_end
from vlad_py.session.completion import candidates
from vlad_py.session.session import Session
from vlad_py.testing.promises import promise_of

sre: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

LETTERS = 10_000_000
LONG = f'"{"a" * LETTERS}"'


def test_the_pattern_is_that_of_the_grammar() -> None:
    found = re.search(r"^STRING\.1: /(.+)/$", grammar_text(), re.MULTILINE)
    assert found is not None
    assert found[1] == STRING


SLOW_STRING = r'"(?:[^"\\\n]|\\.)*"'
SLOW_CODE = rf'(?:[^"#]|{SLOW_STRING})*'


@given(st.text(alphabet='ab"\\#\n n', max_size=12))
def test_patterns_match_what_the_plain_ones_match(text: str) -> None:
    for fast, plain in ((STRING, SLOW_STRING), (CODE, SLOW_CODE), (OPEN_STRING, SLOW_STRING[:-1])):
        assert str(re.match(fast, text)) == str(re.match(plain, text))


def read_core() -> None:
    text = print_module(Session(runs=False).core_of('let a = "@"'))
    read_module(text.replace("@", "a" * LETTERS))


READERS: dict[str, Callable[[], object]] = {
    "the call that is typed": lambda: call_at_end(f"sin({LONG}", {}),
    "completion": lambda: candidates(f"let a = {LONG}\na", {}),
    "completion in a line": lambda: candidates(f"{LONG}; a", {}),
    "completion in a string": lambda: candidates(LONG[:-1], {}),
    "promises": lambda: promise_of(f"print({LONG}) #> a"),
    "Core": read_core,
    "signatures": lambda: list(signature._components(f"({LONG}, x)")),
    "renaming": lambda: references._nameless(f"global a = {LONG}", False),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_long_string_costs_little_memory(reader: str) -> None:
    tracemalloc.start()
    try:
        READERS[reader]()
        assert tracemalloc.get_traced_memory()[1] < 10 * LETTERS
    finally:
        tracemalloc.stop()


def kept_for_each(pattern: Any) -> Iterator[Any]:
    """The repeated parts of a pattern for which a match keeps a way back for each turn."""
    for kind, what in pattern:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, part = what
            is_one = len(part) == 1 and part[0][0] in (sre.IN, sre.LITERAL, sre.NOT_LITERAL, sre.ANY)
            if most is sre.MAXREPEAT and not is_one and kind is not sre.POSSESSIVE_REPEAT:
                yield part
            yield from kept_for_each(part)
        elif kind is sre.SUBPATTERN:
            yield from kept_for_each(what[3])
        elif kind is sre.ATOMIC_GROUP:
            yield from kept_for_each(what)
        elif kind is sre.BRANCH:
            for part in what[1]:
                yield from kept_for_each(part)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            yield from kept_for_each(what[1])


def test_no_pattern_keeps_something_for_each_turn() -> None:
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(vlad_py.__path__, "vlad_py."):
        if module.name.endswith("__main__"):
            continue
        try:
            names = vars(import_module(module.name))
        except ImportError:  # an optional package is not there
            continue
        found |= {f"{module.name}.{k}": v for k, v in names.items() if isinstance(v, re.Pattern)}
    assert len(found) > 40
    assert [k for k, v in found.items() if any(kept_for_each(parser.parse(v.pattern, v.flags)))] == []
    assert any(kept_for_each(parser.parse(SLOW_STRING)))
