"""`vlad profile`: runs a script, and says where its time went."""

from __future__ import annotations

import argparse
import sys

from vlad_py.command.arguments import value_of
from vlad_py.command.outcome import with_text
from vlad_py.ground.errors import Interrupted, LimitError
from vlad_py.ground.whole_files import write_whole
from vlad_py.laboratory.profiling import Profile
from vlad_py.laboratory.tallying import Tally
from vlad_py.session.limit_options import add_limits, limits_of
from vlad_py.session.option_parser import OptionParser
from vlad_py.session.process import prepare, wants_color
from vlad_py.session.session import ALWAYS, NEVER, TIERS, Session
from vlad_py.session.ways import choose

JSON = ".json"
EXAMPLES = """\
examples:
  vlad profile model.adl                  a table: parts of the work, lines, functions
  vlad profile model.adl -o profile.json  … for https://www.speedscope.app, which shows it as a flame graph
  vlad profile --native model.adl         the same, as machine code where that is possible
  vlad profile --ops model.adl            … and the operations, which a second run counts

What the script prints is discarded. Ctrl-C ends the script, and shows the profile so far."""


def main(argv: list[str]) -> int:
    """Profiles a script; returns the exit status."""
    options = _options(argv)
    prepare(options.max_memory)
    return with_text(options.file, lambda text: _profile(options, text))


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad profile",
        description="Run a script, and say where its time went: by line, by function, by part of the work.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    about = "run calls as machine code where that is possible"
    parser.add_argument("--native", action="store_const", const=ALWAYS, default=NEVER, help=about)
    about = "run the script once more, and count operations by line and by function"
    parser.add_argument("--ops", action="store_true", help=about)
    parser.add_argument(
        "-o", "--output", metavar="OUT", help=f"write JSON for speedscope to this {JSON} file"
    )
    add_limits(parser)
    parser.add_argument("file", metavar="FILE", help="a script")
    parser.add_argument("arguments", nargs="*", default=[], help="what the script sees as `arguments`")
    options = parser.parse_args(argv)
    if options.output and not options.output.endswith(JSON):
        parser.error(f"-o OUT ends in {JSON}")
    return options


def _profile(options: argparse.Namespace, text: str) -> None:
    """Raises errors.Error, as the script does; OSError where it cannot write."""
    session = _session(options)
    if options.native in TIERS and options.native != NEVER:
        choose(session, options.native, lambda _: None, color=wants_color(sys.stderr))
    profile = Profile(options.file)
    try:
        with profile.sampled():
            session.run_script(text, options.file)
    except (Interrupted, LimitError, KeyboardInterrupt):
        _show(options, profile)
        raise
    if options.ops:
        profile.tally = Tally()
        counted = _session(options)
        counted.watch_with(profile.tally)
        counted.run_script(text, options.file)
    _show(options, profile)


def _session(options: argparse.Namespace) -> Session:
    """A session for one run, whose output is discarded."""
    return Session(
        write=lambda _: None,
        arguments=tuple(map(value_of, options.arguments)),
        limits=limits_of(options),
    )


def _show(options: argparse.Namespace, profile: Profile) -> None:
    if options.output:
        write_whole(options.output, profile.speedscope())
    print(profile.text())
