"""What holds for all tests: the options of pytest, and a checker that looks at all Core."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from shell import command  # noqa: F401  # the fixture `vlad`

from vlad_py.core.check import check
from vlad_py.execution import pipeline
from vlad_py.native.known import OFF


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
def own_collector() -> Iterator[None]:
    """The command switches Python's collector off for its process; here that is for one test."""
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


@pytest.fixture(autouse=True, scope="session")
def no_native_store() -> Iterator[None]:
    """Tests compile what they test, and leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OFF, "off")
        yield
