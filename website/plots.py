"""Plots of functions with their derivatives, as SVG that takes its colours from the page.

All have one window and one scale, so a slope is a slope. A curve is broken where it jumps; a value that
stands alone, such as that of `sign` at 0, is a dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.numbers.forward.dual import Dual
from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import Primitive

WIDTH, HEIGHT = 4, 3  # of the window, to either side of the origin
SCALE = 40  # pixels for 1
POINTS = 100  # for 1: the kinks and jumps at whole numbers and halves are among them
STEEPEST = 90  # what rises faster from point to point is a jump: one of 1 rises by 100

_HEADING = re.compile(r"^### `(\w+)\(x\)`\n\n", re.MULTILINE)


def added(text: str) -> str:
    """The reference of functions with a plot beside the words on each function of one real."""

    def with_plot(entry: re.Match[str]) -> str:
        primitive = PRIMITIVES.get(entry[1])
        return f"{entry[0]}{plot(primitive)}\n\n" if primitive and is_plotted(primitive) else entry[0]

    return _HEADING.sub(with_plot, text)


def is_plotted(primitive: Primitive) -> bool:
    """Whether a primitive is a function of one real with a derivative."""
    return primitive.arity == 1 and isinstance(primitive, Elementwise)


def value_and_derivative(primitive: Primitive, x: float) -> tuple[float, float]:
    """f(x) and f'(x), by one dual number."""
    y: Any = primitive.apply(Dual(1, x, 1.0))
    if type(y) is float:  # a step, which has no slope anywhere
        return y, 0.0
    return y.primal, y.tangent


def plot(primitive: Primitive) -> str:
    """The two curves of a primitive as one SVG element in a figure."""
    xs = [i / POINTS for i in range(-WIDTH * POINTS, WIDTH * POINTS + 1)]
    values = [value_and_derivative(primitive, x) for x in xs]
    curves = [
        curve(list(zip(xs, (v[i] for v in values))), name) for i, name in ((1, "derivative"), (0, "value"))
    ]
    left, top = -WIDTH * SCALE, -HEIGHT * SCALE
    return (
        f'<figure class="plot"><svg viewBox="{left} {top} {-2 * left} {-2 * top}" role="img" '
        f'aria-label="{primitive.name} and its derivative">'
        f'<path class="grid" d="{grid()}"/><path class="axes" d="M{left} 0h{-2 * left}M0 {top}v{-2 * top}"/>'
        f"{numbers()}{''.join(curves)}</svg>"
        f'<figcaption><b class="value">{primitive.name}</b> <b class="derivative">derivative</b></figcaption>'
        "</figure>"
    )


def grid() -> str:
    """A line at every whole number."""
    upright = (f"M{x * SCALE} {-HEIGHT * SCALE}v{2 * HEIGHT * SCALE}" for x in range(-WIDTH + 1, WIDTH))
    level = (f"M{-WIDTH * SCALE} {y * SCALE}h{2 * WIDTH * SCALE}" for y in range(-HEIGHT + 1, HEIGHT))
    return "".join((*upright, *level))


def numbers() -> str:
    """The numbers at the axes: every whole one, but for 0 and what would stand at the edge."""
    level = (text(x, x * SCALE, 13, "middle") for x in range(-WIDTH + 1, WIDTH) if x)
    upright = (text(y, -5, 4 - y * SCALE, "end") for y in range(-HEIGHT + 1, HEIGHT) if y)
    return "".join((*level, *upright))


def text(number: int, x: float, y: float, anchor: str) -> str:
    """A number at a point of the picture."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{number}</text>'.replace(">-", ">−")


def curve(points: list[tuple[float, float]], name: str) -> str:
    """A curve in pixels, with y downwards."""
    lines, dots = [], []
    for piece in pieces(points):
        pixels = [(f"{x * SCALE:g}", f"{0.0 - y * SCALE:.1f}") for x, y in piece]
        if len(pixels) == 1:
            dots.append('<circle class="{}" cx="{}" cy="{}" r="4"/>'.format(name, *pixels[0]))
        else:
            lines.append("M" + "L".join(f"{x} {y}" for x, y in pixels))
    return f'<path class="{name}" d="{"".join(lines)}"/>{"".join(dots)}'


def pieces(points: list[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The unbroken parts of a curve within twice the height of the window."""
    piece: list[tuple[float, float]] = []
    for x, y in points:
        inside = abs(y) <= 2 * HEIGHT  # which nan is not
        if piece and (not inside or abs(y - piece[-1][1]) > STEEPEST * (x - piece[-1][0])):
            yield piece
            piece = []
        if inside:
            piece.append((x, y))
    if piece:
        yield piece
