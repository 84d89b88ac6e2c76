"""A plugin of pytest for scripts/coverage: tells the recorder which test function runs, and when all have."""

from __future__ import annotations

import pytest
from recorder import recorder


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    recorder.switch(item.nodeid.partition("[")[0])


def pytest_sessionfinish() -> None:
    recorder.save()  # pytest does not wait until its workers have ended
