"""Searches of arrays for nan: the same answer below and above the size from which BLAS has threads."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from vlad_py.ground.late_numpy import quiet  # noqa: E402
from vlad_py.ground.nans import ON_ONE_THREAD, all_finite, any_nan  # noqa: E402


@pytest.mark.parametrize("size", [1, 7, ON_ONE_THREAD, ON_ONE_THREAD + 1, 3 * ON_ONE_THREAD])
@pytest.mark.parametrize("place", [0, -1])
def test_one_element_decides(size: int, place: int) -> None:
    with quiet():  # as where programs run
        data = np.full(size, -2.0)
        assert not any_nan(data) and all_finite(data)
        data[place] = np.inf
        assert not any_nan(data) and not all_finite(data)
        data[place] = np.nan
        assert any_nan(data) and not all_finite(data)
        both = np.full((size, 2), np.inf)
        both[place] = np.nan, -np.inf
        assert any_nan(both) and any_nan(both.T)
