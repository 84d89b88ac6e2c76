"""Values that are one of several, of kinds that have nothing in common: both tiers give the same."""

from __future__ import annotations

import pytest
from nested.evaluate import as_data

from native.agreement import Tally, native_value
from native.test_rules_and_pullbacks import close
from vlad_py.ground.errors import ResolveError
from vlad_py.primitives.output import error
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.session.session import Session
from vlad_py.values.show import show

pytest.importorskip("llvmlite")

PROGRAMS = (
    "{ let f = if x > 1 then sin else fn y => y * x; list(f(x), D(f)(x), D(fn z => f(z * x) * f(x))(x)) }",
    "D(fn x => { let f = if x > 1 then fn y => y ^ 2 * x else if x > 0 then fn y => y * x "
    "else cos; f(f(x)) })(x)",
    "D(fn x => { let f = loop f = sin for i in 1..4 do (if i > 2 then fn y => y * f(x) "
    "else cos); f(f(x)) })(x)",
    "D(fn x => { let f = loop f = fn y => y * 2 for i in 1..10 do (if i > x then fn y => "
    "y * x else fn y => y + i);"
    " f(f(x)) })(x)",
    "D(fn x => { let t = if x > 1 then (x, 1) else (x, x, 2); match t { (a, b) => a * b; "
    "(a, b, c) => a * b * c } })(x)",
    "D(fn x => { let t = if x > 1 then {a: x} else {a: x, b: x * x}; match t { {a, b} => "
    "a * b; {a} => a * 3 } })(x)",
    "D(fn x => { let t = if x > 1 then {a: x} else {a: x * x, b: x}; t.a })(x)",
    '{ let s = if x > 1 then "big" else "small"; if s == "big" then x else 2 * x }',
    "if x > 1 then x else (x, x)",
    "D(fn a => with_pullback(sin, fn (y, w) => w * a)("
    "match (if a > 1 then (1, 2) else a) { (b, c) => a; b => b }))(x)",
    "D(fn y => list((y, 1), (y * x, 2), (3, y))[floor(x)][0])(x)",
    "D(fn y => (sin, fn z => y * z, cos)[floor(x)](y))(x)",
    "list(list(1, 2, 3), list(x, x, x), list(3, x, x))[floor(x)][-floor(x) - 1]",
    "map(if x > 1 then sin else cos, list(x, 1, 2))",
    "{ let c = if x > 1 then fn y => y > 2 else fn y => y < 1; if c(x) then 1 else 2 }",
    "D(fn x => if x > 1 then fn y => x * y else fn y => x * x * y)(x)(3)",
    '{ let r = loop r = "none" for i in 1..6 do if i * x > 4 then i else r; match r { '
    '"none" => 0; k => k * x } }',
    "{ def go(n, f) = if n <= 0 then f(x) else go(n - 1, if n > 2 then sin else fn y => n "
    "* y); go(floor(3 + x), cos) }",
    "{ def pick(n) = if n <= 0 then sin else if n > 5 then fn y => n * y else pick(n + x); D(pick(x))(x) }",
    "D(fn a => with_derivative(if a > 1 then sin else fn y => a * y, fn (y, v) => a * v)(a))(x)",
)


@pytest.mark.parametrize("operator", ["derivative", "derivative_reverse"])
@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_agree(text: str, operator: str) -> None:
    text = f"fn x => {{ let D = {operator}; {text} }}"
    for x in (0.5, 1.5, 2.5, -0.5):
        tally = Tally()
        got = native_value(text, (x,), tally)
        assert tally.taken == 1, tally.reasons
        assert close(as_data(got), as_data(Session().evaluate(f"({text})({x!r})"))), (x, got)


def test_lists_of_another_length_are_no_options() -> None:
    """Lists of many lengths are one list of unknown length, instead of an option for each length."""
    text = "fn x => { let xs = if x > 1 then list(x) else list(x, x); (xs, sum(xs)) }"
    for x in (1.5, 0.5):
        tally = Tally()
        got = native_value(text, (x,), tally)
        assert tally.taken == 1, tally.reasons
        assert show(got) == show(Session().evaluate(f"({text})({x!r})"))


LOOKERS = [name for name, p in PRIMITIVES.items() if p.pure and name.isidentifier() and p.value is not error]


@pytest.mark.parametrize(
    "text", ["(1, if x > 1 then [[x]] else x)", "list(list(1, if x > 1 then x else true), 1)"]
)
def test_no_function_takes_a_part_that_is_one_of_several_for_something_else(text: str) -> None:
    taken = 0
    for name in LOOKERS:
        whole = f"fn x => {name}({text})"
        try:
            function = Session(native="never").evaluate(whole)
        except ResolveError:
            continue  # programs do not see the name
        for x in (0.5, 1.5):
            got = native_value(whole, (x,), Tally())
            if got is not None:
                taken += 1
                assert show(got) == show(Session(native="never").call(function, x)), name
    assert taken > 20


@pytest.mark.parametrize(
    "text",
    [
        "[if k > 2 then (k, 1) else k for k in 1..n]",
        "[if k > 2 then [k] else [k, x] for k in 1..n]",
        "[if k > 2 then j else true for k in 1..n for j in 1..2]",
        "[if x > 1 then k else (k, x) for k in 1..3]",
        "[if x > 1 then [k] else [k, x] for k in 1..30]",
        "[if x > 1 then [j for j in 1..n] else (1, 2) for k in 1..3]",
        "[j for k in 1..n for j in if k > 2 then nil else list(1, (1, 2))]",
        'join("a", if x > 1 then n else (1, 2))',
        "show((1, if x > 1 then sin else cos))",
    ],
)
def test_what_depends_on_which_is_left_for_the_interpreter(text: str) -> None:
    for point in ((0.5, 4.0), (1.5, 1.0)):
        assert native_value(f"fn (x, n) => {text}", point, Tally()) is None
