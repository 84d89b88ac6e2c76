"""Inputs: whether one is complete, and the inputs in a pasted session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vlad_py.ground.errors import Error, SyntaxError
from vlad_py.ground.source import Source
from vlad_py.laboratory.menu import COMMANDS as LABORATORY  # they take options before their expression
from vlad_py.session.files import ADL
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.newlines import CAN_END, CLOSING, OPENING
from vlad_py.syntax.parse import parse, tokens

PROMPT, MORE = "vlad> ", "  ... "  # of one width, so that pasted programs keep their shape
GOES_ON = "\n"  # at the end of a line that Alt-Enter ended: another one follows in any case

_COMMAND = re.compile(r"\s*(?::([^\W\d]\w*)?|(\?\??))\s*(.*)", re.DOTALL)
_EXPRESSION_COMMANDS = frozenset(("type", "time", "core", *LABORATORY))


def command_of(text: str) -> tuple[str, str] | None:
    """The command in an input and the text after it; None for a program.

    `?name` is `:doc name`, and `??name` is `:source name`.
    """
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    name = {"?": "doc", "??": "source"}[match[2]] if match[2] else match[1] or ""
    return name, match[3].strip()


def is_complete(text: str, *, is_patient: bool = False, language: str = ADL) -> bool:
    """Whether an input can be evaluated: it parses, or no further text could make it parse.

    Documentation waits for its definition. After two empty lines any input is complete, unless the
    caller `is_patient`.
    """
    lines = text.split("\n")
    if not is_patient and len(lines) > 2 and not any(map(str.strip, lines[-2:])):
        return True
    command = command_of(text)
    if command is not None:
        name, text = command
        if name in LABORATORY and text.startswith("-"):
            from vlad_py.repl.options import split  # only here: most inputs have none

            text = split(name, text)[1]
        if name not in _EXPRESSION_COMMANDS or not text:
            return True
    if lines[-1].lstrip().startswith("##"):
        return False
    try:
        if language == ADL:
            parse(Source("", text))
        else:
            from vlad_py.syntax.vlad.read import read  # only here: most sessions are in ADL

            read(Source("", text))
    except SyntaxError as error:
        return not error.incomplete
    except (Error, RecursionError):
        return True
    return True


class Lines:
    """The lines of an input as they come, so that most of them need not be parsed again with all before.

    An input is open where a bracket is, and where its last line cannot end. What is wrong with it is found
    nevertheless, each time that it has become twice as long.
    """

    SHORT = 16  # lines that are parsed each time

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._depth = 0
        self._ends = True
        self._is_odd = False  # whether lines do not tell what is open
        self._next = self.SHORT

    def add(self, line: str) -> None:
        """One more line."""
        self.lines.append(line)
        if len(self.lines) == 1:
            self._is_odd = command_of(line) is not None
        if self._is_odd:
            return
        for token in tokens(line):
            self._is_odd = self._is_odd or token.type == "UNTERMINATED"
            self._depth += (token.type in OPENING) - (token.type in CLOSING)
            self._ends = token.type in CAN_END
            self._is_odd = self._is_odd or self._depth < 0

    def is_open(self) -> bool:
        """Whether more must follow, as far as the lines tell, and no look at all of them is due."""
        if self._is_odd or not (self._depth or not self._ends):
            return False
        if len(self.lines) < self._next:
            return len(self.lines) > self.SHORT
        self._next = 2 * len(self.lines)
        return False

    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


def is_silent(program: syntax.Program) -> bool:
    """Whether a text ends with `;`, which hides its value."""
    if not program.statements:
        return True
    rest = program.span.source.text[program.statements[-1].span.end :]
    return rest.lstrip(" \t\r\n)").startswith(";")


def inputs_of(text: str) -> list[str]:
    """The inputs in a text: for a session with prompts, its inputs; for any other text, all of it.

    No program has a line that begins with a prompt. The lines of a session without one are results.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not any(map(is_prompted, lines)):
        return ["\n".join(lines)]
    found: list[list[str]] = []
    continues = False
    for line in lines:
        if is_prompted(line):
            found.append([line.lstrip()[len(PROMPT) :]])
            continues = True
        elif continues and line.startswith(MORE.rstrip()):
            found[-1].append(line[len(MORE) :])
        else:
            continues = False
    return ["\n".join(lines) for lines in found if any(map(str.strip, lines))]


def typed(lines: Iterable[str]) -> Iterator[str]:
    """The inputs among lines that come one by one: all lines, until the first with a prompt."""
    is_session = continues = False
    for line in lines:
        if is_prompted(line):
            is_session = continues = True
            yield line.lstrip()[len(PROMPT) :]
        elif not is_session:
            yield line
        elif continues and line.startswith(MORE.rstrip()):
            yield line[len(MORE) :]
        else:
            continues = False


def session_of(inputs: list[str]) -> str:
    """Inputs as a session shows them, without the first prompt, which is on the screen."""
    return f"\n{PROMPT}".join(item.replace("\n", f"\n{MORE}") for item in inputs)


def is_session(text: str) -> bool:
    """Whether a text at a prompt is several inputs, as `session_of` gives them."""
    return f"\n{PROMPT}" in text


def is_prompted(line: str) -> bool:
    """Whether a line begins as the REPL's lines do."""
    return line.lstrip().startswith(PROMPT) or line.strip() == PROMPT.strip()
