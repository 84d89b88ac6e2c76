"""Intervals: every primitive has an enclosure or a reason, and encloses its values at the reals inside."""

from __future__ import annotations

import math
import random
from typing import Any

import mpmath
import pytest
from references import REFERENCES, reference_value
from sweep import D, active, count, function

import vlad_py as vlad
from vlad_py.execution.specialised.scalar_runs import kinds_of
from vlad_py.ground.errors import RunError
from vlad_py.ground.node import replaced
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.interval.bundles import together
from vlad_py.numbers.interval.enclosures import enclosure_of, spelling_of
from vlad_py.numbers.interval.interval import Bounds, bounds_of, enclosed, interval
from vlad_py.numbers.interval.rounding import add_down, div_down, mul_down, sqrt_down, sqrt_up
from vlad_py.primitives.behaviour import Gamma
from vlad_py.primitives.kinds import (
    Along,
    Bilinear,
    Choosing,
    Elementwise,
    General,
    Linear,
    OfMany,
    OfReals,
    Pairing,
    Reduction,
    Step,
)
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.session.session import Session
from vlad_py.values.values import NIL, Value, plain

OF_REALS = [p for p in PRIMITIVES.values() if isinstance(p, OfReals)]
PROBED = [p for p in OF_REALS if p.without_intervals is None]
BOXES, POINTS = 150, 16  # for each primitive: with 48 primitives more than 10⁵ points
SIZES = (0.0, 1e-9, 0.1, 1.0, 10.0)


def ends(value: Value) -> tuple[float, float]:
    """The ends of a real or an interval, whatever differentiation it is under."""
    found: Any = bounds_of(plain(value))
    return found.lower, found.upper


def boxes(primitive: Primitive, how_many: int) -> Any:
    """Random boxes, with the reals of each: at its ends, between them, in and around the entry's domain."""
    chance = random.Random(primitive.name)
    n = count(primitive)
    for _ in range(how_many):
        lows = [chance.choice((0.0, 1.0, chance.uniform(-4.0, 4.0))) for _ in range(n)]
        highs = [low + chance.choice(SIZES) * chance.random() for low in lows]
        if primitive.name == "polygamma":
            lows[0] = highs[0] = float(chance.randint(1, 4))
        points = [tuple(chance.uniform(a, b) for a, b in zip(lows, highs)) for _ in range(POINTS - 2)]
        yield tuple(map(interval, lows, highs)), [tuple(lows), tuple(highs), *points]


def escapes(primitive: Primitive, position: int | None = None, mode: str = "F") -> list[str]:
    """Values (or partial derivatives) at reals of boxes that are not in the enclosure at the box."""
    original = function(primitive)
    f = original if position is None else D(mode, original, position)
    # sums of floats are off by their rounding, which an enclosure of the exact sum need not contain
    room = 1e-14 if isinstance(primitive, (Reduction, Pairing)) else 0.0
    wrong = []
    for box, points in boxes(primitive, BOXES if position is None else 20):
        try:
            low, high = ends(f(box))
        except RunError:
            low, high = math.inf, -math.inf  # defined nowhere
        for xs in points:
            y, value = f(xs), original(xs)
            assert type(y) is float and type(value) is float
            # at a kink a subgradient is taken, which the hull contains as well; partial derivatives mean
            # nothing where there is no value
            reach = room * (100.0 + abs(y))
            if math.isfinite(y) and math.isfinite(value) and not low - reach <= y <= high + reach:
                wrong.append(f"{primitive.name} at {xs} is {y}, not in [{low}, {high}]")
    return wrong


@pytest.mark.parametrize("primitive", PROBED, ids=lambda p: p.name)
def test_values_are_enclosed(primitive: Primitive) -> None:
    assert escapes(primitive) == []


# `mod` and the steps jump: where they do, their derivative is that of the pieces
DIFFERENTIABLE = [(p, i) for p in PROBED if not isinstance(p, Step) and p.name != "mod" for i in active(p)]


@pytest.mark.parametrize("mode", "FR")
@pytest.mark.parametrize(("primitive", "position"), DIFFERENTIABLE, ids=lambda x: getattr(x, "name", x))
def test_partial_derivatives_are_enclosed(primitive: Primitive, position: int, mode: str) -> None:
    assert escapes(primitive, position, mode) == []


def test_a_table_that_rounds_inwards_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    inwards = replaced(PRIMITIVES["exp"].behaviour, ulps=-4.0)
    monkeypatch.setattr(PRIMITIVES["exp"], "behaviour", inwards)
    assert escapes(PRIMITIVES["exp"]) != []


def test_every_primitive_has_an_enclosure_or_a_reason() -> None:
    for primitive in OF_REALS:
        if isinstance(primitive, OfMany):
            together(primitive)
        elif primitive.without_intervals is not None:
            with pytest.raises(RunError, match="of intervals is not defined: "):
                enclosure_of(primitive)
        elif spelling_of(primitive) is None:
            enclosure_of(primitive)  # raises where there is none
    of_arrays = [p for p in PRIMITIVES.values() if isinstance(p, General) and p.without_intervals is None]
    of_arrays = [p for p in of_arrays if not isinstance(p.behaviour, Gamma)]  # element by element, as reals
    assert [p.name for p in of_arrays if not isinstance(p, (Linear, Bilinear, Choosing, Along))] == []


@pytest.mark.parametrize(
    "name", sorted(p.name for p in PROBED if isinstance(p, Elementwise) and p.name in REFERENCES)
)
def test_the_true_value_is_enclosed(name: str) -> None:
    """At single reals, by references of many digits: the room for the host's errors is enough."""
    primitive = PRIMITIVES[name]
    assert isinstance(primitive, OfReals)
    chance = random.Random(name)
    for _ in range(60):
        xs = tuple(chance.uniform(*domain) for domain in primitive.probe)
        low, high = ends(function(primitive)(tuple(interval(x, x) for x in xs)))
        assert low <= mpmath.mpf(reference_value(name, xs)) <= high


def test_ends_are_rounded_once_and_exact_ones_stay() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        a, b = (chance.uniform(-1, 1) * 10.0 ** chance.randint(-20, 20) for _ in range(2))
        with mpmath.workprec(400):
            exact = [
                (mpmath.mpf(a) + mpmath.mpf(b), add_down(a, b)),
                (mpmath.mpf(a) * mpmath.mpf(b), mul_down(a, b)),
                (mpmath.mpf(a) / mpmath.mpf(b), div_down(a, b)),
                (mpmath.sqrt(mpmath.mpf(abs(a))), sqrt_down(abs(a))),
            ]
            assert mpmath.mpf(sqrt_up(abs(a))) >= exact[3][0]
            for true, low in exact:
                assert mpmath.mpf(low) <= true < mpmath.mpf(math.nextafter(low, math.inf))
    assert (add_down(1.0, 2.0), mul_down(3.0, 5.0), div_down(6.0, 3.0), sqrt_down(9.0)) == (3, 15, 2, 3)
    assert add_down(1e308, 1e308) == 1.7976931348623157e308 and mul_down(-1e308, 10.0) == -math.inf
    assert mul_down(5e-324, 0.5) == 0.0 and mul_down(-5e-324, 0.5) < 0.0


def test_no_code_is_specialised_on_intervals() -> None:
    x = interval(1.0, 2.0)
    assert kinds_of((x,)) is None and kinds_of((Dual(1, x, 1.0),)) is None
    session = Session()
    program = "derivative(fn x => loop y = x for _ in 1..200 do y * 0.5 + x * x)"
    low, high = ends(session.evaluate(f"{program}(interval(1, 2))"))
    for at in (1, 1.5, 2):
        y = session.evaluate(f"{program}({at})")
        assert type(y) is float and low <= y <= high


MODES = ("derivative", "derivative_reverse", "gradient", "gradient_forward")


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_second_derivatives_are_enclosed_in_every_nesting(outer: str, inner: str) -> None:
    f = "(fn x => x ^ 3 * exp(-x) + hypot(x, 2) + atan2(x, 3) + relu(x) * x)"
    low, high = ends(Session().evaluate(f"{outer}({inner}{f})(interval(0.5, 0.75))"))
    for x in (0.5, 0.6, 0.7, 0.75):
        y = Session().evaluate(f"{outer}({inner}{f})({x})")
        assert type(y) is float and low <= y <= high
    assert high - low < 5.0


def test_bounds_show_as_a_program_writes_them() -> None:
    assert repr(Bounds(1.0, 2.0)) == "interval(1, 2)"
    assert Session().evaluate("show(interval([1, 2], [2, 3]) * 2)") == "interval([2, 4], [4, 6])"


def test_bounds_go_out_to_python_and_in_again() -> None:
    f = vlad.evaluate("fn x => x ^ 2")
    found: Any = f(vlad.evaluate("interval(1, 2)"))
    assert (found.lower, found.upper, found.continuous) == (1.0, 4.0, True)
    assert repr(f(found)) == "interval(1, 16)"
    with pytest.raises(ValueError, match="read-only"):
        vlad.evaluate("interval([1], [2])").lower[0] = 3.0


@pytest.mark.parametrize("name", "sin cos tan gamma exp sqrt abs floor erf lgamma".split())
def test_an_end_that_is_not_known_may_be_any_real(name: str) -> None:
    """As of two infinities that are subtracted: no enclosure meets a nan."""

    def ends(low: float, high: float) -> tuple[Any, Any]:
        found: Any = plain(enclosed(PRIMITIVES[name], Bounds(low, high)))
        return found.lower, found.upper

    assert ends(math.nan, math.nan) == ends(-math.inf, math.inf)
    assert ends(1.0, math.nan) == ends(1.0, math.inf)


@pytest.mark.parametrize(
    "index", ["interval([0, 1], [2, 3])", "interval([0], [1])", "interval(zeros(0), zeros(0))"]
)
@pytest.mark.parametrize("whole", ['list("a", "b")', "(1, 2)", "[1, 2]", "interval([0, 1], [2, 3])"])
def test_an_array_of_intervals_is_no_index(whole: str, index: str) -> None:
    with pytest.raises(RunError, match=r"a single real|an index must be a real"):
        Session().evaluate(f"{whole}[{index}]")


@pytest.mark.parametrize("other", [(), (1.0,), "a", NIL, None])
def test_intervals_are_not_equal_to_what_is_no_number(other: Any) -> None:
    for text in ("interval(0, 1)", "interval([0, 1, 2], [2, 3, 4])"):
        found: Any = Session().evaluate(text)
        assert (found == other) is False and (other == found) is False and found != other


@pytest.mark.parametrize("n", ["-1e5", "-1e3", "-3", "-2", "3", "2000", "1e5"])
@pytest.mark.parametrize("ends", [(-3.0, -2.0), (-1.001, 0.5), (0.999, 1.001), (0.0, 1.0), (1.5, 3.0)])
def test_large_and_negative_whole_powers_are_enclosed(ends: tuple[float, float], n: str) -> None:
    low, high = ends
    points = [low + (high - low) * i / 20 for i in range(21)]
    found: Any = vlad.evaluate(f"fn (x, y) => interval(x, y) ^ {n}")(low, high)
    power: Any = vlad.evaluate(f"fn x => x ^ {n}")
    assert all(found.lower <= power(x) <= found.upper for x in points)
