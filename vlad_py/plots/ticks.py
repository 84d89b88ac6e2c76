"""Where the numbers of an axis stand, and their texts.

Labelings are scored as in J. Talbot, S. Lin and P. Hanrahan, "An Extension of Wilkinson's Algorithm for
Positioning Tick Labels on Axes", IEEE TVCG 16 (2010), without their score of legibility. Candidates are all
multiples of a nice step inside the range: so few that the search needs none of their bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

from vlad_py.ground.node import record
from vlad_py.plots.figure import Range

# steps that are nice, in tenths, the nicest first, and the weights of the three scores: those of the paper
STEPS = (10, 50, 20, 25, 40, 30)
SIMPLICITY, COVERAGE, DENSITY = 0.25, 0.2, 0.5
PLAIN = range(-4, 6)  # the exponents of numbers that are written without one
DIGITS = 15
# of a range, by itself and to the numbers in it, for nice ones to lie between them
LEAST, NARROWEST = 1e-290, 1e-12


@record
class Tick:
    """A number at an axis, and its text."""

    at: float
    text: str


def ticks(limits: Range, wanted: int) -> list[Tick]:
    """About as many numbers as are wanted, inside a range: multiples of a nice step."""
    best = max(_labelings(limits, max(wanted, 2)), default=None)
    if best is None:
        return [Tick(at, f"{at:.17g}") for at in limits]
    return [Tick(at, text) for at, text in zip(best[1], texts(best[1]), strict=True)]


def texts(numbers: list[float]) -> list[str]:
    """The texts of some ticks; if the largest is very large or very small, all with one exponent."""
    largest = max(map(abs, numbers))
    exponent = floor(log10(largest)) if largest else 0
    if exponent in PLAIN:
        return [f"{number:.{DIGITS}g}" for number in numbers]
    shown = []
    for number in numbers:
        digits, _, own = f"{number:.{DIGITS - 1}e}".partition("e")
        text = f"{float(digits) * 10.0 ** (int(own) - exponent):.{DIGITS - 3}g}e{exponent}"
        shown.append(text if number else "0")
    return shown


def _labelings(limits: Range, wanted: int) -> Iterator[tuple[float, list[float]]]:
    """Labelings with their scores."""
    length = limits[1] - limits[0]
    if length < max(LEAST, NARROWEST * max(map(abs, limits))):
        return
    exponent = floor(log10(length))
    # in units in which the length is from 1 to 10, so that nothing overflows
    low, high = (limit / 10.0**exponent for limit in limits)
    for rank, tenths in enumerate(STEPS):
        for shift in (0, 1, 2):
            step = tenths / 10.0 ** (1 + shift)
            first, last = ceil(low / step), floor(high / step)
            if last - first < 1:
                continue
            simplicity = 1.0 - rank / (len(STEPS) - 1) + (first <= 0 <= last)
            missed = (high - last * step) ** 2 + (low - first * step) ** 2
            coverage = 1.0 - 0.5 * missed / (0.1 * (high - low)) ** 2
            crowd = (high - low) / step / (wanted - 1)
            density = 2.0 - max(crowd, 1.0 / crowd)
            score = SIMPLICITY * simplicity + COVERAGE * coverage + DENSITY * density
            numbers = [float(f"{n * tenths}e{exponent - shift - 1}") for n in range(first, last + 1)]
            yield score, numbers
