"""Lines along which a function of two reals is constant, by marching squares on a grid of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TypeAlias

from vlad_py.plots.figure import Marks, Piece, Point, range_of
from vlad_py.plots.ticks import ticks

LEVELS = 9  # as many as that, or a few more or less
Corner: TypeAlias = tuple[int, int]  # of the grid: along x, along y
Edge: TypeAlias = tuple[Corner, Corner]  # between two corners that are neighbours


def contours(xs: Sequence[float], ys: Sequence[float], rows: Sequence[Sequence[float]]) -> list[Marks]:
    """The lines of some nice levels; rows[j][i] is the value at xs[i], ys[j]. No line is next to one that is
    not finite.
    """
    low, high = range_of(z for row in rows for z in row if isfinite(z))
    if not low < high:
        return []
    found = []
    for tick in ticks((low, high), LEVELS):
        pieces = tuple(_joined(dict(_crossings(xs, ys, rows, tick.at)), _segments(rows, tick.at)))
        if pieces:
            found.append(Marks("level", tick.text, pieces))
    return found


def _crossings(
    xs: Sequence[float], ys: Sequence[float], rows: Sequence[Sequence[float]], level: float
) -> Iterator[tuple[Edge, Point]]:
    """The edges of the grid that a line crosses, each with the point where it does."""
    for j, row in enumerate(rows):
        for i, z in enumerate(row):
            for right, below in ((1, 0), (0, 1)):
                if i + right < len(row) and j + below < len(rows):
                    other = rows[j + below][i + right]
                    if (z < level) != (other < level) and isfinite(z) and isfinite(other):
                        part = (level / 2 - z / 2) / (other / 2 - z / 2)
                        x = (1 - part) * xs[i] + part * xs[i + right]
                        yield ((i, j), (i + right, j + below)), (x, (1 - part) * ys[j] + part * ys[j + below])


def _segments(rows: Sequence[Sequence[float]], level: float) -> Iterator[tuple[Edge, Edge]]:
    """The parts of a line inside the cells of the grid, each from edge to edge."""
    for j in range(len(rows) - 1):
        for i in range(len(rows[0]) - 1):
            corners = (i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)
            values = [rows[b][a] for a, b in corners]
            if not all(map(isfinite, values)):
                continue
            above = [z >= level for z in values]
            edges: list[Edge] = []
            for k in range(4):
                if above[k] != above[k - 1]:
                    first, last = sorted((corners[k - 1], corners[k]))
                    edges.append((first, last))
            if len(edges) == 4 and (sum(z / 4 for z in values) >= level) == above[0]:
                edges = edges[1:] + edges[:1]  # at a saddle its middle says which corners hang together
            yield from zip(edges[::2], edges[1::2], strict=True)


def _joined(points: dict[Edge, Point], segments: Iterator[tuple[Edge, Edge]]) -> Iterator[Piece]:
    """Lines made of segments that meet; a closed one ends where it starts."""
    ways: dict[Edge, list[Edge]] = {}
    for start, end in segments:
        ways.setdefault(start, []).append(end)
        ways.setdefault(end, []).append(start)
    ends = [edge for edge, others in ways.items() if len(others) == 1]
    for edge in (*ends, *ways):
        line = [edge]
        while ways[line[-1]]:
            following = ways[line[-1]].pop()
            ways[following].remove(line[-1])
            line.append(following)
        if len(line) > 1:
            yield tuple(points[edge] for edge in line)
