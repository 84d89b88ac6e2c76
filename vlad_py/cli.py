"""The command `vlad`: a thin line between the shell and a session."""

from __future__ import annotations

import argparse
import gc
import io
import os
import re
import sys
from typing import NoReturn

from vlad_py import __version__
from vlad_py.core_text import print_module
from vlad_py.errors import Bug, Error, Interrupted, LimitError, near, render
from vlad_py.machine import MOST_CALLS, Limits
from vlad_py.session import Session, near_file, read_text
from vlad_py.show import show
from vlad_py.values import NIL, UNIT, Cons, Value

OK, FAILED, USAGE, LIMIT, NO_INPUT, OUR_BUG, STOPPED = 0, 1, 2, 3, 66, 70, 130

MEMORY_SHARE = 0.75  # of the machine's memory, where no limit is given
STACK_LEVELS = 15_000  # more than the host frees by recursion
LEAST_MEMORY = 100 << 20  # the host itself takes some 40 MB
NESTING = 4_000  # host frames for numbers inside numbers; on the heap, since no host call is in between

LIMITS = ("--max-steps", "--max-depth", "--max-memory")

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)")

EXAMPLES = """\
examples:
  vlad newton.adl                               run a script
  vlad newton.adl 2 1e-9                        … with `arguments` = list(2, 1e-9)
  vlad -e 'derivative(fn x => x ^ 2)(3)'        print the value of an expression
  echo 'print(gradient(sin)(0))' | vlad -       run standard input
  vlad --check newton.adl                       parse and resolve, run nothing
  vlad --core newton.adl                        print the intermediate representation

exit status: 0 ok, 1 an error in the program, 2 usage, 3 a limit, 66 no such file,
70 a bug of vlad itself, 130 stopped by Ctrl-C"""


def main(argv: list[str] | None = None) -> int:
    """Runs the command; gives its exit status."""
    options = _options(sys.argv[1:] if argv is None else argv)
    if options.expression is None and options.file is None:
        _parser().print_usage(sys.stderr)
        return USAGE
    _prepare_process(options.max_memory)
    try:
        text = options.expression if options.file is None else read_text(options.file)
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else _reason(error)
        hint = near_file(os.path.abspath(options.file), options.file)
        print(f"vlad: {options.file}: {reason}{hint and f'; {hint}'}", file=sys.stderr)
        return NO_INPUT
    except MemoryError:
        print(f"vlad: {options.file}: out of memory", file=sys.stderr)
        return LIMIT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return STOPPED
    try:
        _run(options, text)
        sys.stdout.flush()
    except Error as error:
        print(render(error, color=_wants_color()), file=sys.stderr)
        return _status(error)
    except BrokenPipeError:
        # who reads our output has had enough; the interpreter's own flush at exit must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"vlad: the output cannot be written: {_reason(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return STOPPED
    return OK


def _run(options: argparse.Namespace, text: str) -> None:
    limits = Limits(steps=options.max_steps, depth=options.max_depth)
    arguments = tuple(_argument(a) for a in options.arguments)
    session = Session(arguments=arguments, limits=limits, runs=not (options.check or options.core))
    name = "-e" if options.file is None else options.file
    folder = None if options.file is None else os.path.dirname(os.path.abspath(name))
    if options.check or options.core:
        module = session.core_of(text, name, folder)
        if options.core:
            sys.stdout.write(print_module(module))
    elif options.file is not None:
        session.run_script(text, name)
    else:
        value = session.evaluate(text, name)
        if value != UNIT:
            print(show(value))


def _reason(error: OSError) -> str:
    return str(error.strerror or error).lower()


def _options(argv: list[str]) -> argparse.Namespace:
    """What the command line says. With `-e` there is no file, so all that is left are arguments."""
    at = 0
    while at < len(argv) and argv[at].startswith("-") and argv[at] not in ("-", "-e"):
        at += 2 if argv[at] in LIMITS else 1
    if argv[at : at + 1] == ["-e"] and at + 1 < len(argv):
        # joined to its option, the expression may begin with `-`
        argv = [*argv[:at], f"--evaluate={argv[at + 1]}", *argv[at + 2 :]]
    options = _parser().parse_args(argv)
    if options.expression is not None and options.file is not None:
        options.arguments.insert(0, options.file)
        options.file = None
    return options


class _Parser(argparse.ArgumentParser):
    """A parser that names the option nearest to one that does not exist."""

    def error(self, message: str) -> NoReturn:
        unknown = message.partition(": ")[2].split() or [""]
        if message.startswith("unrecognized") and (hint := near(unknown[0], self._option_string_actions)):
            message = f"{message}; {hint}"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vlad",
        usage="vlad [options] FILE [argument …] | vlad [options] -e EXPRESSION",
        description="Run programs in ADL, a functional language with differentiation built in.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a script; `-` is standard input")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script sees as `arguments`")
    parser.add_argument(
        "-e", "--evaluate", dest="expression", metavar="EXPRESSION", help="print the value of an expression"
    )
    parser.add_argument("--check", action="store_true", help="parse and resolve FILE, run nothing")
    parser.add_argument("--core", action="store_true", help="print FILE's intermediate representation")
    parser.add_argument("--max-steps", type=_count, metavar="N", help="stop after N steps of the machine")
    parser.add_argument(
        "--max-depth", type=_count, metavar="N", default=MOST_CALLS, help=f"calls in progress ({MOST_CALLS})"
    )
    parser.add_argument(
        "--max-memory", type=_size, metavar="SIZE", help="as 500M or 4G (3/4 of the machine's)"
    )
    parser.add_argument("--version", action="version", version=f"vlad {__version__}")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 60):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _size(text: str) -> int:
    shift = {"K": 10, "M": 20, "G": 30}.get(text[-1:].upper(), 0)
    digits = text[:-1] if shift else text
    if not (digits.isascii() and digits.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a size as 500M or 4G, got {text!r}")
    if int(digits) << shift < LEAST_MEMORY:
        raise argparse.ArgumentTypeError(f"expected at least {LEAST_MEMORY >> 20}M, got {text!r}")
    return min(int(digits) << shift, 1 << 60)


def _argument(text: str) -> Value:
    """A script's argument: a real if it is a number of the language, else a string."""
    return float(text) if _NUMBER.fullmatch(text) else text


def _prepare_process(max_memory: int | None) -> None:
    """Settings for a process that is all ours."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - closed by who started us
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    gc.disable()  # values are never cyclic, so counting references frees all of them
    sys.setrecursionlimit(NESTING)
    if sys.version_info >= (3, 13):  # earlier hosts free no deeper than 50 levels by recursion
        _grow_stack(50)
    try:
        import resource

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        wanted = max_memory or int(physical * MEMORY_SHARE)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    except (ImportError, ValueError, OSError):
        return  # a system without such limits


def _grow_stack(calls: int) -> int:
    """Makes the host's stack take now the pages that freeing deep values takes, and some more.

    Once memory is at its limit, a stack that has to grow is a crash of the process.
    """
    if calls:
        return max((calls - 1,), key=_grow_stack)  # a call through the host's own stack
    chain: Value = NIL
    for _ in range(STACK_LEVELS):
        chain = Cons((chain,), NIL)
    return 0


def _wants_color() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _status(error: Error) -> int:
    if isinstance(error, LimitError):
        return LIMIT
    if isinstance(error, Interrupted):
        return STOPPED
    return OUR_BUG if isinstance(error, Bug) else FAILED


if __name__ == "__main__":
    sys.exit(main())
