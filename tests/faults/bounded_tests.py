"""A plugin of pytest: what the tests on a fault may take.

It measures the time that their process has the processor, so a busy machine makes no difference. A test
that takes too much ends the process; that finds the fault. If all tests together do, the rest is left out.
"""

from __future__ import annotations

import resource
import time

import pytest

ALONE = 120  # seconds for a test, many times what any takes without a fault
TOGETHER = 300


def pytest_runtest_logstart() -> None:
    """Before each test."""
    taken = time.process_time()
    if taken > TOGETHER:
        pytest.exit("the tests have taken their time", returncode=0)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(taken) + ALONE, most))
