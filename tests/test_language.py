"""Every program of tests/language does what its comments promise; they are found, never listed."""

from __future__ import annotations

from pathlib import Path

import programs
import pytest
from programs import Program


@pytest.mark.parametrize("path", programs.PATHS, ids=programs.name_of)
def test_program(path: Path) -> None:
    program = programs.read(path)
    assert programs.complaints(program, programs.run(program)) == []


def test_there_are_many() -> None:
    assert len(programs.PATHS) > 120


# ── the runner itself: each of these programs breaks one promise ─────────────────────────────

BROKEN = [
    ("print(1)  #> 2", "line 1: expected `2`, got `1`"),
    ("print(1)  #> 1\n# then  #> 2", "line 2: expected `2`, but nothing more is written"),
    ("print(1)  #> 1\nprint(2)", "line 0: writes `2`, which no `#>` promises"),
    ("print(1)  #> 1\n1 + true", "line 2: fails\nerror: "),
    ("print(0.1 + 0.2)  #> 0.3", "line 1: expected `0.3`, got `0.30000000000000004`"),
    ("print(0.3001)  #~ 0.3", "line 1: expected `0.3`, got `0.3001`"),
    ("print(1)  #! nothing", "line 0: writes `1`, which no `#>` promises"),
    ("1  #! nothing", "line 1: expected an error with `nothing`"),
    ("1 + true  #! a list", "line 1: expected an error with `a list`\nerror: "),
    ("print(unknown)  #> 1\nprint(2)  #> 2", "line 1: fails\nerror: unknown name"),
    ("1 + true\n1  #! a boolean", "line 2: expected the error on this line\nerror: "),
]


@pytest.mark.parametrize(("text", "beginning"), BROKEN)
def test_a_broken_promise_is_seen(text: str, beginning: str, tmp_path: Path) -> None:
    program = written(tmp_path, text)
    complaint = programs.complaints(program, programs.run(program))[0]
    assert complaint.startswith(beginning)


@pytest.mark.parametrize("text", ["print(0.1 + 0.2)  #~ 0.3", "print()  #>", "1 + true  #! a boolean"])
def test_a_kept_promise_is_seen(text: str, tmp_path: Path) -> None:
    program = written(tmp_path, text)
    assert programs.complaints(program, programs.run(program)) == []


@pytest.mark.parametrize("text", ["", "print(1)", "1 + true  #! a\n1 + true  #! b"])
def test_a_program_that_promises_nothing_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected some|one `#!`"):
        written(tmp_path, text)


def written(folder: Path, text: str) -> Program:
    """A program in a folder of its own."""
    path = folder / "program.adl"
    path.write_text(text, encoding="utf-8")
    return programs.read(path)
