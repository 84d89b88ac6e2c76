"""Which tests run for a fault that was drawn, and which share of the faults they find."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from drawn import Drawn, draw
from fault import LEFT_OUT, NOT_COPIED, ROOT, TESTS, Fault, finder, put_in, tests_of

FIRST = 40  # functions of tests that run first
OPTIONS = ("-p", "no:xdist", "-p", "bounded_tests")


class TestsOfLines:
    """Which tests ran which lines, from a record of coverage.py that has a context for each test."""

    __test__ = False

    def __init__(self, file: str, tree: Path) -> None:
        from coverage import CoverageData

        self.data = CoverageData(file)
        self.data.read()
        self.tree = tree
        self.files = {name[name.rindex("vlad_py/") :]: name for name in self.data.measured_files()}

    def of(self, drawn: Drawn) -> list[str]:
        """The tests that run a fault; those that find most faults come first. A fault that runs when its file
        is imported counts as run by every test that runs any line of the file.
        """
        lines = self.data.contexts_by_lineno(self.files.get(drawn.fault.path, drawn.fault.path))
        counted = lines if drawn.within.bound is None else drawn.within.lines
        tests = {test for line in counted for test in lines.get(line, ()) if self.exists(test)}
        return sorted(tests, key=lambda test: (rank(test), test))

    def exists(self, test: str) -> bool:
        """Whether a test still exists: the record may be older."""
        path, _, function = test.partition("::")
        file = self.tree / path
        name = re.escape(function.rpartition("::")[2])
        return (
            path not in LEFT_OUT
            and file.is_file()
            and bool(re.search(rf"def {name}\b", file.read_text("utf-8")))
        )


def rank(test: str) -> int:
    """How early a test runs."""
    return next((i for i, start in enumerate(TESTS) if test.startswith(start)), len(TESTS))


def verdict(tree: Path, steps: Sequence[list[str]]) -> str:
    """The test that finds the fault in a tree; without one, the empty text. The steps run in their order."""
    for tests in filter(None, steps):
        found = finder(tree, tests, OPTIONS)
        if found:
            return found
    return ""


def sampled(number: int, seed: int, paths: Sequence[str], record: str | None) -> int:
    """Draws faults, says which test finds each, and then which share was found."""
    found = count = 0
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
        rest = [path for path in tests_of(tree) if not path.startswith(TESTS)]
        lines = TestsOfLines(record, tree) if record else None
        for count, drawn in enumerate(draw(number, seed, paths), 1):
            tests = lines.of(drawn) if lines else [*TESTS, *rest]
            first = FIRST if lines else len(TESTS)
            with put_in(tree, drawn.fault):
                result = verdict(tree, (tests[:first], tests[first:]))
            said = result or ("SURVIVES" if tests else "SURVIVES: no test runs it")
            print(f"{count:3} {drawn.fault.path}:{drawn.line} {drawn.operator}  {said}", flush=True)
            found += bool(result)
            if not result:
                print(as_entry(drawn.fault), flush=True)
    print(f"{found} of {count} found ({100 * found / count:.0f} %)")
    return 0


def as_entry(fault: Fault) -> str:
    """A fault as the list writes it."""
    marked = [
        f"{mark} {line}" for mark, text in (("-", fault.old), ("+", fault.new)) for line in text.split("\n")
    ]
    return "\n".join([f"@ {fault.path}", *marked])
