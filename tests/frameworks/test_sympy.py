"""Expressions as SymPy's terms and back: every primitive, values, derivatives, reasons for refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sweep

import vlad_py as vlad
from vlad_py.ground.errors import ConversionError
from vlad_py.numbers.symbolic.symbolic import Symbolic, symbol
from vlad_py.primitives.kinds import OfReals
from vlad_py.primitives.primitive import PRIMITIVES, Primitive

sympy: Any = pytest.importorskip("sympy")
terms: Any = pytest.importorskip("vlad_py.frameworks.sympy_expressions")

OF_REALS = [p for p in PRIMITIVES.values() if isinstance(p, OfReals)]
CLOSE = 1e-11  # relative: cancellation near 0 counts in the stable forms of ours alone


def at(term: Any, point: dict[str, float]) -> float:
    """The value of a term, by 30 digits."""
    value = sympy.N(
        sympy.sympify(term).subs({sympy.Symbol(k, real=True): sympy.Float(x, 30) for k, x in point.items()}),
        30,
    )
    return complex(value).real


def names_of(primitive: Primitive, count: int) -> list[str]:
    return [f"x{i}" for i in range(count)]


@pytest.mark.parametrize("primitive", OF_REALS, ids=lambda p: p.name)
def test_every_function_of_reals_has_a_term_or_a_reason(primitive: OfReals) -> None:
    for point in sweep.probes(primitive)[:3]:
        names = names_of(primitive, len(point))
        active = [i for i in range(len(point)) if i in sweep.active(primitive)]
        numbers = [symbol(n) if i in active else x for i, (n, x) in enumerate(zip(names, point, strict=True))]
        expression = sweep.function(primitive)(tuple(numbers))
        if not isinstance(expression, Symbolic):
            continue
        try:
            term = terms.term_of(expression)
        except ConversionError as error:
            assert primitive.without_sympy is not None
            assert primitive.without_sympy[0] in error.message
            return
        found = at(term, dict(zip(names, point, strict=True)))
        assert found == pytest.approx(sweep.function(primitive)(point), rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize(
    "text",
    [
        "fn (x, y) => sin(x) * exp(-y) / (1 + x ^ 2)",
        "fn (x, y) => sqrt(x + y) - ln(x) ^ 3 + atan2(x, y)",
        "fn (x, y) => max(x, y) * abs(x - y) + tanh(x) / 3",
        "fn (x, y) => norm(x, y) + hypot(x, 2 * y) - softplus(x)",
        "fn (x, y) => x ^ y - erf(x) + lgamma(y)",
        "gradient(fn (x, y) => sigmoid(x * y) + log1p(x))",
    ],
)
def test_values_and_derivatives_agree(text: str) -> None:
    f: Any = vlad.evaluate(
        f"fn (x, y) => {{ let r = ({text})(x, y); match r {{ (a, b) => a + 2 * b, c => c }} }}"
    )
    point = {"x": 0.7, "y": 1.3}
    x, y = vlad.symbol("x"), vlad.symbol("y")
    term = vlad.to_sympy(f(x, y))
    assert at(term, point) == pytest.approx(f(0.7, 1.3), rel=1e-13)
    slopes = [sympy.diff(term, sympy.Symbol(name, real=True)) for name in point]
    ours: Any = vlad.gradient(f)(0.7, 1.3)
    assert [at(slope, point) for slope in slopes] == pytest.approx(list(ours), rel=1e-12)
    back = vlad.from_sympy(term)
    assert back.at(**point) == pytest.approx(f(0.7, 1.3), rel=1e-13)


def test_terms_are_short() -> None:
    x, y = vlad.symbol("x"), vlad.symbol("y")
    cases = [
        (x**0.5 + 1 / y, "sqrt(x) + 1/y"),
        (2 * x / 3, "2*x/3"),
        (vlad.evaluate("sigmoid")(x), "1/(1 + exp(-x))"),
        (vlad.derivative(vlad.evaluate("ln"))(x), "1/x"),
        (0.1 * x, "0.1*x"),
    ]
    for expression, text in cases:
        assert str(vlad.to_sympy(expression)) == text


def test_arrays_of_symbols_are_indexed() -> None:
    x = vlad.symbol("x", 3)
    term = vlad.to_sympy(vlad.evaluate("fn x => sum(x ^ 2)")(x))
    assert str(term) == "x[0]**2 + x[1]**2 + x[2]**2"
    assert vlad.from_sympy(term).at(x=np.array([1.0, 2.0, 3.0])) == 14.0
    assert vlad.to_sympy(2 * x).shape == (3,)
    assert str(vlad.to_sympy(x)) == "[x[0], x[1], x[2]]"
    assert vlad.to_sympy(np.array([[1.0, 2.0]])) == sympy.Array([[1, 2]])
    matrix = vlad.from_sympy(sympy.Matrix([[1, 2], [3, sympy.Symbol("a")]]))
    assert matrix.at(a=4.0).tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("x[0, 3]", "x[0, 3]"),
        ("x[-1][3]", "x[19, 3]"),
        ("x[0, 3:5]", "[x[0, 3], x[0, 4]]"),
        ("x[[1, 0]][:, 2]", "[x[1, 2], x[0, 2]]"),
        ("transpose(x)[1, 0:2] ", "[x[0, 1], x[1, 1]]"),
        ("diag(x[0:2, 0])", "[[x[0, 0], 0], [0, x[1, 0]]]"),
    ],
)
def test_parts_of_an_array_of_many_symbols(text: str, terms: str) -> None:
    found = vlad.to_sympy(vlad.evaluate(f'{{ let x = symbol("x", 20, 20); {text} }}'))
    assert str(found) == terms


@pytest.mark.parametrize(
    ("text", "value"),
    [("pi", 3.141592653589793), ("Rational(1, 3)", 1 / 3), ("sqrt(2)/3", 2**0.5 / 3), ("-5", -5.0)],
)
def test_numbers_come_back_as_reals(text: str, value: float) -> None:
    assert vlad.from_sympy(sympy.sympify(text)) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["x*y", "x - y", "-x", "-x*y", "x/y", "1/(x*y)", "x**2", "x**(-3/2)", "sqrt(x)", "exp(x)", "-x/3 - y/2",
     "2*x - 1", "sin(x)**2 + cos(y)", "Abs(x)", "Max(x, y, 1)", "atan2(x, y)", "gamma(x)", "E*x", "floor(x)"],
)  # fmt: skip
def test_terms_of_sympy_come_back(text: str) -> None:
    term = sympy.sympify(text, {name: sympy.Symbol(name, real=True) for name in "xy"})
    point = {"x": 0.7, "y": 1.3}
    back = vlad.from_sympy(term)
    own = {name: value for name, value in point.items() if name in back.symbols}
    assert back.at(**own) == pytest.approx(at(term, point), rel=1e-14)
    assert sympy.simplify(vlad.to_sympy(back) - term).evalf() == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: vlad.to_sympy(vlad.evaluate("round")(vlad.symbol("x"))), "halves to even"),
        (lambda: vlad.to_sympy(vlad.evaluate("det")(vlad.symbol("x", 20, 20))), "`det`"),
        (lambda: vlad.to_sympy("x"), "expected an expression"),
        (
            lambda: vlad.to_sympy(vlad.evaluate('betainc(symbol("x"), 1, 0.5)')),
            "SymPy's terms here are of reals, and this function is one of arrays",
        ),
        (lambda: vlad.from_sympy(sympy.Function("f")(sympy.Symbol("x"))), "no function for SymPy's `f`"),
        (lambda: vlad.from_sympy(sympy.I), "not real"),
        (lambda: vlad.from_sympy("1 + x"), "expected a term of SymPy, got an object of the class `str`"),
        (lambda: vlad.from_sympy({"a b": 1}), "expected a term of SymPy, got an object of the class `dict`"),
        (lambda: vlad.from_sympy(sympy.Symbol("x-y")), "cannot be the name"),
        (lambda: vlad.from_sympy(sympy.Symbol("x") < 1), "not a real"),
        (lambda: vlad.from_sympy(sympy.IndexedBase("x")[0]), "unknown shape"),
        (
            lambda: vlad.from_sympy(sympy.IndexedBase("x", shape=(3,))[sympy.Symbol("i")]),
            r"the index of `x\[i\]` is not a number",
        ),
        (
            lambda: vlad.from_sympy(sympy.Piecewise((sympy.Symbol("x"), sympy.Symbol("x") > 0), (0, True))),
            "Piecewise",
        ),
    ],
)
def test_what_is_refused_is_named(make: Any, message: str) -> None:
    with pytest.raises(vlad.Error, match=message):
        make()
