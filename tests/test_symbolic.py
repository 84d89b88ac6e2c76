"""Symbolic numbers: expressions of every primitive and its derivatives, their text, size, simplification."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scalar_programs import TAME_CONSTANTS, TAME_UNARY
from sweep import D, active, close, count, function, probes

import vlad_py as vlad
from vlad_py.expressions.expression import Application
from vlad_py.expressions.parts import parts_first
from vlad_py.expressions.simplify import polynomial
from vlad_py.numbers.symbolic.symbolic import Formula, Symbolic, substituted, symbol
from vlad_py.primitives.kinds import OfReals
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.python.convert import to_python
from vlad_py.session.session import Session
from vlad_py.values.values import Value, plain

PROBED = [p for p in PRIMITIVES.values() if isinstance(p, OfReals)]
RELATIVE, ABSOLUTE = 1e-9, 1e-12  # an expression may add in another order once it is simplified


def symbols_for(primitive: Primitive) -> tuple[Symbolic, ...]:
    """A symbol for each real that an entry takes; the order of polygamma has to be known."""
    return tuple(symbol(f"x{i}") for i in range(count(primitive)))


def at(value: Value, point: tuple[float, ...]) -> Value:
    """An expression's value at a point; a number's own."""
    primal = plain(value)
    if not isinstance(primal, Formula):
        return primal
    return substituted(primal.expression, {f"x{i}": x for i, x in enumerate(point)})


def written(value: Value, point: tuple[float, ...]) -> Value:
    """What an expression's text gives as a program."""
    primal = plain(value)
    assert isinstance(primal, Formula)
    lets = "\n".join(f"let x{i} = {x!r}" for i, x in enumerate(point))
    return Session().evaluate(f"{lets}\n{primal.text()}")


def takes_symbols(primitive: Primitive) -> bool:
    return primitive.name != "polygamma"  # whose order is a number


TAKING = [p for p in PROBED if takes_symbols(p)]


@pytest.mark.parametrize("primitive", TAKING, ids=lambda p: p.name)
def test_a_primitive_becomes_an_expression_that_gives_its_values(primitive: Primitive) -> None:
    f = function(primitive)
    found = f(symbols_for(primitive))
    for point in probes(primitive):
        expected: Any = f(point)
        assert at(found, point) == expected
        if not primitive.internal:
            assert written(found, point) == expected


@pytest.mark.parametrize("mode", "FR")
@pytest.mark.parametrize("primitive", TAKING, ids=lambda p: p.name)
def test_derivatives_become_expressions_that_give_their_values(primitive: Primitive, mode: str) -> None:
    f = function(primitive)
    for i in active(primitive):
        slope = D(mode, f, i)
        found = slope(symbols_for(primitive))
        for point in probes(primitive):
            expected: Any = plain(slope(point))
            assert close(at(found, point), expected, 1e-15), (i, point)
            primal = plain(found)
            if isinstance(primal, Formula):
                simple = Symbolic(primal.simplified())
                assert close(at(simple, point), expected, RELATIVE, ABSOLUTE), (i, point, simple.primal)


@pytest.mark.parametrize("primitive", TAKING, ids=lambda p: p.name)
def test_latex_writes_every_primitive(primitive: Primitive) -> None:
    found = plain(function(primitive)(symbols_for(primitive)))
    assert isinstance(found, Formula)
    text = found.latex()
    assert text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")
    assert "x_{0}" in text


LATEX = {
    "1e-7 ^ x": r"(1 \cdot 10^{-7})^{x}",
    "x * 1e-7": r"x (1 \cdot 10^{-7})",
    "x ^ -1e21": r"x^{-1 \cdot 10^{21}}",
    'symbol("w12", 3)[0] ^ 2': "{w_{12}}_{0}^{2}",
    'symbol("w", 3)[0] ^ 2': "w_{0}^{2}",
    'symbol("_1")': r"\mathit{\_}_{1}",
    'symbol("alpha_1")': r"\alpha_{1}",
}


@pytest.mark.parametrize("text", LATEX)
def test_latex_has_one_index_and_one_exponent_at_a_time(text: str) -> None:
    session = Session()
    session.evaluate('import symbolic\nlet x = symbol("x")')
    assert session.evaluate(f"symbolic.latex({text})") == LATEX[text]


def test_second_derivatives_are_those_of_the_numbers() -> None:
    for outer in ("derivative", "gradient"):
        for inner in ("derivative", "gradient"):
            second = f"{outer}({inner}(fn x => exp(sin(x) * x) / (1 + x ^ 2)))"
            found = plain(Session().evaluate(f'{second}(symbol("x0"))'))
            expected: Any = Session().evaluate(f"{second}(0.7)")
            assert isinstance(found, Formula)
            assert close(at(Symbolic(found), (0.7,)), expected, 1e-13)
            assert close(at(Symbolic(found.simplified()), (0.7,)), expected, RELATIVE)


# ── simplification keeps the value ───────────────────────────────────────────────────────────

OPERANDS = st.sampled_from(["x0", "x1", "x0", *TAME_CONSTANTS, "2", "3", "-1"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions of smaller ones."""
    infix = st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({' '.join(t)})")
    unary = st.tuples(st.sampled_from(TAME_UNARY), inner).map(lambda t: f"{t[0]}({t[1]})")
    power = st.tuples(inner, st.sampled_from("0123")).map(lambda t: f"({t[0]}) ^ {t[1]}")
    quotient = st.tuples(inner, inner).map(lambda t: f"{t[0]} / (2 + sin({t[1]}))")
    root = inner.map(lambda t: f"sqrt(1 + ({t}) ^ 2)")
    return st.one_of(infix, infix, unary, power, quotient, root)


EXPRESSIONS = st.recursive(OPERANDS, grown, max_leaves=12)
POINT = (0.6, -0.35)


def value_of(text: str) -> Any:
    return Session().evaluate(f"let x0 = {POINT[0]}\nlet x1 = {POINT[1]}\n{text}")


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_every_form_of_an_expression_has_its_value(text: str) -> None:
    expected = value_of(text)
    found = plain(Session().evaluate(f'let x0 = symbol("x0")\nlet x1 = symbol("x1")\n{text}'))
    if not isinstance(found, Formula):
        assert close(found, expected, RELATIVE, ABSOLUTE)
        return
    # sums of large terms that cancel lose digits: what they lose is measured against the largest
    size = max(1.0, *(abs(x) for x in sizes_at(found)))
    assert value_of(found.text()) == expected
    assert value_of(found.shared()) == expected
    for form in (found.simplified(), found.expanded()):
        assert close(value_of(form.text()), expected, RELATIVE, size * 1e-9), form
    assert found.simplified().size <= max(found.size, 1) * 8


def sizes_at(formula: Formula) -> list[float]:
    """The absolute values of all parts of an expanded expression."""
    given = {"x0": POINT[0], "x1": POINT[1]}
    values = [substituted(part, given) for part in parts_first(formula.expanded().expression)]
    return [abs(x) for x in values if type(x) is float and math.isfinite(x)] or [0.0]


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_an_expression_minus_itself_is_nothing(text: str) -> None:
    session = Session()
    session.evaluate('import symbolic\nlet x0 = symbol("x0")\nlet x1 = symbol("x1")')
    assert plain(session.evaluate(f"symbolic.simplify({text} - ({text}))")) == 0.0


# coefficients and exponents that no real has, and a real at which rounding them would show
EXTREMES = {
    "1e-200 * x0 * 1e-200": 1e300,
    "5e-324 * x0 / 2": 8.0,
    "(1e-200 * x0 + 1) ^ 2 - 1": 1e200,
    "1e300 * x0 * 1e300": 1e-300,
    "1e308 * (x0 + 10 * x0 ^ 2)": 1e-200,
    "(1e308 * x0 / 3 + 1 / 7) * 2": 1.5,
    "(1e200 * x0 + 1) ^ 2": 1e-200,
    "x0 ^ 2 ^ 53 * x0": -1.0,
    "(x0 ^ (2 ^ 53 - 1) + 1) ^ 2 * x0": -1.0,
    "loop v = x0 for _ in 1..30 do v ^ 1e15": 1.0,
    "(x0 / 3) ^ 5000": 3.0,
}


@pytest.mark.parametrize("text", EXTREMES)
def test_numbers_that_are_no_reals_are_never_written(text: str) -> None:
    point = EXTREMES[text]
    expected: Any = Session().evaluate(f"let x0 = {point!r}\n{text}")
    session = Session()
    session.evaluate('import symbolic\nlet x0 = symbol("x0")')
    found = session.evaluate(f"symbolic.simplify({text})")
    assert close(at(found, (point,)), expected, RELATIVE, 0.0)
    try:
        written_out = session.evaluate(f"symbolic.expand({text})")
    except vlad.Error as error:
        assert "too large or too small" in error.message
    else:
        assert close(at(written_out, (point,)), expected, RELATIVE, 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=4), st.lists(st.integers(-3, 3), min_size=1, max_size=3)
)
def test_square_free_factors_multiply_to_the_polynomial(roots: list[int], double: list[int]) -> None:
    dense = [1]
    for root in roots + double + double:
        dense = [a - root * b for a, b in zip([0, *dense], [*dense, 0], strict=True)]
    product: polynomial.Terms = {polynomial.ONE: 1}
    for factor, multiplicity in polynomial.squarefree(dense):
        power = polynomial.power(polynomial.from_dense(0, factor), multiplicity, 100)
        assert power is not None
        product = polynomial.times(product, power, 100) or {}
    assert product
    ratios = {Fraction(c) / product[m] for m, c in polynomial.from_dense(0, dense).items()}
    assert len(ratios) == 1 and len(product) == len(polynomial.from_dense(0, dense))


# ── expression swell: the first table of the survey ──────────────────────────────────────────

LOGISTIC = """import symbolic
def l(n, x) = if n == 1 then x else { let p = l(n - 1, x); 4 * p * (1 - p) }
let x = symbol("x")
def written(n) = symbolic.simplify(l(n, x))
def slope(n) = derivative(fn x => l(n, x))(x)
"""

TABLE = {
    1: ("x", "1"),
    2: ("4 * x * (1 - x)", "4 - 8 * x"),
    3: ("16 * x * (1 - x) * (1 - 2 * x) ^ 2", "16 * (1 - 10 * x + 24 * x ^ 2 - 16 * x ^ 3)"),
    4: (
        "64 * x * (1 - x) * (1 - 2 * x) ^ 2 * (1 - 8 * x + 8 * x ^ 2) ^ 2",
        "64 * (1 - 42 * x + 504 * x ^ 2 - 2640 * x ^ 3 + 7040 * x ^ 4 - 9984 * x ^ 5 + 7168 * x ^ 6"
        " - 2048 * x ^ 7)",
    ),
}


@pytest.mark.parametrize("n", TABLE)
def test_the_logistic_map_and_its_derivative_simplify_as_the_survey_writes_them(n: int) -> None:
    function, derivative = TABLE[n]
    session = Session()
    session.evaluate(LOGISTIC)
    assert session.evaluate(f"show(written({n}))") == function
    assert session.evaluate(f"show(symbolic.simplify(slope({n})))") == derivative
    assert session.evaluate(f"show(symbolic.simplify(gradient(fn x => l({n}, x))(x)))") == derivative


def test_the_symbolic_derivative_swells_and_the_computation_does_not() -> None:
    session = Session()
    session.evaluate(LOGISTIC)
    written = [session.evaluate(f"symbolic.size(slope({n}))") for n in range(1, 9)]
    shared = [session.evaluate(f"symbolic.shared_size(slope({n}))") for n in range(1, 9)]
    assert all(b > 2 * a for a, b in itertools.pairwise(written[1:]))  # type: ignore[operator]
    assert [b - a for a, b in itertools.pairwise(shared[1:])] == [8.0] * 6  # type: ignore[operator]


# ── depth, arrays, Python ────────────────────────────────────────────────────────────────────


def test_a_deep_expression_takes_no_stack() -> None:
    session = Session()
    session.evaluate("import symbolic\ndef f(n) = fn x => loop y = x for i in 1..n do sin(y) + 1 / (2 + y)")
    found = plain(session.evaluate('f(4000)(symbol("x"))'))
    assert isinstance(found, Formula)
    assert found.shared_size == 4 * 4000
    assert substituted(found.expression, {"x": 0.5}) == session.evaluate("f(4000)(0.5)")
    assert found.shared().count("let ") == 4000 - 1
    assert len(found.latex(shared=True)) > 4000
    slope = plain(session.evaluate('symbolic.simplify(derivative(f(400))(symbol("x")))'))
    assert isinstance(slope, Formula)
    expected = session.evaluate("derivative(f(400))(0.5)")
    assert close(substituted(slope.expression, {"x": 0.5}), plain(expected), RELATIVE)  # type: ignore[arg-type]


def test_arrays_of_symbols_are_worked_out_by_element() -> None:
    session = Session()
    session.evaluate('import symbolic\nlet w = symbol("w", 2, 2)\nlet v = symbol("v", 2)')
    values = "{w: [[1, 2], [3, 5]], v: [0.5, -1]}"
    for text in (
        "w @ v", "v @ w @ v", "sum(w)", "sum(w, {axis: 0})", "transpose(w) + v", "w[1]", "max(v)", "mean(w)",
        "norm(v)", "cumsum(v)", "where([1, 0], v, 2 * v)", "concat(v, v)", "reshape(w, 4)", "v * 3 + 1",
        "gradient(fn v => v @ w @ v)(v)", "hessian(fn v => v @ w @ v)(v)", "jacobian(fn v => exp(w @ v))(v)",
        "logsumexp(v)", "v[[1, 1, 0]]", "max(w, {axis: 0})", "prod(w, {axis: 1})", "norm(w, {axis: -1})",
        "max(v, 0)", "min(w, v)", "gradient(fn v => sum(relu(v)))(v)", "gradient(fn v => max(v, 0) @ v)(v)",
        "gradient(fn w => sum(max(w, {axis: 0})))(w)", "jacobian(fn w => logsumexp(w, {axis: 0}))(w)",
    ):  # fmt: skip
        numbers = session.evaluate(f"{{ let w = [[1, 2], [3, 5]]; let v = [0.5, -1]; {text} }}")
        found = session.evaluate(f"symbolic.substitute({text}, {values})")
        written = session.evaluate(f"show({text})")
        read = session.evaluate(f"{{ let w = [[1, 2], [3, 5]]; let v = [0.5, -1]; {written} }}")
        y = to_python(numbers, vlad.Function)
        for x in (to_python(found, vlad.Function), to_python(read, vlad.Function)):
            assert np.shape(x) == np.shape(y), text
            assert np.allclose(x, y, rtol=1e-13, atol=1e-13), text


def test_formulas_in_python() -> None:
    f = vlad.evaluate("fn (x, y) => x ^ 2 * sin(y)")
    found: Any = f(vlad.symbol("x"), vlad.symbol("y"))
    assert repr(found) == "x ^ 2 * sin(y)"
    assert found.latex() == r"x^{2} \sin\left(y\right)"
    assert found._repr_latex_() == rf"$\displaystyle {found.latex()}$"
    assert (found.size, found.shared_size, found.symbols) == (3, 3, ("x", "y"))
    assert repr(found.at(x=3)) == "9 * sin(y)"
    assert found.at(x=3, y=0.5) == 9 * math.sin(0.5)
    slopes = vlad.gradient(f)(vlad.symbol("x"), vlad.symbol("y"))
    assert repr(tuple(s.simplified() for s in slopes)) == "(2 * x * sin(y), x ^ 2 * cos(y))"
    assert repr(f(found, 2)) == "(x ^ 2 * sin(y)) ^ 2 * 0.9092974268256817"
    for name, shape in (
        ("2x", ()),
        ("", ()),
        ("if", ()),
        (3, ()),
        ("x", (-1,)),
        ("x", (2.5,)),
        ("x", ("y",)),
    ):
        with pytest.raises(vlad.ConversionError):
            vlad.symbol(name, *shape)  # type: ignore[arg-type]


def test_text_repeats_nothing_in_long_expressions() -> None:
    session = Session()
    session.evaluate(LOGISTIC)
    found = plain(session.evaluate("l(30, x)"))
    assert isinstance(found, Formula)
    assert found.size > 10**9
    assert len(found.text()) < 3000 and len(found.latex(shared=True)) < 5000
    assert found.latex() == found.latex(shared=True)
    assert sum(isinstance(part, Application) for part in parts_first(found.expression)) == 3 * 29


@pytest.mark.parametrize("step", ["v + 1 / (v + i)", "1 / (1 + v)", "v * x + i", "v + sin(i * x)"])
def test_what_is_too_long_to_compare_stays_as_it_is(step: str) -> None:
    found: Any = vlad.evaluate(f'let x = symbol("x")\nloop v = x for i in 1..1000 do {step}')
    simple = found.simplified()
    assert close(simple.at(x=0.9), found.at(x=0.9), RELATIVE)
    assert simple.shared_size <= 2 * found.shared_size
