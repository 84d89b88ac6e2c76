"""The REPL in a terminal: editing of several lines, history and what it suggests, completion, signatures,
highlighting, pasted sessions.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import DynamicStyle, Style

from vlad_py.editors.highlight import VladLexer
from vlad_py.ground import resources
from vlad_py.repl.commands import handle
from vlad_py.repl.completing import completions
from vlad_py.repl.engine import Engine
from vlad_py.repl.inputs import (
    MORE,
    PROMPT,
    inputs_of,
    is_complete,
    is_session,
    session_of,
)
from vlad_py.repl.themes import style_of
from vlad_py.session.calls import call_at_end

if TYPE_CHECKING:
    from vlad_py.laboratory.traces import Trace

INDENT = 2  # columns, inside of braces


def run(engine: Engine) -> None:
    """Reads and evaluates until Ctrl-D or `:quit`."""
    session: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=lambda width, line, is_wrapped: " " * width if is_wrapped else MORE,
        key_bindings=_keys(engine.language),
        completer=_Names(engine),
        complete_while_typing=False,
        history=_history(),
        lexer=PygmentsLexer(VladLexer),
        enable_history_search=True,
        enable_suspend=True,
        auto_suggest=AutoSuggestFromHistory(),
        style=DynamicStyle(lambda: Style.from_dict(style_of(engine.theme))),
        include_default_pygments_style=False,
    )
    _show_signatures(session, engine)
    engine.screen = _show_steps
    while True:
        try:
            text = session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        gc.disable()  # values are never cyclic
        try:
            handle(engine, PROMPT + text if is_session(text) else text)
        except EOFError:
            return
        finally:
            gc.enable()


def _show_steps(trace: Trace) -> None:
    from vlad_py.repl.stepping import show  # only here: most sessions do not need it

    show(trace)


# ── history ──────────────────────────────────────────────────────────────────────────────────


class _History(FileHistory):
    """Inputs of all sessions, in a file of the user's, where it can be read and written."""

    def load_history_strings(self) -> Iterable[str]:
        try:
            return list(super().load_history_strings()) if self._is_plain() else []
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        with suppress(OSError):
            if self._is_plain():
                super().store_string(string)

    def _is_plain(self) -> bool:
        """Whether there is nothing in its place that reading would wait for."""
        return os.path.isfile(self.filename) or not os.path.exists(self.filename)


def _history() -> _History:
    folder = resources.data_folder()
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    return _History(os.path.join(folder, "history"))


# ── completion ───────────────────────────────────────────────────────────────────────────────


class _Names(Completer):
    """Names, keywords and fields; commands and settings after a `:`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for text, size, remark in completions(self.engine, document.text_before_cursor):
            yield Completion(text, -size, display_meta=remark)


# ── the call that is being typed ─────────────────────────────────────────────────────────────


def _show_signatures(session: PromptSession[str], engine: Engine) -> None:
    """Below the input stands the signature of the call at the cursor, with the parameter that comes next."""

    def update(buffer: Buffer) -> None:
        call = call_at_end(buffer.document.text_before_cursor, engine.session.names())
        before, parameter, after = call.parts() if call is not None else ("", "", "")
        shown: StyleAndTextTuples = [("", before), ("class:parameter", parameter), ("", after)]
        session.bottom_toolbar = shown if call is not None else None

    session.default_buffer.on_text_changed += update
    session.default_buffer.on_cursor_position_changed += update


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def _keys(language: str) -> KeyBindings:
    keys = KeyBindings()

    @keys.add(Keys.Enter, filter=~is_searching)
    def _enter(event: KeyPressEvent) -> None:
        """Evaluates a complete input; continues an incomplete one, indented like its last line or deeper."""
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif is_complete(_last_input(buffer.text), language=language):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=True)
            if buffer.document.lines[buffer.document.cursor_position_row - 1].rstrip().endswith("{"):
                buffer.insert_text(" " * INDENT)

    @keys.add("}")
    def _close(event: KeyPressEvent) -> None:
        """Moves a closing brace at the start of a line to the indentation of the opening line."""
        buffer = event.current_buffer
        before = buffer.document.current_line_before_cursor
        if before and not before.strip():
            buffer.delete_before_cursor(min(INDENT, len(before)))
        buffer.insert_text("}")

    @keys.add(Keys.Escape, Keys.Enter)
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=True)

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        """Pastes only the inputs of a session with prompts, which keep them apart."""
        inputs = inputs_of(event.data)
        event.current_buffer.insert_text(session_of(inputs) if len(inputs) > 1 else "".join(inputs))

    return keys


def _last_input(text: str) -> str:
    return inputs_of(PROMPT + text)[-1] if is_session(text) else text
