"""Random programs on numbers inside numbers: dual, node, Taylor in any order, with intervals inside them."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from array_programs import programs as array_programs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scalar_programs import programs

from vlad_py.ground.errors import RunError
from vlad_py.numbers.interval.interval import bounds_of
from vlad_py.primitives.behaviour import falling
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.session.session import Session
from vlad_py.values.values import Value, list_items, plain

RANDOM = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))

# The derivative along a line: forward, reverse, by Taylor polynomials of order 1, and of a higher one.
MODES = {
    "F": "def F(g) = fn p => derivative(on(g, p))(0)",
    "R": "def R(g) = fn p => derivative_reverse(on(g, p))(0)",
    "T": "def T(g) = fn p => derivatives(on(g, p), 1)(0)[1]",
    "H": "def H(g) = fn p => derivatives(on(g, p), 3)(0)[1]",
}
LINE = "def on(g, p) = fn t => g(p[0] + t * 0.75, p[1] - t * 1.25)"

real = st.floats(-1.5, 1.5).map(lambda x: round(x, 3))
points = st.tuples(real, real)


def real_function(program: str) -> str:
    """A random program with its result as one real."""
    return program.replace("def f", "def several") + "\ndef f(x, y) = several(x, y)[0] + several(x, y)[1]\n"


def in_all_modes(program: str, point: str, order: int, modes: dict[str, str] = MODES) -> list[Value]:
    """The derivatives of f at a point in every assignment of modes to so many nested derivatives."""
    nested = [f"{'('.join(letters)}(f{')' * order}({point})" for letters in product(modes, repeat=order)]
    text = "\n".join([real_function(program), LINE, *modes.values(), f"list({', '.join(nested)})"])
    return list(list_items(Session().evaluate(text)))


def agree(found: list[Value], tolerance: float = 1e-9) -> bool:
    reals: Any = found
    return all(math.isclose(x, reals[0], rel_tol=tolerance, abs_tol=tolerance) for x in reals)


@RANDOM
@given(programs(tame=True), points, st.integers(1, 3))
def test_every_nesting_agrees(program: str, point: tuple[float, float], order: int) -> None:
    found = in_all_modes(program, "{}, {}".format(*point), order)
    assert len(found) == len(MODES) ** order and agree(found)


def test_a_wrong_mode_is_seen() -> None:
    wrong = MODES | {"T": "def T(g) = fn p => derivatives(on(g, p), 2)(0)[2]"}
    program = "def f(x, y) = (x ^ 3 * y, y * 1, true)"
    assert agree(in_all_modes(program, "1, 2", 2))
    assert not agree(in_all_modes(program, "1, 2", 2, wrong))


# ── intervals inside ─────────────────────────────────────────────────────────────────────────


def ends(value: Value) -> tuple[float, float]:
    """The ends of an interval, or a real twice."""
    found: Any = bounds_of(plain(value))
    return found.lower, found.upper


def escapes(program: str, box: tuple[Any, Any], order: int) -> list[str]:
    """Derivatives at reals of a box that are not in what the same nesting of modes gives at the box."""
    corner = ", ".join(f"interval({low}, {low + width})" for low, width in box)
    enclosures = [ends(value) for value in in_all_modes(program, corner, order)]
    wrong = []
    for parts in [(0.0, 0.0), (1.0, 0.0), (0.5, 0.25), (1.0, 1.0)]:
        point = ", ".join(repr(low + part * width) for part, (low, width) in zip(parts, box))
        found: Any = in_all_modes(program, point, order)
        for (low, high), x in zip(enclosures, found, strict=True):
            room = 1e-12 * (1.0 + abs(x))  # x is a float, and off by its rounding
            if not low - room <= x <= high + room:
                wrong.append(f"{x} at {point} is not in [{low}, {high}]")
    return wrong


@RANDOM
@given(
    programs(tame=True),
    st.tuples(*[st.tuples(real, st.sampled_from([0.0, 1e-3, 0.25]))] * 2),
    st.integers(1, 2),
)
def test_every_nesting_encloses(program: str, box: tuple[Any, Any], order: int) -> None:
    try:
        assert escapes(program, box, order) == []
    except RunError as error:
        assert "true for some reals" in error.message  # of a branch, on which the box does not agree
        assume(False)


def test_what_is_not_enclosed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    program, box = "def f(x, y) = (sin(x) * y, y * 1, true)", ((1.0, 0.5), (2.0, 0.5))
    assert escapes(program, box, 1) == []
    monkeypatch.setattr(PRIMITIVES["cos"], "behaviour", falling(domain=(0.0, 1.2)))
    assert len(escapes(program, box, 1)) > len(MODES)


# ── tensors ──────────────────────────────────────────────────────────────────────────────────

NESTED = {2: "hessian(g)", 3: "jacobian(hessian(g))"}


def largest_difference(program: str, call: str, point: list[float], order: int, nested: str) -> float:
    text = f"{program}\ndef g(z) = {call}\nlet z = {point}\n"
    text += f"let nested = {nested}(z)\nlet tensor = derivative_tensor(g, z, {order})\n"
    text += "max(abs(tensor - nested)) / (1 + max(abs(nested)))"
    difference = Session().evaluate(text)
    assert isinstance(difference, float)
    return difference


@RANDOM
@given(programs(tame=True), points, st.integers(1, 4))
def test_tensors_of_programs_of_reals(program: str, point: tuple[float, float], order: int) -> None:
    nested = "jacobian(" * (order - 1) + "gradient(g" + ")" * order
    assert largest_difference(real_function(program), "f(z[0], z[1])", list(point), order, nested) < 1e-8


@RANDOM
@given(array_programs(), st.lists(real, min_size=10, max_size=10), st.sampled_from([2, 3]))
def test_tensors_of_programs_of_arrays(texts: tuple[str, str], point: list[float], order: int) -> None:
    call = "f(z[:3], z[3], reshape(z[4:], (2, 3)))"
    assert largest_difference(texts[0], call, point, order, NESTED[order]) < 1e-8
