"""The command `vlad`: a thin line between the shell and a session."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vlad_py.command.arguments import value_of
from vlad_py.command.menu import COMMANDS
from vlad_py.command.options import OneExpression, Parser, Version, warn_of_misplaced
from vlad_py.command.outcome import (
    Refused,
    finish,
    finish_with,
    reason_of,
    with_text,
    without_output,
)
from vlad_py.execution.limits import Limits
from vlad_py.execution.pipeline import INLINED, LOWERED, STAGES
from vlad_py.ground import asking
from vlad_py.ground.budget import spend
from vlad_py.ground.columns import columns
from vlad_py.ground.errors import Error
from vlad_py.laboratory.menu import COMMANDS as LABORATORY  # a file with such a name is `./trace`
from vlad_py.plots.plot import Plot
from vlad_py.primitives.output import write_out
from vlad_py.session.files import ADL, VLAD, absolute
from vlad_py.session.library import can_compile
from vlad_py.session.limit_options import LIMITS, add_limits, limits_of
from vlad_py.session.pictures import SVG
from vlad_py.session.process import prepare, wants_color
from vlad_py.session.session import ALWAYS, AUTO, NEVER, TIERS, Session
from vlad_py.session.ways import EXPLAIN, IR, LLVM, WAYS, choose
from vlad_py.values.show import show
from vlad_py.values.values import UNIT, Value

if TYPE_CHECKING:
    from vlad_py.laboratory.progress import Progress

ALLOW, ERROR = "allow", "error"  # the choices of `--nan`
WITH_VALUE = ("-o", "--data", *LIMITS, "--nan", "--lang", "-I")
TYPED = "typed"  # the stage of Core that a call is compiled from

EXAMPLES = """\
examples:
  vlad                                          type expressions, see their values: `:help` there
  vlad -i newton.adl                            run a script, then go on with its definitions
  vlad newton.adl                               run a script
  vlad newton.adl 2 1e-9                        … with `arguments` = list(2, 1e-9)
  vlad --data points.csv fit.adl                … with `data` = {x: [1, 2, …], y: [3, 5, …]}
  vlad -e 'derivative(fn x => x ^ 2)(3)'        print the value of an expression
  echo 'print(gradient(sin)(0))' | vlad -       run standard input
  vlad -o curve.svg curve.adl                   write the plot that the script ends with
  vlad --check newton.adl                       show all mistakes, run nothing
  vlad --core newton.adl                        print the intermediate representation
  vlad --core=inlined newton.adl                … with small functions put in place of their calls
  vlad saddle.vlad                              run a program in VLAD
  vlad --native newton.adl                      run a script as machine code, where that is possible
  vlad --native=explain newton.adl              … and print what was compiled, and what was not, and why
  vlad --native=ir newton.adl                   … and print what its calls become; also: llvm
  vlad test --help                              a command's options; `./test` is a file of that name

exit status: 0 ok, 1 an error in the program, 2 usage, 3 a limit, 66 a file cannot be read,
70 a bug of vlad itself, 130 stopped by Ctrl-C"""


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in LABORATORY:
        return _observe(argv)
    if argv and argv[0] in COMMANDS:
        command: Callable[[list[str]], int] = import_module(f"vlad_py.command.{argv[0]}").main
        return command(argv[1:])
    options = _options(argv)
    prepare(options.max_memory)
    if _is_interactive(options):
        return _interact(options)
    if options.file is None:
        return finish(lambda: _run(options, options.expression))
    return with_text(options.file, lambda text: _run(options, text))


def _is_interactive(options: argparse.Namespace) -> bool:
    """Whether the REPL opens."""
    return options.interactive or (options.expression is None and options.file is None)


def _observe(argv: list[str]) -> int:
    """Runs a command of the laboratory; returns its exit status."""
    from vlad_py.laboratory import commands  # only here: programs do not need it

    options = commands.options_of(argv)
    prepare(options.max_memory)
    limits = limits_of(options)
    screen = _screen() if options.command == "step" else None

    def work(text: str) -> None:
        spend(limits, lambda: commands.run_command(options, text, limits, screen))

    return with_text(options.file, work)


def _screen() -> Callable[[Any], None] | None:
    """What shows steps on the whole screen, where that can be done."""
    if find_spec("prompt_toolkit") is None or os.environ.get("TERM") in (None, "dumb"):
        return None
    from vlad_py.repl.stepping import show  # only here: it takes long to load

    return show


def _interact(options: argparse.Namespace) -> int:
    from vlad_py.repl import door  # only here: no other run needs it
    from vlad_py.repl.engine import OutputLost

    file = options.file
    if file is not None and (os.path.isdir(file) or not os.access(file, os.R_OK)):
        return with_text(file, lambda _: None)  # which says why
    limits, arguments = _settings(options)
    is_error = options.nan == ERROR
    try:
        given = _data(options.data)
    except Error as error:
        return finish_with(error)
    try:
        return door.interact(
            limits,
            arguments,
            file,
            nan_is_error=is_error,
            language=options.lang,
            include=tuple(options.include),
            native=options.native,
            given=given,
        )
    except OutputLost as lost:
        return without_output(lost)


def _settings(options: argparse.Namespace) -> tuple[Limits, tuple[Value, ...]]:
    return limits_of(options), tuple(map(value_of, options.arguments))


def _run(options: argparse.Namespace, text: str) -> None:
    warn_of_misplaced(options.misplaced, text)
    limits, arguments = _settings(options)
    spend(limits, lambda: _run_within(limits, arguments, options, text))


def _run_within(limits: Limits, arguments: tuple[Value, ...], options: argparse.Namespace, text: str) -> None:
    progress = _progress(options)
    write = progress.print if progress is not None else None
    session = Session(
        arguments=arguments,
        functions=_data(options.data),
        limits=limits,
        runs=not (options.check or options.core),
        nan_is_error=options.nan == ERROR,
        language=options.lang,
        include=tuple(options.include),
        write=write if options.native in TIERS else lambda _: None,
    )
    if options.native != NEVER and (can_compile() or options.native not in TIERS):
        choose(session, options.native, print, color=wants_color(sys.stdout))
    name = "-e" if options.file is None else options.file
    folder = None if options.file is None else os.path.dirname(absolute(name))
    if options.check and session.language_of(name) == ADL:
        from vlad_py.command import check  # only here: no other run needs it

        check.check(text, name, folder)
    elif options.check or options.core:
        module = session.core_of(text, name, folder, options.core or LOWERED)
        if options.core:
            from vlad_py.core.text import print_module  # only here: most runs print no Core

            shown = print_module(module)
            asking.write(len(shown))
            sys.stdout.write(shown)
    elif options.file is not None:
        with progress.shown() if progress is not None else nullcontext():
            value = session.run_script(text, name)
        _say(options, value, is_plot_only=True)
    else:
        with progress.shown() if progress is not None else nullcontext():
            value = session.evaluate(text, name)
        _say(options, value)


def _say(options: argparse.Namespace, value: Value, *, is_plot_only: bool = False) -> None:
    """Shows the value of a program: a script's, only if it is a plot; or writes the plot to a file."""
    if options.output is not None:
        from vlad_py.ground.whole_files import write_whole  # only here, like the next: most runs write none
        from vlad_py.session import pictures

        try:
            write_whole(options.output, pictures.picture_of(value))
        except OSError as error:
            raise Refused(f"{options.output}: {reason_of(error)}") from None
    elif type(value) is Plot:
        shown = value.text(columns(), color=wants_color(sys.stdout))
        asking.write(len(shown) + 1)
        write_out(shown + "\n")
    elif value != UNIT and not is_plot_only:
        shown = show(value)
        asking.write(len(shown) + 1)
        print(shown)


def _progress(options: argparse.Namespace) -> Progress | None:
    """What tells on a terminal how far a run is."""
    if not options.progress or not sys.stderr.isatty():
        return None
    from shutil import get_terminal_size  # only here: it takes time to load

    from vlad_py.laboratory.progress import Progress  # only here: most runs show none

    return Progress(sys.stderr, get_terminal_size().columns)


def _data(path: str | None) -> dict[str, Value]:
    """The record in a file, as the name that programs see. Raises Refused."""
    if path is None:
        return {}
    from vlad_py.command import data  # only here: most runs have none

    return data.given_by(path)


def _options(argv: list[str]) -> argparse.Namespace:
    """The options of the command line. With `-e` there is no file, so the rest are arguments."""
    at = 0
    parser = _parser()
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "-":
        if argv[at] == "-e" and at + 1 < len(argv):
            # joined to its option, the expression may begin with `-`
            argv = [*argv[:at], f"--evaluate={argv[at + 1]}", *argv[at + 2 :]]
        for option, alone, choices in (("--core", LOWERED, (*STAGES, TYPED)), ("--native", ALWAYS, WAYS)):
            if argv[at] == option:
                if argv[at + 1 : at + 2] and argv[at + 1] in choices:
                    choice = argv[at + 1]
                    parser.error(f"write `{option}={choice}`; a file with such a name is `./{choice}`")
                argv = [*argv[:at], f"{option}={alone}", *argv[at + 1 :]]  # what follows is a file
        at += 2 if argv[at] in WITH_VALUE else 1
    options = parser.parse_args(argv)
    # after `--` they are meant for the program
    options.misplaced = [] if "--" in argv else parser.options_in(options.arguments)
    if options.core == TYPED:
        options.core, options.native = None, IR
    if options.file is None and options.expression is None and (options.check or options.core):
        parser.error("--check and --core need a FILE")
    if options.file is not None and options.expression is None and options.arguments:
        # nothing runs, so what follows cannot be arguments of the program
        for option, is_given in (("--check", options.check), ("--core", options.core)):
            if is_given:
                parser.error(f"{option} takes one FILE, got `{options.arguments[0]}` after it")
    if options.data is not None and options.expression is None and options.file is None:
        shown = f"vlad --data {options.data}"
        parser.error(
            f"--data needs a FILE or -e: `{shown} -e data` shows it, `{shown} FILE` gives it a program"
        )
    runs = not (options.check or options.core or options.interactive)
    if options.output is not None and not (runs and (options.expression or options.file) is not None):
        parser.error("-o needs a FILE or -e, to run")
    if options.output is not None and not options.output.endswith(SVG):
        parser.error(f"-o: a plot is written as SVG, to a file such as `{_stem(options)}{SVG}`")
    if options.interactive and (options.expression is not None or options.file == "-"):
        parser.error("-i needs a FILE")
    if options.expression is not None and options.file is not None:
        options.arguments.insert(0, options.file)
        options.file = None
    if options.native is None:
        options.native = NEVER if _is_interactive(options) else AUTO
    return options


def _stem(options: argparse.Namespace) -> str:
    return os.path.splitext(os.path.basename(options.output))[0] or "x"


def _commands() -> str:
    """The commands, each with what it is for."""
    every = COMMANDS | {name: about.full for name, about in LABORATORY.items()}
    return "\n".join(["commands:", *(f"  vlad {name:<12}{about}" for name, about in sorted(every.items()))])


def _parser() -> Parser:
    parser = Parser(
        prog="vlad",
        usage="vlad [options] [FILE [argument …]] | vlad [options] -e EXPRESSION | vlad COMMAND …",
        description="Run programs in ADL, a functional language with differentiation built in.",
        epilog=f"{_commands()}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a script; `-` is standard input")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script sees as `arguments`")
    parser.add_argument(
        "-e",
        "--evaluate",
        dest="expression",
        action=OneExpression,
        metavar="EXPRESSION",
        help="print the value of an expression",
    )
    parser.add_argument("-i", "--interactive", action="store_true", help="run FILE, then read and evaluate")
    parser.add_argument(
        "--data", metavar="FILE", help="a .csv or .json file, which programs see as the record `data`"
    )
    parser.add_argument(
        "-o", dest="output", metavar="FILE.svg", help="write the plot that is the program's value to a file"
    )
    parser.add_argument(
        "--lang",
        choices=(ADL, VLAD),
        default=ADL,
        help="the language where no suffix tells it, as with -e and in the REPL",
    )
    parser.add_argument(
        "-I",
        dest="include",
        action="append",
        default=[],
        metavar="DIR",
        help="where VLAD's `include` looks too",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="show all mistakes in FILE, and what looks like one; run nothing",
    )
    parser.add_argument(
        "--core",
        metavar="STAGE",
        choices=(*STAGES, TYPED),
        help=f"print FILE's intermediate representation, as `{LOWERED}` (without `=STAGE`) or `{INLINED}`; "
        f"`{TYPED}` is `--native=ir`",
    )
    parser.add_argument(
        "--native",
        metavar="WAY",
        choices=WAYS,
        help=f"`{AUTO}` (without the option) runs as machine code what has run for a while, `{ALWAYS}` "
        f"(without `=WAY`) every call, `{NEVER}` (without the option in the REPL) none; `{EXPLAIN}` says "
        f"which calls are compiled, and why others are not; `{IR}` and `{LLVM}` print the code of each call. "
        f"With `{AUTO}`, runs change to machine code at different moments, so the last digits of a search "
        f"may differ; `{NEVER}` repeats exactly",
    )
    add_limits(parser)
    parser.add_argument(
        "--progress",
        action="store_true",
        help="tell on the terminal how far the run is: turns of loops, iterations and values of searches",
    )
    parser.add_argument(
        "--nan",
        choices=(ALLOW, ERROR),
        default=ALLOW,
        help="stop at the first NaN or infinity",
    )
    parser.add_argument("-V", "--version", action=Version, nargs=0, help="the version, and its tiers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
