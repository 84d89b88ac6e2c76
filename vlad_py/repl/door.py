"""Starts the REPL: in a terminal with editing, in one without, or on lines from a stream."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec

from vlad_py import __version__
from vlad_py.execution.limits import Limits
from vlad_py.ground.advice import install_advice
from vlad_py.ground.columns import columns
from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine, OutputLost
from vlad_py.repl.inputs import GOES_ON, MORE, PROMPT, Lines, is_complete, typed
from vlad_py.session.files import ADL
from vlad_py.session.process import wants_color
from vlad_py.session.session import NEVER
from vlad_py.values.values import Value

OK, FAILED = 0, 1
BANNER = f"vlad {__version__} – `:help` lists the commands, Ctrl-D leaves"

Read = Callable[[str], str]  # a prompt to a line; EOFError at the end


def interact(
    limits: Limits,
    arguments: tuple[Value, ...],
    file: str | None,
    *,
    nan_is_error: bool = False,
    language: str = ADL,
    include: tuple[str, ...] = (),
    native: str = NEVER,
    given: Mapping[str, Value] | None = None,
) -> int:
    """Runs the REPL until its input ends; `file` is run first. `given` are names with values. Gives the exit
    status.

    That is 0 in a terminal; otherwise 1 if any input failed.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    engine = Engine(
        _write,
        _complain,
        columns,
        limits,
        arguments,
        wants_color(sys.stderr),
        language=language,
        include=include,
        is_colorful=sys.stdout is not None and wants_color(sys.stdout),
        given=given or {},
    )
    engine.attempt(lambda: engine.compile(native))
    if file is not None:
        engine.attempt(lambda: engine.load(file))
    engine.session.nan_is_error = nan_is_error
    engine.key = _key if is_terminal else None
    gc.enable()  # a line editor leaves cyclic garbage, unlike programs
    if not is_terminal:
        return _piped(engine)
    comforts = [name for name in ("prompt_toolkit", "pygments") if find_spec(name) is None]
    is_plain = bool(comforts) or os.environ.get("TERM") in (None, "dumb")
    engine.say(BANNER)
    if comforts:
        engine.say(f"colours and suggestions: {install_advice('repl')}")
    if is_plain:
        from vlad_py.repl import plain  # only here: it is for people

        keep_history = plain.prepare(engine)
        try:
            read_lines(engine, _typed)
        finally:
            keep_history()
    else:
        from vlad_py.repl import terminal  # only here: it takes as long to load as everything else

        terminal.run(engine)
    return OK


def _typed(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        _write("\n")  # the shell's prompt gets a line of its own
        raise


def _key() -> str:
    from vlad_py.laboratory.stepping import terminal_key  # only here: most sessions do not need it

    return terminal_key()


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except OSError as error:
        raise OutputLost(*error.args) from error


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OutputLost(*error.args) from error


def _complain(text: str) -> None:
    _flush()
    with suppress(OSError):  # nobody reads complaints; the exit status tells
        sys.stderr.write(text)
        sys.stderr.flush()


def _piped(engine: Engine) -> int:
    """Inputs from a stream, which shows no prompts; it may be a session with prompts."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # bytes that are not text are a mistake of one input
    stream = sys.stdin if sys.stdin is not None else iter(())
    lines = typed(line.rstrip("\n") for line in stream if line != BANNER + "\n")

    def read(_: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    read_lines(engine, read, is_patient=True)
    return FAILED if engine.failures else OK


def read_lines(engine: Engine, read: Read, *, is_patient: bool = False) -> None:
    """Reads line after line; an input ends as soon as it is complete."""
    typed_lines = Lines()
    while True:
        try:
            line = read(MORE if typed_lines.lines else PROMPT)
            typed_lines.add(line.removesuffix(GOES_ON))
        except KeyboardInterrupt:
            engine.say("")
            typed_lines = Lines()
            continue
        except EOFError:
            if typed_lines.lines:
                _evaluate(engine, typed_lines.text())
            return
        if line.endswith(GOES_ON) or (engine.language == ADL and typed_lines.is_open()):
            continue
        text = typed_lines.text()
        if is_complete(text, is_patient=is_patient, language=engine.language):
            typed_lines = Lines()
            if not _evaluate(engine, text):
                return


def _evaluate(engine: Engine, text: str) -> bool:
    """Handles an input; says whether the REPL continues after it."""
    try:
        handle(engine, text)
    except EOFError:
        return False
    finally:
        _flush()
    return True
