"""numpy's loops in native code: each function of arrays gives to the bit what the interpreter gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.native import library_loops, numpy_loops
from vlad_py.native.calling import Native
from vlad_py.primitives.kinds import Elementwise
from vlad_py.session.session import Session
from vlad_py.values.values import Array

pytest.importorskip("llvmlite")

BY_LOOPS = [
    name
    for name, primitive in PRIMITIVES.items()
    if isinstance(primitive, Elementwise)
    and not primitive.internal
    and primitive.arity == 1
    and library_loops.goes_by_loops(primitive)
]
SIZES = (17, 64, 1001)  # beyond what is computed real by real
GIVEN = np.concatenate([np.linspace(-3.0, 3.0, 41), [0.0, -0.0, 1e-300, 700.0, np.inf, -np.inf, np.nan]])


@pytest.mark.parametrize("name", BY_LOOPS)
def test_a_loop_gives_what_the_interpreter_gives(name: str) -> None:
    f: Any = Session().evaluate(f"fn x => {name}(x)")
    for size in SIZES:
        x = Array(np.resize(GIVEN, size))
        unit = Native(f, x, is_fixed=True)
        assert unit.code.loops
        with np.errstate(all="ignore"):
            expected: Any = PRIMITIVES[name].at([x], {})
        found: Any = unit(f, x)
        same = np.array_equal(found.data, expected.data, equal_nan=True)
        # where numpy has a function for the whole, as `logaddexp` for softplus, the last digits may differ
        close = np.allclose(found.data, expected.data, rtol=1e-14, atol=0, equal_nan=True)
        assert same if PRIMITIVES[name].native is None else close


def test_the_usual_functions_have_loops() -> None:
    assert {"exp", "ln", "sin", "cos", "tanh", "sigmoid", "softplus", "log1p"} <= set(BY_LOOPS)


def test_a_loop_that_disagrees_with_numpy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_loops, "_agrees", lambda *_: False)
    assert numpy_loops.loop.__wrapped__("exp") is None
    assert numpy_loops.loop.__wrapped__("where") is None


def test_a_missing_loop_has_no_address() -> None:
    assert len(numpy_loops.addresses(["exp"])) == 2
    with pytest.raises(KeyError):
        numpy_loops.addresses(["exp", "where"])


def test_what_a_loop_is_checked_by_can_fail() -> None:
    exp, _ = numpy_loops.loop("exp") or (0, 0)
    assert numpy_loops._agrees(np.exp, exp, exp)
    assert not numpy_loops._agrees(np.sin, exp, exp)
