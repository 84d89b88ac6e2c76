"""What the library asks about the differentiations in progress is interpreted: native code has no tags."""

from __future__ import annotations

import pytest

from vlad_py.session.session import ALWAYS, NEVER, Native, Session

pytest.importorskip("llvmlite")

PROGRAMS = [
    ("derivative(fn a => roots.bisection(fn x => x ^ 3 - a, 0, 5).x)(8)", 1 / 12),
    ("derivative(fn a => roots.implicit_root(fn x => x ^ 2 - a, 3))(9)", 1 / 6),
    ("gradient(fn a => integrate.integral(fn x => a * x, 0, a))(2)", 6.0),
]


@pytest.mark.parametrize("native", [NEVER, ALWAYS])
@pytest.mark.parametrize(("text", "value"), PROGRAMS)
def test_a_derivative_that_the_library_makes_itself(text: str, value: float, native: Native) -> None:
    found = Session(native=native).evaluate(f"import roots\nimport integrate\n{text}")
    assert found == pytest.approx(value, rel=1e-9)
