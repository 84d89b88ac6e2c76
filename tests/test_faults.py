"""The list of faults fits the code: `scripts/faults` puts them in, one at a time, and runs the tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "faults"))

from fault import ROOT, TESTS, Fault, faults

FAULTS = list(faults())


def test_there_are_many() -> None:
    assert len(FAULTS) >= 95
    assert len(set(FAULTS)) == len(FAULTS)


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{Path(fault.path).stem}: {fault.new.strip()[:40]}"
)
def test_a_fault_can_be_put_in(fault: Fault) -> None:
    text = (ROOT / fault.path).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1, "the code has changed: the fault has to change with it"
    assert fault.old != fault.new


def test_the_tests_that_look_for_faults_exist() -> None:
    assert all((ROOT / path).exists() for path in TESTS)
