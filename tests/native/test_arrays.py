"""Calls with arrays in both tiers: arrays of few elements, which are values, and larger ones, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution import machine
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.native.units import specialise
from vlad_py.primitives.kinds import General
from vlad_py.session.session import Session
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Value

pytest.importorskip("llvmlite")

SIZES = (3, 24)
CLOSE = 1e-12

# functions of a vector x
OF_A_VECTOR = (
    "x * x + 2",
    "sum(x * x + 2)",
    "where(x > 0, x, exp(x))",
    "concat(x, x * 2)",
    "x[1:3]",
    "x[[2, 0, 2]]",
    "reverse(x)",
    "cumsum(x)",
    "outer(x, x)",
    "[v * v for v in x]",
    "[x[i] * i for i in 0..2]",
    "[a * b for a in x for b in 1..3]",
    "[a * b for a in 1..2 for b in x]",
    "[[a, b] for a in x for b in 1..2]",
    "loop s = 0 for v in x do s + v * v",
    "loop s = 0 for i in 0..2 do s + x[i] * x[-1 - i]",
    "loop v = x for _ in 1..5 do v * 0.5 + 1",
    "loop (v, w) = (x, x * 2) for _ in 1..5 do (w, v + 1)",
    "loop (v, k) = (x, 0) while k < 3 and sum(v) < 100 do (v + x, k + 1)",
    "if x[0] > 0 then x * 2 else x + 1",
    "{ def f(n, v) = if n <= 0 then v else f(n - 1, v) * 0.5 + v; f(3, x) }",
    "{ def f(n, v) = if n <= 0 then v else f(n - 1, v * x); f(3, x) }",
    "(max(x), min(x), prod(x / 2), mean(x), norm(x), logsumexp(x))",
    "x == x * 1",
    "stack(x, x * 2)",
    "diag(x) @ x",
)
# functions of a vector x with reals as values; their derivatives are taken in all ways
SMOOTH = (
    "sum(sin(x) * x)",
    "sum(x ^ 3) + x[0] * x[1]",
    "sum(where(x > 0, x, exp(x)) ^ 2)",
    "sum(concat(x, x * 2) ^ 2)",
    "sum(x[1:3] ^ 2) * x[0]",
    "sum(x[[2, 0, 2]] ^ 2)",
    "sum(cumsum(x) ^ 2)",
    "sum([v * v * v for v in x])",
    "loop s = 0 for v in x do s * 0.5 + v * v",
    "loop s = 0 for i in 0..2 do s + x[i] * sin(x[-1 - i])",
    "sum(loop v = x for _ in 1..5 do sin(v) * 0.5 + 1)",
    "{ let (v, w) = loop (v, w) = (x, x * 2) for _ in 1..4 do (w, v * w); sum(v * w) }",
    "if x[0] > 0 then sum(x * x) else sum(x ^ 3)",
    "loop s = 1 for i in 0..2 do if x[i] > 0 then s * x[i] else s + x[i] ^ 2",
    "{ def f(n, v) = if n <= 0 then v else f(n - 1, v) * 0.5 + v * v; sum(f(3, x)) }",
    "max(x) * min(x) + mean(x ^ 2)",
    "prod(x / 2) + norm(x) + logsumexp(x)",
    "x @ (outer(x, x) @ x)",
    "sum(solve(diag(x * x + 1), x))",
    "logdet(outer(x, x) + diag(x * x + 1))",
    "sum(gradient(fn y => sum(y ^ 3 * x))(x))",
)


def values(text: str, *arguments: Any) -> tuple[Value, Value]:
    """What a function gives, interpreted and as machine code."""
    session = Session()
    function: Any = session.evaluate(text)
    argument = arguments[0] if len(arguments) == 1 else arguments
    expected = session.call(function, argument)
    return expected, Native(function, argument, is_fixed=True)(function, argument)


def numbers(value: Value) -> Iterator[Any]:
    for leaf in leaves(value):
        yield leaf.data if type(leaf) is Array else leaf


def agree(text: str, *arguments: Any) -> None:
    """Fails where the tiers differ."""
    expected, got = values(text, *arguments)
    pairs = list(zip(numbers(expected), numbers(got), strict=True))
    assert pairs
    for a, b in pairs:
        assert np.shape(a) == np.shape(b)
        assert np.allclose(b, a, rtol=CLOSE, atol=CLOSE, equal_nan=True), text


def vector(size: int) -> Array:
    return Array(np.random.default_rng(size).normal(size=size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", (*OF_A_VECTOR, *SMOOTH))
def test_a_function_of_a_vector(text: str, size: int) -> None:
    agree(f"fn x => {text}", vector(size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", SMOOTH)
def test_its_derivatives(text: str, size: int) -> None:
    x = vector(size)
    agree(f"gradient(fn x => {text})", x)
    agree(f"fn x => jvp(fn x => {text}, x, sin(x))", x)
    agree(f"fn x => {{ let (y, pull) = vjp(fn x => {text}, x); (y, pull(2)) }}", x)


@pytest.mark.parametrize("text", SMOOTH)
@pytest.mark.parametrize("inner", ["gradient", "gradient_forward"])
@pytest.mark.parametrize("outer", ["gradient", "gradient_forward"])
def test_its_second_derivatives(text: str, inner: str, outer: str) -> None:
    agree(f"{outer}(fn x => sum({inner}(fn x => {text})(x) * x))", vector(3))


MATRICES = (
    "a @ x", "transpose(a) @ x", "x @ a", "a @ transpose(a)", "sum(a, {axis: 0})", "sum(a, {axis: 1})",
    "max(a, {axis: 1})", "norm(a, {axis: 0})", "logsumexp(a, {axis: 1})", "prod(a, {axis: 0})", "a + x",
    "a[1]", "a[:, 1]", "a[1, 0:2]", "transpose(a)[1]", "trace(a)", "reshape(a, -1)", "solve(a, x)", "inv(a)",
    "det(a[0:3, 0:3])", "a * x[0]", "loop s = 0 for i in 0..2 do s + a[i, i] * a[i][0]", "a[[1, 0]]",
    "diag(a)", "[sum(r * x) for r in a]",
)  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", MATRICES)
def test_a_function_of_a_matrix(text: str, size: int) -> None:
    a = Array(np.random.default_rng(7).normal(size=(size, size)) / size + np.eye(size))
    agree(f"fn (a, x) => {text}", a, vector(size))
    agree(f"gradient(fn (a, x) => sum(reshape([{text}] ^ 2, -1)))", a, vector(size))


@pytest.mark.parametrize("size", [2, 20])
def test_parts_put_together_keep_their_signs(size: int) -> None:
    for text in ("concat(-x, x)", "[x, -x]", "concat(x, [x[0], -x[1]])"):
        agree(f"fn x => 1 / {text}", Array(np.zeros(size)))


def test_a_large_product_is_numpys() -> None:
    generator = np.random.default_rng(3)
    a, b = (Array(generator.normal(size=(40, 40))) for _ in range(2))
    agree("fn (a, b) => a @ b", a, b)
    agree("gradient(fn (a, b) => sum((a @ b) ^ 2))", a, b)


def test_functions_of_many_elements_are_numpys() -> None:
    x = vector(1000)
    agree("fn x => sigmoid(x) + exp(x) * 2", x)
    agree("gradient(fn x => sum(exp(x) * sin(x)))", x)


def test_what_goes_in_stays_as_it_is() -> None:
    x = vector(24)
    before = x.data.copy()
    agree("fn x => loop v = x for i in 0..5 do [v[0] + u for u in v]", x)
    agree("gradient(fn x => loop s = 0 for i in 0..20 do s + x[i] ^ 2)", x)
    assert (x.data == before).all()


def test_columns_and_rows_of_other_arrays_go_in() -> None:
    a = np.arange(100.0).reshape(10, 10)
    agree("fn (x, y) => x @ y", Array(a[:, 3]), Array(a[2, ::-1]))


@pytest.mark.parametrize("place", [-25.0, 24.0, 0.5, np.nan, np.inf])
@pytest.mark.parametrize("text", ["x[i]", "gradient(fn x => x[i] ^ 2)(x)[0]"])
def test_an_index_out_of_range_leaves_the_code(text: str, place: float) -> None:
    function: Any = Session().evaluate(f"fn (x, i) => {text}")
    x = vector(24)
    native = Native(function, (x, 1.0), is_fixed=True)
    with pytest.raises(Left):
        native(function, (x, place))


@pytest.mark.parametrize("place", ["i", "i + 1", "24 - i", "i - 2", "2 * i - i"])
def test_a_counter_one_too_far_leaves_the_code(place: str) -> None:
    """It is known between which numbers a counter is, so its index is not tested at each turn."""
    first, last = {"i": (0, 24), "i + 1": (0, 23), "24 - i": (0, 23), "i - 2": (2, 26)}.get(place, (0, 24))
    x = vector(24)
    for low, high, fits in ((first, last, False), (max(first, 2), min(last, 22), True)):
        function: Any = Session().evaluate(f"fn x => loop s = 0 for i in {low}..{high} do s + x[{place}]")
        native = Native(function, x, is_fixed=True)
        if fits:
            assert native(function, x) == machine.run(function, x)
        else:
            with pytest.raises(Left):
                native(function, x)


def test_the_memory_of_arrays_is_written_before_it_is_read() -> None:
    """With nan in all memory before each call, nothing changes; and nothing is written beyond its end."""
    x = vector(24)
    for text in (*OF_A_VECTOR, *(f"gradient(fn x => {text})(x)" for text in SMOOTH)):
        function: Any = Session().evaluate(f"fn x => {text}")
        native = Native(function, x, is_fixed=True)
        try:
            expected = list(numbers(native(function, x)))
        except (Left, Invalid):
            continue
        for context in native.code.contexts:
            if context.room is not None:
                context.room.view(np.uint8)[:] = 0xFF
        for a, b in zip(expected, numbers(native(function, x)), strict=True):
            assert np.array_equal(a, b, equal_nan=True), text


@pytest.mark.parametrize("name", [n for n, p in PRIMITIVES.items() if getattr(p, "subscripts", None)])
def test_subscripts_say_what_the_value_is(name: str) -> None:
    primitive = PRIMITIVES[name]
    assert isinstance(primitive, General)
    assert primitive.subscripts is not None
    seen = 0
    for shapes, statics in CASES_OF_SUBSCRIPTS:
        if len(shapes) != primitive.arity:
            continue
        data = [np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)]
        try:
            result: Any = primitive.value(*map(Array, data), **statics)
        except Exception:
            continue
        text = primitive.subscripts(list(shapes), **statics)
        if text:
            seen += 1
            found = result.data if type(result) is Array else result
            assert np.allclose(np.einsum(text, *data).reshape(np.shape(found)), found), (name, shapes)
    assert seen


CASES_OF_SUBSCRIPTS: list[tuple[tuple[tuple[int, ...], ...], dict[str, Any]]] = [
    *((((3, 4), (4, 2)), {}), (((3, 4), (4,)), {}), (((4,), (4, 2)), {}), (((4,), (4,)), {})),
    *(((((3, 4)),), {"axis": axis}) for axis in (None, 0, 1)),
    *((((2, 3, 4),), {"shape": shape}) for shape in ((), (4,), (3, 4), (1, 4), (2, 1, 4), (1,))),
]


def operations(text: str, argument: Value) -> list[str]:
    """The primitives of arrays that the code of a function has, in order."""
    function: Any = Session().evaluate(text)
    ops = specialise(function, argument, is_fixed=True).unit.region.ops
    return [op.what.primitive.name for op in ops if op.kind == "array"]


def along(function: str, *directions: list[int]) -> str:
    """A function of x that gives the derivatives of another along some directions."""
    return f"fn x => list({', '.join(f'jvp({function}, x, {direction})[1]' for direction in directions)})"


def test_what_several_directions_ask_for_is_computed_once() -> None:
    directions = [[i + j for j in range(24)] for i in range(6)]
    for many in (1, 6):
        found = operations(along("fn x => exp(sin(x) * x)", *directions[:many]), vector(24))
        assert found.count("cos") == found.count("exp") == 1


def test_what_differs_is_not_shared() -> None:
    x = np.arange(1.0, 26.0).reshape(5, 5)
    agree("fn x => (sum(x, {axis: 0}), sum(x, {axis: 1}), x[0], x[:, 0], x[0:1], x[1:2])", Array(x))
    agree("fn x => (x[[0, 1, 2, 3, 4]], x[[4, 3, 2, 1, 0]], x - 1, 1 - x, x * 0.5, x * 0.25)", Array(x))
    agree("fn x => (x * 0, x * (-0), 1 / (x * 0), 1 / (x * (-0)))", Array(x))
    agree("fn x => loop (a, b) = (x, x) for i in 1..3 do (sin(a) + sin(b), b * i + sin(a))", Array(x))
    agree("fn x => if x[0, 0] > 5 then sin(x) else sin(x) + sin(x * 1)", Array(x))


def test_calls_that_use_a_tape_are_not_shared() -> None:
    """The sweeps of two calls take the same cotangent, and what each call saved."""
    f = "{ def f(x) = if x > 3 then x * x else f(x + 1) * x"
    for value in (
        "f(x) + f(y)",
        "(if x < 9 then f(x) else 1) + (if x < 9 then f(y) else 1)",
        "(loop a = x for i in 1..2 do f(a) / 9) + (loop a = y for i in 1..2 do f(a) / 9)",
    ):
        agree(f"fn (x, y) => gradient(fn (x, y) => {f}\n {value} }})(x, y)", 1.5, 2.25)


def test_a_known_direction_of_which_nothing_is_left_takes_no_time() -> None:
    f = "fn x => exp(x[[0, 1, 2] + 0 * 1]) * sin(x[3:23])[0:3]"
    first, last = [1, *[0] * 23], [*[0] * 23, 1]
    assert "cos" not in operations(along(f, first), vector(24))
    assert operations(along(f, last), vector(24)) == []
    agree(along(f, first, last), vector(24))


@pytest.mark.parametrize("text", ["jvp(fn v => sum(sqrt(diag([v, v]))), x, 1)[1]"])
def test_zeros_that_a_known_direction_is_filled_with_stand_for_nothing(text: str) -> None:
    with pytest.raises(Invalid):  # 0 times infinity, where the interpreter multiplies nothing: it decides
        values(f"fn x => {text}", 1.0)
