"""The pattern of a string literal, for texts that are searched without the parser.

A group that is repeated for every letter keeps 270 bytes for each of them, in one match that no limit stops.
So letters without an escape are one repetition, and all repetitions are possessive.
"""

from __future__ import annotations

import re

OPEN_STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'
"""A string without its closing quote."""

STRING = rf'{OPEN_STRING}"'

CODE = rf'[^"#]*+(?:{STRING}[^"#]*+)*+'
"""Code with complete strings, up to a comment or an unterminated string."""

_GAP = r"(?:\s|#[^\n]*+)++"
_GAPS = re.compile(rf"({STRING})|(?<=[(\[]){_GAP}|{_GAP}(?=[)\]])|({_GAP})")


def one_line(text: str) -> str:
    """Code on one line without its comments; its strings stay as they are."""
    return _GAPS.sub(lambda gap: gap[1] or (" " if gap[2] else ""), text)
