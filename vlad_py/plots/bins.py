"""The bars of a histogram.

Without a number of bins, their width is a nice number near that of D. Freedman and P. Diaconis, "On the
histogram as a density estimator", Z. Wahrscheinlichkeitstheorie 57 (1981), and edges are its multiples.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, isfinite, log2

from vlad_py.plots.figure import Marks, range_of, widened
from vlad_py.plots.ticks import ticks

MOST = 60  # bins, unless more are asked for


def histogram(numbers: Sequence[float], label: str, count: int | None = None) -> Marks:
    """How many of some numbers lie in each bin, lower edge included; the last bin has its upper edge as well.
    At least one of the numbers is finite; the others are left out.
    """
    found = sorted(filter(isfinite, numbers))
    low, high = range_of(found)
    if low == high or widened(low, high, 0.0) != (low, high):
        low, high = widened(low, high, 0.0)
        count = count or 1
    edges = _even(low, high, count) if count else _nice(found, low, high)
    counts = [0] * (len(edges) - 1)
    for number in found:
        counts[min(max(bisect_right(edges, number) - 1, 0), len(counts) - 1)] += 1
    bars = zip(edges, edges[1:], counts, strict=False)
    return Marks("bars", label, tuple(((left, 0.0), (right, float(n))) for left, right, n in bars))


def _even(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * i / count for i in range(count)] + [high]


def _nice(found: Sequence[float], low: float, high: float) -> list[float]:
    size = len(found)
    middle = found[size * 3 // 4] - found[size // 4]
    width = 2.0 * middle / size ** (1 / 3)
    count = min((high - low) / width, MOST) if width else 1.0 + log2(size)
    inner = [tick.at for tick in ticks((low, high), ceil(count) + 1)]
    step = inner[1] - inner[0]
    before = [inner[0] - step] if inner[0] > low else []
    after = [inner[-1] + step] if inner[-1] < high else []
    return [*before, *inner, *after]
