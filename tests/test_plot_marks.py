"""The marks of plots: points, bars, runs of points, names, and ticks where no nice number lies."""

from __future__ import annotations

import re
from math import nan

import pytest

import vlad_py as vlad
from vlad_py.plots.figure import unbroken
from vlad_py.plots.plot import Plot
from vlad_py.plots.ticks import ticks


def plot(text: str) -> Plot:
    found = vlad.evaluate(text)
    assert type(found) is Plot
    return found


@pytest.mark.parametrize(("count", "has_signs"), [(5, True), (200, True), (201, False)])
def test_few_points_have_a_sign_each_and_many_a_dot(count: int, has_signs: bool) -> None:
    numbers = f"[i for i in 1..{count}]"
    drawn = plot(f"plot({numbers}, {numbers}, {{points: true}})").text(40)
    assert ("•" in drawn) == has_signs
    assert any("\u2800" < sign <= "\u28ff" for sign in drawn) != has_signs


def test_bars_have_a_square_beside_their_name() -> None:
    picture = plot('histogram([1, 2, 2, 3], {label: "ages"})').svg()
    assert len(re.findall(r'<rect [^>]*width="12" height="12"', picture)) == 1
    assert "ages" in picture


def test_several_numbers_in_a_row_that_are_missing_are_one_gap() -> None:
    points = [(nan, 1.0), (nan, 2.0), (1.0, 2.0), (1.0, nan), (2.0, nan), (3.0, 3.0)]
    assert list(unbroken(points)) == [[(1.0, 2.0)], [(3.0, 3.0)]]


def test_a_range_of_two_neighbouring_doubles_has_its_ends_as_ticks() -> None:
    found = ticks((1.0, 1.0000000000000002), 5)
    assert [tick.text for tick in found] == ["1", "1.0000000000000002"]


def test_a_plot_of_many_curves_is_called_by_the_first() -> None:
    assert repr(plot("plot(list(sin, cos, tan, exp), 0, 1)")) == "<plot of sin, cos, tan, exp>"
    assert repr(plot("plot(list(sin, cos, tan, exp, sinh), 0, 1)")) == "<plot of sin, cos, tan, …>"
