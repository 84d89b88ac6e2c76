"""Which tests run for a fault that was drawn, and which share of the faults they find."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from drawn import draw
from fault import NOT_COPIED, ROOT, TESTS, Fault, finder, put_in, tests_of
from ran import TestsOfLines

FIRST = 40  # functions of tests that run first
OPTIONS = ("-p", "no:xdist", "-p", "bounded_tests")


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
