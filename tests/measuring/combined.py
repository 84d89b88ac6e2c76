"""Combines the records of processes, for coverage.py and for `scripts/faults`."""

from __future__ import annotations

import marshal
import sys
from functools import cache
from pathlib import Path
from types import CodeType

from coverage import CoverageData  # and parts of coverage.py 7.17 that another version may move
from coverage.bytecode import BranchArcResolver, bytes_to_lines
from coverage.sysmon import compute_multiline_map
from coverage.types import TArc

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from ran import write

joined_lines = cache(compute_multiline_map)  # of a file: the first line of each statement over several lines


def combine(records: Path, source: Path, results: Path) -> None:
    """Reads the records in a folder. Writes .coverage, for coverage.py, and .coverage-tests, which says what
    each test ran of the files below `source`.
    """
    arcs: dict[str, set[TArc]] = {}
    tests: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    for path in records.glob("*.record"):
        codes, lines, took = marshal.loads(path.read_bytes())
        for code, numbers, branches, returns in codes:
            arcs.setdefault(code.co_filename, set()).update(arcs_of(code, numbers, branches, returns))
        for test, files in lines.items():
            of_test = tests.setdefault(test, {})
            for file, bits in files.items():
                of_test[file] = of_test.get(file, 0) | bits
            seconds[test] = seconds.get(test, 0.0) + took.get(test, 0.0)
    record = CoverageData(str(results / ".coverage"))
    record.erase()
    record.add_arcs(arcs)
    record.write()
    by_path = {
        test: {Path(file).relative_to(source).as_posix(): bits for file, bits in files.items()}
        for test, files in tests.items()
    }
    write(results / ".coverage-tests", by_path, seconds)


def arcs_of(code: CodeType, lines: set[int], branches: dict[int, set[int]], returns: set[int]) -> set[TArc]:
    """What a code object has run, as coverage.py has it: from one line to another or to itself."""
    line_of = bytes_to_lines(code)
    resolver = BranchArcResolver(code, line_of, joined_lines(code.co_filename))
    taken = (resolver.resolve(offset, target) for offset, targets in branches.items() for target in targets)
    ends = {(line_of[offset], -code.co_firstlineno) for offset in returns if line_of.get(offset)}
    return {(line, line) for line in lines} | {arc for arc in taken if arc} | ends


if __name__ == "__main__":
    combine(*map(Path, sys.argv[1:]))
