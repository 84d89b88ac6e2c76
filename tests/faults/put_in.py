"""The command `scripts/faults`: puts in the faults of the list, or random ones."""

from __future__ import annotations

import argparse

from drawn import FOLDERS
from fault import listed
from sampled import sampled


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__)
    parser.add_argument(
        "wanted", nargs="*", help="numbers of the list or paths; `none` runs all tests without a fault"
    )
    parser.add_argument("--random", type=int, metavar="N", help="draw N faults below the paths instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--tests-of",
        metavar="FILE",
        help="`.coverage-tests` of scripts/coverage: run only the tests that ran the lines of a random fault",
    )
    options = parser.parse_args()
    if options.random is not None and options.random < 1:
        parser.error("--random: expected a count from 1 on")
    if options.random is None:
        return listed(options.wanted)
    return sampled(options.random, options.seed, options.wanted or FOLDERS, options.tests_of)


if __name__ == "__main__":
    raise SystemExit(main())
