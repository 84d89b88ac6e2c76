"""The Pygments lexer of sessions: prompts, what is typed after them, what that writes or `cat` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.lexers.python import PythonLexer
from pygments.token import Error, Generic, Name, Text

from vlad_py.editors.highlight import VladLexer

# Of a shell, of the REPL and of IPython, each with that of a further line.
PROMPT = re.compile(r"(\$ )|(vlad> |  \.\.\. )|(In \[\d+\]: |   \.\.\.: )")
SHELL, REPL, IPYTHON = 1, 2, 3


class TranscriptLexer(Lexer):
    """A session in a terminal. A program that is typed or shown is highlighted as one."""

    name = "Transcript"
    aliases: ClassVar[list[str]] = ["console", "ipython"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Offset, type and text of every piece."""
        offset = 0
        shown = cell = None  # the lexers of what the last command shows, and of the cell being typed
        for line in text.splitlines(keepends=True):
            prompt = PROMPT.match(line)
            typed = line[prompt.end() :] if prompt else line
            if prompt:
                yield offset, Generic.Prompt, prompt[0]
            if prompt and prompt.lastindex == SHELL:
                shown = VladLexer() if re.match(r"cat .*\.adl$", typed) else None
                yield offset + prompt.end(), Name, typed
            elif prompt and prompt.lastindex == REPL:
                yield from pieces(VladLexer(), typed, offset + prompt.end())
            elif prompt:
                if prompt[0].startswith("In"):
                    cell = VladLexer() if typed.startswith("%%vlad") else PythonLexer()
                yield from pieces(cell, typed, offset + prompt.end())
            else:
                yield from pieces(shown, typed, offset)
            offset += len(line)


def pieces(lexer: Lexer | None, line: str, offset: int) -> Iterator[tuple[int, Any, str]]:
    """The tokens of a line, or plain text; what is no token is text, as a session may show mistakes."""
    if lexer is None:
        yield offset, Text, line
    else:
        for start, kind, piece in lexer.get_tokens_unprocessed(line):
            yield offset + start, Text if kind is Error else kind, piece
