"""Intervals of single reals at edges: what derivatives are there at reals is enclosed at the intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
from sweep import active, count, function, nested
from test_interval import PROBED, ends

from vlad_py.ground.errors import RunError
from vlad_py.numbers.interval.interval import interval
from vlad_py.primitives.kinds import Elementwise, OfReals, Pairing, Reduction, Step
from vlad_py.primitives.primitive import UNLISTED
from vlad_py.session.session import Session
from vlad_py.values.values import Value

GRID = (0.0, 1.0, -1.0, 0.5, 2.0)  # where functions have poles, kinks and the ends of their domains
MODES = {1: ("F", "R"), 2: ("FF", "RF")}


def points(primitive: OfReals) -> Iterator[tuple[float, ...]]:
    """The finite points among an entry's edges, and those of a grid."""
    edges = [xs for xs, _, _ in primitive.edges if xs]
    for xs in (*edges, *itertools.product(GRID, repeat=min(2, count(primitive)))):
        # an order comes first
        has_order = isinstance(primitive, Elementwise) and len(active(primitive)) < len(xs)
        if all(map(math.isfinite, xs)) and (not has_order or xs[0] in (1.0, 2.0)):
            yield xs


def escapes(primitive: OfReals, order: int) -> list[str]:
    """Derivatives of an order at edges that are not enclosed at intervals of the edge alone; nan is none."""
    f = function(primitive)
    wrong = []
    for xs in points(primitive):
        by = [i for i in active(primitive) if i < len(xs)]
        box: tuple[Value, ...] = tuple(interval(x, x) if i in by else x for i, x in enumerate(xs))
        for positions, modes in itertools.product(itertools.product(by, repeat=order), MODES[order]):
            derivative = nested(modes, f, positions)
            y = derivative(xs)
            assert type(y) is float
            try:
                low, high = ends(derivative(box))
            except RunError:
                continue
            # sums of floats are off by their rounding, which an enclosure of the exact sum need not contain
            is_sum = isinstance(primitive, (Reduction, Pairing)) and math.isfinite(y)
            room = 1e-14 * (100.0 + abs(y)) if is_sum else 0.0
            if y == y and not low - room <= y <= high + room:
                wrong.append(f"{modes} derivative {positions} at {xs} is {y}, not in [{low}, {high}]")
    return wrong


@pytest.mark.parametrize("order", MODES)
@pytest.mark.parametrize("primitive", [p for p in PROBED if not isinstance(p, Step)], ids=lambda p: p.name)
def test_derivatives_at_edges_are_enclosed(primitive: OfReals, order: int) -> None:
    assert escapes(primitive, order) == []


def test_a_partial_that_is_0_at_the_edge_of_an_interval_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    at_zero = UNLISTED["power_at_zero_0_1"]
    monkeypatch.setattr(at_zero, "spelt", lambda x, n: 0.0)
    power = next(p for p in PROBED if p.name == "^")
    assert escapes(power, 1) != []


EXPONENTS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


@pytest.mark.parametrize("orders", ["x", "y", "xx", "xy", "yx", "yy", "xxy", "xyy", "yyy", "xxx"])
def test_powers_at_0_are_enclosed_and_their_expressions_are_right(orders: str) -> None:
    """For intervals of exponents all derivatives inside; and the text of an expression reads back."""
    session = Session()
    text = "x ^ y"
    for name in orders:
        text = f"derivative(fn {name} => {text})({name})"
    session.evaluate(f"def f(x, y) = {text}")
    at_zero = {n: session.evaluate(f"f(0, {n})") for n in EXPONENTS}
    written = session.evaluate('show(f(0, symbol("y")))')
    session.evaluate(f"def read(y) = {written}")
    for n, y in at_zero.items():
        assert repr(session.evaluate(f"read({n})")) == repr(y), (orders, n)
    for low, high in itertools.combinations(EXPONENTS, 2):
        least, most = ends(session.evaluate(f"f(interval(0, 0), interval({low}, {high}))"))
        for n, y in at_zero.items():
            assert type(y) is float
            assert y != y or not low <= n <= high or least <= y <= most, (orders, n, low, high)
