"""Machine code touches no memory but its own: tapes and arrays between pages that nobody may touch."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = 60
PAGE = mmap.PAGESIZE

BROKEN = """
from native.guarded import guard
from vlad_py.native import emit_tapes
from vlad_py.native.linking import compiled
from vlad_py.native.ir import Frame, Name, Op, Region, Tape, Unit, constant

heap, _ = guard()
if not {bounded}:
    emit_tapes.expect_saved = lambda *_: None
tape, x, results = Tape(), Name(), [Name() for _ in range({taken})]
few, many = Frame(tape, ["real"]), Frame(tape, ["real"] * {taken})
ops = [Op("save", [x], [], few), Op("restore", [], results, many), Op("save", [x], [], few)]
print(compiled(Unit("broken", Region([x], ops, [results[0]]))).run([1.0]))
for address in [*heap.blocks]:
    heap.free(address)
print("overruns:", heap.overruns)
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "VLAD_NATIVE_STORE": "off"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform != "linux", reason="pages are protected by Linux's calls")
def test_random_programs_stay_within_their_memory() -> None:
    done = python("-m", "native.guarded", "0", str(PROGRAMS))
    assert done.returncode == 0, done.stderr
    taken, _, moved, _ = done.stdout.split()
    assert int(taken) > 0.8 * PROGRAMS
    assert int(moved) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="pages are protected by Linux's calls")
def test_what_leaves_its_memory_is_seen() -> None:
    near = python("-c", BROKEN.format(taken=3, bounded=False))
    assert near.returncode == 0, near.stderr
    assert "nan" not in near.stdout
    assert "overruns: 1" in near.stdout
    far = python(
        "-c", BROKEN.format(taken=3 * PAGE // 16, bounded=False)
    )  # into the middle of the page before the block
    assert far.returncode < 0, far.stdout  # ended by a signal


@pytest.mark.skipif(sys.platform != "linux", reason="pages are protected by Linux's calls")
@pytest.mark.parametrize("taken", [3, 3 * PAGE // 16])
def test_a_tape_is_not_read_before_its_beginning(taken: int) -> None:
    done = python("-c", BROKEN.format(taken=taken, bounded=True))
    assert done.returncode == 1
    assert "Left: a guard did not hold" in done.stderr
