"""Functions that are derivatives of functions that are derivatives, many times over."""

from __future__ import annotations

import pytest

import vlad_py as vlad
from vlad_py.session.session import Session

DERIVED = "let f = loop g = fn x => x * x for i in 1..30000 do derivative(fn x => g)(1)"
TWICE = "derivative(fn x => derivative(fn y => {})(1))(1)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("show(f)", "<function 30000-fold derivative of fn x => x * x>"),
        (f"show({TWICE.format('f')})", "<function 30002-fold derivative of fn x => x * x>"),
        (f"show({TWICE.format('fn z => z')})", "<function derivative of derivative of fn z => z>"),
        ("show(stop_gradient((f, 1))[1])", "1"),
        ("derivative(fn x => (f, x))(1)[1]", 1.0),
    ],
)
def test_neither_the_stack_nor_memory_limits_them(text: str, value: object) -> None:
    """Their names and what walks through them take a loop, and memory in proportion."""
    assert Session().evaluate(f"{DERIVED}\n{text}") == value


def test_in_python_they_have_a_name() -> None:
    """With Python's own limit of recursion."""
    assert vlad.evaluate(f"{DERIVED}\nf").__name__ == "30000-fold derivative of fn x => x * x"
