"""The incomplete gamma and beta functions on intervals: enclosures hold true values and derivatives."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.numbers.interval import incomplete
from vlad_py.numbers.interval.enclosures import enclosure_of
from vlad_py.numbers.interval.interval import bounds_of, interval
from vlad_py.primitives import beta, gammas
from vlad_py.primitives.primitive import Apply
from vlad_py.session.session import Session
from vlad_py.values.values import plain

Box = list[tuple[float, float]]
WIDTHS = (0.0, 1e-6, 0.01, 0.3)


def lower(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def share(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


# each with its true value, from arguments of many digits, and how many parameters come before x
FUNCTIONS: dict[str, tuple[Apply, Callable[..., Any], int]] = {
    "gammainc": (gammas.gammainc, lower, 1),
    "gammaincc": (gammas.gammaincc, lambda a, x: mp.gammainc(a, x, regularized=True), 1),
    "density": (gammas.gamma_density, lambda a, x: x ** (a - 1) * mp.exp(-x) * mp.rgamma(a), 1),
    "betaln": (gammas.betaln, lambda a, b: mp.log(mp.beta(a, b)), 2),
    "betainc": (beta.share, share, 2),
    "gammainc by a": (gammas._by_order(1), lambda a, x: mp.diff(lambda t: lower(t, x), a), 1),
    "gammainc twice by a": (gammas._by_order(2), lambda a, x: mp.diff(lambda t: lower(t, x), a, 2), 1),
    "betainc by a": (beta._by_orders(1, 0), lambda a, b, x: mp.diff(lambda t: share(t, b, x), a), 2),
    "betainc by b": (beta._by_orders(0, 1), lambda a, b, x: mp.diff(lambda t: share(a, t, x), b), 2),
    "betainc by a and b": (
        beta._by_orders(1, 1),
        lambda a, b, x: mp.diff(lambda s, t: share(s, t, x), (a, b), (1, 1)),
        2,
    ),
}


def boxes(name: str, how_many: int) -> Iterator[Box]:
    """Boxes of parameters from 1e-8 to 200, with x about as large as them, or between 0 and 1."""
    chance = random.Random(name)
    parameters = FUNCTIONS[name][2]
    for _ in range(how_many):
        several = [10.0 ** chance.uniform(-8.0, 2.3) for _ in range(parameters)]
        last = several[0] * 10.0 ** chance.uniform(-2.0, 1.0) if parameters == 1 else chance.random()
        starts = several if name == "betaln" else [*several, last]
        width = chance.choice(WIDTHS)
        ends = [(x, x * (1.0 + width)) for x in starts]
        yield (
            [*ends[:-1], (ends[-1][0], min(ends[-1][1], 1.0))] if parameters == 2 and len(ends) == 3 else ends
        )


def escapes(name: str, how_many: int) -> list[str]:
    """True values at corners and inside of boxes that are not in the enclosure at the box."""
    function, true, _ = FUNCTIONS[name]
    chance = random.Random(1)
    wrong = []
    for box in boxes(name, how_many):
        found: Any = bounds_of(plain(function(*(interval(low, high) for low, high in box))))
        for xs in (tuple(low for low, _ in box), tuple(chance.uniform(*ends) for ends in box)):
            with mp.workdps(40):
                y = true(*map(mp.mpf, xs))
                if not found.lower <= y <= found.upper:
                    wrong.append(f"{name} at {xs} is {y}, not in {found!r}")
    return wrong


@pytest.mark.parametrize("name", FUNCTIONS)
def test_true_values_are_enclosed(name: str) -> None:
    assert escapes(name, 12 if " by " in name else 40) == []


def test_bounds_that_are_too_narrow_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incomplete, "_cauchy", lambda orders, radii: 0.0)
    assert escapes("gammainc by a", 12) != []


PROGRAMS = (
    ("gammainc", [(2.0, 2.01), (3.0, 3.01)], 0.01),
    ("gammaincc", [(0.5, 0.501), (2.0, 2.001)], 0.002),
    ("betainc", [(2.0, 2.001), (3.0, 3.001), (0.4, 0.401)], 0.15),
    ("beta", [(2.0, 2.01), (3.0, 3.01)], 0.01),
)


@pytest.mark.parametrize(("name", "box", "width"), PROGRAMS)
@pytest.mark.parametrize("outer", ["jacobian_forward", "jacobian_reverse"])
@pytest.mark.parametrize("inner", ["gradient", "gradient_forward"])
def test_second_derivatives_are_enclosed_closely(
    name: str, box: Box, width: float, outer: str, inner: str
) -> None:
    session, chance = Session(), random.Random(name)
    call = f"{name}({', '.join(f'x[{i}]' for i in range(len(box)))})"
    f = f"(fn x => reshape({outer}({inner}(fn x => {call}))(x), {len(box) ** 2}))"
    lows, highs = ([ends[i] for ends in box] for i in (0, 1))
    found: Any = plain(session.evaluate(f"{f}(interval({lows}, {highs}))"))
    for _ in range(5):
        at = [chance.uniform(*ends) for ends in box]
        y: Any = session.evaluate(f"{f}({at})")
        assert (found.lower <= y.data).all() and (y.data <= found.upper).all()
    assert (found.upper - found.lower).max() < width


@pytest.mark.parametrize("far", ["1e-200", "1e-320", "1e300", "interval(0, 1)"])
def test_one_parameter_beyond_all_bounds_is_enough(far: str) -> None:
    """The bounds of a derivative would overflow, or divide by 0: nothing is known of it."""
    session = Session()
    for text in (
        f"derivative(fn b => betainc({far}, b, 0.5))(interval(2, 3))",
        f"derivative(fn a => betainc(a, {far}, 0.5))(interval(2, 3))",
        f"derivative(fn a => betainc(a, 2, 0.5))({far} + interval(0, 0))",
    ):
        assert session.evaluate(f"show({text})") == "interval(-inf, inf)"


def test_gamma_has_a_pole_at_an_end_that_is_0() -> None:
    enclose: Callable[..., Any] = enclosure_of(PRIMITIVES["gamma"])
    assert enclose((0.0, 1.0)) == (pytest.approx(1.0), math.inf, False)
    assert enclose((1.0, 2.0)) == (pytest.approx(0.8856, rel=1e-3), pytest.approx(1.0), True)


def test_where_there_is_nothing_to_enclose_is_an_error() -> None:
    session = Session()
    assert session.evaluate("show(gammainc(interval(0, 1), interval(0, inf)))") == "interval(0, 1)"
    assert session.evaluate("show(gamma(interval(-1, 1)))") == "interval(-inf, inf)"
    for call in (
        "gammainc(interval(-2, -1), 1)",
        "betainc(1, 2, interval(2, 3))",
        "betaln(1, interval(-2, 0))",
    ):
        with pytest.raises(Exception, match="is defined nowhere on"):
            session.evaluate(call)
