"""Limits of memory of a process: what they leave to a program, and how a program ends that takes more."""

from __future__ import annotations

import builtins
import mmap
import os
import resource
import subprocess
import sys
import threading
from typing import Any

import pytest
from shell import LIMIT, OK, Result, Vlad

import vlad_py as vlad
from vlad_py import LimitError, Limits
from vlad_py.ground import budget, memory
from vlad_py.session.process import limit_memory


def as_process(*arguments: str) -> Result:
    """The command in a process of its own, whose memory the system limits."""
    command = [sys.executable, "-m", "vlad_py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return Result(done.returncode, done.stdout, done.stderr)


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory has no limit")


def test_limits_hold_after_looking_at_them_ran_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []
    ended: list[threading.ExceptHookArgs] = []

    def no_memory() -> int:
        if threading.current_thread().name == "vlad limits":
            looks.append(None)
            if len(looks) == 1:
                raise MemoryError
        return 0

    assert vlad.evaluate("1") == 1.0  # loads what must be loaded; meanwhile, nothing looks at memory
    monkeypatch.setattr(budget, "resident", no_memory)
    monkeypatch.setattr(threading, "excepthook", ended.append)
    with pytest.raises(LimitError, match=r"ran for more than 0\.2 seconds"):
        vlad.evaluate("def f(n) = f(n)\nf(0)", limits=Limits(steps=10_000_000, seconds=0.2, memory=1 << 30))
    assert len(looks) > 1
    assert ended == []


@LINUX
@pytest.mark.parametrize("size", ["100M", "200M", "300M"])
@pytest.mark.parametrize(
    "text", ["[1, 2] + 1", "sum(ones(3, 3) @ ones(3, 3))", "sum(ones(200, 200) @ ones(200, 200))"]
)
def test_libraries_load_within_a_limit_of_memory(size: str, text: str) -> None:
    result = as_process("--max-memory", size, "-e", text)
    assert (result.status, result.err) == (OK, "")


LIBRARY = """\
from time import sleep
from vlad_py.execution.limits import Limits
from vlad_py.ground.budget import spend, whole

def load():
    kept = bytearray(b"1" * (150 << 20))
    sleep(0.1)
    return kept

def take(size):
    kept = whole(load)
    own = bytearray(b"1" * (size << 20))
    sleep(0.1)
    return len(own) >> 20

for size in (20, 150):
    try:
        print(spend(Limits(memory=100 << 20), lambda: take(size)))
    except Exception as error:
        print(error)
"""


@LINUX
def test_what_a_library_takes_is_not_the_programs() -> None:
    taken = subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, text=True, timeout=60)
    assert taken.stdout == "20\nlimit: took more than 100M of memory\n", taken.stderr


@LINUX
def test_a_program_within_its_memory_stays_there_when_it_is_compiled() -> None:
    pytest.importorskip("llvmlite")
    text = (
        "def f(x) = loop v = x for i in 1..20000 do sin(v) + x\n"
        "(loop s = 0 for i in 1..100 do s + gradient(f)(i / 100)) > 0"
    )
    for way in ("never", "auto"):
        result = as_process("--max-memory", "100M", f"--native={way}", "-e", text)
        assert (result.status, result.out, result.err) == (OK, "true\n", "")


THREADS = """\
from threading import Thread
from vlad_py.ground.memory import _address_space
from vlad_py.session.process import limit_memory

limit_memory(1 << 30)
before = _address_space()
kept = []
for _ in range(3):
    thread = Thread(target=lambda: kept.append(bytearray(10_000)))
    thread.start()
    thread.join()
print(_address_space() - before)
"""


@LINUX
def test_threads_take_no_memory_from_the_program() -> None:
    taken = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, timeout=60)
    assert int(taken.stdout) < 48 << 20, taken.stderr


@LINUX
@pytest.mark.parametrize(
    "text",
    [
        "sum(ones(5000, 5000) @ ones(5000, 5000))",
        "sum(ones(2000, 2000) @ ones(2000, 2000) @ ones(2000, 2000))",
        "let a = linspace(0, 1, 1e7) + 1\nlength(list(a, a + 1, a + 2, a + 3))",
        "zeros(1e7)",
        "list(1..1e7)",
    ],
)
def test_what_a_limit_of_memory_does_not_hold_ends_with_status_3(text: str) -> None:
    result = as_process("--max-memory", "100M", "-e", text)
    assert (result.status, result.out) == (LIMIT, "")
    assert result.err.startswith("limit: ")
    assert "Traceback" not in result.err


def test_the_least_memory_is_told_in_bytes_too(vlad: Vlad) -> None:
    assert "expected at least 100M (104857600 bytes), got" in vlad("--max-memory", "100000000", "-e", "1").err
    assert vlad("--max-memory", "104857600", "-e", "1").out == "1\n"


@LINUX
@pytest.mark.parametrize("way", ["always", "auto"])
def test_machine_code_without_memory_for_a_stack_ends_with_status_3(way: str) -> None:
    pytest.importorskip("llvmlite")
    text = "def f(x) = if x > 0 then 1 + f(x + 1) else 0\nf(1)"
    result = as_process("--max-memory", "150M", f"--native={way}", "-e", text)
    assert (result.status, result.out) == (LIMIT, "")
    assert result.err.startswith("limit: ")


# ── other systems ────────────────────────────────────────────────────────────────────────────


def refuses(*_: Any) -> Any:
    raise OSError


@pytest.fixture
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system whose Python has no `resource`."""
    monkeypatch.setitem(sys.modules, "resource", None)


@pytest.fixture
def without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without `/proc`."""
    monkeypatch.setattr(builtins, "open", refuses)


@pytest.mark.usefixtures("without_limits")
def test_a_system_without_limits_of_memory_has_room() -> None:
    assert memory.most_memory() == memory.machine_memory()
    assert memory.can_reserve(1 << 60)
    assert memory.beside_the_limit(lambda: "loaded") == "loaded"
    limit_memory(100 << 20)


def test_a_limit_that_the_system_refuses_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setattr(resource, "setrlimit", refuses)
    limit_memory(100 << 20)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_system_that_does_not_tell_its_memory_has_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", refuses)
    assert memory.machine_memory() == sys.maxsize


@pytest.mark.usefixtures("without_proc")
@pytest.mark.parametrize(("system", "unit"), [("linux", 1 << 10), ("darwin", 1)])
def test_without_proc_the_most_memory_so_far_is_told(
    system: str, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert memory.resident() == resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    assert memory.can_reserve(1)


@pytest.mark.usefixtures("without_proc", "without_limits")
def test_memory_that_nothing_tells_is_0() -> None:
    assert memory.resident() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory has no limit")
@pytest.mark.parametrize("limit", [4 << 30, 1 << 50])
def test_a_limit_grows_by_what_a_library_takes(limit: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    taken = memory.beside_the_limit(lambda: mmap.mmap(-1, 64 << 20))
    now, _ = resource.getrlimit(resource.RLIMIT_AS)
    assert 64 << 20 <= now - limit < 128 << 20
    assert memory.most_memory() == min(now, memory.machine_memory())
    taken.close()


@pytest.mark.parametrize(
    ("count", "text"), [(4 << 30, "4G"), (500 << 20, "500M"), (1536, "1.5K"), (1000, "1000 bytes")]
)
def test_sizes_are_written_as_people_do(count: int, text: str) -> None:
    assert memory.as_size(count) == text
