"""The parser's tables, kept between runs: building them from the grammar takes most of a short run.

They are JSON in the user's cache folder, with a checksum, under a name that is a hash of everything they
depend on. Tables that cannot be read are built again; tables that cannot be written are not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lark import PostLex
from lark.lexer import TerminalDef

from vlad_py.ground import resources

# options that hold objects of this run; tables that are read get them again
OF_THIS_RUN = ("postlex", "transformer", "lexer_callbacks", "tree_class", "_plugins")


def parser(grammar: str, start: str, layout: PostLex, build: lark.Transformer[Any, Any]) -> Lark:
    """The parser of a grammar, from kept tables where there are any."""
    name = hashlib.sha256(f"{lark.__version__}\n{start}\n{grammar}".encode()).hexdigest()[:32]
    path = os.path.join(resources.cache_folder(), f"{name}.json")
    # damaged tables show up as some exception inside Lark
    with suppress(Exception):
        data, memo = _read(path)
        # how a generated stand-alone parser of Lark loads itself; it has no public name
        kept: Lark = Lark._load_from_dict(  # type: ignore[no-untyped-call]
            data, memo, postlex=layout, transformer=build
        )
        return kept
    fresh = Lark(grammar, parser="lalr", lexer="basic", start=start, postlex=layout, transformer=build)
    with suppress(OSError):
        _write(path, fresh)
    return fresh


def _read(path: str) -> tuple[dict[str, Any], dict[int, Any]]:
    with open(path, encoding="utf-8") as stream:
        checksum, _, text = stream.read().partition("\n")
    if checksum != _checksum(text):
        raise ValueError("the tables are damaged")
    data, memo = json.loads(text, object_hook=_numbered)
    return data, memo


def _write(path: str, parser: Lark) -> None:
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"] = {name: value for name, value in data["options"].items() if name not in OF_THIS_RUN}
    text = json.dumps([data, memo])
    import tempfile  # only here: once per user, not once per run

    os.makedirs(os.path.dirname(path), exist_ok=True)
    # a reader sees the whole file or none, however many processes write it
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".draft")
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{_checksum(text)}\n{text}")
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _numbered(table: dict[str, Any]) -> dict[str | int, Any]:
    """JSON's keys are strings; the tables' keys were numbers."""
    return {int(key) if key.isdigit() else key: value for key, value in table.items()}
