"""Completions of an input, whatever it is typed into: names, fields, commands, settings, files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeAlias

from vlad_py.ground.errors import Error
from vlad_py.laboratory.menu import COMMANDS as LABORATORY
from vlad_py.repl.commands import COMMANDS, SETTINGS
from vlad_py.repl.engine import Engine
from vlad_py.repl.inputs import command_of
from vlad_py.session.completion import candidates
from vlad_py.values.values import Value

# what could be typed, how many of its characters have been, and a remark about it
Found: TypeAlias = tuple[str, int, str]


def completions(engine: Engine, text: str) -> Iterator[Found]:
    """What could stand at the end of an input, of which a part may have been typed."""
    command = command_of(text)
    name, rest = command or ("", text)
    if text.lstrip().startswith(":") and not rest and not text[-1:].isspace():
        yield from ((each, len(name), c.doc) for each, c in COMMANDS.items() if each.startswith(name))
    elif name == "set":
        yield from ((each, len(rest), "") for each in SETTINGS if each.startswith(rest))
    elif name in ("load", "save"):
        yield from _files(rest)
    elif name in LABORATORY and (found := list(_options(name, rest))):
        yield from found
    else:
        for each in candidates(rest, engine.session.names(), lambda name: _value_of(engine, name)):
            yield each.name, each.typed, each.signature


def _value_of(engine: Engine, name: str) -> Value | None:
    with suppress(KeyError, Error):
        return engine.session.value(name)
    return None


def _options(command: str, typed: str) -> Iterator[Found]:
    from vlad_py.repl.options import completions  # only here: most sessions do not need it

    return ((text, size, "") for text, size in completions(command, typed))


def _files(typed: str) -> Iterator[Found]:
    folder, name = os.path.split(typed)
    with suppress(OSError):
        for entry in sorted(os.scandir(folder or "."), key=lambda each: each.name):
            if entry.name.startswith(name) and (entry.is_dir() or entry.name.endswith(".adl")):
                yield entry.name + "/" * entry.is_dir(), len(name), ""
