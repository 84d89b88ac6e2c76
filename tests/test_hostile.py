"""Programs that want everything: the limits that a file names stop it, and the session goes on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import LimitError
from vlad_py.session.session import Native, Session

FILES = sorted((Path(__file__).parent / "hostile").glob("*.adl"))
WORDS = "# stopped by: "
LIMITS = {
    "steps": Limits(steps=100_000),
    "depth": Limits(depth=20_000),
    "memory": Limits(memory=30 << 20),
    "time": Limits(seconds=0.05),
    "output": Limits(output=10_000),
}
CASES = [
    (file, limit)
    for file in FILES
    for limit in file.read_text(encoding="utf-8").split("\n")[0].removeprefix(WORDS).split()
]


def stopped(file: Path, limits: Limits, native: Native = "never") -> None:
    session = Session(limits=limits, native=native, write=lambda _: None)
    with pytest.raises(LimitError):
        session.evaluate(file.read_text(encoding="utf-8"), file.name)
    session.limits = None  # a slow machine may take longer than a limit for what follows
    assert session.evaluate("derivative(fn x => x * x)(3)") == 6.0


@pytest.mark.parametrize(("file", "limit"), CASES, ids=[f"{file.stem}-{limit}" for file, limit in CASES])
def test_a_limit_stops_it(file: Path, limit: str) -> None:
    stopped(file, LIMITS[limit])


@pytest.mark.skipif(find_spec("llvmlite") is None, reason="there is no native tier")
@pytest.mark.parametrize("file", [f for f, limit in CASES if limit == "time"], ids=lambda f: f.stem)
def test_time_stops_it_in_native_code(file: Path) -> None:
    stopped(file, LIMITS["time"], "always")
