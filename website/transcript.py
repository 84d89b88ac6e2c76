"""The Pygments lexer of `console` blocks: commands after `$`, what they write, and files that `cat` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import Generic, Name, Text

from vlad_py.editors.highlight import VladLexer


class TranscriptLexer(Lexer):
    """A transcript of a terminal. A program that is shown is highlighted as one."""

    name = "Transcript"
    aliases: ClassVar[list[str]] = ["console"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Offset, type and text of every piece."""
        offset, shows_program = 0, False
        for line in text.splitlines(keepends=True):
            if line.startswith("$ "):
                shows_program = line.startswith("$ cat ") and line.rstrip().endswith(".adl")
                yield offset, Generic.Prompt, "$ "
                yield offset + 2, Name, line[2:]
            elif shows_program:
                # no token of the language goes on to another line
                for start, kind, piece in VladLexer().get_tokens_unprocessed(line):
                    yield offset + start, kind, piece
            else:
                yield offset, Text, line
            offset += len(line)
