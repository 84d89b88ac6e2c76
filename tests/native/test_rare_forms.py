"""Rarely used forms: compiled code agrees with the interpreter, or is refused or left with a reason."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from native.test_arrays import agree
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.native.explain import explained
from vlad_py.native.export import library
from vlad_py.native.headers import function_name
from vlad_py.native.ir_text import print_unit
from vlad_py.native.tables import Attempt
from vlad_py.native.types import BOOLEAN, REAL, ListType
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Array, Code, Value

pytest.importorskip("llvmlite")

LONG = Session().evaluate("map(fn k => k / 1000, range(0, 3000))")
MANY, THREE = Array(np.arange(24.0)), Array(np.arange(3.0))
EMPTY = Array(np.zeros((0, 0)))
SHUFFLED = "x[[0, 2, 5, 1, 9, 20, 3, 7, 8, 6, 10, 12, 11, 15, 4, 5, 6]]"

AGREED = [
    # a recursion under a derivative that its argument does not depend on
    ("fn x => { def f(n) = if n < 1 then x else n * derivative(fn z => z * f(n - 1))(n); f(x + 2) }", (1.0,)),
    # arguments whose kind depends on a choice, of primitives as values and of functions
    ("fn x => { let t = if x > 0 then (x, 2) else {a: x}; (fn f => f(t))(magnitude) }", (3.0,)),
    ("fn x => map(is_tuple, list(if x > 0 then (x, 1) else x, 1))", (1.0,)),
    (
        "fn x => { let f = fn (a, b) => magnitude(a) * b; let t = if x > 0 then (x, 2) else list(x); "
        "if is_list(t) then x else f(t) }",
        (3.0,),
    ),
    # mistakes in a branch that is not taken
    *(
        (f"fn (x, n) => if x > 3 then {wrong} else 2", (1.0, 3.0))
        for wrong in ("range(1, n)[0.5]", "range(1, n)[(0, 1)]", "[i for i in 1..n][true]")
    ),
    # comprehensions whose inner loops are long, short or empty
    *(
        (f"fn x => [{item} for i in list(1, 2) for j in (if i == 1 then {first} else {second})]", (3.0,))
        for item in ("j * x", "[j, x]")
        for first, second in (("1..40", "list(1)"), ("1..40", "nil"), ("nil", "1..40"), ("1..40", "[]"))
    ),
    # a choice between tuples of a name twice
    ("fn (x, n) => { let y = x * n; let t = if x > 3 then (y, y) else (n, n); t[0] * t[1] }", (1.0, 3.0)),
    # two choices with the same operations in different branches
    *(
        ("fn x => (if x > 0 then sin(x) else cos(x), if x > 0 then x else sin(cos(x)))", (x,))
        for x in (1.0, -1.0)
    ),
    # a state that begins as a boolean and goes on as a real
    ("fn n => loop s = n > 1 for i in 1..n do i", (3.0,)),
    # a state that is a list of unknown length in some turns, and in others a real
    ("fn (x, n) => loop s = 0 for i in 1..x do if is_real(s) then range(1, n) else 0", (3.0, 4.0)),
    # elements of arrays that are found by a table of places, and arrays without elements
    (f"fn x => {SHUFFLED}[3]", (MANY,)),
    ("fn x => diag(x)[3, 3] + diag(x)[3, 2]", (MANY,)),
    ("fn x => diag(x[2:])[3, 3] + diag(x[2:])[3, 2]", (MANY,)),  # before the elements are others, not zeros
    ("fn x => concat(x[0:0], x)", (MANY,)),
    ("gradient(fn x => sum(x[0:0]) + sum(x * x))", (MANY,)),
    ("fn x => det(x)", (EMPTY,)),
    ("fn x => det(inv(x)) + 1", (EMPTY,)),
    *((f"fn x => {name}(x, {{axis: 0}})", (Array(np.zeros((0, 24))),)) for name in ("norm", "logsumexp")),
    ("fn x => prod(x, {axis: 1})", (Array(np.zeros((24, 0, 24))),)),
    ("fn x => norm(x, {axis: 0})", (Array(np.zeros((0, 3))),)),
    # gradients of elements at irregular places
    (f"gradient(fn x => sum({SHUFFLED} ^ 2))", (MANY,)),
    # partial derivatives that choose between arrays, and items of which some or all have no derivative
    ("gradient(fn (x, y) => sum(y ^ x))", (MANY, 2.0)),
    ("gradient(fn (x, y) => sum([if i > 3 then x[i] else y for i in 0..23]))", (MANY, 2.0)),
    ("gradient(fn x => sum([2 * i for i in 0..23]) * x[0])", (MANY,)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "arguments"), AGREED)
def test_both_tiers_agree(text: str, arguments: tuple[Any, ...]) -> None:
    agree(text, *arguments)


BESIDE_A_LONG_LOOP = "for i in list(1, 2) for j in (if i == 1 then 1..40 else list(1, 2))]"
REFUSED = [
    (f"fn x => [if i == 1 then j * x else [x, j] {BESIDE_A_LONG_LOOP}", (1.0,), "an array that a loop makes"),
    (f"fn x => [if i == 1 then j * x else (x, j) {BESIDE_A_LONG_LOOP}", (1.0,), "an array that a loop makes"),
    (
        "fn n => [(if i == 1 then (j, 1) else (true, 2)) for i in list(1, 2) "
        "for j in (if i == 1 then 1..n else list(1, 2))]",
        (3.0,),
        "a list of things of different kinds",
    ),
    ("fn x => gradient(fn v => relu(v) * inf)(-1)", (1.0,), "a derivative that there is not"),
    ("fn (xs, a) => sum(xs) * sum(a)", (LONG, MANY), "a long list beside arrays goes in"),
    ("fn x => [x * i for i in 1..3e9]", (1.0,), "an array that a loop makes, of no elements or of too many"),
    ("fn (x, n) => (1, x)[x > n]", (1.0, 3.0), "a primitive that looks at a value: `index`"),
    ("fn x => (1, x)[(x, x)]", (1.0,), "a primitive that looks at a value: `index`"),
    ("fn n => range(1, n)[0, 1]", (3.0,), "a primitive that looks at a value: `indexed`"),
    (
        "fn x => if ((if x > 3 then (0, 1) else 1), 2) == (1, 2) then 2 else 3",
        (1.0,),
        "a comparison of values that are one of several",
    ),
    (
        "fn n => { let xs = map(fn k => k > 1, range(1, n)); 1 :: xs }",
        (3.0,),
        "a list of things of different kinds",
    ),
    (
        "fn v => gradient_forward(fn (v, w) => sum(v) * sum(w))(v, v)",
        (Array(np.ones(40)),),
        "a derivative with respect to many reals",
    ),
    ("fn (n, x) => gradient(bessel_j)(n, x)", (1.0, 2.0), "a derivative that there is not"),
    ("fn n => [x for i in 1..n for x in nil]", (3.0,), "a list of unknown length and of unknown things"),
    (
        "fn n => { let rows = map(fn k => range(1, k), range(1, n)); jvp(fn l => l, rows, rows) }",
        (3.0,),
        "a direction or cotangent of another shape",
    ),
]


@pytest.mark.parametrize(("text", "arguments", "reason"), REFUSED)
def test_it_is_refused(text: str, arguments: tuple[Any, ...], reason: str) -> None:
    function: Any = Session().evaluate(text)
    with pytest.raises(NotNative) as refusal:
        Native(function, arguments[0] if len(arguments) == 1 else arguments, is_fixed=True)
    assert refusal.value.message.startswith(reason)


@pytest.mark.parametrize("is_array", [False, True])
def test_the_interpreter_decides_where_a_result_is_nan(is_array: bool) -> None:
    """Where zeros stand for derivatives that there are not, in lists and in arrays."""
    text = "derivative(fn x => y * sum(exp([x, 2])))(x)"
    y, other = (Array(np.full(24, nan)), MANY) if is_array else (nan, 2.0)
    if not is_array:
        text = f"map(fn k => list(k * {text}), range(1, n))"
    function: Any = Session().evaluate(f"fn (x, y, n) => {text}")
    native = Native(function, (0.5, y, 3.0), is_fixed=True)
    with pytest.raises(Invalid):
        native(function, (0.5, y, 3.0))
    assert show(native(function, (0.5, other, 3.0))) == show(Session().call(function, (0.5, other, 3.0)))


def test_two_cotangents_of_one_list_have_its_length() -> None:
    """The second is known to be empty, so only the code finds that the list is not."""
    function: Any = Session().evaluate("fn n => vjp(fn l => (l, l), range(1, n))[1](range(1, n), nil)")
    native = Native(function, 3.0, is_fixed=True)
    with pytest.raises(Left):
        native(function, 3.0)


def test_code_that_uses_a_value_is_not_current_after_a_redefinition() -> None:
    session = Session()
    function: Any = session.evaluate("let k = (3, sin)\nfn x => k[0] * x")
    native = Native(function, 1.0, is_fixed=True)
    assert native.is_current()
    session.evaluate("let k = (4, sin)")
    assert not native.is_current()


def test_arguments_of_other_types_than_the_example_are_taken() -> None:
    compiled = vlad.compile(vlad.evaluate("fn (x, y) => sum(x) * y"), np.ones(24), 2.0)
    assert compiled(np.ones(24), 3.0) == 72.0
    assert compiled(np.ones(24), 3) == 72.0
    assert compiled([1.0] * 24, 0.5) == 12.0


@pytest.mark.parametrize(
    ("text", "argument", "part"),
    [
        ("fn x => x * [1, 2, 3]", THREE, "  a_2 = * a_1, a 3 constant\n"),
        ("fn n => range(1, n)", 3.0, "  else\n    give nil\n"),
        (
            "fn n => { def f(k) = if k < 1 then 1 else k * f(k - 1); f(n) }",
            3.0,
            "unit fn(x_1: real)\n  x_2 = call f x_1\n",
        ),
    ],
)
def test_the_text_of_a_unit(text: str, argument: Value, part: str) -> None:
    function: Any = Session().evaluate(text)
    assert part in print_unit(Native(function, argument, is_fixed=True).unit)


def test_a_list_has_its_items_in_the_text_of_its_type() -> None:
    assert str(ListType((REAL, ListType((BOOLEAN,))))) == "list of (real, list of (boolean))"


@pytest.mark.parametrize(
    ("text", "argument", "message"),
    [
        ('fn x => "a"', 1.0, "a result without reals and booleans, so that there is nothing to give"),
        ("fn x => digamma(x) + betaln(x, 2)", 1.0, "`betaln`, `digamma` is computed in Python"),
        ("fn x => det(x)", Array(np.eye(24)), "arrays, which a function of C cannot take or return yet"),
        ("fn x => det(diag(x * ones(24)))", 1.0, "arrays, which a function of C cannot take or return yet"),
        ("fn x => range(1, x)", 1.0, "a list of unknown length, which a function of C cannot return"),
    ],
)
def test_what_cannot_become_a_library(text: str, argument: Value, message: str, tmp_path: Path) -> None:
    function: Any = Session().evaluate(text)
    unit = Native(function, argument, is_fixed=True).unit
    with pytest.raises(NotNative) as refusal:
        library(unit, "f", tmp_path / "libf.so")
    assert refusal.value.message.startswith(message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lib2d", "a function in C, Rust and Fortran cannot have the name `2d`"),
        ("lib_x", "a function in C, Rust and Fortran cannot have the name `_x`"),
        ("libint", "`int` is a keyword in C, C++ or Rust"),
    ],
)
def test_a_name_that_other_languages_cannot_have(name: str, message: str) -> None:
    with pytest.raises(RunError) as refusal:
        function_name(name)
    assert refusal.value.message == message
    assert refusal.value.hint.endswith("choose another after `-o`")


def test_what_has_no_operations_is_not_explained() -> None:
    moved: Any = Session().evaluate("fn (x, y) => (y, x)")
    unit = Native(moved, (1.0, 2.0), is_fixed=True).unit
    assert explained(Attempt(moved.code, None, 0.5, unit, None)) == ""
    added: Any = Session().evaluate("fn (x, y) => x + y")
    unit = Native(added, (1.0, 2.0), is_fixed=True).unit
    code = Code(0, "", "(x, y)", (), added.code.span, "")
    assert (
        explained(Attempt(code, None, 0.5, unit, None))
        == "compiled: the top level (<text>:1:1), 1 operations, in 500 ms"
    )
