"""What holds for all tests: the options of pytest, a checker that looks at all Core, and the site."""

from __future__ import annotations

import fcntl
import gc
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from shell import command  # noqa: F401  # the fixture `vlad`

from vlad_py.core.check import check
from vlad_py.execution import pipeline
from vlad_py.ground import resources
from vlad_py.native import passes
from vlad_py.native.known import OFF
from vlad_py.native.verify import verify_piece

# Tests of the benchmarks import them; at the end, so that an installed package comes before the tree.
sys.path.append(str(Path(__file__).parents[1]))

# Asked before the tests run: a file that is edited meanwhile would turn off what is kept on disk.
resources.files_of_version()

# how long an example takes says what else the machine does
hypothesis.settings.register_profile("any time", deadline=None)
hypothesis.settings.load_profile("any time")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the expected texts, as in tests/errors")


@pytest.fixture(autouse=True, scope="session")
def checked_core() -> Iterator[None]:
    """Whatever a test has translated is checked after every pass."""
    look = lambda stage, module: check(module)  # noqa: E731
    pipeline.observers.append(look)
    yield
    pipeline.observers.remove(look)


@pytest.fixture(autouse=True, scope="session")
def checked_ir() -> Iterator[None]:
    """So is the typed IR of native code."""
    passes.observers.append(verify_piece)
    yield
    passes.observers.remove(verify_piece)


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """The command sets its process's collector, stack and memory; here that is for one test."""
    collects, frames, memory = gc.isenabled(), sys.getrecursionlimit(), resource.getrlimit(resource.RLIMIT_AS)
    yield
    (gc.enable if collects else gc.disable)()
    sys.setrecursionlimit(frames)
    resource.setrlimit(resource.RLIMIT_AS, memory)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def no_native_store() -> Iterator[None]:
    """Tests compile what they test, and leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OFF, "off")
        yield


@pytest.fixture(autouse=True, scope="session")
def plain_output() -> Iterator[None]:
    """Commands write without colours, whatever the settings of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FORCE_COLOR", raising=False)
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the documents, made without a warning: once, where several processes share the tests."""
    for name in ("furo", "myst_parser", "sphinx_copybutton"):
        pytest.importorskip(name, reason="the site needs the extra docs: pip install '.[docs]'")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, made = shared / "docs", shared / "docs_are_made"
    root = Path(__file__).resolve().parent.parent
    with (shared / "docs_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            built = subprocess.run(
                [root / "scripts" / "docs", folder], cwd=root, capture_output=True, text=True
            )
            assert (built.stdout, built.stderr, built.returncode) == ("", "", 0)
            made.touch()
    return folder / "site"
