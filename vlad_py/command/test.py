"""`vlad test`: programs and documents do what their comments say."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

from vlad_py.command.outcome import FAILED, NO_INPUT, OK, finish, refused
from vlad_py.session.process import prepare
from vlad_py.testing.files import programs
from vlad_py.testing.promises import Program, differences, run
from vlad_py.testing.report import Tested, junit, lines

EXAMPLES = """\
examples:
  vlad test model.adl             run it; compare what it does with its comments
  vlad test docs tests            every program and every Markdown block in two folders
  vlad test --junit out.xml .     write a report for other tools too

the comments:
  print(1 + 1)     #> 2           it writes this line
  print(sqrt(2))   #~ 1.41421356237309   … whose numbers agree to twelve digits
  1 + true         #! a real      it ends here with an error whose message contains this

exit status: 0 all as promised, 1 not, 66 a file cannot be read"""


def main(argv: list[str]) -> int:
    """Tests programs; returns the exit status."""
    options = _options(argv)
    prepare(None)
    results: list[Tested] = []
    status = OK
    for path in options.paths:
        try:
            for program in programs(path):
                status = max(status, finish(partial(_test, program, results)))
        except (OSError, UnicodeDecodeError) as error:
            status = refused(path, error, NO_INPUT)
        except ValueError as error:
            print(f"vlad: {error}", file=sys.stderr)
            status = NO_INPUT
    failed = [result for result in results if result.differences]
    print(
        f"{_count(len(results))}, {len(failed)} failed" if failed else f"{_count(len(results))} as promised"
    )
    if options.junit is not None:
        try:
            Path(options.junit).write_text(junit(results), encoding="utf-8")
        except OSError as error:
            status = refused(options.junit, error, status or FAILED)
    return FAILED if failed and status == OK else status


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="vlad test",
        description="Run programs, and compare what they do with what their comments say.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a program, a Markdown document, or a folder"
    )
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML")
    return parser.parse_args(argv)


def _test(program: Program, results: list[Tested]) -> None:
    """Runs a program, keeps the result, and prints what the program does not do."""
    start = perf_counter()
    found = tuple(differences(program, run(program)))
    results.append(Tested(program, found, perf_counter() - start))
    if found:
        print(lines(results[-1]), flush=True)


def _count(n: int) -> str:
    return "1 program" if n == 1 else f"{n} programs"
