"""The lines of the REPL without extras: editing, history and Tab by Python's module `readline`."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from vlad_py.ground import resources
from vlad_py.repl.completing import completions
from vlad_py.repl.engine import Engine

MOST_LINES = 10_000  # of the history
DELIMITERS = ' \t\n()[]{},;:+-*/^=<>!|&@"`~#?\\%$.'  # what no name contains


def prepare(engine: Engine) -> Callable[[], None]:
    """Gives `input` editing, history and completion, where this Python has `readline`; gives what keeps the
    history at the end.
    """
    try:
        import readline
    except ImportError:
        return lambda: None
    file = os.path.join(resources.data_folder(), "lines")  # the other terminal's history has another form
    if os.path.exists(file) and not os.path.isfile(file):  # a pipe would be waited for
        file = os.devnull
    with suppress(OSError, ValueError):
        readline.read_history_file(file)
    found: list[str] = []

    def complete(word: str, number: int) -> str | None:
        if number == 0:
            text = readline.get_line_buffer()[: readline.get_endidx()]
            found[:] = [word[: len(word) - size] + name for name, size, _ in completions(engine, text)]
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(DELIMITERS)
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
    if not is_libedit:
        readline.parse_and_bind("set enable-bracketed-paste off")  # pasted lines come one by one
        readline.parse_and_bind(r'"\e\C-m": "\C-q\C-j\C-m"')  # Alt-Enter: GOES_ON, then Enter

    def keep() -> None:
        with suppress(OSError):
            os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
            readline.set_history_length(MOST_LINES)
            readline.write_history_file(file)

    return keep
