"""`vlad doc`: the pages of a library, from its `##` comments."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec

from vlad_py.command.outcome import FAILED, NO_INPUT, OK, USAGE, finish, refused
from vlad_py.execution.limits import Limits
from vlad_py.ground.advice import install_advice
from vlad_py.ground.reading import read_text
from vlad_py.ground.whole_files import write_whole
from vlad_py.session.files import SUFFIX, files_of
from vlad_py.session.limit_options import add_limits, limits_of
from vlad_py.session.option_parser import OptionParser
from vlad_py.session.process import prepare

MARKDOWN, HTML = ".md", ".html"
EXAMPLES = """\
examples:
  vlad doc curves.adl                 print its page as Markdown
  vlad doc curves.adl -o curves.html  write it as one HTML file
  vlad doc lib -o lib.md              all files of a folder, in one document

A page has each definition with a `##` comment above it. The indented lines of the comment are an example. It
runs in a program that imports the file, and the page shows what it writes:

  ## area(r): the area of a circle of radius r.
  ##   curves.area(1)
  def area(r) = pi * r ^ 2"""


def main(argv: list[str]) -> int:
    """Writes pages; returns the exit status."""
    options = _options(argv)
    if options.output and options.output.endswith(HTML) and not _has_html():
        print(f"vlad doc: HTML needs {install_advice('html')}", file=sys.stderr)
        return USAGE
    prepare(options.max_memory)
    limits = limits_of(options)
    pages: list[str] = []
    status = OK
    for path in options.paths:
        for file in files_of(path, (SUFFIX,)):
            status = max(status, _add(pages, file, limits))
    text = "\n".join(filter(None, pages))
    if not text:
        if status == OK:
            print("vlad doc: no definition has a `##` comment above it", file=sys.stderr)
        return status or NO_INPUT
    return max(status, _write(text, options))


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad doc",
        description="Document a library by its `##` comments.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a program, or a folder")
    parser.add_argument("-o", dest="output", metavar="FILE", help=f"a `{MARKDOWN}` or an `{HTML}` file")
    add_limits(parser)
    options = parser.parse_args(argv)
    if options.output and not options.output.endswith((MARKDOWN, HTML)):
        parser.error(f"-o FILE ends in {MARKDOWN} or {HTML}")
    return options


def _has_html() -> bool:
    return all(find_spec(name) is not None for name in ("a11y_pygments", "markdown_it", "pygments"))


def _add(pages: list[str], file: str, limits: Limits) -> int:
    """Adds the page of a file; gives the exit status."""
    from vlad_py.reference.page import page

    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        return refused(file, error, NO_INPUT)
    return finish(lambda: pages.append(page(file, text, limits)))


def _write(text: str, options: argparse.Namespace) -> int:
    """Writes the pages where they belong; gives the exit status."""
    if options.output is None:
        return finish(lambda: print(text, end=""))
    if options.output.endswith(HTML):
        from vlad_py.reference.html import document

        text = document(os.path.basename(options.output).removesuffix(HTML), text)
    try:
        write_whole(options.output, text)
    except OSError as error:
        return refused(options.output, error, FAILED)
    return OK
