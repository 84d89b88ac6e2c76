"""The laboratory's commands: `vlad trace`, `graph`, `ops`, `compare`, `step`, and the same in the REPL."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from vlad_py.execution.limits import Limits
from vlad_py.expressions.text.rounding import MOST_DIGITS
from vlad_py.ground import asking
from vlad_py.ground.errors import Caller, Error, RunError
from vlad_py.ground.source import Span
from vlad_py.ground.whole_files import write_whole
from vlad_py.laboratory.comparing import compare
from vlad_py.laboratory.counting import count
from vlad_py.laboratory.graph import FLOWS
from vlad_py.laboratory.menu import COMMANDS
from vlad_py.laboratory.picture import DOWN
from vlad_py.laboratory.recording import Written
from vlad_py.laboratory.stepping import listing, terminal_key, walk
from vlad_py.laboratory.tables import Report
from vlad_py.laboratory.traces import FORWARD, MODES, PRIMAL, REVERSE, Trace, trace
from vlad_py.session.catalogue import lookup
from vlad_py.session.files import absolute
from vlad_py.session.limit_options import add_limits
from vlad_py.session.option_parser import OptionParser
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import Value

CALL, DIRECTION = "--call", "--direction"  # also what diagnostics call the texts of these options
HANDS = ("_derivative", "_gradient")  # how the name of a derivative by hand ends
SVG, DOT, MERMAID = "svg", "dot", "mermaid"
# the formats of each command, by how the name of a file ends
TABLES = {"": "text", ".txt": "text", ".md": "markdown", ".tex": "latex", ".csv": "csv"}
FORMATS = {
    "trace": TABLES | {".json": "json", ".adl": "source"},
    "graph": {".svg": SVG, ".dot": DOT, ".gv": DOT, ".mmd": MERMAID},
    "ops": TABLES,
    "compare": TABLES,
}

GRAPHS = {SVG: Trace.svg, DOT: Trace.dot, MERMAID: Trace.mermaid}
PROGRAMS = {"json": Trace.json, "source": Trace.source}

# options that may follow a call, and what they do
EXAMPLES = {
    "ops": {"": "a table", "-o ops.md": "the same, as Markdown"},
    "trace": {
        "": "values, and adjoints",
        "--mode forward --direction '(1, 0)'": "values, and tangents",
        "--format source": "the derivative as a program",
    },
    "graph": {"-o f.svg": "a picture", "--flow right --format mermaid": "Mermaid, from left to right"},
    "compare": {"": "a table", "--digits 3": "with fewer digits"},
    "step": {"": "one operation after another; on a terminal, on the whole screen"},
}


def parser(name: str) -> argparse.ArgumentParser:
    """The parser of a command's options."""
    about = COMMANDS[name].full
    given = f"vlad {name} f.adl {CALL} 'f(2, 5)'"
    width = max(map(len, EXAMPLES[name]))
    lines = [f"  {given} {options:<{width}}  {what}" for options, what in EXAMPLES[name].items()]
    command = OptionParser(
        prog=f"vlad {name}",
        usage=f"vlad {name} FILE {CALL} 'f(2, 5)' [options]",
        description=f"{about[0].upper()}{about[1:]}.",
        epilog="\n".join(["examples:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("file", metavar="FILE", help="a script with the function; it runs first")
    command.add_argument(CALL, required=True, metavar="'f(2, 5)'", help="the call to look at")
    add_options(command, name)
    add_limits(command)
    command.set_defaults(command=name)
    return command


def add_options(command: argparse.ArgumentParser, name: str) -> None:
    """The options of a command that do not depend on where it is typed. One that it does not have is None."""
    command.set_defaults(direction=None, format=None, output=None)
    if name in ("trace", "graph", "step"):
        when = " where there is a gradient" if name == "graph" else ""
        about = f"derivatives in forward mode, in reverse mode (the default{when}), or none"
        command.add_argument("--mode", choices=MODES, default=None if when else REVERSE, help=about)
        command.add_argument(
            DIRECTION, metavar="V", help="the tangents of the arguments in forward mode, such as (1, 0)"
        )
    if name in ("trace", "graph", "step"):
        command.add_argument(
            "--as-run", action="store_true", help="number operations as they run, not layer by layer"
        )
    if name == "graph":
        command.add_argument("--flow", choices=FLOWS, default=DOWN, help="where the edges go")
    if name != "ops":
        about = "significant digits of numbers"
        command.add_argument("--digits", type=_digits, metavar="N", help=about)
    if name in FORMATS:
        endings = ", ".join(filter(None, FORMATS[name]))
        about = f"the format; by default, from the extension of the file: {endings}"
        about += "; without a file `svg`, in the REPL `dot`" if name == "graph" else ""
        command.add_argument("--format", choices=tuple(dict.fromkeys(FORMATS[name].values())), help=about)
        command.add_argument("-o", "--output", metavar="OUT", help="write to this file, not to the terminal")


def _digits(text: str) -> int:
    """A number of significant digits, as an option."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_DIGITS}, got {text!r}")
    return int(text)


def settle(options: argparse.Namespace) -> None:
    """Gives options the format that the name of their file says, where they have none.

    Raises ValueError where it says none, and for a direction without the mode that takes one.
    """
    if options.direction is not None and options.mode != FORWARD:
        raise ValueError(f"`{DIRECTION}` needs `--mode {FORWARD}`")
    if not options.output or options.format:
        return
    ending = os.path.splitext(options.output)[1].lower()
    formats = FORMATS[options.command]
    if ending not in formats:
        known = ", ".join(filter(None, formats))
        what = f"no format has the extension {ending}" if ending else "the name has no extension"
        raise ValueError(f"{options.output}: {what}: expected {known}, or --format")
    options.format = formats[ending]


def options_of(argv: list[str]) -> argparse.Namespace:
    """Reads a command and its words; ends the process if they are wrong, as parsers do."""
    reader = parser(argv[0])
    options = reader.parse_args(argv[1:])
    try:
        settle(options)
    except ValueError as error:
        reader.error(str(error))
    return options


def run_command(
    options: argparse.Namespace, text: str, limits: Limits, screen: Callable[[Trace], None] | None = None
) -> None:
    """Runs one command on the text of its file; `screen` shows steps on the whole of a terminal, if that can
    be done. Raises errors.Error; OSError where it cannot write.
    """
    session = Session(write=lambda _: None, limits=limits)
    session.run_script(text, options.file)
    folder = os.path.dirname(absolute(options.file))
    found = observed(session, options, options.call, CALL, folder)
    if isinstance(found, Trace) and options.command == "step" and sys.stdin.isatty() and sys.stdout.isatty():
        if screen is not None:
            screen(found)
        else:
            walk(found, terminal_key, _write)
    elif options.output:
        text = report_text(options, found)
        asking.write(len(text))
        write_whole(options.output, text)
    else:
        _write(report_text(options, found))


def _write(text: str) -> None:
    asking.write(len(text))
    sys.stdout.write(text)
    sys.stdout.flush()


def observed(
    session: Session, options: argparse.Namespace, text: str, name: str, folder: str | None
) -> Report:
    """The report of a command about the call in a text. Raises errors.Error, placed in the text."""
    program = session.parse(text, name)
    call = _call(program)
    function, argument = (
        session.execute(syntax.Program(node.span, (node,)), folder) for node in (call.function, call.argument)
    )
    direction = session.evaluate(options.direction, DIRECTION, folder) if options.direction else None
    with _placed(call.span):
        if options.command == "ops":
            return count(function, argument, limits=session.limits)
        if options.command == "compare":
            by_hand = _by_hand(session, call.function)
            found = compare(function, argument, by_hand=by_hand, limits=session.limits)
            return replace(found, digits=options.digits)
        traced = partial(
            trace,
            function,
            argument,
            direction=direction,
            limits=session.limits,
            as_run=options.as_run,
            written=_written(call),
            digits=options.digits,
        )
        if options.mode is not None:
            return traced(mode=options.mode)
        try:
            return traced(mode=REVERSE)
        except RunError:  # without a gradient; any other fault shows again
            return traced(mode=PRIMAL)


def report_text(options: argparse.Namespace, found: Report) -> str:
    """The output of a command, in the format of its options."""
    if options.command == "step" and isinstance(found, Trace):
        text = listing(found)
    elif options.command == "graph" and isinstance(found, Trace):
        text = GRAPHS[options.format or SVG](found, options.flow)
    elif isinstance(found, Trace) and options.format in PROGRAMS:
        text = PROGRAMS[options.format](found)
    else:
        text = _tables(found, options.format)
    return text if text.endswith("\n") else text + "\n"


def _tables(found: Report, form: str | None) -> str:
    match form:
        case "markdown":
            return found.markdown()
        case "latex":
            return found.latex()
        case "csv":
            return found.csv()
    return found.text()


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
    """The user's definition named like f, with `_derivative` or `_gradient` after it."""
    names = session.names()
    for ending in HANDS:
        name = function.span.text + ending
        entry = lookup(name, names) if name.partition(".")[0] in names else None
        if entry is not None and (entry.place is None or not entry.place.source.library):
            return session.evaluate(name)
    return None
