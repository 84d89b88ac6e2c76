"""The laboratory's commands: `vlad trace`, `graph`, `ops`, `compare`, `step`, and the same in the REPL."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from vlad_py.execution.machine import Limits
from vlad_py.ground.errors import Caller, Error, RunError
from vlad_py.ground.source import Span
from vlad_py.laboratory.comparing import compare
from vlad_py.laboratory.counting import count
from vlad_py.laboratory.menu import COMMANDS
from vlad_py.laboratory.recording import Written
from vlad_py.laboratory.stepping import listing, terminal_key, walk
from vlad_py.laboratory.tables import Report
from vlad_py.laboratory.traces import MODES, PRIMAL, REVERSE, Trace, trace
from vlad_py.session.catalogue import lookup
from vlad_py.session.files import absolute
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import Value

CALL, DIRECTION = "--call", "--direction"  # also what diagnostics call the texts of these options
HANDS = ("_derivative", "_gradient")  # how the name of a derivative by hand ends
SVG, DOT = "svg", "dot"
# the formats of each command, by how the name of a file ends
TABLES = {"": "text", ".txt": "text", ".md": "markdown", ".tex": "latex", ".csv": "csv"}
FORMATS = {
    "trace": TABLES | {".json": "json", ".adl": "source"},
    "graph": {".svg": SVG, ".dot": DOT, ".gv": DOT},
    "ops": TABLES,
    "compare": TABLES,
}


def parser() -> argparse.ArgumentParser:
    """The parser of the command line's options."""
    top = argparse.ArgumentParser(prog="vlad")
    commands = top.add_subparsers(dest="command", required=True)
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about.full, description=about.full)
        command.add_argument("file", metavar="FILE", help="a script with the function; it runs first")
        command.add_argument(CALL, required=True, metavar="'f(2, 5)'", help="the call to look at")
        add_options(command, name)
    return top


def add_options(command: argparse.ArgumentParser, name: str) -> None:
    """The options of a command that do not depend on where it is typed."""
    if name in ("trace", "step"):
        about = "derivatives in forward mode, in reverse mode (the default), or none"
        command.add_argument("--mode", choices=MODES, default=REVERSE, help=about)
        command.add_argument(
            DIRECTION, metavar="V", help="the tangents of the arguments in forward mode, such as (1, 0)"
        )
    if name in ("trace", "graph", "step"):
        command.add_argument(
            "--as-run", action="store_true", help="number operations as they run, not layer by layer"
        )
    if name in FORMATS:
        endings = ", ".join(filter(None, FORMATS[name]))
        about = f"the format; by default, from the extension of the file: {endings}"
        command.add_argument("--format", choices=tuple(dict.fromkeys(FORMATS[name].values())), help=about)
        command.add_argument("-o", "--output", metavar="OUT", help="write to this file, not to the terminal")


def settle(options: argparse.Namespace) -> None:
    """Gives options the format that the name of their file says, where they have none.

    Raises ValueError where it says none.
    """
    output = getattr(options, "output", None)
    if not output or options.format:
        return
    ending = os.path.splitext(output)[1].lower()
    formats = FORMATS[options.command]
    if ending not in formats:
        known = ", ".join(filter(None, formats))
        what = f"no format has the extension {ending}" if ending else "the name has no extension"
        raise ValueError(f"{output}: {what}: expected {known}, or --format")
    options.format = formats[ending]


def options_of(argv: list[str]) -> argparse.Namespace:
    """What the command line says; ends the process where it is wrong, as parsers do."""
    reader = parser()
    options = reader.parse_args(argv)
    try:
        settle(options)
    except ValueError as error:
        reader.error(str(error))
    return options


def run_command(options: argparse.Namespace, text: str, limits: Limits) -> None:
    """Runs one command on the text of its file. Raises errors.Error; OSError where it cannot write."""
    session = Session(write=lambda _: None, limits=limits)
    session.run_script(text, options.file)
    folder = os.path.dirname(absolute(options.file))
    found = observed(session, options, options.call, CALL, folder)
    if isinstance(found, Trace) and options.command == "step" and sys.stdin.isatty() and sys.stdout.isatty():
        walk(found, terminal_key, _write)
    elif getattr(options, "output", None):
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text_of(options, found))
    else:
        _write(text_of(options, found))


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def observed(
    session: Session, options: argparse.Namespace, text: str, name: str, folder: str | None
) -> Report:
    """What a command finds of the call that a text is. Raises errors.Error, placed in the text."""
    program = session.parse(text, name)
    call = _call(program)
    function, argument = (
        session.execute(syntax.Program(node.span, (node,)), folder) for node in (call.function, call.argument)
    )
    along = getattr(options, "direction", None)
    direction = session.evaluate(along, DIRECTION, folder) if along else None
    with _placed(call.span):
        if options.command == "ops":
            return count(function, argument, limits=session.limits)
        if options.command == "compare":
            by_hand = _by_hand(session, call.function)
            return compare(function, argument, by_hand=by_hand, limits=session.limits)
        mode = getattr(options, "mode", PRIMAL)
        return trace(
            function,
            argument,
            mode=mode,
            direction=direction,
            limits=session.limits,
            as_run=options.as_run,
            written=_written(call),
        )


def text_of(options: argparse.Namespace, found: Report) -> str:
    """What a command writes, in the format of its options."""
    form = getattr(options, "format", None) or (SVG if options.command == "graph" else "text")
    if options.command == "step" and isinstance(found, Trace):
        text = listing(found)
    else:
        text = getattr(found, form)()
    return text if text.endswith("\n") else text + "\n"


def _call(program: syntax.Program) -> syntax.Call:
    """The call that a text is. RunError for any other text."""
    (statement, *rest) = program.statements or (None,)
    if rest or not isinstance(statement, syntax.Call):
        span = statement.span if statement is not None else program.span
        hint = "as in `f(2, 5)`; to look at an expression, make a function of it: `(fn x => x ^ 2 + 1)(3)`"
        raise RunError("expected a call of a function", span, hint=hint)
    return statement


def _written(call: syntax.Call) -> Written:
    argument = call.argument.span.text
    return Written(
        call.function.span, argument if isinstance(call.argument, syntax.Tuple) else f"({argument})"
    )


@contextmanager
def _placed(call: Span) -> Iterator[None]:
    """Errors within know the call, as they would if the program had made it."""
    try:
        yield
    except Error as error:
        if error.span is None or (isinstance(error, RunError) and error.of_call and not error.stack):
            error.span = call
        else:
            error.stack += (Caller("", call),)
        raise


def _by_hand(session: Session, function: syntax.Node) -> Value | None:
    """What the user has defined under the name of f with `_derivative` or `_gradient` after it."""
    names = session.names()
    for ending in HANDS:
        name = function.span.text + ending
        entry = lookup(name, names) if name.partition(".")[0] in names else None
        if entry is not None and (entry.place is None or not entry.place.source.library):
            return session.evaluate(name)
    return None
