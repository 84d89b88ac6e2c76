"""What a plot holds: marks in the plane, the part of it to show, and texts. All numbers are finite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import isfinite
from typing import Any, Literal, TypeAlias

from vlad_py.ground.node import record, replaced
from vlad_py.ground.source import printable_lines

Point: TypeAlias = tuple[float, float]
Piece: TypeAlias = tuple[Point, ...]
Range: TypeAlias = tuple[float, float]
Samples: TypeAlias = list[Point]  # of a function, in the order of x; y may be infinite, or nan
Kind: TypeAlias = Literal["line", "points", "bars", "level"]

LARGEST = 4e307  # of a side of a range, so that its length is finite
NARROWEST = 1e-290  # of a range
RELATIVE = 1e-13  # of a range, to the numbers in it: what is narrower is rounding
MARGIN = 0.05  # of a range, above and below what it shows


@record
class Marks:
    """What is drawn in one colour: `pieces` are unbroken lines, or points, or bars by two opposite corners.

    A `level` is a line along which a function of two reals has the value that the label says.
    """

    kind: Kind
    label: str
    pieces: tuple[Piece, ...]

    def points(self) -> Iterator[Point]:
        """All points of all pieces."""
        for piece in self.pieces:
            yield from piece


@record
class Figure:
    """The data of a plot: `across` and `up` are the ranges of x and y that it shows; no text is "" . If it is
    `equal`, 1 is as long across as up, and the picture may show more of one of them.
    """

    marks: tuple[Marks, ...]
    across: Range
    up: Range
    title: str = ""
    x: str = ""
    y: str = ""
    equal: bool = False


def parts_of(figure: Figure) -> tuple[Any, ...]:
    """A figure as tuples of texts and numbers, which can be written anywhere; `figure_of` reads them."""
    marks = tuple((each.kind, each.label, each.pieces) for each in figure.marks)
    return marks, figure.across, figure.up, figure.title, figure.x, figure.y, figure.equal


def figure_of(parts: tuple[Any, ...]) -> Figure:
    """The figure that `parts_of` has taken apart."""
    marks, *rest = parts
    return Figure(tuple(Marks(*each) for each in marks), *rest)


def range_of(numbers: Iterable[float]) -> Range:
    """From the least to the greatest of some finite numbers; (0, 0) if there are none."""
    found = [min(max(number, -LARGEST), LARGEST) for number in numbers]
    return (min(found), max(found)) if found else (0.0, 0.0)


def widened(low: float, high: float, margin: float = MARGIN) -> Range:
    """A range with a margin on both sides; around a single number it has a length too."""
    length = high - low
    if length < NARROWEST or length <= RELATIVE * max(abs(low), abs(high)):
        length = max(abs(low), abs(high))
        length = length if length >= NARROWEST else 1.0
        low, high, margin = low - length / 2, high + length / 2, 0.0
    low, high = low - margin * length, high + margin * length
    return max(low, -LARGEST), min(high, LARGEST)


def union(ranges: Iterable[Range]) -> Range:
    """The least range that holds some ranges."""
    lows, highs = zip(*ranges, strict=True)
    return min(lows), max(highs)


def line_of(points: Iterable[Point], label: str) -> Marks:
    """A line through points in their order. It breaks where a coordinate is not finite."""
    return Marks("line", label, tuple(map(tuple, unbroken(points))))


def points_of(points: Iterable[Point], label: str) -> Marks:
    """Single points, without those where a coordinate is not finite."""
    return Marks("points", label, tuple((point,) for point in points if all(map(isfinite, point))))


def unbroken(points: Iterable[Point]) -> Iterator[list[Point]]:
    """The runs of points with finite coordinates."""
    piece: list[Point] = []
    for point in points:
        if all(map(isfinite, point)):
            piece.append(point)
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def overlaid(figures: Iterable[Figure]) -> Figure:
    """Several figures as one; each text is that of the first figure that has it."""
    all_figures = list(figures)

    def text(name: str) -> str:
        return next((str(getattr(f, name)) for f in all_figures if getattr(f, name)), "")

    return Figure(
        marks=tuple(marks for figure in all_figures for marks in figure.marks),
        across=union(figure.across for figure in all_figures),
        up=union(figure.up for figure in all_figures),
        title=text("title"),
        x=text("x"),
        y=text("y"),
        equal=any(figure.equal for figure in all_figures),
    )


def elided(text: str, room: int) -> str:
    """A text of one line, of so many characters at most, none of which steers a terminal; the end of a longer
    one is left out.
    """
    text = printable_lines(text).replace("\n", " ").replace("\t", " ")
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"


def fitted(figure: Figure, width: float, height: float) -> Figure:
    """The figure for a picture of a width and a height: if it is `equal`, with one range that is wider around
    its middle, so that 1 is as long across as up.
    """
    (left, right), (low, high) = figure.across, figure.up
    unit = max((right - left) / width, (high - low) / height)
    if not figure.equal:
        return figure
    across, up = (
        (start / 2 + end / 2 - unit * size / 2, start / 2 + end / 2 + unit * size / 2)
        for (start, end), size in ((figure.across, width), (figure.up, height))
    )
    is_seen = all(abs(end) <= LARGEST for end in (*across, *up))
    return replaced(figure, across=across, up=up) if is_seen else figure


# ── what of a line is to be seen ─────────────────────────────────────────────────────────────


def clipped(piece: Piece, across: Range, up: Range) -> Iterator[list[Point]]:
    """The parts of a line inside a rectangle (Y.-D. Liang and B. Barsky, "A new concept and method for line
    clipping", ACM Transactions on Graphics 3, 1984).
    """
    if len(piece) == 1:
        if _is_in(piece[0][0], across) and _is_in(piece[0][1], up):
            yield list(piece)
        return
    part: list[Point] = []
    for start, end in pairwise(piece):
        found = _segment(start, end, across, up)
        if found is None:
            continue
        if part and part[-1] != found[0]:
            yield part
            part = []
        part = part or [found[0]]
        part.append(found[1])
    if part:
        yield part


def _is_in(number: float, limits: Range) -> bool:
    return limits[0] <= number <= limits[1]


def _segment(start: Point, end: Point, across: Range, up: Range) -> tuple[Point, Point] | None:
    """The part of a segment inside a rectangle."""
    if all(_is_in(x, across) and _is_in(y, up) for x, y in (start, end)):
        return start, end
    enters, leaves = 0.0, 1.0
    for axis, (low, high) in enumerate((across, up)):
        # halves, because a difference of two reals may be infinite
        way = end[axis] / 2 - start[axis] / 2
        for sign, room in ((-1.0, start[axis] / 2 - low / 2), (1.0, high / 2 - start[axis] / 2)):
            speed = sign * way
            if speed == 0.0:
                if room < 0.0:
                    return None
            elif speed < 0.0:
                enters = max(enters, room / speed)
            else:
                leaves = min(leaves, room / speed)
    if enters > leaves:
        return None
    return _between(start, end, enters, across, up), _between(start, end, leaves, across, up)


def _between(start: Point, end: Point, t: float, across: Range, up: Range) -> Point:
    # at the ends exactly, and without 0 times a number that has overflowed
    x, y = (
        a if t == 0.0 else b if t == 1.0 else (1 - t) * a + t * b for a, b in zip(start, end, strict=True)
    )
    return min(max(x, across[0]), across[1]), min(max(y, up[0]), up[1])
