"""At singular points, machine code gives nan where the interpreter gives it, and nowhere else.

The programs are drawn at random: functions with infinite slopes, products and choices of them, arrays; the
points are those at which the functions are singular. Where the machine code leaves a call to the interpreter,
that decides, and there is nothing to compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

import pytest

from native.agreement import Tally
from native.random_programs import Writer
from vlad_py.ground.errors import Error, NotNative
from vlad_py.native import code
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")

BATCH = 50  # programs
POINTS = (0.0, 0.0, -0.0, 1.0, -1.0, 4.0)
FUNCTIONS = (
    "sqrt({})", "ln({})", "1 / ({})", "cbrt({})", "abs({})", "({}) ^ 0.5", "({}) ^ 1.5", "relu({})",
    "asin({})", "acosh({})", "sqrt({0}) * sqrt({0})", "({}) ^ 2", "0 * ({})",
)  # fmt: skip
OF_TWO = (
    "{} * ({})", "{} - ({})", "{} / ({})", "max({}, {})", "min({}, {})", "norm({}, {})", "hypot({}, {})",
    "({}) ^ ({})", "atan2({}, {})", "where({} > 0, {}, 0)", "if {} > 0 then {} else 0", "prod({}, {})",
    "sum(sqrt([{}, {}]))", "max(sqrt([{}, 1, {}]))", "norm([{}, {}])",
)  # fmt: skip
DERIVATIVES = (
    "fn (x, y) => gradient(h)(x, y)",
    "fn (x, y) => gradient(h)(x, y)",
    "gradient(fn (x, y) => sum(gradient(h)(x, y)))",
    "gradient(fn (x, y) => sum(gradient_forward(h)(x, y)))",
    "gradient_forward(fn (x, y) => sum(gradient(h)(x, y)))",
)


class Singular(Writer):
    """Writes expressions of functions that are singular at the points."""

    def real(self, depth: int) -> str:
        if depth <= 0:
            return self.atom()
        kinds = [self.smooth, self.pair, self.pair, self.choice, self.block, self.repeat, self.recursion]
        return f"({self.random.choice(kinds)(depth - 1)})"

    def smooth(self, depth: int) -> str:
        return self.random.choice(FUNCTIONS).format(self.real(depth))

    def pair(self, depth: int) -> str:
        return self.random.choice(OF_TWO).format(self.real(depth), self.real(depth))


@dataclass
class Found:
    """How many programs were compared, how many derivatives are nan, in how many programs they differ."""

    tally: Tally = field(default_factory=Tally)
    nans: int = 0
    different: list[object] = field(default_factory=list)


def compare(seed: int, found: Found) -> None:
    random = Random(seed)
    body = Singular(random).real(random.randint(2, 3))
    text = f"{{ def h(x, y) = {body}\n{random.choice(DERIVATIVES)} }}"
    point = random.choice(POINTS), random.choice(POINTS)
    session = Session()
    function = session.evaluate(text)
    assert isinstance(function, Closure)
    try:
        expected: object = session.call(function, point)
    except Error as error:
        expected = error
    found.nans += isinstance(expected, tuple) and any(x != x for x in expected)
    try:
        got = Native(function, point, is_fixed=True)(function, point)
    except NotNative as reason:
        found.tally.refuse(reason.message)
        return
    except (Left, Invalid):
        found.tally.reasons["left"] += 1
        return
    found.tally.taken += 1
    if not isinstance(got, tuple) or not isinstance(expected, tuple):
        found.different.append((seed, text, point, got, expected))
        return
    if not all(is_same(a, b) for a, b in zip(got, expected, strict=True)):
        found.different.append((seed, text, point, got, expected))


def is_same(got: object, expected: object) -> bool:
    """Whether two reals are equal up to the order of sums; nan is equal to nan alone."""
    assert isinstance(got, float) and isinstance(expected, float)
    if math.isnan(got) or math.isnan(expected):
        return math.isnan(got) and math.isnan(expected)
    return got == expected or math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("batch", range(6))
def test_nan_is_where_the_interpreter_has_it(batch: int) -> None:
    found = Found()
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        compare(seed, found)
    assert not found.different
    assert found.tally.taken > 0.5 * BATCH and found.nans > 0.05 * BATCH, found.tally.reasons


def test_a_zero_in_place_of_nan_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison finds code that hides a nan."""
    run = code.Code.run

    def hiding(*given: object) -> object:
        return tuple(0.0 if x != x else x for x in run(*given))  # type: ignore[arg-type]

    monkeypatch.setattr(code.Code, "run", hiding)
    found = Found()
    for seed in range(BATCH):
        compare(seed, found)
    assert found.different
