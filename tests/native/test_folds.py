"""Reductions along an axis in native code, in lanes and by whole rows: both tiers agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.native import folds
from vlad_py.native.calling import Native
from vlad_py.native.formulas import formula_text, tree_of
from vlad_py.primitives.kinds import Along
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")

FOLDED = sorted(
    p.reduces for p in PRIMITIVES.values() if isinstance(p, Along) and p.reduces and formula_text(p.whole)
)
SHAPES = (
    (63,),
    (64,),
    (65,),
    (167,),
    (3, 70),
    (70, 3),
    (1, 100),
    (100, 1),
    (4, 2, 67),
    (67, 2, 4),
    (2, 65, 9),
)
STRANGE = (np.nan, np.inf, -np.inf)


def _given(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(len(shape)).uniform(0.5, 1.5, shape)


def _agree(f: Any, x: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        found, expected = vlad.compile(f, x)(x), f(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", FOLDED)
def test_along_every_axis(name: str) -> None:
    for shape in SHAPES:
        for axis in range(len(shape)):
            _agree(vlad.evaluate(f"fn x => {name}(x, {{axis: {axis}}})"), _given(shape))
        _agree(vlad.evaluate(f"fn x => {name}(x)"), _given(shape))


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("strange", STRANGE)
def test_nans_and_infinities_at_every_place(name: str, strange: float) -> None:
    f: Any = vlad.evaluate(f"fn x => {name}(x)")
    x = _given((103,))
    native = vlad.compile(f, x)
    for i in range(len(x)):
        changed = x.copy()
        changed[i] = strange
        np.testing.assert_equal(native(changed), f(changed))
    x[3], x[97] = np.nan, strange
    np.testing.assert_equal(native(x), f(x))


def test_the_greatest_and_the_least_go_in_lanes() -> None:
    """The text of the entry is one that the folds know; a sum of another kind is not."""
    for name, goes in (("max", True), ("min", True), ("prod", False), ("norm", False)):
        tree: Any = tree_of(PRIMITIVES[name])
        assert folds._in_any_order(tree.args[0]) == goes, name


@pytest.mark.parametrize("size", [1, 2, 8, 20])
@pytest.mark.parametrize(
    "text", ["sum({})", "mean({})", "sum([{0}, {0}], {{axis: 1}})[0]", "sum([{0}], {{axis: 0}})[0]"]
)
def test_a_sum_of_negative_zeros_has_the_interpreters_sign(text: str, size: int) -> None:
    function = Session(native="never").evaluate(f"fn x => 1 / {text.format(f'(zeros({size}) + 1) * x')}")
    assert isinstance(function, Closure)
    assert Native(function, 1.0, is_fixed=True)(function, -0.0) == Session(native="never").call(
        function, -0.0
    )
