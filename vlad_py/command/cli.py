"""The command `vlad`: a thin line between the shell and a session."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NoReturn

from vlad_py import __version__
from vlad_py.command.menu import COMMANDS
from vlad_py.command.outcome import finish, with_text, without_output
from vlad_py.execution.machine import MOST_CALLS, Limits
from vlad_py.execution.pipeline import INLINED, LOWERED, STAGES
from vlad_py.ground.errors import RunError, near
from vlad_py.laboratory.menu import COMMANDS as LABORATORY  # a file with such a name is `./trace`
from vlad_py.session.files import ADL, VLAD, absolute
from vlad_py.session.process import count_of, prepare, size_of, wants_color
from vlad_py.session.session import ALWAYS, AUTO, NEVER, TIERS, Session
from vlad_py.values.show import show
from vlad_py.values.values import UNIT, Value

if TYPE_CHECKING:
    from vlad_py.native.entry import Attempt

ALLOW, ERROR = "allow", "error"  # the choices of `--nan`
WITH_VALUE = ("--max-steps", "--max-depth", "--max-memory", "--nan", "--lang", "-I")
TYPED = "typed"  # the stage of Core that a call is compiled from
EXPLAIN, IR, LLVM = "explain", "ir", "llvm"  # the choices of `--native` that print, besides TIERS

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)")

EXAMPLES = """\
examples:
  vlad                                          type expressions, see their values: `:help` there
  vlad -i newton.adl                            run a script, then go on with its definitions
  vlad newton.adl                               run a script
  vlad newton.adl 2 1e-9                        … with `arguments` = list(2, 1e-9)
  vlad -e 'derivative(fn x => x ^ 2)(3)'        print the value of an expression
  echo 'print(gradient(sin)(0))' | vlad -       run standard input
  vlad --check newton.adl                       show all mistakes, run nothing
  vlad --core newton.adl                        print the intermediate representation
  vlad --core=inlined newton.adl                … with small functions put in place of their calls
  vlad saddle.vlad                              run a program in VLAD
  vlad build f.adl --entry 'gradient(f)' --kinds '(real, real)' -o libf.so    a library for C
  vlad --native newton.adl                      run a script as machine code, where that is possible
  vlad --native=explain newton.adl              … and print what was compiled, and what was not, and why
  vlad --native=ir newton.adl                   … and print what its calls become; also: llvm
  vlad fmt .                                    write all programs in a folder in the one style
  vlad test .                                   run what the comments of programs promise
  vlad trace f.adl --call 'f(2, 5)'             its operations and adjoints; also: graph, ops, compare, step

exit status: 0 ok, 1 an error in the program, 2 usage, 3 a limit, 66 no such file,
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
    if options.interactive or (options.expression is None and options.file is None):
        return _interact(options)
    if options.file is None:
        return finish(lambda: _run(options, options.expression))
    return with_text(options.file, lambda text: _run(options, text))


def _observe(argv: list[str]) -> int:
    """Runs a command of the laboratory; returns its exit status."""
    from vlad_py.laboratory import commands  # only here: programs do not need it

    options = commands.options_of(argv)
    prepare(None)
    limits = Limits(depth=MOST_CALLS)
    return with_text(options.file, lambda text: commands.run_command(options, text, limits))


def _interact(options: argparse.Namespace) -> int:
    from vlad_py.repl import door  # only here: no other run needs it
    from vlad_py.repl.engine import OutputLost

    limits, arguments = _settings(options)
    is_error = options.nan == ERROR
    try:
        return door.interact(
            limits,
            arguments,
            options.max_memory,
            options.file,
            nan_is_error=is_error,
            language=options.lang,
            include=tuple(options.include),
        )
    except OutputLost as lost:
        return without_output(lost)


def _settings(options: argparse.Namespace) -> tuple[Limits, tuple[Value, ...]]:
    limits = Limits(steps=options.max_steps, depth=options.max_depth)
    return limits, tuple(_argument(a) for a in options.arguments)


def _run(options: argparse.Namespace, text: str) -> None:
    limits, arguments = _settings(options)
    session = Session(
        arguments=arguments,
        limits=limits,
        runs=not (options.check or options.core),
        nan_is_error=options.nan == ERROR,
        language=options.lang,
        include=tuple(options.include),
        native=options.native if options.native in TIERS else ALWAYS,
        write=None if options.native in TIERS else lambda _: None,
    )
    if options.native not in TIERS:
        _print_attempts(session, options.native)
    name = "-e" if options.file is None else options.file
    folder = None if options.file is None else os.path.dirname(absolute(name))
    if options.check and session.language_of(name) == ADL:
        from vlad_py.command import check  # only here: no other run needs it

        check.check(text, name, folder)
    elif options.check or options.core:
        module = session.core_of(text, name, folder, options.core or LOWERED)
        if options.core:
            from vlad_py.core.text import print_module  # only here: most runs print no Core

            sys.stdout.write(print_module(module))
    elif options.file is not None:
        session.run_script(text, name)
    else:
        value = session.evaluate(text, name)
        if value != UNIT:
            print(show(value))


def _print_attempts(session: Session, way: str) -> None:
    """Prints what calls become, or what became of compiling them, and nothing else."""
    if session.tier is None:
        raise RunError("there is no native code here", hint="pip install 'vlad_py[native]'")
    from vlad_py.native.code import module_text
    from vlad_py.native.explain import explained  # only here: no other run needs them
    from vlad_py.native.ir_text import print_unit

    text = module_text if way == LLVM else print_unit

    def listen(attempt: Attempt) -> None:
        if way == EXPLAIN:
            words = explained(attempt, color=wants_color(sys.stdout))
            if words:
                print(words)
        elif attempt.unit is not None:
            print(text(attempt.unit))

    session.on_attempt = listen


def _options(argv: list[str]) -> argparse.Namespace:
    """The options of the command line. With `-e` there is no file, so the rest are arguments."""
    at = 0
    while at < len(argv) and argv[at].startswith("-") and argv[at] not in ("-", "-e"):
        for option, alone in (("--core", LOWERED), ("--native", ALWAYS)):
            if argv[at] == option:
                argv = [*argv[:at], f"{option}={alone}", *argv[at + 1 :]]  # what follows is not a stage
        at += 2 if argv[at] in WITH_VALUE else 1
    if argv[at : at + 1] == ["-e"] and at + 1 < len(argv):
        # joined to its option, the expression may begin with `-`
        argv = [*argv[:at], f"--evaluate={argv[at + 1]}", *argv[at + 2 :]]
    parser = _parser()
    options = parser.parse_args(argv)
    if options.core == TYPED:
        options.core, options.native = None, IR
    if options.file is None and options.expression is None and (options.check or options.core):
        parser.error("--check and --core need a FILE")
    if options.interactive and (options.expression is not None or options.file == "-"):
        parser.error("-i needs a FILE")
    if options.expression is not None and options.file is not None:
        options.arguments.insert(0, options.file)
        options.file = None
    return options


class _Parser(argparse.ArgumentParser):
    """A parser that suggests the nearest option for one that does not exist."""

    def error(self, message: str) -> NoReturn:
        unknown = message.partition(": ")[2].split() or [""]
        if message.startswith("unrecognized") and (hint := near(unknown[0], self._option_string_actions)):
            message = f"{message}; {hint}"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vlad",
        usage="vlad [options] [FILE [argument …]] | vlad [options] -e EXPRESSION",
        description="Run programs in ADL, a functional language with differentiation built in.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a script; `-` is standard input")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script sees as `arguments`")
    parser.add_argument(
        "-e", "--evaluate", dest="expression", metavar="EXPRESSION", help="print the value of an expression"
    )
    parser.add_argument("-i", "--interactive", action="store_true", help="run FILE, then read and evaluate")
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
        help="show all mistakes in FILE, and what is hardly meant; run nothing",
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
        choices=(*TIERS, EXPLAIN, IR, LLVM),
        default=NEVER,
        help=f"`{ALWAYS}` (without `=WAY`) runs calls as machine code, `{AUTO}` what has run for a while, "
        f"`{NEVER}` (without the option) none; `{EXPLAIN}` prints what is compiled, what is not, and why; "
        f"`{IR}` and `{LLVM}` print what calls become",
    )
    parser.add_argument(
        "--max-steps", type=_type(count_of), metavar="N", help="stop after N steps of the machine"
    )
    parser.add_argument(
        "--max-depth",
        type=_type(count_of),
        metavar="N",
        default=MOST_CALLS,
        help=f"calls in progress ({MOST_CALLS})",
    )
    parser.add_argument(
        "--max-memory", type=_type(size_of), metavar="SIZE", help="such as 500M or 4G (3/4 of the machine's)"
    )
    parser.add_argument(
        "--nan",
        choices=(ALLOW, ERROR),
        default=ALLOW,
        help="stop at the first NaN or infinity",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="the version, and its tiers")
    return parser


class _Version(argparse.Action):
    """Prints the version, and whether there is native code."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        tiers = "interpreted only; native code needs `pip install 'vlad_py[native]'`"
        if find_spec("llvmlite") is not None:
            from importlib import metadata  # only here: it loads what reads e-mails

            tiers = f"interpreted, and native by llvmlite {metadata.version('llvmlite')}"
        print(f"vlad {__version__}\n{tiers}")
        parser.exit()


def _type(read: Callable[[str], int]) -> Callable[[str], int]:
    """Adapts a reader to the type of an option, so that the option parser reports its errors."""

    def option(text: str) -> int:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return option


def _argument(text: str) -> Value:
    """A script's argument: a real if it is a number in ADL, else a string."""
    return float(text) if _NUMBER.fullmatch(text) else text


if __name__ == "__main__":
    sys.exit(main())
