"""`vlad build`: a function of a file as a shared library, with a header for C."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from vlad_py.command.outcome import with_text
from vlad_py.execution.machine import MOST_CALLS, Limits
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.native.calling import Native, is_installed
from vlad_py.native.export import library
from vlad_py.session.process import prepare
from vlad_py.session.session import Session
from vlad_py.values.show import describe
from vlad_py.values.values import Closure, Value

KINDS: dict[str, Value] = {"real": 1.5, "boolean": True}  # what each kind stands for while code is made

EXAMPLES = """\
examples:
  vlad build model.adl --entry loss --kinds '(real, real)' -o libloss.so
  vlad build model.adl --entry 'gradient(loss)' --kinds '(real, real)' -o libloss.so

The kinds are the argument's: `real`, `boolean`, and tuples, records and lists of them. `libloss.h` says how
to call the library."""


def main(argv: list[str]) -> int:
    """Builds a library of a function; returns the exit status."""
    options = _options(argv)
    prepare(None)
    limits = Limits(depth=MOST_CALLS)
    return with_text(options.file, lambda text: _build(options, text, limits))


def _options(argv: list[str]) -> argparse.Namespace:
    """The options that stand behind `build`."""
    parser = argparse.ArgumentParser(
        prog="vlad build",
        description="Compile a function of FILE into a shared library that C, Fortran and Rust can call.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="a program")
    parser.add_argument("--entry", required=True, metavar="EXPRESSION", help="the function, as `gradient(f)`")
    parser.add_argument("--kinds", required=True, metavar="KINDS", help="its argument, as `(real, real)`")
    parser.add_argument("-o", dest="output", required=True, metavar="LIBRARY", help="as `libf.so`")
    return parser.parse_args(argv)


def _build(options: argparse.Namespace, text: str, limits: Limits) -> None:
    """Builds a library. Raises errors.Error, and OSError where the files cannot be written."""
    if not is_installed():
        raise NotNative("llvmlite is not installed", hint="pip install 'vlad_py[native]'")
    session = Session(limits=limits)
    session.run_script(text, options.file)
    function = session.evaluate(options.entry, "--entry")
    argument = Session(functions=KINDS).evaluate(options.kinds, "--kinds")
    if not isinstance(function, Closure):
        raise RunError(f"--entry: expected a function written in the language, got {describe(function)}")
    output = Path(options.output)
    name = re.sub(r"\W", "_", output.stem.removeprefix("lib"))
    unit = Native(function, argument, is_fixed=True).unit
    library(unit, name, output)
