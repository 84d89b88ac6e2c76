"""The pattern of a string literal, for texts that are searched without the parser.

A group that is repeated for every letter keeps 270 bytes for each of them, in one match that no limit stops.
So what has no escape is one repetition, and none of them goes back.
"""

from __future__ import annotations

OPEN_STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'
"""A string up to its last quote."""

STRING = rf'{OPEN_STRING}"'

CODE = rf'[^"#]*+(?:{STRING}[^"#]*+)*+'
"""Code with whole strings, up to a comment or a string without an end."""
