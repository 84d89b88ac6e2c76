"""What goes with code on disk is read as it was written, and what cannot be written is not kept."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.node import replaced
from vlad_py.native.back import Back
from vlad_py.native.ir import Use
from vlad_py.native.written import Unkept, read_back, written_back
from vlad_py.primitives.primitive import Primitive

pytest.importorskip("llvmlite")

STATICS = (
    {"axis": 1, "keepdims": True, "mode": "full", "k": None},
    {"value": inf, "zero": -0.0},
    {"index": (slice(0, 4, 2), (1, slice(None))), "words": {"axis": (0, 1)}},
)


@pytest.mark.parametrize("statics", STATICS)
def test_what_is_called_back_is_read_as_it_was_written(statics: dict[str, Any]) -> None:
    back = Back(Use(PRIMITIVES["sort"], statics), ((2, 3), ()), (3,))
    text = json.dumps(written_back({"f": back}))
    read = read_back(json.loads(text))["f"]
    assert read.use.primitive is back.use.primitive and (read.shapes, read.shape) == (back.shapes, back.shape)
    assert repr(dict(read.use.statics)) == repr(statics)


@pytest.mark.parametrize(
    ("primitive", "statics"),
    [
        (PRIMITIVES["sort"], {"f": len}),
        (PRIMITIVES["sort"], {"f": {1: 2}}),
        (replaced(PRIMITIVES["sort"], doc=""), {}),
    ],
    ids=["a function", "names that are not texts", "another primitive"],
)
def test_what_cannot_be_called_back_by_its_name_is_not_kept(primitive: Primitive, statics: Any) -> None:
    with pytest.raises(Unkept):
        written_back({"f": Back(Use(primitive, statics), (), ())})
