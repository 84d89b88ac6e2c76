"""Runs the benchmarks, all or some, and prints one table."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from benchmarks.measure import ROOT, Result, as_json, circumstances, report
from benchmarks.suite import BENCHMARKS
from vlad_py.session.process import NESTING

RECORD = ROOT / "benchmarks" / "RESULTS.md"

ABOUT = """\
# Benchmarks

Written by `scripts/bench --record`; what the table compares was measured in one run, the sides taking turns.

`ratio` is the time of vlad over that of the baseline: below 1, vlad is faster. `CPython` is the same program
in plain Python; `minimal` is `minimal.py`, nested differentiation by overloaded operators; autograd's time is
that of fewer turns, scaled. Times are those of the processor, the best of several repeats.

Arrays: every side computes in double precision on one thread and is called as from Python; the programs are
`arrays.adl`, for the free energy `examples/survey/helmholtz.adl`, and `array_programs.py`. Compilers had
their time before the first repeat. Of the free energy the table has the size at which vlad is worst, the
grids have all. `tapes.py` says what a tape must keep.
"""


def main() -> int:
    """Runs what the arguments name; gives the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help="one benchmark")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results in a file")
    parser.add_argument("--record", action="store_true", help=f"write benchmarks/{RECORD.name}")
    parser.epilog = f"benchmarks: {', '.join(BENCHMARKS)}"
    options = parser.parse_args()
    if options.record and options.only:
        parser.error("a record is of all benchmarks")
    gc.disable()  # as the command line has it
    sys.setrecursionlimit(NESTING)
    results: list[Result] = []
    for name in options.only or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        results += BENCHMARKS[name]()
    print(report(results))
    if options.json:
        options.json.write_text(as_json(results), encoding="utf-8")
    if options.record:
        facts = "".join(f"- {name}: {text}\n" for name, text in circumstances().items())
        RECORD.write_text(f"{ABOUT}\n{facts}\n{report(results)}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
