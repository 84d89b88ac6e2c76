"""`vlad kernel`: tells Jupyter of the kernel for notebooks in ADL."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from vlad_py.command.outcome import FAILED, OK, USAGE, refused
from vlad_py.ground.advice import install_advice
from vlad_py.session.option_parser import OptionParser

EXAMPLES = """\
examples:
  vlad kernel install                in the environment of this Python; then: jupyter lab
  vlad kernel install --user         for you, whichever environment Jupyter runs in
  vlad kernel install --prefix P     below P/share/jupyter
  vlad kernel remove                 undo it; with the same options"""


def main(argv: list[str]) -> int:
    """Installs or removes the kernel; returns the exit status."""
    options = _options(argv)
    if any(find_spec(name) is None for name in ("ipykernel", "jupyter_client")):
        print(f"vlad kernel: notebooks need {install_advice('jupyter')}", file=sys.stderr)
        return USAGE
    from vlad_py.kernel import install  # only here: it needs Jupyter

    prefix = None if options.user else options.prefix or sys.prefix
    try:
        folders = (install.install if options.action == "install" else install.remove)(prefix)
    except OSError as error:
        return refused(install.place(prefix), error, FAILED)
    for folder in folders:
        print(f"{'wrote' if options.action == 'install' else 'removed'} {folder}")
    if options.action == "install" and not install.is_found():
        print("Jupyter does not look there: try `vlad kernel install --user`", file=sys.stderr)
    if not folders:
        print("vlad kernel: it is not installed there", file=sys.stderr)
        return FAILED
    return OK


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad kernel",
        description="Tell Jupyter of the kernel for notebooks in ADL.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("action", choices=("install", "remove"), metavar="install|remove")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--sys-prefix", action="store_true", help="in this Python's environment, the default")
    where.add_argument("--user", action="store_true", help="in your own Jupyter folder")
    where.add_argument("--prefix", metavar="P", help="below this folder; by default the environment's")
    return parser.parse_args(argv)
