"""What traces, graphs and comparisons call the inputs of a function: by its parameters and patterns."""

from __future__ import annotations

import re
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.laboratory.comparing import compare
from vlad_py.laboratory.traces import PRIMAL, trace
from vlad_py.session.session import Session
from vlad_py.values.show import show

# a function, its argument, and what its inputs are called
CALLED = [
    ("fn x => x * x", "3", "x"),
    ("fn (x, y) => x * y", "(1, 2)", "x y"),
    ("fn ((x, v), h) => x * v * h", "((1, 2), 3)", "x v h"),
    ("fn (x, (v, h)) => x * v * h", "(1, (2, 3))", "x v h"),
    ("fn {m, k} => m * k", "{m: 1, k: 2}", "m k"),
    ("fn {m, k} => m * k", "{k: 2, m: 1}", "k m"),
    ("fn {m: a, k} => a * k", "{m: 1, k: 2}", "a k"),
    ("fn {m} => m", "{m: 1, k: 2}", "m x.k"),
    ("fn ({m, w: (a, b)}, h) => m * a * b * h", "({m: 1, w: (2, 3)}, 4)", "m a b h"),
    ("fn (p, h) => p[0] * p[1] * h", "((1, 2), 3)", "p[0] p[1] h"),
    ("fn ((x, _), h) => x * h", "((1, 2), 3)", "x x1[1] h"),
    ("fn ((x1, _), h) => x1 * h", "((1, 2), 3)", "x1 x1_[1] h"),
    ("fn (_, h) => h", "(1, 2)", "x1 h"),
    ("fn a :: b :: nil => a * b", "list(1, 2)", "a b"),
    ("fn a :: rest => a * sum(rest)", "list(1, 2, 3)", "a rest[0] rest[1]"),
    ("fn a :: _ => a", "list(1, 2, 3)", "a x[1] x[2]"),
    ("fn p => p[0] * p[1]", "(1, 2)", "p[0] p[1]"),
    ("sin", "1", "x"),
]


def values(text: str) -> tuple[Any, ...]:
    found = Session().evaluate(text)
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(("function", "argument", "names"), CALLED)
def test_inputs_have_the_names_of_the_pattern(function: str, argument: str, names: str) -> None:
    f, x = values(f"({function}, {argument})")
    traced = trace(f, x, mode=PRIMAL)
    shown = [row["operation"] for row in traced.data()["operations"] if row["is_input"]]
    assert shown == names.split()
    assert f"({', '.join(shown)}) at (" in traced.title()
    if len(shown) > 1:
        assert re.search(rf" {re.escape(shown[-1])} ", compare(f, x).text())


def test_arrays_that_a_pattern_takes_apart_are_called_by_it() -> None:
    f, x = values("(fn ([a, b], h) => a * b * h, ([1, 2], 3))")
    assert [row["operation"] for row in trace(f, x, mode=PRIMAL).data()["operations"][:2]] == ["[a, b]", "h"]
    assert re.findall(r"symbolic +(\w+) .*\n +(\w+) .*\n +(\w+) ", compare(f, x).text()) == [("a", "b", "h")]


@pytest.mark.parametrize(("function", "argument", "names"), CALLED[:-1])
def test_the_derivative_as_a_program_is_of_the_argument_as_a_whole(
    function: str, argument: str, names: str
) -> None:
    session = Session()
    f, x, expected = values(f"({function}, {argument}, gradient({function})({argument}))")
    session.evaluate(trace(f, x).source())
    name = next(name for name in session.names() if name.endswith("_gradient"))
    assert show(session.evaluate(f"{name}({argument})")) == show(expected)


def test_the_result_has_a_name_of_its_own() -> None:
    f = vlad.evaluate("fn ((x, y), h) => x * y * h")
    assert "\nz " in vlad.trace(f, (1.0, 2.0), 3.0).text()
