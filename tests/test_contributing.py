"""The primitives of CONTRIBUTING, followed to the letter: an entry, and what checks it; nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import references
import sweep
from array_calls import Case
from documents import blocks
from matrix import READERS, cell
from own_primitives import entered
from sweep_arrays import OF_CALLS

from vlad_py.primitives.primitive import PRIMITIVES

TEXT = (Path(__file__).resolve().parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
ENTRIES = [
    block.text for block in blocks(TEXT) if "elementwise(" in block.text or "rearranging(" in block.text
]


def entries() -> None:
    """The code blocks, with what they assert."""
    for text in ENTRIES:
        exec(text, {})


def calls() -> list[Case]:
    """The second place of an array primitive: itself once more, with the arguments to try."""
    return [
        Case("turned", ((3,),), lambda x, n: np.roll(x, n, 0), (1,)),
        Case("turned", ((3, 2),), lambda x, n: np.roll(x, n, 0), (2,)),
    ]


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_takes_them(reader: str) -> None:
    with entered(entries, calls):
        reasons = {name: cell(PRIMITIVES[name], reader) for name in ("bell", "turned")}
    is_compiled = reader == "native"
    assert reasons["bell"] == ""
    assert bool(reasons["turned"]) == is_compiled  # compiled code has no arrays


def test_the_sweeps_have_no_complaints(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = references.REFERENCES
    monkeypatch.setitem(known, "bell", lambda x: 1 / (1 + mpmath.mpf(x) ** 2))
    with entered(entries, calls):
        for check in (*sweep.OF_ALL, *sweep.OF_DIFFERENTIABLE):
            assert list(check(PRIMITIVES["bell"])) == [], check.__name__
        for check in OF_CALLS:
            assert list(check(PRIMITIVES["turned"])) == [], check.__name__


def test_the_steps_name_files_that_there_are() -> None:
    root = Path(references.__file__).parent
    steps = TEXT[TEXT.index("The steps, in their order:") : TEXT.index("Two things to know")]
    named = {word.strip("`,.") for word in steps.split() if word.strip("`,.").startswith("tests/")}
    assert len(named) >= 5
    assert [name for name in named if not (root.parent / name).exists()] == []
