"""The laboratory's commands in the REPL: they look at a call with the definitions of the session."""

from __future__ import annotations

import re

from vlad_py.ground.errors import SyntaxError
from vlad_py.laboratory.commands import DOT, observed, report_text
from vlad_py.laboratory.stepping import walk
from vlad_py.laboratory.traces import Trace
from vlad_py.repl.engine import Engine, Refusal
from vlad_py.repl.options import WrongOption, parsed, split, usage_of
from vlad_py.session.files import working_folder

_LATE_OPTION = re.compile(r"\s--?[a-z][\w-]*(?:[=\s]|$)")


def observe(engine: Engine, command: str, text: str) -> None:
    """Runs a command, given its options and the call. Raises errors.Error."""
    given, call = split(command, text)
    try:
        options = parsed(command, given)
    except WrongOption as error:
        raise Refusal(str(error), hint=error.hint) from None
    if not call:
        raise Refusal(f"write `{usage_of(command)}`")
    if getattr(options, "digits", 0) is None:
        options.digits = engine.digits
    output = getattr(options, "output", None)
    if command == "graph" and not output:
        options.format = options.format or DOT  # nobody reads the text of a picture
    with engine.silenced():
        try:
            found = observed(engine.session, options, call, engine.next_name(), working_folder())
        except SyntaxError as error:
            if _LATE_OPTION.search(call):
                error.hint = f"put options before the call: `{usage_of(command)}`"
            raise
    if isinstance(found, Trace) and command == "step" and engine.key is not None:
        if engine.screen is not None:
            engine.screen(found)
        else:
            walk(found, engine.key, engine.write)
    elif output:
        engine.save(output, report_text(options, found))
    else:
        engine.write(report_text(options, found))
