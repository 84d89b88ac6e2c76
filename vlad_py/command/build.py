"""`vlad build`: a function of a file as a shared library, with its declarations for C, Rust and Fortran."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from vlad_py.command.outcome import Refused, reason_of, with_text
from vlad_py.execution.limits import Limits
from vlad_py.ground.advice import install_advice
from vlad_py.ground.budget import spend
from vlad_py.ground.errors import NotNative, RunError, SyntaxError, UnknownName, near
from vlad_py.ground.literals import one_line
from vlad_py.ground.source import Source, Span
from vlad_py.lowering.groups import all_nodes
from vlad_py.native.calling import Native, is_installed
from vlad_py.native.exits import AlwaysFails
from vlad_py.native.export import library
from vlad_py.native.headers import function_name
from vlad_py.native.wrapping import wrapping_hint
from vlad_py.session.limit_options import add_limits, limits_of
from vlad_py.session.option_parser import OptionParser
from vlad_py.session.process import prepare
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.show import describe
from vlad_py.values.values import Closure, Value

KINDS: dict[str, Value] = {"real": 1.5, "boolean": True}  # what each kind stands for while code is made
ARRAYS = ("array", "vector", "matrix")
KNOWN = "a kind is `real`, `boolean`, or a tuple, record or list of kinds, as `(real, list(real, real))`"

EXAMPLES = """\
examples:
  vlad build model.adl --entry loss --kinds '(real, real)' -o libloss.so
  vlad build model.adl --entry 'gradient(loss)' --kinds '(real, real)' -o libslope.so

The kinds are the argument's: `real`, `boolean`, and tuples, records and lists of them. The library names the
function: `libslope.so` has `slope`. The declarations are in `libslope.h` for C and C++, in `libslope.rs` for
Rust and in `libslope.f90` for Fortran."""


def main(argv: list[str]) -> int:
    """Builds a library of a function; returns the exit status."""
    options = _options(argv)
    prepare(options.max_memory)
    limits = limits_of(options)
    return with_text(options.file, lambda text: spend(limits, lambda: _build(options, text, limits)))


def _options(argv: list[str]) -> argparse.Namespace:
    """The options that stand behind `build`."""
    parser = OptionParser(
        prog="vlad build",
        description="Compile a function of FILE into a shared library that C, Fortran and Rust can call.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a program")
    parser.add_argument("--entry", required=True, metavar="EXPRESSION", help="the function, as `gradient(f)`")
    parser.add_argument("--kinds", required=True, metavar="KINDS", help="its argument, as `real, real`")
    parser.add_argument("-o", dest="output", required=True, metavar="LIBRARY", help="as `libf.so`")
    add_limits(parser)
    return parser.parse_args(argv)


def _build(options: argparse.Namespace, text: str, limits: Limits) -> None:
    """Builds a library. Raises errors.Error."""
    if not is_installed():
        raise NotNative("llvmlite is not installed", hint=install_advice("native"))
    session = Session(limits=limits)
    session.run_script(text, options.file)
    function = session.evaluate(options.entry, "entry")
    argument = _argument(options.kinds)
    if not isinstance(function, Closure):
        message = f"--entry: expected a function written in the language, got {describe(function)}"
        raise RunError(message, hint=wrapping_hint(function))
    output = Path(options.output)
    name = function_name(output.stem)
    try:
        unit = Native(function, argument, is_fixed=True).unit
    except NotNative as refusal:
        if not (isinstance(refusal, AlwaysFails) or _is_of_parameters(refusal.span, function)):
            raise
        try:
            session.call(function, argument)  # the interpreter says what is wrong
        except RunError as error:
            raise _about_kinds(error, function, options.kinds) from None
        raise
    try:
        library(unit, name, output)
    except OSError as error:
        raise Refused(f"{output}: {reason_of(error)}") from None


def _argument(kinds: str) -> Value:
    """A value of the kinds. Raises errors.Error."""
    if "[" in kinds or any(re.search(rf"\b{name}\b", kinds) for name in ARRAYS):
        raise RunError("--kinds: a function of C cannot take arrays yet", hint=KNOWN)
    refusal = RunError(f"--kinds: expected kinds, got `{kinds}`", hint=KNOWN)
    kind = _kind(kinds)
    if kind is None:
        kinds = f"({kinds})"  # several may stand without parentheses, as in a call
        kind = _kind(kinds) if kinds != "()" else None
    if kind is None or not all(map(_is_of_kinds, all_nodes(kind))):
        raise refusal
    try:
        return Session(functions=KINDS).evaluate(kinds, "--kinds")
    except UnknownName as error:
        error.message = f"there is no kind `{error.name}`"
        error.hint = near(error.name, KINDS) or KNOWN
        raise


def _kind(text: str) -> syntax.Node | None:
    """The tree of an expression; None for other texts."""
    try:
        (kind,) = parse(Source("--kinds", text)).statements
    except (SyntaxError, ValueError):
        return None
    return kind


def _is_of_kinds(node: syntax.Node) -> bool:
    """Whether a text of kinds may have a node of this form."""
    if isinstance(node, syntax.Call):
        return isinstance(node.function, syntax.Name) and node.function.id == "list"
    return isinstance(node, (syntax.Name, syntax.Tuple, syntax.Record, syntax.Field))


def _about_kinds(error: RunError, function: Closure, kinds: str) -> RunError:
    """The error of a call: that of the kinds, where the function's parameters do not take them."""
    if not (error.of_call or _is_of_parameters(error.span, function)):
        return error
    hint = f"the parameters of `{function.code.name}` are `{one_line(function.code.parameters)}`"
    return RunError(f"--kinds: {error.message}, for the kinds `{kinds}`", hint=hint)


def _is_of_parameters(place: Span | None, function: Closure) -> bool:
    """Whether a place lies in the parameters of a function."""
    code = function.code
    start = code.span.start + max(code.span.text.find(code.parameters), 0)
    if place is None or place.source is not code.span.source:
        return False
    return start <= place.start and place.end <= start + len(code.parameters)
