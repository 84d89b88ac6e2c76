"""A plugin of pytest for scripts/coverage: every line is recorded with the tests that run it."""

from __future__ import annotations

import coverage
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid.partition("[")[0])
