"""`vlad fmt`: programs in the one style of the language."""

from __future__ import annotations

import argparse
import difflib
import os
import sys

from vlad_py.command.outcome import FAILED, NO_INPUT, OK, USAGE, complain, finish, refused
from vlad_py.formatting.format import formatted
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source, printable
from vlad_py.ground.whole_files import write_whole
from vlad_py.session.files import SUFFIX, absolute, files_of
from vlad_py.session.option_parser import OptionParser

EXAMPLES = """\
examples:
  vlad fmt newton.adl             write it in the one style
  vlad fmt .                      … every .adl file in a folder and in those below it
  vlad fmt --check .              change nothing; exit status 1 if a file would change
  vlad fmt --diff newton.adl      change nothing; show what would change
  vlad fmt --exclude vendor .     … but none in the folder vendor
  vlad fmt - < newton.adl         print what standard input becomes

The meaning stays, and so do the comments. A line break that you put behind `{`, `[` or a tuple's `(`, before
`else`, or behind `=` stays too."""


def main(argv: list[str]) -> int:
    """Formats files; returns the exit status."""
    options = _options(argv)
    found = (file for path in options.paths for file in files_of(path, (SUFFIX,)))
    files = [file for file in found if not _is_below(file, options.exclude)]
    changed = kept = 0
    status = OK
    for file in files:
        outcome, is_changed = _format(file, options)
        status = max(status, outcome)
        changed += is_changed
        kept += outcome == OK and not is_changed
    if files != ["-"] and (changed or kept):
        verb = "would change" if options.check or options.diff else "changed"
        print(
            f"{_count(changed)} {verb}, {kept} left as {'it is' if kept == 1 else 'they are'}",
            file=sys.stderr,
        )
    return FAILED if status == OK and changed and options.check else status


def _is_below(file: str, paths: list[str]) -> bool:
    """Whether a file is one of these paths, or lies in one of them."""
    whole = absolute(file)
    return any(whole == path or whole.startswith(os.path.join(path, "")) for path in map(absolute, paths))


def _count(n: int) -> str:
    return "1 file" if n == 1 else f"{n} files"


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad fmt",
        description="Write programs in the one style of the language.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a program, or a folder; `-` is standard input"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something would change")
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATH",
        help="leave out this file, or this folder; may be given several times",
    )
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    return parser.parse_args(argv)


def _format(file: str, options: argparse.Namespace) -> tuple[int, bool]:
    """Formats one file; gives the exit status, and whether the text changes."""
    if file != "-" and not file.endswith(SUFFIX):
        complain(f"{file}: only `{SUFFIX}` files have this style")
        return USAGE, False
    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        return refused(file, error, NO_INPUT), False
    result = text

    def work() -> None:
        nonlocal result
        result = formatted(Source(file, text))
        if options.diff:
            shown = printable(file)
            before, after = text.splitlines(keepends=True), result.splitlines(keepends=True)
            sys.stdout.writelines(difflib.unified_diff(before, after, shown, shown))
        elif options.check:
            if result != text:
                print(f"{printable(file)} would change")
        elif file == "-":
            sys.stdout.write(result)

    status = finish(work)
    if status == OK and result != text and file != "-" and not (options.diff or options.check):
        try:
            write_whole(file, result)
            print(f"{printable(file)} has changed", file=sys.stderr)
        except OSError as error:
            status = refused(file, error, FAILED)
    return status, result != text and status == OK
