"""What holds for all tests: the options of pytest, and a checker that looks at all Core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shell import command  # noqa: F401  # the fixture `vlad`

from vlad_py.core.check import check
from vlad_py.execution import pipeline
from vlad_py.session.modules import compiled_library


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the expected texts, as in tests/errors")


@pytest.fixture(autouse=True, scope="session")
def checked_core() -> Iterator[None]:
    """Whatever a test has translated is checked after every pass."""
    look = lambda stage, module: check(module)  # noqa: E731
    pipeline.observers.append(look)
    yield
    pipeline.observers.remove(look)


@pytest.fixture(autouse=True)
def own_native_tier() -> None:
    """What the native tier learns of the library's functions in one test does not count in the next."""
    compiled_library.cache_clear()
