"""stdlib/optimize.adl: minima of functions of every kind of structure, and where the searches end."""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import RunError
from vlad_py.session.session import Session

TRUE = [
    # Rosenbrock's valley
    """let m = minimize(fn (x, y) => (1 - x) ^ 2 + 100 * (y - x ^ 2) ^ 2, (-1, 1))
       near(m.x[0], 1) and near(m.x[1], 1) and near(m.value, 0) and m.iterations < 100""",
    # the shape of the start is the shape of the answer
    "near(minimize(fn x => (x - 3) ^ 2, 0).x, 3)",
    "near(minimize(fn {a, b} => a ^ 2 + (b[0] - 1) ^ 2 + (b[1] - a) ^ 2, {a: 5, b: (0, 9)}).x.b[0], 1)",
    "near(minimize(fn xs => norm(xs[0] - 1, xs[1] - 2) ^ 2, list(0, 0)).x[1], 2)",
    # badly scaled, and far from the start
    "near(minimize(fn (x, y) => (x - 1) ^ 2 + 1e4 * (y + 2) ^ 2, (100, 100)).x[1], -2)",
    "near(minimize(fn x => exp(x) + exp(-x), 20).x, 0)",
    # it ends at once in a minimum, and where nothing can be computed
    "{let m = minimize(fn x => x ^ 2, 0); (m.x, m.value, m.iterations, m.converged) == (0, 0, 0, true)}",
    "not minimize(fn x => x, 1).converged and not minimize(fn x => ln(x), -1).converged",
    "minimize(fn x => sqrt(x), -1).iterations == 0",
    # where f falls for ever, and where it has no more digits
    "minimize(fn x => x, 0).iterations < 10",
    "abs(minimize(fn x => 1 + (x - 1) ^ 4, 3).x - 1) < 1e-2",
    "minimize_by({defaults with iterations: 3}, fn x => (x - 3) ^ 4, 0).iterations == 3",
    "minimize_by({defaults with tolerance: 100}, fn x => (x - 3) ^ 4, 2).iterations == 0",
    # naive gradient descent comes to rest within its step
    "abs(multivariate_argmin(fn x => (x - 3) ^ 2, 0) - 3) < 1e-3",
    "abs(multivariate_argmax(fn {a} => -(a - 3) ^ 2, {a: 0}).a - 3) < 1e-3",
    "multivariate_argmin_by(gradient_forward, fn x => x ^ 2, 1) == multivariate_argmin(fn x => x ^ 2, 1)",
    # whatever the unit of f or of x
    """let off = fn s => abs(multivariate_argmin(fn x => s * (x - 3) ^ 2, 0) - 3)
       all(fn s => off(s) < 1e-3, list(1e-9, 0.01, 0.1, 1 / 6, 1e9))""",
    "abs(multivariate_argmin(fn x => abs(x - 3), 0) - 3) < 1e-3",
    "abs(multivariate_argmin(fn x => (x / 1e-9 - 3) ^ 2, 0) / 3e-9 - 1) < 1e-6",
    "abs(multivariate_argmin(fn x => (x - 3) ^ 2, 2.999999) - 3) < 1e-8",
    "multivariate_argmin(fn x => (x - 3) ^ 2, 3) == 3",
    "multivariate_argmin(fn x => abs(x - 3) + x / 2, 3) == 3",
    # the derivative of a minimum, wherever the search starts, in any mode, to the third order
    "derivative(fn a => minimize(fn y => (y - a) ^ 2, 1).x)(1) == 1",
    "gradient(fn a => minimize(fn y => (y - a) ^ 2, 1).x)(1) == 1",
    "near(derivative(fn a => minimize(fn y => (y - a) ^ 2 + 3 * y ^ 2, 0).x)(2), 0.25)",
    """let h = hessian(fn (a, b) => minimize(fn y => (y - a) ^ 2 + b * y ^ 2, 0).value)(2, 3)
       near(h[0][0], 1.5) and near(h[0][1], 0.25) and near(h[1][0], 0.25) and near(h[1][1], -0.125)""",
    "near(derivative(derivative(fn a => minimize(fn y => exp(y) - a * y, 0).x))(2), -0.25)",
    "near(nth_derivative(fn a => minimize(fn y => exp(y) - a * y, 0).x, 3)(2), 0.25)",
    """let j = jacobian(fn a => minimize(fn (x, y) => (x - a) ^ 2 + (y - x * a) ^ 2 + y ^ 2, (0, 0)).x)(1)
       near(j[0], 2 / 9) and near(j[1], 4 / 9)""",
    # a search inside the function of a search
    """let inner = fn x => minimize(fn y => (y - x) ^ 2 + y ^ 2, 0).value
       near(minimize(fn x => inner(x) + (x - 3) ^ 2, 0).x, 2)""",
]

NAMES = "defaults minimize minimize_by multivariate_argmin multivariate_argmax multivariate_argmin_by".split()
HEAD = (
    "import optimize\n"
    + "\n".join(f"let {name} = optimize.{name}" for name in NAMES)
    + "\ndef near(x, y) = abs(x - y) < 1e-8\n"
)


@pytest.mark.parametrize("text", TRUE)
def test_fact(text: str) -> None:
    assert Session().evaluate(HEAD + text) is True


@pytest.mark.parametrize(
    "solution",
    [
        "newton(fn x => x ^ 2 - 2 * x + 1 - a, 3).x",
        "newton(fn x => x ^ 3 - a, 1).x",
        "newton(fn x => 1 - cos(x) - a, 1).x",
        "newton(fn (x, y) => (x * y - 1 - a, x + y - 2), (3, 0)).x[0]",
        "broyden(fn x => x ^ 2 - a, 1).x",
        "bisection(fn x => x ^ 3 - a, -1, 2).x",
        "minimize(fn x => (x - a) ^ 4, 1).x",
    ],
)
@pytest.mark.parametrize("mode", ["derivative(f)(0)", "gradient(f)(0)", "derivatives(f, 2)(0)"])
def test_a_degenerate_solution_has_no_derivative(solution: str, mode: str) -> None:
    """A search only comes near to it, and there the Jacobian is small, not 0."""
    library = "optimize" if solution.startswith("minimize") else "roots"
    session = Session()
    session.evaluate(f"import {library}\nlet f = fn a => {library}.{solution}")
    with pytest.raises(RunError, match="the derivative of a solution does not exist"):
        session.evaluate(mode)
