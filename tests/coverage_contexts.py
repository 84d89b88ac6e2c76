"""A plugin of pytest for scripts/coverage: every line is recorded with the tests that run it."""

from __future__ import annotations

import sys

import coverage
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    running = coverage.Coverage.current()
    if running is None:
        return
    if sys.gettrace() is None:  # Python stops tracing where Ctrl-C, or the end of a limit, comes within it
        running.stop()
        running.start()
    running.switch_context(item.nodeid.partition("[")[0])
