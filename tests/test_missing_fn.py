"""Hints where a function has to stand: for an expression, the function to write; for a value, the call."""

from __future__ import annotations

import re

import pytest

import vlad_py as vlad
from vlad_py.ground import resources
from vlad_py.ground.errors import Error
from vlad_py.session.catalogue import library_file
from vlad_py.session.session import Session


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("derivative(x ^ 2)(3)", "fn x => x ^ 2"),
        ("gradient(b * w)(1, 2)", "fn (b, w) => b * w"),
        ('map(join(show(x), "a  b"), list(1))', 'fn x => join(show(x), "a  b")'),
        ("gradient(x + sum([x for x in 1..3]))(1)", "fn x => x + sum([x for x in 1..3])"),
        ("gradient(loop s = x for i in 1..3 do s * i)(2)", "fn x => loop s = x for i in 1..3 do s * i"),
        ("gradient(x + (fn y => y)(y))(1, 2)", "fn (x, y) => x + (fn y => y)(y)"),
        ("gradient({ let y = 2; x * y })(1)", "fn x => { let y = 2; x * y }"),
        ("gradient((x + 1) * (x + 2))(1)", "fn x => (x + 1) * (x + 2)"),
        ("jacobian([x, x ^ 2])(1)", "fn x => [x, x ^ 2]"),
        ("iterate(3, 2 * x, 1)", "fn x => 2 * x"),
        ("def f(y) = derivative(x * y)(3); f(2)", "fn x => x * y"),
        ("derivative(2 * sin(x) + x)(1)", "fn x => 2 * sin(x) + x"),
        ("fn y => derivative(x * y)(3)", "fn x => x * y"),
        ("[derivative(x * i)(1) for i in 1..3]", "fn x => x * i"),
        ("gradient(sum([x ^ i for i in 1..3]))(1)", "fn x => sum([x ^ i for i in 1..3])"),
        ("plot(x ^ 2, 0, 1)", "fn x => x ^ 2"),
        ("map(x ^ 2, [1, 2])", "fn x => x ^ 2"),
        ("import optimize as o; o.minimize((x - 1) ^ 2, 0)", "fn x => (x - 1) ^ 2"),
        ("filter(x > 1, list(1, 2))", "fn x => x > 1"),
        ("import least_squares as l; l.fit([x - 1, 2 * x], 0)", "fn x => [x - 1, 2 * x]"),
        ("contour(x * y, (0, 1), (0, 1))", "fn (x, y) => x * y"),
    ],
)
def test_an_expression_for_a_function(text: str, function: str) -> None:
    for evaluate in (Session().evaluate, vlad.evaluate):
        with pytest.raises(Error) as raised:
            evaluate(text)
        fix = raised.value.fix
        assert raised.value.hint.endswith(f"takes a function: write `{function}`")
        assert fix is not None and fix.text == function
        evaluate(text[: fix.span.start] + fix.text + text[fix.span.end :])


@pytest.mark.parametrize(
    "text",
    [
        "gradient(x + # c\n 1)(1)",
        "gradient({ let y = 2\n x * y })(1)",
        "derivative(x * y)(1)",  # of two reals
        "derivative_reverse(x * y)(1)",
        "map(x * y, [1, 2])",
        "gradient(w * b)(1, 2)",  # in this order, or in that of the alphabet
        "gradient(sum([i * x for i in 1..3]) + i)(1, 2)",
        "fold(s + f(x), 0, list(1, 2))",  # f is not a variable
        "fold(s + x, 0, list(1, 2))",  # which of them is the state?
        "fold(2 * x, 0, list(1, 2))",
        "import ode; ode.solution(-y, 1, [0, 1])",
        "map_reals(2 * x, 1, 2)",
        "derivative(x * later)(1)",
        "derivative(x + d)(1)",
        "gradient(x + derivative(y ^ 2)(1))(1)",
        "gradient(x + derivative(x ^ 2)(1))(1)",
        "import integrate as i; gradient(x + i.integral(x ^ 2, 0, 1))(1)",
        "plot(list(x, x ^ 2), 0, 1)",
        "x ^ 2 |> derivative",
        "gradient(x + (y |> g))(1, 2)",
        "derivative(jacobian(fn y => x * y))(1)",
    ],
)
def test_no_function_is_written_that_may_be_wrong(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert "takes a function: a function is written" in raised.value.hint
    assert raised.value.fix is None


ASKING = sorted(
    {
        (file, name)
        for file in (*resources.prelude_names(), *resources.library_names())
        if file != "prelude/plots"  # a plot takes much else, and says what
        for name in re.findall(r'function_of\("(?:\w+\.)?(\w+)"', resources.library_text(file))
    }
)


@pytest.mark.parametrize(("file", "name"), ASKING)
def test_a_value_in_place_of_a_function_shows_the_call(file: str, name: str) -> None:
    """With the parameters that the definition has, in its order."""
    is_prelude = file in resources.prelude_names()
    entry = library_file(file)[name]
    prefix = "" if is_prelude else f"{file}."
    parameters = entry.signature.partition("(")[2].removesuffix(")").removesuffix(", …")
    arguments = re.sub(r"\w+(?![^{]*\})", "3", re.sub(r"\w+(?=[^{]*\})", r"\g<0>: 3", parameters))
    with pytest.raises(Error) as raised:
        Session().evaluate(f"{'' if is_prelude else f'import {file}; '}{prefix}{name}({arguments})")
    assert raised.value.message == f"`{prefix}{name}` expects a function, got a real"
    assert raised.value.hint == f"write `{prefix}{entry.call}`"
