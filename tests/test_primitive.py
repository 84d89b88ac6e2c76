"""Dispatch, calls and errors of primitives, and the primitives of data, which carry no derivative."""

from __future__ import annotations

import math

import pytest

import vlad_py.differentiation.table  # noqa: F401 - fills the table
from vlad_py.ground.errors import Bug, RunError
from vlad_py.numbers.forward.dual import Dual
from vlad_py.primitives.declare import elementwise, structural
from vlad_py.primitives.kinds import Elementwise, Pairing, Predicate, Reduction, Step, Structural
from vlad_py.primitives.many import EMPTY
from vlad_py.primitives.primitive import (
    MANY,
    PRIMITIVES,
    NotDifferentiable,
    Primitive,
    call,
    not_differentiable,
)
from vlad_py.values.equality import equal
from vlad_py.values.show import show
from vlad_py.values.values import NIL, UNIT, Record, Value, make_list


def run(name: str, *arguments: Value) -> Value:
    """A primitive called with these arguments, as `name(a, b)` would call it."""
    return call(PRIMITIVES[name], arguments[0] if len(arguments) == 1 else arguments)


def numbers(*xs: float) -> Value:
    return make_list(xs)


RECORD = Record(("w", "b"), (numbers(1.0, 2.0), 3.0))
SIN = PRIMITIVES["sin"]

# ── values ───────────────────────────────────────────────────────────────────────────────────

VALUES: list[tuple[str, tuple[Value, ...], Value]] = [
    ("list", ((1.0, 2.0),), numbers(1.0, 2.0)),
    ("list", (1.0, 2.0), numbers(1.0, 2.0)),
    ("list", (1.0,), numbers(1.0)),
    ("list", (UNIT,), NIL),
    ("list", (NIL,), make_list([NIL])),
    ("::", (1.0, numbers(2.0)), numbers(1.0, 2.0)),
    ("head", (numbers(1.0, 2.0),), 1.0),
    ("tail", (numbers(1.0, 2.0),), numbers(2.0)),
    ("reverse", (numbers(1.0, 2.0, 3.0),), numbers(3.0, 2.0, 1.0)),
    ("reverse", (NIL,), NIL),
    ("concat", (numbers(1.0), numbers(2.0, 3.0)), numbers(1.0, 2.0, 3.0)),
    ("concat", (numbers(1.0), NIL), numbers(1.0)),
    ("concat", (NIL, numbers(1.0), NIL), numbers(1.0)),
    ("concat", (make_list([numbers(1.0), numbers(2.0)]),), numbers(1.0, 2.0)),
    ("concat", (NIL,), NIL),
    ("length", (numbers(1.0, 2.0),), 2.0),
    ("length", (NIL,), 0.0),
    ("length", (UNIT,), 0.0),
    ("length", (1.0, 2.0, 3.0), 3.0),
    ("length", ("four",), 4.0),
    ("length", (RECORD,), 2.0),
    ("index", (numbers(5.0, 6.0), 0.0), 5.0),
    ("index", (numbers(5.0, 6.0), -1.0), 6.0),
    ("index", ((5.0, 6.0), 1.0), 6.0),
    ("index", ((5.0, 6.0), -2.0), 5.0),
    ("index", ((5.0, 6.0), Dual(1, 1.0, 1.0)), 6.0),
    ("slice", (numbers(1.0, 2.0, 3.0), (1.0, UNIT)), numbers(2.0, 3.0)),
    ("slice", (numbers(1.0, 2.0, 3.0), (UNIT, -1.0)), numbers(1.0, 2.0)),
    ("slice", ((1.0, 2.0, 3.0), (UNIT, 2.0)), (1.0, 2.0)),
    ("slice", ((1.0, 2.0, 3.0), (1.0, 2.0)), 2.0),
    ("slice", ((1.0, 2.0, 3.0), (3.0, UNIT)), UNIT),
    ("flatten", ((1.0, (True, 2.0), RECORD, "text"),), numbers(1.0, 2.0, 1.0, 2.0, 3.0)),
    ("flatten", (UNIT,), NIL),
    ("unflatten", (RECORD, numbers(7.0, 8.0, 9.0)), Record(("w", "b"), (numbers(7.0, 8.0), 9.0))),
    ("unflatten", ("text", NIL), "text"),
    ("zeros_like", ((1.0, "text", RECORD),), (0.0, "text", Record(("w", "b"), (numbers(0.0, 0.0), 0.0)))),
    ("show", (1.0, "text"), '(1, "text")'),
    ("where", (True, 1.0, "no"), 1.0),
    ("where", (False, 1.0, "no"), "no"),
    ("is_real", (1.0,), True),
    ("is_real", (Dual(1, 1.0, 1.0),), True),
    ("is_real", (True,), False),
    ("is_boolean", (True,), True),
    ("is_boolean", (1.0,), False),
    ("is_string", ("text",), True),
    ("is_string", (1.0,), False),
    ("is_tuple", (1.0, 2.0), True),
    ("is_tuple", (UNIT,), False),
    ("is_record", (RECORD,), True),
    ("is_record", (1.0,), False),
    ("is_list", (NIL,), True),
    ("is_list", (numbers(1.0),), True),
    ("is_list", ((1.0, 2.0),), False),
    ("is_function", (SIN,), True),
    ("is_function", (1.0,), False),
    ("==", ((1.0, numbers(2.0)), (1.0, numbers(2.0))), True),
    ("==", (1.0, True), False),
    ("==", (Dual(1, 1.0, 5.0), 1.0), True),
    ("==", (math.nan, math.nan), False),
    ("!=", (math.nan, math.nan), True),
    ("!=", ("a", "b"), True),
    ("<", (Dual(1, 1.0, 5.0), Dual(2, 2.0, 0.0)), True),
    (">=", (1.0, math.nan), False),
    ("max", (numbers(1.0, 3.0, 2.0),), 3.0),
    ("max", (1.0, 3.0), 3.0),
    ("sum", (UNIT,), 0.0),
    ("dot", (numbers(1.0, 2.0), (3.0, 4.0)), 11.0),
    ("log", (math.e,), 1.0),
    ("log", (8.0, 2.0), 3.0),
    ("log", (1000.0, 10.0), 3.0),
    ("log2", (2.0**-1074,), -1074.0),
    ("exp2", (10.0,), 1024.0),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), VALUES, ids=lambda x: x if type(x) is str else "")
def test_value(name: str, arguments: tuple[Value, ...], expected: Value) -> None:
    got = run(name, *arguments)
    assert equal(got, expected), f"{show(got)}, not {show(expected)}"
    assert type(got) is type(expected)


def test_unflatten_undoes_flatten() -> None:
    value = (1.0, RECORD, (True, "text", UNIT), make_list([(2.0, 3.0)]))
    assert equal(run("unflatten", value, run("flatten", value)), value)


@pytest.mark.parametrize("exponent", range(-300, 300, 7))
def test_logarithms_are_exact_at_powers_of_their_base(exponent: int) -> None:
    assert run("log2", 2.0**exponent) == exponent
    assert run("log", 2.0**exponent, 2.0) == exponent
    assert run("log10", float(f"1e{exponent}")) == exponent
    assert run("log", float(f"1e{exponent}"), 10.0) == exponent


def test_long_lists_need_no_recursion() -> None:
    xs = make_list([1.0] * 200_000)
    assert run("sum", xs) == run("length", xs) == 200_000.0
    assert equal(run("unflatten", xs, run("flatten", run("reverse", run("concat", NIL, xs)))), xs)


# ── errors ───────────────────────────────────────────────────────────────────────────────────

ERRORS: list[tuple[str, tuple[Value, ...], str, str]] = [
    ("sin", ((1.0, 2.0),), "`sin` expects a real, got a tuple of 2", "`sin` takes one real"),
    ("+", (1.0, (1.0, 2.0)), "`+` cannot combine a real and a tuple of 2", "take it apart"),
    ("sin", (SIN,), "`sin` expects a real, got a function", "needs its argument"),
    ("+", (1.0, True), "`+` expects a real on its right, got a boolean", "if c then 1 else 0"),
    ("+", ("a", "b"), "`+` expects a real on its left, got a string", "print(a, b)"),
    ("<", (1.0, numbers(1.0)), "`<` expects a real on its right, got a list", "only reals have an order"),
    ("hypot", (1.0, RECORD), "`hypot` expects a real as its second argument, got a record with `w`, `b`", ""),
    ("hypot", (1.0,), "`hypot` takes 2 arguments, got a real", ""),
    ("hypot", (1.0, 2.0, 3.0), "`hypot` takes 2 arguments, got 3", ""),
    ("log", (1.0, 2.0, 3.0), "`log` takes 1 or 2 arguments, got 3", ""),
    ("log", (True,), "`log` expects a real as its first argument, got a boolean", "if c"),
    ("max", (1.0,), "`max` expects a tuple or a list of reals, got a real", ""),
    ("max", (NIL,), "`max` expects at least one real, got none", EMPTY),
    ("sum", (RECORD,), "`sum` expects a tuple or a list of reals, got a record with `w`, `b`", "flatten"),
    ("sum", (1.0, "text"), "`sum` expects reals, got a string among them", "print"),
    ("dot", ((1.0, 2.0), numbers(1.0)), "`dot` expects as many reals on both sides, got 2 and 1", ""),
    ("dot", ((1.0, True), (1.0, 2.0)), "`dot` cannot combine a boolean and a real, at `[1]`", "same shape"),
    (
        "where",
        (1.0, 1.0, 2.0),
        "`where` expects a boolean or an array as its first argument, got a real",
        "where(x > 0",
    ),
    ("==", (SIN, 1.0), "functions cannot be compared", "compare their results"),
    ("::", (1.0, 2.0), "`::` expects a list on its right, got a real", "nil"),
    ("head", (NIL,), "`head` of the empty list", "match"),
    ("tail", (NIL,), "`tail` of the empty list", "match"),
    ("tail", (1.0, 2.0), "`tail` expects a list, got a tuple of 2", "a list is written `list(a, b)`"),
    ("reverse", (1.0,), "`reverse` expects a list or an array, got a real", ""),
    ("concat", (numbers(1.0), 2.0), "`concat` expects lists, or arrays, got a real", ""),
    ("concat", (numbers(1.0), 2.0, numbers(3.0)), "`concat` expects lists, or arrays, got a real", ""),
    ("length", (1.0,), "`length` expects a list, a tuple, a record, an array or a string, got a real", ""),
    ("index", (numbers(1.0, 2.0, 3.0), 5.0), "index 5 is out of range for a list of 3", "0 to 2"),
    ("index", (numbers(1.0, 2.0, 3.0), -4.0), "index -4 is out of range for a list of 3", ""),
    ("index", ((1.0, 2.0), 2.0), "index 2 is out of range for a tuple of 2", ""),
    ("index", (NIL, 0.0), "index 0 is out of range for the empty list", ""),
    ("index", ((1.0, 2.0), 0.5), "an index must be a whole number, got 0.5", ""),
    ("index", ((1.0, 2.0), math.nan), "an index must be a whole number, got nan", ""),
    ("index", ((1.0, 2.0), True), "an index must be a real, got a boolean", ""),
    ("index", (1.0, 0.0), "only an array, a list or a tuple can be indexed, this is a real", ""),
    ("slice", (1.0, (UNIT, UNIT)), "only an array, a list or a tuple can be indexed, this is a real", ""),
    (
        "unflatten",
        ((1.0, 2.0), numbers(1.0)),
        "`unflatten` needs as many reals as the template has, 2, got 1",
        "",
    ),
    ("unflatten", ((1.0, 2.0), 1.0), "`unflatten` expects a list, got a real", ""),
]


@pytest.mark.parametrize(
    ("name", "arguments", "message", "hint"), ERRORS, ids=lambda x: x if type(x) is str else ""
)
def test_error(name: str, arguments: tuple[Value, ...], message: str, hint: str) -> None:
    with pytest.raises(RunError) as caught:
        run(name, *arguments)
    assert caught.value.message == message
    assert hint in caught.value.hint
    assert caught.value.span is None


def test_the_order_of_a_polygamma_is_not_differentiable() -> None:
    with pytest.raises(RunError, match="`polygamma` is not differentiable here: its order is an integer"):
        run("polygamma", Dual(1, 1.0, 1.0), 2.0)


# ── declaring and calling ────────────────────────────────────────────────────────────────────


def test_a_name_is_declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        structural("sin", 1, doc="Another.", value=lambda x: x)
    assert PRIMITIVES["sin"] is SIN


def test_outside_says_what_holds_where_the_host_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlad_py.primitives.entered.PRIMITIVES", {})
    f = elementwise("f", doc="", value=math.log, outside=lambda x: -1.0, partials=(1.0,), probe=((0.0, 1.0),))
    assert (f(1.0), f(-5.0)) == (0.0, -1.0)
    g = elementwise("g", doc="", value=math.log, partials=(1.0,), probe=((0.0, 1.0),))
    with pytest.raises(Bug, match="does not say what holds `outside`"):
        g(-5.0)


def test_primitives_without_arguments_and_gaps() -> None:
    nothing = Primitive(name="nothing", arity=0, doc="", value=lambda: 1.0, apply=lambda: 1.0)
    assert call(nothing, UNIT) == 1.0
    with pytest.raises(RunError, match="`nothing` takes 0 arguments, got a real"):
        call(nothing, 1.0)
    assert isinstance(not_differentiable("f", "why"), NotDifferentiable)


def test_shapes_and_arities() -> None:
    names = ("sin", "hypot", "log", "max", "dot", "<", "head", "floor")
    assert [(type(PRIMITIVES[name]), PRIMITIVES[name].arity) for name in names] == [
        (Elementwise, 1), (Elementwise, 2), (Elementwise, MANY), (Reduction, MANY), (Pairing, 2),
        (Predicate, 2), (Structural, 1), (Step, 1),
    ]  # fmt: skip
