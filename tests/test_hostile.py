"""Programs that want everything: the limits that a file names stop it, and the session goes on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import LimitError
from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine
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


SETTINGS = {"steps": "steps 100000", "time": "time 0.05", "output": "output 10000"}
SET = [
    (file, next(limit for limit in ("time", "steps", "output") if (file, limit) in CASES)) for file in FILES
]


@pytest.mark.skipif(find_spec("IPython") is None, reason="there are no notebooks")
def test_limits_stop_cells(tmp_path: Path) -> None:
    from notebooks import new_shell

    with new_shell(tmp_path) as shell:
        shell.run_cell("%load_ext vlad_py")
        for file, limit in SET:
            shell.run_cell(f"%vlad_set {SETTINGS[limit]}")
            done = shell.run_cell(f"%%vlad\n{file.read_text(encoding='utf-8')}")
            assert type(done.error_in_exec) is LimitError, (file.stem, done)
            shell.run_cell(f"%vlad_set {limit} none")
            done = shell.run_cell("%vlad derivative(fn x => x * x)(3)")
            assert (done.success, done.result) == (True, 6.0)


def test_limits_stop_inputs_of_the_repl() -> None:
    out: list[str] = []
    engine = Engine(out.append, out.append, lambda: 80)
    for file, limit in SET:
        handle(engine, f":set {SETTINGS[limit]}")
        out.clear()
        handle(engine, file.read_text(encoding="utf-8"))
        assert "limit: " in "".join(out), (file.stem, out)
        handle(engine, f":set {limit} none")
        out.clear()
        handle(engine, "derivative(fn x => x * x)(3)")
        assert out == ["6\n"]


@pytest.mark.skipif(find_spec("llvmlite") is None, reason="there is no native tier")
@pytest.mark.parametrize("file", [f for f, limit in CASES if limit == "time"], ids=lambda f: f.stem)
def test_time_stops_it_in_native_code(file: Path) -> None:
    stopped(file, LIMITS["time"], "always")
