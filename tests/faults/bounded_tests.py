"""A plugin of pytest that limits the CPU time of the tests on a fault.

CPU time is the same on a busy machine. A test that exceeds its limit ends the process, so it finds the fault.
When all tests together exceed theirs, the rest is left out.
"""

from __future__ import annotations

import resource
import time

import pytest

ALONE = 600  # seconds for a test: without a fault, the longest takes 130
TOGETHER = 300  # seconds after which no test begins


def pytest_runtest_logstart() -> None:
    """Gives the next test its time, or leaves out the rest."""
    taken = time.process_time()
    if taken > TOGETHER:
        pytest.exit("the time for all tests is over", returncode=0)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(taken) + ALONE, most))
