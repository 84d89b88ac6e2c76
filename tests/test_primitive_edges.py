"""Derivatives at hard points, to higher order and in every nesting of the modes: facts, one to a line."""

from __future__ import annotations

import itertools
import math

import pytest
from sweep import D, active, close, differentiable, function, gradient, nested

from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import plain

INF, NAN = math.inf, math.nan
ZETA3 = 1.2020569031595942
SECH2_20 = 1.6993417021166355e-17  # 1/cosh(20)²

# primitive, point, derivatives with respect to the argument at `position`: first, second, third …
ALONG: list[tuple[str, tuple[float, ...], int, tuple[float, ...]]] = [
    # powers at 0 and at negative bases
    ("^", (0.0, 0.0), 0, (0.0, 0.0, 0.0)),
    ("^", (0.0, 1.0), 0, (1.0, 0.0, 0.0)),
    ("^", (0.0, 2.0), 0, (0.0, 2.0, 0.0)),
    ("^", (0.0, 2.5), 0, (0.0, 0.0, INF)),
    ("^", (0.0, 3.0), 0, (0.0, 0.0, 6.0)),
    ("^", (-2.0, 3.0), 0, (12.0, -12.0, 6.0)),
    ("^", (5.0, 0.0), 0, (0.0, 0.0, 0.0)),
    ("^", (0.0, 2.0), 1, (0.0, 0.0, 0.0)),
    ("^", (math.e, 0.0), 1, (1.0, 1.0, 1.0)),
    # overflow and saturation
    ("exp", (1000.0,), 0, (INF, INF, INF)),
    ("exp", (-1000.0,), 0, (0.0, 0.0, 0.0)),
    ("expm1", (1e-20,), 0, (1.0, 1.0, 1.0)),
    ("tanh", (20.0,), 0, (SECH2_20, -2 * SECH2_20, 4 * SECH2_20)),
    ("tanh", (400.0,), 0, (0.0, 0.0, 0.0)),
    ("tanh", (-1000.0,), 0, (0.0, 0.0, 0.0)),
    ("sigmoid", (1000.0,), 0, (0.0, 0.0, 0.0)),
    ("sigmoid", (-1000.0,), 0, (0.0, 0.0, 0.0)),
    ("sigmoid", (0.0,), 0, (0.25, 0.0, -0.125)),
    ("sigmoid", (1e-10,), 0, (0.25, -1.25e-11, -0.125)),
    ("softplus", (1000.0,), 0, (1.0, 0.0, 0.0)),
    ("softplus", (-1000.0,), 0, (0.0, 0.0, 0.0)),
    ("erf", (30.0,), 0, (0.0, 0.0, 0.0)),
    ("erf", (INF,), 0, (0.0, 0.0, 0.0)),
    ("atan", (INF,), 0, (0.0, 0.0, 0.0)),
    ("atan", (1e160,), 0, (1e-320, 0.0)),
    ("asinh", (1e200,), 0, (1e-200, 0.0)),
    ("asinh", (-INF,), 0, (0.0, 0.0, 0.0)),
    ("acosh", (INF,), 0, (0.0, 0.0, 0.0)),
    ("cbrt", (INF,), 0, (0.0, 0.0, 0.0)),
    ("sqrt", (INF,), 0, (0.0, 0.0, 0.0)),
    ("ln", (INF,), 0, (0.0, 0.0, 0.0)),
    ("hypot", (1e200, 1e200), 0, (math.sqrt(0.5), 3.5355339059327377e-201)),
    # cancellation
    ("log1p", (1e-20,), 0, (1.0, -1.0, 2.0)),
    ("asin", (1e-10,), 0, (1.0, 1e-10, 1.0)),
    ("acos", (1e-10,), 0, (-1.0, -1e-10, -1.0)),
    ("atanh", (1e-10,), 0, (1.0, 2e-10, 2.0)),
    ("logsumexp", (1e10, 1e10), 0, (0.5, 0.25, 0.0)),
    # infinite slopes
    ("sqrt", (0.0,), 0, (INF, -INF, INF)),
    ("cbrt", (0.0,), 0, (INF, -INF, INF)),
    ("ln", (0.0,), 0, (INF, -INF, INF)),
    ("asin", (1.0,), 0, (INF, INF)),
    ("asin", (-1.0,), 0, (INF, -INF)),
    ("acos", (1.0,), 0, (-INF, -INF)),
    ("acosh", (1.0,), 0, (INF, -INF)),
    ("atanh", (1.0,), 0, (INF, INF)),
    ("atanh", (-1.0,), 0, (INF, -INF)),
    # kinks: the documented subgradient, and nothing worse in the second order
    ("abs", (0.0,), 0, (0.0, 0.0, 0.0)),
    ("relu", (0.0,), 0, (0.0, 0.0, 0.0)),
    # a singular point of its own: no second derivative
    ("hypot", (0.0, 0.0), 0, (0.0, NAN, NAN)),
    ("norm", (0.0, 0.0), 0, (0.0, NAN, NAN)),
    ("norm", (-3.0,), 0, (-1.0, 0.0, 0.0)),
    ("max", (3.0, 3.0), 0, (0.5, 0.0, 0.0)),
    ("min", (3.0, 3.0, 3.0), 1, (1 / 3, 0.0, 0.0)),
    ("floor", (2.0,), 0, (0.0, 0.0)),
    ("prod", (0.0, 0.0, 3.0), 0, (0.0, 0.0, 0.0)),
    # known constants
    ("lgamma", (1.0,), 0, (-0.5772156649015329, math.pi**2 / 6, -2 * ZETA3)),
    ("lgamma", (1e-200,), 0, (-1e200, INF, -INF)),
    ("digamma", (0.5,), 0, (math.pi**2 / 2, -14 * ZETA3, math.pi**4)),
]


@pytest.mark.parametrize(("name", "xs", "position", "expected"), ALONG)
def test_along_one_argument(
    name: str, xs: tuple[float, ...], position: int, expected: tuple[float, ...]
) -> None:
    f = function(PRIMITIVES[name])
    for order, value in enumerate(expected, 1):
        for modes in itertools.product("FR", repeat=order):
            got = nested("".join(modes), f, (position,) * order)(xs)
            assert close(got, value, 3e-15), f"{''.join(modes)}: {got}, not {value}"


# primitive, point, the second derivative with respect to the first two arguments
MIXED: list[tuple[str, tuple[float, ...], float]] = [
    ("^", (23.0, 0.0), 1 / 23),
    ("^", (0.0, 2.0), 0.0),
    ("^", (0.0, 0.0), INF),
    ("^", (0.0, 1.0), -INF),
    ("^", (0.0, 0.5), -INF),
    ("logsumexp", (1000.0, 1000.0), -0.25),
    ("logsumexp", (-INF, 2.0), 0.0),
    ("logsumexp", (INF, INF), 0.0),
    ("hypot", (0.0, 0.0), NAN),
    ("hypot", (1e200, 1e200), -3.5355339059327377e-201),
    ("norm", (0.0, 0.0), NAN),
    ("prod", (0.0, 0.0, 3.0), 3.0),
    ("atan2", (0.0, -1.0), -1.0),
    ("atan2", (1.0, 0.0), 1.0),
    ("mod", (-7.0, 3.0), 0.0),
    ("max", (1.0, 1.0), 0.0),
]


@pytest.mark.parametrize(("name", "xs", "expected"), MIXED)
def test_mixed_second_derivative(name: str, xs: tuple[float, ...], expected: float) -> None:
    f = function(PRIMITIVES[name])
    for modes, order in itertools.product(("FF", "FR", "RF", "RR"), ((0, 1), (1, 0))):
        got = nested(modes, f, order)(xs)
        assert close(got, expected, 3e-15), f"{modes} by {order}: {got}, not {expected}"


SINGULAR = {
    ("hypot", (0.0, 0.0)),
    ("norm", (0.0, 0.0)),
    ("^", (0.0, 1.0)),
    ("share", (0.0, 0.0)),
    # the slope of x ^ (a - 1) with respect to a
    ("gammainc", (1.0, 0.0)),
    ("gammaincc", (1.0, 0.0)),
    ("gamma_density", (2.0, 0.0)),
}
EDGES = [(p.name, xs) for p in differentiable() for xs, _, _ in p.edges]


@pytest.mark.parametrize(("name", "xs"), EDGES)
def test_all_nestings_agree_at_the_edges_of_the_table(name: str, xs: tuple[float, ...]) -> None:
    """No nesting differs from another; and where value and slope are finite, so is the curvature, or, at a
    singular point, there is none.
    """
    primitive = PRIMITIVES[name]
    f = function(primitive)
    positions = active(primitive) if isinstance(primitive, Elementwise) else list(range(len(xs)))
    for pair in itertools.product(positions, repeat=2):
        results = [plain(nested(modes, f, pair)(xs)) for modes in ("FF", "FR", "RF", "RR")]
        assert all(close(r, results[0], 1e-15, 1e-15) for r in results), results  # type: ignore[arg-type]
        slopes = [plain(D("F", f, i)(xs)) for i in pair]
        finite = all(math.isfinite(x) for x in (plain(f(xs)), *slopes))  # type: ignore[arg-type]
        if finite and (name, xs) not in SINGULAR:
            assert math.isfinite(results[0]), f"by {pair}"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["max", "min", "logsumexp", "mean"])
def test_shares_sum_to_one(name: str) -> None:
    f = function(PRIMITIVES[name])
    for xs in itertools.product((-INF, -1.0, 0.5, 0.5, 2.0, INF), repeat=3):
        if not (name == "mean" and {INF, -INF} <= set(xs)):
            assert close(math.fsum(gradient(f, xs)), 1.0, 1e-15)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("mode", "FR")
def test_of_one_value_twice_the_derivative_is_one(name: str, mode: str) -> None:
    f = function(PRIMITIVES[name])
    assert D(mode, lambda xs: f((xs[0], xs[0])), 0)((3.0,)) == 1.0


@pytest.mark.parametrize(
    ("x", "second", "third"),
    [
        (-21.0, -0.99776270799214469, 2.1024447672409858e-4),
        (-99.0, -0.99989803200310884, 2.0586998326751902e-6),
        (-1e4, -0.9999999900000006, 1.99999976000003e-12),
    ],
)
def test_log_normal_cdf_keeps_its_digits_far_to_the_left(x: float, second: float, third: float) -> None:
    """There x and the value of its slope cancel; mpmath, with 120 digits."""
    f = function(PRIMITIVES["log_normal_cdf"])
    for modes in ("FF", "FR", "RF", "RR"):
        assert close(nested(modes, f, (0, 0))((x,)), second, 1e-14)
        assert close(nested(f"{modes}F", f, (0, 0, 0))((x,)), third, 2e-7)
