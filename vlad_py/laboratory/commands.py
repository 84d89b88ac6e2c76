"""The laboratory's commands: `vlad trace`, `vlad graph`, `vlad ops`, `vlad compare`, `vlad step`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from vlad_py import syntax
from vlad_py.errors import ResolveError, RunError
from vlad_py.laboratory.comparing import compare
from vlad_py.laboratory.counting import count
from vlad_py.laboratory.stepping import listing, terminal_key, walk
from vlad_py.laboratory.traces import FORMATS, MODES, REVERSE, Trace, trace
from vlad_py.machine import Limits
from vlad_py.parse import parse
from vlad_py.session import Session
from vlad_py.source import Source
from vlad_py.values import Value

CALL = "--call"  # what diagnostics call the text of the call
HANDS = ("_derivative", "_gradient")  # how the name of a derivative by hand ends


def parser() -> argparse.ArgumentParser:
    """The parser of the commands' options."""
    top = argparse.ArgumentParser(prog="vlad")
    commands = top.add_subparsers(dest="command", required=True)
    about = {
        "trace": "the operations of a call, with tangents or adjoints",
        "graph": "the computational graph of a call, as SVG or DOT",
        "ops": "what a call and its derivatives cost: operations, calls, tape",
        "compare": "the derivative by hand, by differences and automatic, with errors",
        "step": "walk through a derivative, operation by operation",
    }
    for name, text in about.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("file", metavar="FILE", help="a script with the function; it is run first")
        command.add_argument("--call", required=True, metavar="'f(2, 5)'", help="the call to look at")
        if name in ("trace", "step"):
            command.add_argument("--mode", choices=MODES, default=REVERSE)
            command.add_argument("--direction", metavar="V", help="the tangents of forward mode, as '(1, 0)'")
        if name in ("trace", "graph", "step"):
            command.add_argument(
                "--as-run", action="store_true", help="number operations as they run, not layer by layer"
            )
        if name == "trace":
            command.add_argument("--format", choices=FORMATS, default="text")
        if name == "graph":
            command.add_argument("--format", choices=("svg", "dot"), help="else what the file's name says")
        if name in ("trace", "graph"):
            command.add_argument("-o", "--output", metavar="OUT", help="the file to write to")
    return top


def run_command(options: argparse.Namespace, text: str, limits: Limits) -> None:
    """Runs one command on the text of its file. Raises errors.Error; OSError where it cannot write."""
    session = Session(write=lambda _: None, limits=limits)
    session.run_script(text, options.file)
    folder = os.path.dirname(os.path.abspath(options.file))

    def value(text: str) -> Value:
        return session.evaluate(text, CALL, folder)

    call = _call(options.call)
    function, argument = (value(_alone(options.call, node)) for node in (call.function, call.argument))
    if options.command == "ops":
        _write(count(function, argument, limits=limits).text() + "\n")
    elif options.command == "compare":
        by_hand = _by_hand(call.function, value)
        _write(compare(function, argument, by_hand=by_hand, limits=limits).text() + "\n")
    else:
        direction = value(options.direction) if getattr(options, "direction", None) else None
        mode = getattr(options, "mode", "primal")
        traced = trace(
            function, argument, mode=mode, direction=direction, limits=limits, as_run=options.as_run
        )
        _show(options, traced)


def _show(options: argparse.Namespace, traced: Trace) -> None:
    if options.command == "step":
        if sys.stdin.isatty() and sys.stdout.isatty():
            walk(traced, terminal_key, _write)
        else:
            _write(listing(traced) + "\n")
        return
    output = options.output or ""
    form = options.format or ("dot" if output.endswith((".dot", ".gv")) else "svg")
    text = getattr(traced, form)()
    text = text if text.endswith("\n") else text + "\n"
    if not output:
        _write(text)
        return
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _call(text: str) -> syntax.Call:
    """The call that a text is. RunError for any other text."""
    program = parse(Source(CALL, text))
    (statement, *rest) = program.statements or (None,)
    if rest or not isinstance(statement, syntax.Call):
        span = statement.span if statement is not None else None
        raise RunError("expected a call of a function", span, hint="as in `--call 'f(2, 5)'`")
    return statement


def _alone(text: str, node: syntax.Node) -> str:
    """A text of which only a node is left, in its place: so errors show where it stands."""
    before = "".join(c if c == "\n" else " " for c in text[: node.span.start])
    return before + node.span.text


def _by_hand(function: syntax.Node, value: Callable[[str], Value]) -> Value | None:
    """The function that the file has under the name of f with `_derivative` or `_gradient` after it."""
    for ending in HANDS:
        try:
            return value(function.span.text + ending)
        except ResolveError:
            continue
    return None
