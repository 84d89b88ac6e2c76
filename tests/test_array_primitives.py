"""The sweep over the primitives of arrays, and the proof that each of its checks can fail."""

from __future__ import annotations

import pytest
from sweep_arrays import BY_ELEMENTS, OF_CALLS, OF_ELEMENTS, Check, complaints, of_arrays

from vlad_py.primitive import PRIMITIVES, Primitive

CASES = [(check, p) for p in of_arrays() for check in OF_CALLS] + [
    (check, p) for p in PRIMITIVES.values() if p.kind in BY_ELEMENTS for check in OF_ELEMENTS
]


@pytest.mark.parametrize(("check", "primitive"), CASES, ids=lambda x: getattr(x, "__name__", None) or x.name)
def test_sweep(check: Check, primitive: Primitive) -> None:
    assert complaints(check, primitive) == []
