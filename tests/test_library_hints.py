"""Hints for names, settings and rules of the library: what newcomers write, and where it is here."""

from __future__ import annotations

import pytest
from talk import Talk

from vlad_py.ground.errors import Error
from vlad_py.session.session import Session


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("import random; random.rand()", "write `random.uniform(random.key(1), n)`"),
        ("import random as r; r.PRNGKey(0)", "write `r.uniform(r.key(1), n)`"),
        ("import ode; ode.odeint(sin, 0, [0, 1])", "write `ode.solution(f, start, times)`, where f is"),
        ("import ode; ode.solve(sin, 0, [0, 1])", "write `ode.solution(f, start, times)`"),
        ("import ode as o; o.solve(sin, 0, [0, 1])", "write `o.solution(f, start, times)`"),
        ("solve_ivp(sin, (0, 1), [1])", "write `import ode`, then `ode.solution(f, start, times)`"),
        ("import optimize; optimize.newton(sin, 1)", "write `import roots`, then `roots.newton(f, start)`"),
        ("import roots as r; r.find(sin, 1)", "write `r.newton(f, start)` or `r.bisection(f, low, high)`"),
        ("newton(sin, 1)", "write `import roots`, then `roots.newton(f, start)`"),
        ("fixed_point(cos, 1)", "write `import roots`, then `roots.fixed_point`"),
        ("import roots; roots.cross_entropy(1, 2)", "write `import nn`, then `nn.cross_entropy`"),
        ("fit(sin, 1)", "`least_squares.fit`, or `import variational`, then `variational.fit`"),
        ("jax.tree.map(sin, (1, 2))", "write `map_reals(f, x)`"),
        ("optax.adam(0.1)", "write `import descent`"),
        (
            "import optimize; optimize.minimize(sin, 1, {tolerance: 1e-3})",
            "settings go to `minimize_by(settings, f, start)`",
        ),
        (
            "import roots; roots.newton({tolerance: 1}, sin, 1)",
            "settings go to `newton_by(settings, ",
        ),
        ("import optimize; optimize.minimize(sin, 1, 2)", "`minimize(f, start)` is a local minimum of f"),
        ("derivative(with_derivative(sin, cos))(1)", "a rule takes two arguments, `fn (x, v) => …`"),
        *(
            (
                f"{slope}(with_{rule}(fn x => x ^ 2, fn x => 2 * x))(3)",
                "a rule takes two arguments, `fn (x, v) => …`",
            )
            for slope in ("derivative", "gradient")
            for rule in ("derivative", "pullback")
        ),
        (
            "gradient(with_derivative(fn (x, y) => x * y, fn (x, y, v) => v))(1, 2)",
            "its parameters are `(x, y, v)`; a rule takes two arguments, `fn (x, v) => …`",
        ),
        (
            "gradient(with_pullback(fn (x, y) => x * y, fn (x, y, w) => (w, w)))(1, 2)",
            "and x may be a tuple: `fn ((a, b), v) => …`",
        ),
    ],
)
def test_words_of_the_library(text: str, hint: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "written",
    [
        "import random as r; r.uniform(r.key(1), 3)",
        "import roots; roots.newton(fn x => x ^ 2 - 2, 1)",
        "import roots; roots.fixed_point(cos, 1)",
        "map_reals(sin, (1, 2))",
        "import optimize; optimize.minimize_by({optimize.defaults with tolerance: 1e-3}, cosh, 1)",
        "gradient(with_derivative(fn (x, y) => x * y, fn ((a, b), (v, w)) => v * b + w * a))(1, 2)",
        "solve([[2, 0], [0, 4]], [1, 1])",
        'join("x = ", 3)',
    ],
)
def test_what_these_hints_say_runs(written: str) -> None:
    Session().evaluate(written)


def test_an_error_inside_a_rule_is_not_about_the_rule() -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate("def g(x) = x; derivative(with_derivative(sin, fn (x, v) => 1 + cos(x, v)))(1)")
    assert "a rule takes" not in raised.value.hint


def test_a_rule_of_two_arguments_is_not_told_so() -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate("derivative(with_derivative(fn x => (x, x), fn (x, v) => v))(1)")
    assert raised.value.hint == "`rule(x, v)` has the shape of `f(x)`"


def test_a_hint_about_a_rule_may_be_the_only_one() -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate("derivative(with_derivative(sin, fn () => 1))(1)")
    assert raised.value.hint.startswith("a rule takes two arguments")


@pytest.mark.parametrize("given", ["[w]", "(w, w, w)", "list(w)", "()::nil"])
def test_a_cotangent_of_another_shape_is_no_sign_of_one_parameter(given: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"gradient(with_pullback(fn x => x * x, fn (x, w) => {given}))(3)")
    assert raised.value.hint == "`rule(x, w)` has the shape of x"


def test_names_that_nobody_calls_are_no_functions_of_the_library() -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate("1 + states")
    assert not raised.value.hint
    assert "hint: write `import roots`, then `roots.fixed_point`" in Talk().said("?fixed_point")


@pytest.mark.parametrize("name", ["numpy", "math", "jax", "torch"])
def test_other_tools_are_not_imported(name: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"import {name}")
    assert raised.value.hint == "built-in functions such as `sin` need no import"
    with pytest.raises(Error) as raised:
        Session().evaluate("import shapes")
    assert "the library has `check`," in raised.value.hint
