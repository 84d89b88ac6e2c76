"""Counting operations: the counts are right, and a program that is counted does what it always does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import programs
import pytest

from vlad_py.errors import ResolveError, RunError
from vlad_py.operations import operations, table
from vlad_py.session import Session


def counts(text: str, *definitions: str) -> dict[str, dict[str, int]]:
    session = Session()
    for definition in definitions:
        session.evaluate(definition)
    return {what: dict(tally) for what, tally in operations(session, text, "text", None).items()}


EXPRESSIONS = {
    "1 + 2 * 3": {"+": 1, "*": 1},
    "{ let x = 2 ; sin(x) / x - x }": {"sin": 1, "/": 1, "-": 1},
    "loop (y, k) = (1, 0) while k < 10 do (y * 2, k + 1)": {"<": 11, "*": 10, "+": 10},
    "loop s = 0 for i in 1..10 do s + i ^ 2": {"+": 10, "square": 10},
    "if 1 < 2 and not (3 > 4) then -sqrt(2) else exp(1)": {"<": 1, ">": 1, "sqrt": 1, "neg": 1},
    "(length(list(1, 2)) * 2, floor(1.5) + 1)": {"*": 1, "floor": 1, "+": 1},
    "[1, 2, 3] + [4, 5, 6]": {"+": 1},
    "(1, list(2), {a: 3}, (1, 2)[0], show(1), 1 == 2)": {},
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_operations_of_an_expression(text: str) -> None:
    assert counts(text) == {"value": EXPRESSIONS[text]}


def test_functions_of_the_library_count() -> None:
    assert counts("map(fn x => x * x, list(1, 2, 3))") == {"value": {"*": 3}}
    assert counts("map(sqrt, list(1, 2, 3))") == {"value": {"sqrt": 3}}
    assert counts("derivative(fn x => x * 2)(5) + 1")["value"] == {"*": 2, "+": 1}


def test_derivatives_of_a_call() -> None:
    """x sin x: forward sin' = cos times 1, then the rule of products; in reverse the same without the 1."""
    f = "def f(x) = x * sin(x)"
    assert counts("f(2)", f) == {
        "value": {"*": 1, "sin": 1},
        "derivative": {"*": 1 + 1 + 2, "sin": 1, "cos": 1, "+": 1},
        "gradient": {"*": 1 + 1, "sin": 1, "cos": 1, "+": 1},
    }
    assert counts("2 |> f", f) == counts("f(2)", f) == counts("f(sqrt(4))", f)


def test_a_gradient_costs_a_small_multiple() -> None:
    """Whatever the number of arguments: that is what reverse mode is for."""
    product = "def product(xs) = fold((*), 1, xs)"
    for size in (10, 100):
        found = counts(f"product(range(1, {size}))", product)
        assert found["value"] == {"*": size}
        assert size <= sum(found["gradient"].values()) <= 4 * size
        assert "derivative" not in found


@pytest.mark.parametrize("text", ["f(2, true)", "f(3)", "pair(2)", "text(1)", "none()"])
def test_what_has_no_derivative_has_its_own_count_only(text: str) -> None:
    definitions = "def pair(x) = (x + 1, 2)\ndef text(x) = show(x + 1)\ndef none() = 1 + 1\ndef f(x) = () + 1"
    if text.startswith("f"):
        with pytest.raises(RunError):
            counts(text, definitions.replace("f(x) = ()", "f(x) = nil"))
    else:
        assert counts(text, definitions) == {"value": {"+": 1}}


def test_definitions_of_the_session_count() -> None:
    definitions = [
        "let k = 3",
        "def g(x) = k * x",
        "let h = fn x => g(x) + k",
        "import optimize",
        "let k = 4",
    ]
    assert counts("h(2)", *definitions)["value"] == {"*": 1, "+": 1}


def test_the_last_value() -> None:
    session = Session()
    session.define("_", (1.0, 2.0))
    assert operations(session, "_[0] * _[1]", "text", None) == {"value": Counter({"*": 1})}
    session.define("_", session.evaluate("fn x => x"))
    with pytest.raises(RunError, match="holds functions"):
        operations(session, "_(1)", "text", None)


def test_what_cannot_be_defined_again() -> None:
    session = Session()
    for text in ("let g = fn a => a", "let h = derivative(g)", "let g = fn a => 2 * a"):
        session.evaluate(text)
    with pytest.raises(RunError, match="`h` was made with names"):
        operations(session, "h(1)", "text", None)
    assert operations(session, "g(1)", "text", None)["value"] == {"*": 1}


def test_an_error_has_its_place() -> None:
    with pytest.raises(ResolveError) as caught:
        counts("sin(\n  unknown)")
    assert caught.value.span is not None and caught.value.span.place == "text:2:3"
    with pytest.raises(RunError) as failed:
        counts("sin(\n  1 + true)")
    assert failed.value.span is not None and failed.value.span.place == "text:2:3"


def test_counting_leaves_the_session_alone() -> None:
    written: list[str] = []
    session = Session(write=written.append)
    session.evaluate("let x = 1\ndef f(y) = { print(y); x + y }")
    operations(session, "f(2)", "text", None)
    assert written == [] and session.evaluate("x") == 1.0 and list(session.names()) == ["x", "f"]


def test_table() -> None:
    assert table({"value": Counter({"*": 1, "sin": 10}), "gradient": Counter({"*": 12})}).splitlines() == [
        "     value  gradient",
        "*        1        12",
        "sin     10         0",
        "all     11        12",
    ]


# ── a program that is counted does what it always does ───────────────────────────────────────

QUICK = [path for path in programs.PATHS if path.parent.name in ("derivatives", "functions", "patterns")]


def complaints(path: object, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    counted: Callable[..., Session] = lambda **settings: Session(tally=Counter(), **settings)  # noqa: E731
    monkeypatch.setattr(programs, "Session", counted)
    program = programs.read(path)  # type: ignore[arg-type]
    return programs.complaints(program, programs.run(program))


@pytest.mark.parametrize("path", QUICK, ids=programs.name_of)
def test_a_counted_program(path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaints(path, monkeypatch) == []


# intervals and symbols are innermost, and so is a counted number: none can be what another is made of
INNERMOST = ("intervals", "symbolic")
OTHERS = [path for path in programs.PATHS if path not in QUICK and path.parent.name not in INNERMOST]


@pytest.mark.slow
@pytest.mark.parametrize("path", OTHERS, ids=programs.name_of)
def test_any_counted_program(path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaints(path, monkeypatch) == []
