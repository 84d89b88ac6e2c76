"""The operators of stdlib/prelude/calculus.adl: shapes, values, and nesting inside other operators."""

from __future__ import annotations

import pytest

from vlad_py.session.session import Session

FACTS = {
    "basis((7, {a: 8}))": "list((1, {a: 0}), (0, {a: 1}))",
    "directional(fn (x, y) => (x * y, x), (3, 4), (1, 10))": "(34, 1)",
    # the result's shape, of the argument's shape
    "jacobian(fn (x, y) => {s: x + y, p: x * y, c: 7})(2, 5)": "{s: (1, 1), p: (5, 2), c: (0, 0)}",
    "jacobian(fn xs => xs[0] * xs[1])(list(2, 5))": "list(5, 2)",
    "jacobian(fn x => list(x, x ^ 2))(3)": "list(1, 6)",
    "jacobian(fn x => x ^ 2)(3)": "6",
    "jacobian(fn {a, b} => (a * b[0], b))({a: 2, b: (3, 4)})[1][0]": "{a: 0, b: (1, 0)}",
    "jacobian_reverse(fn (x, y) => (x * y, y, x ^ 2))(2, 5)": "((5, 2), (0, 1), (4, 0))",
    "jacobian_forward(fn (x, y) => (x * y, y, x ^ 2))(2, 5)": "((5, 2), (0, 1), (4, 0))",
    "hessian(fn (x, y) => x ^ 2 * y)(3, 5)": "((10, 6), (6, 0))",
    "hessian(fn {a, b} => a * b[0])({a: 2, b: list(3, 4)})": (
        "{a: {a: 0, b: list(1, 0)}, b: list({a: 1, b: list(0, 0)}, {a: 0, b: list(0, 0)})}"
    ),
    "hessian(fn x => x ^ 3)(2)": "12",
    "gradient_and_hessian(fn (x, y) => x * y)(2, 3)": "((3, 2), ((0, 1), (1, 0)))",
    "hvp(fn (x, y) => x ^ 2 * y, (3, 5), (1, 10))": "(70, 6)",
    "laplacian(fn (x, y, z) => x ^ 2 * y + z ^ 3)(3, 5, 2)": "22",
    "divergence(fn (x, y) => (x ^ 2 * y, y ^ 3))(3, 5)": "105",
    "curl(fn (x, y, z) => (y * z, x ^ 2, x * y * z))(2, 3, 5)": "(10, -12, -1)",
    "curl(fn {x, y, z} => (-y, x, 0))({x: 1, y: 1, z: 1})": "{x: 0, y: 0, z: 2}",
    "nth_derivative(fn x => x ^ 5, 3)(2)": "240",
    "nth_derivative(sin, 0)(0)": "0",
    # a text has no derivative, and that of a function is a record of what it captures
    'hessian(fn {s, a} => a ^ 2)({s: "label", a: 3})': "{s: (), a: {s: (), a: 2}}",
    'jacobian(fn {s, a} => (s, a ^ 2))({s: "label", a: 3})': "((), {s: (), a: 6})",
    'jacobian_forward(fn {s, a} => (s, a ^ 2))({s: "label", a: 3})': "((), {s: (), a: 6})",
    "{ let a = 2; hessian(fn (g, x) => g(x))(fn x => a * x ^ 2, 3) }": "({a: ({a: 0}, 6)}, ({a: 6}, 4))",
    "jacobian_reverse(fn x => { let a = x ^ 2; fn y => a * y })(3)": "{a: 6}",
    # each inside another: the inner argument and direction carry the outer perturbation
    "derivative(fn t => hessian(fn (x, y) => t * x ^ 2 * y)(t, 5))(3)": "((10, 12), (12, 0))",
    "derivative_reverse(fn t => hvp(fn (x, y) => x ^ 2 * y, (t, 5), (t, 1)))(3)": "(12, 12)",
    "gradient(fn (x, y) => laplacian(fn (a, b) => a ^ 3 * b * x)(x, y))(2, 5)": "(120, 24)",
    "jacobian(fn (x, y) => jacobian(fn (a, b) => a * b * x)(x, y))(2, 5)": "((5, 2), (4, 0))",
    "derivative(fn t => divergence(fn (x, y) => (t * x ^ 2, t * y))(t, 1))(3)": "13",
    "derivative(fn t => curl(fn (x, y, z) => (-t * y, t * x, 0))(t, t, t))(1)": "(0, 0, 2)",
    "derivative(fn t => nth_derivative(fn x => t * x ^ 3, 2)(t))(1)": "12",
    # the derivative of an operator's result as a function
    "derivative(fn t => hessian(fn x => t * x ^ 3))(7)(2)": "12",
}


@pytest.mark.parametrize("text", FACTS)
def test_fact(text: str) -> None:
    assert Session().evaluate(f"{text} == {FACTS[text]}") is True
