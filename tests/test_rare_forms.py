"""Rarely used forms of the language: their values and their errors."""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import RunError
from vlad_py.session.session import Session
from vlad_py.values.show import show

VALUES = [
    # operators that the table of primitives does not have, taken as functions
    ("(and)(true, false)", "false"),
    ("fold((or), false, list(false, true))", "true"),
    # a batch of one item, of which a number does not depend on it
    ("batched(fn x => fixed(2, 1))([1])", '"2.0"'),
    ("batched(fn x => sort(x))([[2, 1]])", "[[1, 2]]"),
    # determinants that have a slope though the matrix has no inverse, or is not known
    ("gradient(det)([[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]])[3]", "[0, 0, 0, 6]"),
    ("gradient(det)(ones((4, 4)))[0]", "[0, 0, 0, 0]"),
    ("gradient(det)(nan * ones((4, 4)))[0]", "[nan, nan, nan, nan]"),
    # a beta distribution far from its mean, and a Bessel function that is far below the greatest double
    ("betainc(100, 2000, 0.5)", "1"),
    ("betainc(2000, 100, 0.5)", "0"),
    ("bessel_j(200, 1)", "0"),
    # expressions: powers that are known to be 0, arrays that are known
    ('symbolic.simplify(symbol("x") ^ (symbol("x") - symbol("x")))', "1"),
    ('symbolic.simplify(sqrt(symbol("x") - symbol("x")))', "0"),
    (
        'symbolic.latex(solve([[1, 2], [3, 4e9]], symbol("a", 2)))',
        r'"\\operatorname{solve}\\left(\\begin{bmatrix} 1 & 2 \\\\ 3 & 4000000000 \\end{bmatrix}, a\\right)"',
    ),
    (
        'symbolic.latex(inv(symbol("a", 2, 2)) + stack([[1, 2], [3, inf]], [[1, 2], [3, 4]]))',
        r'"\\operatorname{inv}\\left(a\\right) + \\mathtt{[[[1, 2], [3, inf]], [[1, 2], [3, 4]]]}"',
    ),
    (
        'symbolic.shared(solve([[1, 2], [3, 4]], symbol("a", 2)) + solve([[1, 2], [3, 4]], symbol("a", 2)))',
        r'"{\n  let v1 = solve([[1, 2], [3, 4]], a)\n  v1 + v1\n}"',
    ),
    (
        'symbolic.shared(solve([[1, 2], [3, 4]], symbol("a", 2)) + solve([[1, 2], [3, 5]], symbol("a", 2)))',
        '"solve([[1, 2], [3, 4]], a) + solve([[1, 2], [3, 5]], a)"',
    ),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_its_value(text: str, value: str) -> None:
    assert show(Session().evaluate(f"import symbolic\n{text}")) == value


ERRORS = [
    (
        "divergence(fn (x, y) => x)(1, 2)",
        "`divergence` needs a function from 2 reals to 2 reals, here it gave a real",
    ),
    (
        "curl(fn (x, y, z) => (x, y))(1, 2, 3)",
        "`curl` needs a function from 3 reals to 3 reals, here it gave a tuple of 2",
    ),
    ('einsum("i1,j->ij", [1, 2], [2, 3])', '`einsum` expects letters, as in "ij,jk->ik", got "i1,j->ij"'),
    ('einsum("i,j,k->ij", [1, 2], [2, 3])', '`einsum` with "i,j,k->ij" expects 3 arrays, got 2'),
    ("(1, 2)[(3, 3)]", "an index must be a real, got a tuple of 2"),
    ("[1, 2][(1, 2, 3, 4)]", "an index must be a real, got a tuple of 4"),
    ("import random\nrandom.gamma(random.key(1), 1, 2, 3)", "`random.gamma` takes 2 or 3 arguments, got 4"),
    ("import random\nrandom.gamma(random.key(1))", "`random.gamma` takes 2 or 3 arguments, got 1"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_its_error(text: str, message: str) -> None:
    with pytest.raises(RunError) as error:
        Session().evaluate(text)
    assert error.value.message == message
    assert error.value.span is not None
