"""Plots on equal axes, in both drawings, and numbers that no axis reaches."""

from __future__ import annotations

import re

import pytest

import vlad_py as vlad
from vlad_py.plots.plot import Plot


def plot(text: str) -> Plot:
    found = vlad.evaluate(text)
    assert type(found) is Plot
    return found


def sizes(drawn: list[tuple[float, float]]) -> tuple[float, float]:
    """How wide and how high some points are together."""
    wide, high = ([point[i] for point in drawn] for i in (0, 1))
    return max(wide) - min(wide), max(high) - min(high)


def dots(text: str) -> list[tuple[float, float]]:
    """The dots of a drawing in Braille, from the upper left."""
    bits = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
    return [
        (2.0 * column + i, 4.0 * row + j)
        for row, line in enumerate(text.splitlines())
        for column, sign in enumerate(line)
        if 0x2800 <= ord(sign) < 0x2900
        for i in (0, 1)
        for j in range(4)
        if (ord(sign) - 0x2800) & bits[i][j]
    ]


@pytest.mark.parametrize("size", [1e-200, 1.0, 12345.0, 1e300])
@pytest.mark.parametrize("kind", ["plot", "overlaid"])
def test_on_equal_axes_a_circle_is_round(size: float, kind: str) -> None:
    turn = "let t = linspace(0, 2 * pi, 90)\n"
    circle = f"plot({size} * cos(t), {size} * sin(t), {{equal: true}})"
    p = plot(turn + (circle if kind == "plot" else f"plot(plot([0, {size}], [0, {size}]), {circle})"))
    path = re.findall(r'class="line" stroke="[^"]*" d="([^"]*)"', p.svg())[0]
    wide, high = sizes([(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)])
    assert 100.0 < wide == pytest.approx(high, abs=1.0)
    for width in (30, 60, 79, 120) if kind == "plot" else ():
        wide, high = sizes(dots(p.text(width)))
        assert wide == pytest.approx(high, abs=2.0)
    if kind == "plot":
        squeezed = dots(plot(turn + circle.replace(", {equal: true}", "")).text(79))
        assert sizes(squeezed)[0] > 1.5 * sizes(squeezed)[1]


def test_numbers_that_no_axis_reaches_are_refused() -> None:
    for text, number in (("[0, 1], [1e308, -1]", "1e308"), ("[0, 1], list([0, 1], [0, -5e307])", "-5e307")):
        with pytest.raises(vlad.RunError, match=f"cannot show numbers beyond 4e307, got {number}"):
            plot(f"plot({text})")
