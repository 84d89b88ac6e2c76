"""`vlad test`: programs and documents do what their comments say."""

from __future__ import annotations

import argparse
from functools import partial
from time import perf_counter

from vlad_py.command.outcome import FAILED, NO_INPUT, OK, complain, finish, refused
from vlad_py.execution.limits import Limits
from vlad_py.ground.whole_files import write_whole
from vlad_py.session.limit_options import add_limits, limits_of
from vlad_py.session.option_parser import OptionParser
from vlad_py.session.process import prepare
from vlad_py.testing.files import files, programs
from vlad_py.testing.promises import Program, differences, run
from vlad_py.testing.report import Tested, as_json, junit, lines

EXAMPLES = """\
examples:
  vlad test                       every program and every Markdown block in this folder
  vlad test model.adl             run it; compare what it does with its comments
  vlad test docs tests            … in two folders
  vlad test --junit out.xml .     write a report for other tools too
  vlad test --json model.adl      print one: each promise, and what is written in its place

the comments:
  print(1 + 1)     #> 2           it writes this line
  print(sqrt(2))   #~ 1.41421356237309   … whose numbers agree to twelve digits
  1 + true         #! a real      it ends here with an error whose message contains this

exit status: 0 all as promised, 1 not, 66 a file cannot be read"""


def main(argv: list[str]) -> int:
    """Tests programs; returns the exit status."""
    options = _options(argv)
    prepare(options.max_memory)
    results: list[Tested] = []
    status = OK
    limits = limits_of(options)
    for path in options.paths:
        for file in files(path):
            try:
                for program in programs(file, is_named=file == path):
                    test = partial(_test, program, results, limits, is_shown=not options.json)
                    status = max(status, finish(test))
            except (OSError, UnicodeDecodeError) as error:
                status = refused(file, error, NO_INPUT)
            except ValueError as error:
                complain(str(error))
                status = NO_INPUT
    failed = [result for result in results if result.differences]
    if options.json:
        print(as_json(results))
    elif failed:
        print(f"{_count(len(results))}, {len(failed)} failed")
    elif results or status == OK:
        print(f"{_count(len(results))} as promised")
    if options.junit is not None:
        try:
            write_whole(options.junit, junit(results))
        except OSError as error:
            status = refused(options.junit, error, status or FAILED)
    return FAILED if failed and status == OK else status


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad test",
        description="Run programs, and compare what they do with what their comments say.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="a program, a Markdown document, or a folder; without one, the folder that you are in",
    )
    add_limits(parser)
    parser.add_argument("--json", action="store_true", help="print the results as JSON, and nothing else")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML")
    return parser.parse_args(argv)


def _test(program: Program, results: list[Tested], limits: Limits, *, is_shown: bool) -> None:
    """Runs a program, keeps the result, and prints what the program does not do."""
    start = perf_counter()
    outcome = run(program, limits)
    found = tuple(differences(program, outcome))
    results.append(Tested(program, found, perf_counter() - start, outcome))
    if found and is_shown:
        print(lines(results[-1]), flush=True)


def _count(n: int) -> str:
    return "1 program" if n == 1 else f"{n} programs"
