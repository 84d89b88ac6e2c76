"""Texts that Python evaluates again and again: each is translated once.

The first text of a new session sees the library alone. So its translation is a fact of the text: what differs
from session to session (the library's code, limits, where output goes) is asked for when it is linked.
"""

from __future__ import annotations

from typing import TypeAlias

from vlad_py.execution.pipeline import Translation
from vlad_py.execution.unit import Options

Key: TypeAlias = tuple[str, str, Options]  # the text, its name, how it is compiled

MOST = 64  # texts; the one that was translated first makes room
LONGEST = 4_000  # characters of a text

_kept: dict[Key, Translation] = {}


def translation(key: Key) -> Translation | None:
    """The translation of a text that was evaluated before; None where there is none."""
    return _kept.get(key)


def keep(key: Key, made: Translation) -> None:
    """Keeps the translation of a first text that imports nothing."""
    if len(key[0]) <= LONGEST:
        if len(_kept) >= MOST:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = made
