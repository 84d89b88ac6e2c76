"""Runs the benchmarks, all or some, and prints one table."""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ROOT, Result, as_json, circumstances, report
from benchmarks.suite import BENCHMARKS
from vlad_py.session.process import NESTING

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

ABOUT_GROWTH = """\
# How costs grow

Written by `scripts/bench --record --only growth`. Times are those of the processor, the best of several
repeats. What a call adds to a process's memory is the largest amount that the process has held, measured in a
process of its own. Interpreted, loops of more than 100,000 turns are left out: their tapes take gigabytes.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """A file of results: what stands above them, and the benchmarks that they come from."""

    path: Path
    about: str
    names: frozenset[str]


GROWTH = frozenset(["growth"])
RECORDS = (
    Record(ROOT / "benchmarks" / "RESULTS.md", ABOUT, frozenset(BENCHMARKS) - GROWTH),
    Record(ROOT / "benchmarks" / "GROWTH.md", ABOUT_GROWTH, GROWTH),
)


def main() -> int:
    """Runs what the arguments name; gives the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help="one benchmark")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results in a file")
    files = " or ".join(record.path.name for record in RECORDS)
    parser.add_argument("--record", action="store_true", help=f"write {files} in benchmarks/")
    parser.epilog = f"benchmarks: {', '.join(BENCHMARKS)}"
    options = parser.parse_args()
    names = options.only or list(BENCHMARKS)
    records = [record for record in RECORDS if options.record and record.names <= set(names)]
    if options.record and not records:
        parser.error("a record is of all benchmarks, or of growth")
    gc.disable()  # as the command line has it
    sys.setrecursionlimit(NESTING)
    found: dict[str, list[Result]] = {}
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        found[name] = list(BENCHMARKS[name]())
    results = [result for name in names for result in found[name]]
    print(report(results))
    if options.json:
        options.json.write_text(as_json(results), encoding="utf-8")
    facts = "".join(f"- {name}: {text}\n" for name, text in circumstances().items())
    for record in records:
        own = report([result for name in names if name in record.names for result in found[name]])
        record.path.write_text(f"{record.about}\n{facts}\n{own}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
