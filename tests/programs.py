"""The programs of tests/language, with what they promise in comments; see vlad_py/testing/promises.py."""

from __future__ import annotations

from pathlib import Path

from vlad_py.testing import promises
from vlad_py.testing.promises import Outcome, Program, differences, run

__all__ = ["PATHS", "ROOT", "Outcome", "Program", "complaints", "name_of", "read", "run"]

ROOT = Path(__file__).resolve().parent / "language"
PATHS = sorted(ROOT.glob("*/*.adl"))
"""Every program, `<topic>/<fact>.adl`; what lies in deeper folders is there to be imported."""


def name_of(path: Path) -> str:
    """The name of a program: `topic/fact`."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def read(path: Path) -> Program:
    """A program with its promises. ValueError if it promises nothing, or two errors."""
    program = promises.read(path.read_text(encoding="utf-8"), str(path))
    if not program.written and program.error is None:
        raise ValueError(f"{path}: expected some `#>`, or one `#!`")
    return program


def complaints(program: Program, outcome: Outcome) -> list[str]:
    """In what an outcome differs from the program's promises."""
    return [f"line {found.line}: {found.message}" for found in differences(program, outcome)]
