"""Faults that tests have to find: the list, and running the tests on a copy of the tree with one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).parent / "faults.txt"
COPIED = ("vlad_py", "stdlib", "tests", "grammar", "examples", "benchmarks", "pyproject.toml")
LONGEST = 900  # seconds for the tests on one fault; a fault may make a loop endless

# The tests that look for a fault, the quickest first.
TESTS = (
    "tests/test_singular_points.py",
    "tests/test_primitive_edges.py",
    "tests/test_scalar_runs.py",
    "tests/test_array_runs.py",
    "tests/test_taylor.py",
    "tests/test_language.py",
    "tests/test_derivative_programs.py",
    "tests/test_primitives.py",
    "tests/test_array_primitives.py",
    "tests/test_primitive_properties.py",
    "tests/test_array_properties.py",
    "tests/nested",
)


class Fault(NamedTuple):
    """A text of a file, and what stands in its place."""

    path: str
    old: str
    new: str


def faults() -> Iterator[Fault]:
    """The faults of the list, in its order."""
    path = ""
    old: list[str] = []
    new: list[str] = []
    for line in [*LIST.read_text(encoding="utf-8").splitlines(), ""]:
        if line[:1] == "@":
            path = line[2:]
        elif line[:1] == "-":
            old.append(line[2:])
        elif line[:1] == "+":
            new.append(line[2:])
        if line[:1] not in ("-", "+") and old:
            yield Fault(path, "\n".join(old), "\n".join(new))
            old, new = [], []
        elif line[:1] == "-" and new:
            yield Fault(path, "\n".join(old[:-1]), "\n".join(new))
            old, new = old[-1:], []


def is_found(fault: Fault) -> bool:
    """Whether a test fails, or none ends in time, on a copy of the tree with the fault."""
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, tree / name)
        file = tree / fault.path
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": folder}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
        try:
            found = subprocess.run(
                command, cwd=tree, env=environment, capture_output=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return True
        return found.returncode != 0


def main(wanted: list[str]) -> int:
    """Puts in the faults whose number, or path, is wanted, or all; says which survive, and how many."""
    survivors = 0
    for number, fault in enumerate(faults(), 1):
        if wanted and str(number) not in wanted and not any(part in fault.path for part in wanted):
            continue
        found = is_found(fault)
        survivors += not found
        verdict = "found" if found else "SURVIVES"
        print(f"{number:3} {verdict:8} {fault.path}: {fault.new.strip().splitlines()[0]}", flush=True)
    print(f"{survivors} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
