"""Lists whose length is known only when the code runs: both tiers give the same, in every nesting."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from nested.evaluate import as_data

import vlad_py as vlad
from native.agreement import Tally, native_value
from native.test_rules_and_pullbacks import close
from vlad_py.ground.errors import NotNative
from vlad_py.native import code, linking, list_ops
from vlad_py.native.builder import Builder
from vlad_py.native.calling import Native
from vlad_py.native.exits import Left
from vlad_py.native.ir import Name, Op, Region, Unit, constant, size_of_unit
from vlad_py.native.list_ops import nil
from vlad_py.native.types import BOOLEAN, REAL, ListType
from vlad_py.native.verify import Broken, verify
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Closure, list_items

pytest.importorskip("llvmlite")

# of two reals x and n, each gives a real
REALS = (
    "sum(map(fn k => sin(x) * k, range(1, n)))",
    "fold(fn (a, k) => a * sin(x * k), x, range(1, n))",
    "sum(filter(fn y => y > 0.3, map(fn k => sin(x * k), range(1, n))))",
    "fold(fn (a, (y, z)) => a + y * z, 0, zip(map(sin, range(x, n)), map(fn k => k * x, range(1, n))))",
    "{ let ys = scan(fn (a, k) => sin(a + k * x), x, range(1, n)); ys[2] * ys[-1] + length(ys) }",
    "{ def f(xs) = match xs { nil => x; y :: rest => y * f(rest) + 1 }; f(map(fn k => x * k, range(1, n))) }",
    "{ def f(k) = if k < 1 then nil else sin(x * k) :: f(k - 1); sum(f(n)) * head(f(n)) }",
    "{ def f(xs) = match xs { a :: b :: rest => a * b + f(b :: rest); _ => x }; "
    "f(map(fn k => cos(x * k), range(1, n))) }",
    "{ let xs = loop xs = list(x) while head(xs) < 100 do head(xs) * 1.5 + 1 :: xs; sum(xs) / length(xs) }",
    "{ let xs = map(fn k => x + k, range(0, n)); loop s = 0 for i in 0..n do s * xs[i] + xs[n - i] }",
    "sum(map(fn k => sum(map(fn j => sin(x * k * j), range(k, n))), range(1, n)))",
    "{ let rows = map(fn k => map(fn j => x * k * j, range(1, k)), range(1, n)); "
    "fold(fn (a, row) => a + sum(row) * head(row), 0, rows) }",
    "{ let xs = map(fn k => x * k, range(1, n)); sum(concat(reverse(xs), list(x, 1), xs)) * mean(xs) }",
    "{ let fs = map(fn k => fn y => y * x + k, range(1, n)); fold(fn (y, f) => sin(f(y)), x, fs) }",
    "fold(fn (a, {w, up}) => if up then a * w else a - w, x, "
    "map(fn k => {w: x * k, up: k > 2}, range(1, n)))",
    "{ let xs = map(fn k => x * k, range(1, n)); if any(fn y => y > 2, xs) then sum(xs) else x }",
    "sum(gradient(fn ys => fold(fn (a, y) => a * y, x, ys))(map(fn k => x + k, range(1, n))))",
    "sum(jvp(fn ys => map(fn y => y * y * x, ys), range(1, n), map(fn k => k * x, range(1, n)))[1])",
    "vjp(fn y => map(fn k => sin(y * k), range(1, n)), x)[1](map(fn k => x * k, range(1, n)))",
    "sum(if x > 0 then map(fn k => x * k, range(1, n)) else list(x))",
    "{ let f = if n > 2 then list(x, x * x) else list(x); fold((*), 1, f) }",
    "{ let t = if x > 0 then list(x, 2) else 3; match t { nil => 0; y :: rest => y * x; y => x } }",
    "sum(map(fn f => f(x), map(fn k => checkpointed(fn y => y * k), range(1, n))))",
    "{ let xs = map(fn k => x * k, range(1, n)); if is_real(xs) or is_string(xs) then 0 else sum(xs) }",
)
MODES = ("derivative", "derivative_reverse")


def of_known_values(text: str, x: float, n: float) -> str:
    return f"({text})({x!r}, {n!r})"


def check_nestings(text: str, *, is_exact: bool = True) -> None:
    """Both tiers agree on an expression of x and n and its derivatives in every mode, to depth 2. If it
    `is_exact`, values and forward mode agree to the bit.
    """
    once = [f"{a}(fn x => {text})(x)" for a in MODES]
    twice = [f"{a}(fn x => {b}(fn x => {text})(x))(x)" for a, b in product(MODES, MODES)]
    bodies = (text, *once, *twice)
    function = Session(native="never").evaluate(f"fn (x, n) => ({', '.join(bodies)})")
    assert isinstance(function, Closure)
    native = Native(function, (1.0, 1.0), is_fixed=True)
    for point in ((0.7, 4.0), (1.3, 2.0)):
        got = native(function, point)
        expected = Session(native="never").call(function, point)
        for body, mine, its in zip(bodies, got, expected, strict=True):  # type: ignore[call-overload]
            if not is_exact or "reverse" in body or "gradient" in body or "vjp" in body:
                assert close(as_data(mine), as_data(its)), (body, mine, its)
            else:
                assert mine == its, (body, mine, its)


@pytest.mark.parametrize("text", REALS)
def test_every_nesting_agrees(text: str) -> None:
    check_nestings(text)


@pytest.mark.parametrize(
    "text",
    [
        "range(1, n)",
        "(n, map(fn k => (k, list(k, x), k > 2), range(1, n)))",
        "map(fn k => range(k, n), range(1, n))",
        "derivative(fn x => map(fn k => map(fn y => y * x * x, range(k, n)), range(1, n)))(x)",
        "gradient(fn xs => head(xs) * head(xs))(map(fn k => x * k, range(1, n)))",
        '{names: map(fn k => {name: "k", value: x * k}, range(1, n))}',
        "filter(fn k => k > 100, range(1, n))",
        "if x > 0 then nil else range(1, n)",
    ],
)
def test_lists_come_out(text: str) -> None:
    for n in (0.0, 1.0, 5.0):
        tally = Tally()
        whole = f"fn (x, n) => {text}"
        got = native_value(whole, (0.5, n), tally)
        if n:
            assert tally.taken == 1, tally.reasons
        if tally.taken:
            assert show(got) == show(Session(native="never").evaluate(of_known_values(whole, 0.5, n)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fn n => sort(range(1, n))", "a list of unknown length"),
        ("fn n => map(fn k => zeros(2000) + k, range(1, n))", "a list of large arrays"),
        ("fn n => gradient_forward(fn xs => sum(xs))(range(1, n))", "a derivative with respect to many"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    tally = Tally()
    assert native_value(text, (3.0,), tally) is None
    assert [*tally.reasons] == [next(r for r in tally.reasons if r.startswith(reason))]


@pytest.mark.parametrize(
    "body", ["range(1, n)[3]", "head(range(1, n))", "tail(range(1, n))", "range(1, n)[-4]"]
)
def test_what_is_not_there_is_left_for_the_interpreter(body: str) -> None:
    f = vlad.evaluate(f"fn n => {body}")
    compiled = vlad.compile(f, 3.0)
    for argument in (0.0, 3.0):
        try:
            expected = f(argument)
        except vlad.Error as error:
            with pytest.raises(type(error), match=str(error).splitlines()[0].split(":")[-1].strip()):
                compiled(argument)
        else:
            assert compiled(argument) == expected


def test_a_list_under_construction_takes_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    function = Session().evaluate("fn n => sum(range(1, n))")
    native = Native(function, 1.0, is_fixed=True)  # type: ignore[arg-type]
    assert native(function, 100.0) == 5050.0  # type: ignore[arg-type]
    with pytest.raises(Left, match="lists"):
        native(function, 1e5)  # type: ignore[arg-type]
    assert native(function, 100.0) == 5050.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "fn (x, n) => loop s = 0 for i in 1..n do s / 2 + sum(map(fn k => x * k, range(1, 1 + i / n)))",
        "fn (x, n) => { def f(k) = if k < 1 then 0 else 0.5 * f(k - 1) + sum(range(x, 3)); f(n) + f(n) }",
    ],
)
def test_lists_of_a_turn_or_of_a_call_do_not_stay(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_TAPE", 1 << 17)
    function = Session(native="never").evaluate(text)
    assert isinstance(function, Closure)
    for body in (text, f"derivative(fn x => ({text})(x, n))(x)"):
        whole = Session(native="never").evaluate(body if body is text else f"fn (x, n) => {body}")
        assert isinstance(whole, Closure)
        native = Native(whole, (1.0, 1.0), is_fixed=True)
        expected = Session(native="never").call(whole, (0.5, 20000.0))
        assert native(whole, (0.5, 20000.0)) == expected


def test_a_long_list_and_its_gradient() -> None:
    f = vlad.evaluate("fn (x, n) => sum(map(fn k => sin(x * k), range(1, n)))")
    compiled = vlad.compile(vlad.gradient(f), 0.5, 1.0)
    assert compiled(0.5, 1e5)[0] == pytest.approx(vlad.gradient(f)(0.5, 1e5)[0], rel=1e-9)


LONG = [0.001 * k for k in range(3000)]


@pytest.mark.parametrize(
    "text",
    [
        "fn xs => sum(map(fn x => x * x, xs))",
        "fn (xs, y) => map(fn x => x * y, xs)[1200]",
        "fn xs => gradient(fn xs => fold(fn (a, x) => sin(a) + x * x, 0, xs))(xs)",
        "fn xs => derivative(fn t => fold(fn (a, x) => sin(a * t) + x, 0, xs))(0.5)",
        "fn (xs, f) => { def g(ys) = match ys { nil => 0; y :: rest => y * f.k - 0.5 * g(rest) }; g(xs) }",
        "fn xs => xs",
    ],
)
def test_long_lists_go_in(text: str) -> None:
    """One unit serves all lengths."""
    function = vlad.evaluate(text)
    rest = () if not text.startswith("fn (") else ({"k": 2.0},) if "f.k" in text else (0.5,)
    compiled = vlad.compile(function, LONG, *rest)
    for xs in (LONG, LONG[:1500]):
        found, expected = compiled(xs, *rest), function(xs, *rest)
        assert found == pytest.approx(expected, rel=1e-12) if "gradient" in text else found == expected
    assert len(compiled._units) == 1


def test_a_list_that_is_read_where_it_is_not_is_zeros() -> None:
    """No handle reads outside of the arena, whatever it is."""
    kind = ListType((REAL, BOOLEAN, ListType((REAL,))))
    x, taken = Name(), [Name(t) for t in (*kind.items, kind)]
    inner, empty = Name(REAL), Name(BOOLEAN)
    rest = Name(ListType((REAL,)))
    ops = [
        Op("uncons", [nil(kind)], taken),
        Op("uncons", [taken[2]], [inner, rest]),
        Op("is_nil", [rest], [empty]),
    ]
    unit = Unit("zeros", Region([x], ops, [taken[0], taken[1], inner, empty]))
    verify(unit)
    assert tuple(linking.compiled(unit).run([1.0])) == (0.0, 0.0, 0.0, 1.0)


def test_merge_and_fit_of_lists_in_lists() -> None:
    inner = ListType((REAL,))
    kind = ListType((inner,))
    builder = Builder()

    def of(items: list[float]) -> Name:
        whole = nil(inner)
        for item in items[::-1]:
            whole = list_ops.cons(builder, [constant(item)], whole)
        return whole

    def of_rows(rows: list[list[float]]) -> Name:
        whole = nil(kind)
        for row in rows[::-1]:
            whole = list_ops.cons(builder, [of(row)], whole)
        return whole

    with builder.into([]) as ops:
        a, b = of_rows([[1.0, 2.0], [], [5.0]]), of_rows([[10.0], [20.0]])
        results = [list_ops.merge(builder, a, b), list_ops.fit(builder, b, a), list_ops.fit(builder, a, b)]
    unit = Unit("both", Region([], ops, results))
    verify(unit)
    assert list(linking.compiled(unit).run([])) == [
        [[[11.0, 2.0]], [[20.0]], [[5.0]]],
        [[[10.0, 0.0]], [[]], [[0.0]]],
        [[[1.0]], [[0.0]]],
    ]


def test_the_verifier_sees_wrong_cells() -> None:
    kind = ListType((REAL,))
    for op in (
        Op("cons", [constant(1.0), constant(2.0), nil(kind)], [Name(kind)]),
        Op("uncons", [nil(kind)], [Name(BOOLEAN), Name(kind)]),
        Op("is_nil", [constant(1.0)], [Name(BOOLEAN)]),
        Op("merge", [nil(kind), nil(ListType((BOOLEAN,)))], [Name(kind)]),
    ):
        with pytest.raises(Broken):
            verify(Unit("wrong", Region([], [op], [])))


def test_native_lists_are_those_of_the_language() -> None:
    function = Session().evaluate("fn n => map(fn k => k * k, range(1, n))")
    value = Native(function, 3.0, is_fixed=True)(function, 3.0)  # type: ignore[arg-type]
    assert [*list_items(value)] == [1.0, 4.0, 9.0]


ADD = "{ def add(xs, done) = match xs { nil => done; y :: rest => add(rest, done + y) }\n"
CHOOSE = """{
  def choose(xs, v) = match xs {
    nil => v
    y :: rest => if y > v then choose(rest, v + y) else choose(rest, v * y)
  }
"""


@pytest.mark.parametrize(
    "program",
    [
        "fn x => sum(map(fn (a, b) => a * b, zip(list(x, 2 * x), list(3, x))))",
        "{ let xs = list(1, 2, 3); fn x => sum(map(fn (a, b) => a * b * x, zip(xs, xs))) }",
        "fn x => gradient(fn y => sum(map(fn (a, b) => a * b, zip(list(y, 2, x), list(y, y)))))(x)",
        ADD + "fn x => add(list(x, 1, x * x), 0) }",
        # an end that depends on reals; calls in two branches; then turns that take nothing off a list
        "{ def find(xs, b) = match xs { nil => 0; y :: rest => if y > b then y else find(rest, b) }\n"
        "fn x => find(list(x, 1, x * x, 2 * x), 0.9) }",
        CHOOSE + "fn x => choose(list(x, 1, x * x), 0.9) }",
        "{ def f(xs, n, v) = match xs { nil => if n > 0 then f(nil, n - 1, v * 1.1) else v; "
        "y :: rest => f(rest, n, v + y) }\nfn x => f(list(x, 2 * x, 3), 100, x) }",
        # a recursion in a turn of itself
        "{ def each(t, xs) = match xs { nil => true; y :: rest => if t(y) then each(t, rest) else false }\n"
        "fn x => if each(fn a => each(fn b => each(fn c => a + b + c < 9, list(x, 2, 3)), list(x, x, 1)), "
        "list(1, 2, x)) then x else 2 * x }",
        # too many turns to be written: the list becomes one of unknown length
        ADD + "fn x => gradient(fn x => add(map(fn k => k * x * x, range(1, 200)), 0))(x) }",
        CHOOSE + "fn x => choose(map(fn k => k * x, range(1, 12)), 0.9) }",
        # a list that grows until a real says that it is enough
        "{ def grow(xs, x) = if sum(xs) > 5 then sum(xs) else grow(x :: xs, x)\nfn x => grow(list(x), x) }",
    ],
)
def test_recursion_over_known_lists(program: str) -> None:
    function: Any = Session().evaluate(program)
    expected = Session().call(function, 0.7)
    native = Native(function, 0.7, is_fixed=True)
    assert native(function, 0.7) == pytest.approx(expected, rel=1e-12)
    assert size_of_unit(native.unit) < 200  # each turn is written once


def test_a_recursion_whose_list_grows_without_end_is_refused_soon() -> None:
    function: Any = Session().evaluate("{ def f(xs) = f(1 :: xs)\nfn x => f(list(x)) }")
    with pytest.raises(NotNative, match="a loop whose state changes its structure"):
        Native(function, 0.7, is_fixed=True)


def test_a_recursion_without_an_end_is_an_error_of_the_program() -> None:
    function: Any = Session().evaluate(
        "{ def f(xs) = match xs { nil => 1; y :: rest => f(y :: rest) }; fn x => f(list(x)) }"
    )
    with pytest.raises(NotNative, match="an error of the program"):
        Native(function, 0.7, is_fixed=True)
