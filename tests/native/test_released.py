"""Compiled code is freed when nothing uses it any more."""

from __future__ import annotations

import gc
import os
import sys
from weakref import WeakSet

import pytest

from vlad_py.native import linking
from vlad_py.native.builder import Builder
from vlad_py.native.code import Code
from vlad_py.native.ir import Name, Region, Unit
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")


def test_code_of_functions_that_are_defined_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    engines: WeakSet[object] = WeakSet()
    compiled = linking.compiled

    def counted(*arguments: object) -> Code:
        made = compiled(*arguments)  # type: ignore[arg-type]
        engines.add(made.engine[0])
        return made

    monkeypatch.setattr("vlad_py.native.calling.compiled", counted)
    monkeypatch.setenv("VLAD_NATIVE_STORE", "off")
    session = Session(native="always")
    assert session.tier is not None
    before, count = session.tier.taken, 120
    for i in range(count):
        session.execute(session.parse(f"def f(x) = sin(x) * {i} + x ^ 2\nf(1.5)", "<text>"), None)
    assert session.tier.taken == before + count
    gc.collect()
    assert len(engines) < count / 2


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says how much memory a process has")
def test_compiling_leaves_no_memory_behind() -> None:
    def compile_some(count: int) -> int:
        for _ in range(count):
            builder, x = Builder(), Name()
            with builder.into([]) as ops:
                y = builder.prim(PRIMITIVES["*"], [builder.prim(PRIMITIVES["sin"], [x]), x])
            assert linking.compiled(Unit("unit", Region([x], ops, [y]))).run([0.0]) == (0.0,)
        gc.collect()
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = compile_some(40)
    assert compile_some(120) - before < 120 * 25_000  # a pass manager that stays has 60 KB
