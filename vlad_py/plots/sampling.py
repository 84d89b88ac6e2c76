"""Where a function of one real is looked at, so that its curve is smooth, and what of it is a line.

`more` gives the points to look at next, from those that are known; no chance is in it. It halves the interval
between two neighbours where the curve bends, where it is steep, and where it stops being finite. So a jump, a
pole and the edge of a domain are each found to within a small part of the range, and none of them is bridged.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from math import inf, isfinite, isnan

from vlad_py.plots.figure import Marks, Piece, Point, Range, Samples, range_of, widened

START = 64  # intervals at first
GOLDEN = (
    0.6180339887498949  # its multiples put these a little out of step, so that no wave is in step with them
)
SHIFT = 0.4  # of an interval
MOST = 4000  # points of one curve
BEND = 0.004  # of the height of the picture: how far a point may be from the line between its neighbours
STEEP = 0.05  # of the height: what may lie between two neighbours
# the widths, as parts of the range, below which intervals are not halved any more
SMOOTH, ENDLESS, EDGE, JUMP = 2.0**-14, 2.0**-12, 2.0**-18, 2.0**-36
# a pole: values far beyond all others, at few neighbouring points, which are this near to one another
BEYOND, FEW, NEAR = 20.0, 14, 2.0**-10
USUAL = 0.15  # of the points on either side may be unusual, where there is a pole
AROUND = 0.5  # of the usual height, shown above and below it, towards a pole
FINE = 1.0 / 2000.0  # of the picture: points nearer than that to one another are not kept


def more(limits: Range, samples: Samples) -> list[float]:
    """The points at which the function is needed next; none where enough are known."""
    if not samples:
        return _first(limits)
    length = limits[1] - limits[0]
    low, high = shown(limits, samples)
    ys = _heights(samples, low, high)
    bends = _bends([x for x, _ in samples], ys)
    found: list[tuple[float, float]] = []
    for i, ((x, y), (next_x, next_y)) in enumerate(pairwise(samples)):
        middle = x / 2 + next_x / 2
        width = (next_x - x) / length
        if x < middle < next_x and width > _least(y, next_y, ys[i], ys[i + 1], bends[i] or bends[i + 1]):
            found.append((-width, middle))
    return sorted(middle for _, middle in sorted(found)[: max(0, MOST - len(samples))])


def _first(limits: Range) -> list[float]:
    low, high = limits
    inner = []
    for i in range(1, START):
        part = (i + SHIFT * (i * GOLDEN % 1.0 - 0.5)) / START
        inner.append((1.0 - part) * low + part * high)
    return sorted({low, high, *(x for x in inner if low < x < high)})


def _least(y: float, next_y: float, height: float, next_height: float, bends: bool) -> float:
    """The width that an interval may have, as a part of the range."""
    if isfinite(y) and isfinite(next_y):
        return JUMP if abs(height - next_height) > STEEP else SMOOTH if bends else inf
    if isfinite(y) or isfinite(next_y):
        return EDGE if isnan(y) or isnan(next_y) else ENDLESS
    return inf


def _heights(samples: Samples, low: float, high: float) -> list[float]:
    """The values as parts of the height of the picture, up to one such height beyond it."""
    length = high - low
    return [min(max((y - low) / length, -1.0), 2.0) if isfinite(y) else y for _, y in samples]


def _bends(xs: list[float], ys: list[float]) -> list[bool]:
    """Whether each point is far from the line between its neighbours."""
    found = [False] * len(xs)
    for i in range(1, len(xs) - 1):
        if isfinite(ys[i - 1]) and isfinite(ys[i]) and isfinite(ys[i + 1]):
            part = (xs[i] - xs[i - 1]) / (xs[i + 1] - xs[i - 1])
            found[i] = abs(ys[i - 1] + part * (ys[i + 1] - ys[i - 1]) - ys[i]) > BEND
    return found


# ── how much of it is shown ──────────────────────────────────────────────────────────────────


def shown(limits: Range, samples: Samples) -> Range:
    """The values to show: all finite ones, but where there is a pole only those around the usual ones."""
    finite = [(x, y) for x, y in samples if isfinite(y)]
    low, high = range_of(y for _, y in finite)
    usual_low, usual_high = _usual(finite)
    usual = usual_high - usual_low
    if high - low > BEYOND * usual:
        near = NEAR * (limits[1] - limits[0])
        middle = usual_low / 2 + usual_high / 2
        if _is_pole(samples, near, middle, high - middle, 1.0):
            high = usual_high + AROUND * usual
        if _is_pole(samples, near, middle, middle - low, -1.0):
            low = usual_low - AROUND * usual
    return widened(low, high, 0.0)


def _usual(finite: Samples) -> Range:
    """The values of the function without the least and the greatest, each counted by the space around it."""
    if len(finite) < 3:
        return range_of(y for _, y in finite)
    xs = [x for x, _ in finite]
    spaces = [right / 2 - left / 2 for left, right in zip(xs[:1] + xs[:-1], xs[1:] + xs[-1:], strict=True)]
    by_value = sorted((y, space) for (_, y), space in zip(finite, spaces, strict=True))
    total, past = sum(spaces), 0.0
    usual = []
    for y, space in by_value:
        past += space / total
        if USUAL <= past <= 1.0 - USUAL:
            usual.append(y)
    return range_of(usual)


def _is_pole(samples: Samples, near: float, middle: float, reach: float, sign: float) -> bool:
    """Whether the greatest values (the least, for the sign -1) are at few points, near to one another."""
    if not reach > 0.0:
        return False
    is_top = [isfinite(y) and sign * (y - middle) > 0.1 * reach for _, y in samples]
    at = 0
    for top, run in groupby(is_top):
        start, at = at, at + len(list(run))
        if top:
            ends = samples[max(start - 1, 0)][0], samples[min(at, len(samples) - 1)][0]
            if at - start > FEW or ends[1] - ends[0] > (at - start + 1) * near:
                return False
    return True


# ── its lines ────────────────────────────────────────────────────────────────────────────────


def curve(limits: Range, samples: Samples, label: str) -> tuple[Marks, Range]:
    """The lines of a function through its samples, and the values to show."""
    up = shown(limits, samples)
    pieces = tuple(_thinned(piece, limits, up) for piece in _pieces(limits, samples, up))
    return Marks("line", label, pieces), up


def _pieces(limits: Range, samples: Samples, up: Range) -> Iterator[list[Point]]:
    length = limits[1] - limits[0]
    piece: list[Point] = []
    heights = _heights(samples, *up)
    for i, (x, y) in enumerate(samples):
        if piece and (not isfinite(y) or _is_jump((x - piece[-1][0]) / length, heights[i - 1], heights[i])):
            yield piece
            piece = []
        if isfinite(y):
            piece.append((x, y))
    if piece:
        yield piece


def _is_jump(width: float, height: float, next_height: float) -> bool:
    """Whether no line leads from a point to the next: they are as near as can be and still far apart, or on
    opposite sides of the picture.
    """
    between = abs(height - next_height)
    return between > STEEP and (width <= 2.0 * JUMP or (between > 1.0 and width < NEAR))


def _thinned(piece: list[Point], across: Range, up: Range) -> Piece:
    """A line without points that nobody can tell from the one before."""
    wide, high = (FINE * (limits[1] - limits[0]) for limits in (across, up))
    kept = piece[:1]
    for point in piece[1:-1]:
        if abs(point[0] - kept[-1][0]) > wide or abs(point[1] - kept[-1][1]) > high:
            kept.append(point)
    return (*kept, *piece[1:][-1:])
