"""Faults that tests have to find: the list, and running the tests on a copy of the tree with one of them."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).parent / "faults.txt"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "build", "dist", "*.egg-info"
)
LONGEST = 1800  # seconds of the processor for the tests on one fault, which may make a loop endless
LARGEST = 6 << 30  # bytes, for the same reason

# The tests that find most faults, the quickest first. Where all pass, the rest of the suite runs as well.
TESTS = (
    "tests/test_language.py",
    "tests/test_primitive_edges.py",
    "tests/nested",
    "tests/test_singular_points.py",
    "tests/test_taylor.py",
    "tests/test_scalar_runs.py",
    "tests/test_array_runs.py",
    "tests/test_derivative_programs.py",
    "tests/test_primitives.py",
    "tests/test_array_primitives.py",
    "tests/test_primitive_properties.py",
    "tests/test_array_properties.py",
)
# This one looks at the list, and would find every fault; the next look at the text of the code alone.
LEFT_OUT = (
    "tests/test_faults.py",
    "tests/test_drawn_faults.py",
    "tests/test_layers.py",
    "tests/test_scripts.py",
)


class Fault(NamedTuple):
    """A text of a file, and what stands in its place."""

    path: str
    old: str
    new: str
    finder: str = ""  # a test that found it: it runs first
    reason: str = ""  # why no test can find it


def faults() -> Iterator[Fault]:
    """The faults of the list, in its order."""
    path = ""
    for block in re.split(r"\n(?:\s*\n)+", LIST.read_text(encoding="utf-8")):
        parts: dict[str, list[str]] = {"-": [], "+": [], ">": [], "=": []}
        for line in block.splitlines():
            if line[:1] == "@":
                path = line[2:]
            elif line[:1] in parts:
                parts[line[:1]].append(line[2:])
        if parts["-"]:
            yield Fault(path, *("\n".join(parts[mark]) for mark in parts))


def tests_of(tree: Path) -> list[str]:
    """All files of tests but those that are left out."""
    files = sorted(path.relative_to(tree).as_posix() for path in tree.glob("tests/**/test_*.py"))
    return [path for path in files if path not in LEFT_OUT]


def finder(tree: Path, tests: Sequence[str], options: Sequence[str] = ()) -> str | None:
    """The test that fails first; without one, the empty text; None where there are no such tests."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *options, *tests]
    paths = os.pathsep.join([str(tree), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, preexec_fn=bounded
    )
    if done.returncode == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) ([^\[\s]+)", done.stdout, re.MULTILINE)
    if failed:
        return failed[1]
    return None if done.returncode == 4 else f"the tests end with {done.returncode}"


def bounded() -> None:
    """What a process with a fault may take."""
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))


@contextmanager
def put_in(tree: Path, fault: Fault) -> Iterator[None]:
    """A fault in a tree, for a while."""
    file = tree / fault.path
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
    yield
    file.write_text(text, encoding="utf-8")


def listed(wanted: Sequence[str]) -> int:
    """Puts in the faults whose number, or path, is wanted, or all; says which survive, and how many.

    The tests that find most come first, the others only for the faults that these do not find. With `none`
    all tests run without a fault, as they have to pass then.
    """
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
        rest = [path for path in tests_of(tree) if not path.startswith(TESTS)]
        if list(wanted) == ["none"]:
            print(f"without a fault: {finder(tree, [*TESTS, *rest]) or 'all tests pass'}")
            return 0
        left: list[tuple[int, Fault]] = []
        for number, fault in enumerate(faults(), 1):
            if wanted and str(number) not in wanted and not any(part in fault.path for part in wanted):
                continue
            with put_in(tree, fault):
                found = fault.finder and finder(tree, [fault.finder])
                found = found or finder(tree, list(TESTS))
            say(number, fault, found or "not found by these tests")
            if not found:
                left.append((number, fault))
        survivors = 0
        for number, fault in left:
            with put_in(tree, fault):
                found = finder(tree, rest)
            say(number, fault, found or ("changes nothing" if fault.reason else "SURVIVES"))
            survivors += not found and not fault.reason
    print(f"{survivors} survive")
    return 1 if survivors else 0


def say(number: int, fault: Fault, verdict: str) -> None:
    """Reports on a fault."""
    print(f"{number:3} {fault.path}: {fault.new.strip().splitlines()[0][:60]}  {verdict}", flush=True)
