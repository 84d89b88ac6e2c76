"""Functions of numba that call compiled functions of ADL, without Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

pytest.importorskip("llvmlite")
numba: Any = pytest.importorskip("numba")


def test_a_compiled_derivative_inside_njit() -> None:
    program = vlad.evaluate("fn (x, k) => derivative(fn x => sin(k * x))(x)")
    slope = vlad.compile(program, 1.0, 2.0).ctypes

    def total(xs: Any, k: float) -> float:
        result = 0.0
        for x in xs:
            result += slope(x, k)
        return result

    xs = np.linspace(0.0, 1.0, 100)
    assert numba.njit(total)(xs, 2.0) == pytest.approx((2 * np.cos(2 * xs)).sum(), rel=1e-13)
