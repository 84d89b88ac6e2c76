"""At singular points both tiers agree, in every nesting of modes to depth 2: on reals, on nan, on errors."""

from __future__ import annotations

import math
from itertools import product

import pytest

from vlad_py.ground.errors import Error, NotNative
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")

OPERATORS = {"F": "derivative", "R": "gradient"}
POINTS = (0.0, -0.0, 1.0, -1.0, 4.0, math.inf, -math.inf, math.nan)
BODIES = (
    "sqrt(x)",
    "sqrt(x) * sqrt(x)",
    "if x > 0 then sqrt(x) else 0",
    "if x > 0 then sqrt(x) else x",
    "if x > 0 then x * ln(x) else 0",
    "if x == 0 then 1 else sin(x) / x",
    "where(x > 0, sqrt(x), 0)",
    "where(x == 0, 1, sin(x) / x)",
    "x * abs(x)",
    "x / abs(x)",
    "norm(x, 0) * x",
    "sqrt(norm(x, x))",
    "gradient(fn y => norm(y, x))(x)",
    "hypot(x, 1)",
    "x ^ 0",
    "x ^ 0.5",
    "x ^ x",
    "max(x, x ^ 2)",
    "max(sqrt(x), 1)",
    "ln(1 / max(1e-200, x))",
    "min(2, 1 / x, sqrt(x))",
    "max(x, sqrt(max(x, 0)))",
    "jvp(fn (a, b) => sqrt(a) * b, (x, 1), (0, 1))[1]",
    "jvp(fn (a, b) => sqrt(a) * b, (0, x), (x, 1))[1]",
    "vjp(fn a => (sqrt(a), a * x), x)[1]((0, 1))",
    "vjp(fn a => (sqrt(a), a), 0)[1]((x, 1))",
    "relu(x) ^ 2",
    # comparisons hide a nan that came of a derivative that is not there
    "if jvp(fn v => sum(sqrt(diag([v, v]))), x, 1)[1] != 0.5 then x else 2 * x",
    "cbrt(x)",
    "atan2(x, x)",
    "mod(x, 1)",
    "logsumexp(x, -1 / 0)",
    "distance((x, 0), (0, x))",
    "{ let s = sqrt(x); if x > 1 then s else x }",
    "{ let s = 1 / x; if x > 0 then s else 2 * x }",
    "{ let (a, b) = if x > 0 then (sqrt(x), x) else (0, x); a * b }",
    "loop v = 0 for i in 1..3 do sqrt(v) + x",
    "(loop (a, b) = (x, 0) for i in 1..2 do (sqrt(b) + a, a * b))[0]",
    "{ def r(n, v) = if n <= 0 then 1 else sqrt(v) * r(n - 1, v * x); r(2, x) }",
    "{ def g(n, v) = if n <= 0 then v else g(n - 1, if v > 0 then sqrt(v) else v); g(3, x) }",
)


@pytest.mark.parametrize("body", BODIES)
def test_the_tiers_agree(body: str) -> None:
    taken = 0
    for depth in range(3):
        for modes in product("FR", repeat=depth):
            text = f"def h0(x) = {body}\n"
            for k, mode in enumerate(modes):
                text += f"def h{k + 1}(x) = {OPERATORS[mode]}(h{k})(x)\n"
            session = Session()
            function = session.evaluate(f"{text}h{depth}")
            assert isinstance(function, Closure)
            try:
                native = Native(function, 1.0, is_fixed=True)
            except NotNative:
                continue
            for x in POINTS:
                expected: object
                try:
                    expected = session.call(function, x)
                except Error:
                    expected = None
                try:
                    got = native(function, x)
                except (Left, Invalid):
                    continue  # the interpreter decides
                taken += 1
                assert is_same(got, expected), (modes, x, got, expected)
    assert taken


def is_same(got: object, expected: object) -> bool:
    """Whether two reals are equal up to the order of sums, infinities and nan exactly."""
    assert isinstance(got, float)
    if not isinstance(expected, float):
        return False
    if not math.isfinite(expected):
        return got == expected or (math.isnan(got) and math.isnan(expected))
    return math.isclose(got, expected, rel_tol=1e-12, abs_tol=2e-15)
