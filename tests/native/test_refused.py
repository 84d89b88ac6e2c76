"""Which functions of arrays are not compiled: docs/native.md names them all, and their derivatives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from vlad_py.ground.errors import NotNative, UnknownName
from vlad_py.ground.source import Source
from vlad_py.lowering.groups import all_nodes
from vlad_py.session.catalogue import Entry, built_in
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Closure, Value, is_numeric

pytest.importorskip("llvmlite")

PAGE = Path(__file__).parents[2] / "docs" / "native.md"
OF_ARRAYS = re.compile(r"^\| (.*) of unknown arrays \| no \|$", re.MULTILINE)
DERIVATIVES = re.compile(r"^\| derivatives of (.*) with respect to their arrays \| no \|$", re.MULTILINE)


def calls(entry: Entry) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The calls in the example of a function, as functions of the arrays in them, with these."""
    for line in entry.example.splitlines():
        is_statement = line.startswith(("let ", "def ", "import "))  # else expressions with commas between
        for node in all_nodes(parse(Source("example", line if is_statement else f"({line}\n)"))):
            is_call = isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name)
            if not is_call or node.function.id != entry.name:  # type: ignore[attr-defined]
                continue
            argument = node.argument  # type: ignore[attr-defined]
            items = argument.items if isinstance(argument, syntax.Tuple) else (argument,)
            try:
                values = [Session().evaluate(item.span.text) for item in items]
            except UnknownName:  # a call inside a function
                continue
            names = [f"x{i}" if type(x) is Array else "" for i, x in enumerate(values)]
            texts = [name or item.span.text for name, item in zip(names, items, strict=True)]
            call = f"{entry.name}({', '.join(texts)})"
            arrays = tuple(x for x in values if type(x) is Array)
            if arrays and all(map(is_numeric, leaves(Session().evaluate(node.span.text)))):
                yield f"fn ({', '.join(filter(None, names))}) => {call}", arrays


def is_refused(text: str, arrays: tuple[Value, ...]) -> bool:
    from vlad_py.native.calling import Native  # only here: it needs llvmlite

    function = Session().evaluate(text)
    assert type(function) is Closure
    try:
        Native(function, arrays if len(arrays) > 1 else arrays[0], is_fixed=True)
    except NotNative:
        return True
    return False


@cache
def refused() -> tuple[set[str], set[str]]:
    """The built-in functions that are refused for an array of their example, or else their derivative."""
    alone, derived = set(), set()
    for name, entry in built_in().items():
        for text, arrays in calls(entry) if name.isidentifier() else ():
            head, _, body = text.partition(" => ")
            if is_refused(text, arrays):
                alone.add(name)
            elif is_refused(f"gradient({head} => magnitude({body}))", arrays):
                derived.add(name)
    return alone, derived


def named(row: re.Pattern[str], page: str) -> set[str]:
    return {name for found in row.findall(page) for name in re.findall(r"`(\w+)`", found)}


def test_the_page_names_all_functions_that_are_refused() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert (named(OF_ARRAYS, page), named(DERIVATIVES, page)) == refused()


def test_a_function_that_the_page_leaves_out_is_seen() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("`expm`, ", "")
    alone, _ = refused()
    assert alone - named(OF_ARRAYS, page) == {"expm"}
