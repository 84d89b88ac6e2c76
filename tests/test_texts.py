"""The texts of expressions: programs, Unicode and LaTeX, of every primitive and its derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.numbers.symbolic.symbolic import symbol
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.python.convert import to_python
from vlad_py.session.session import Session
from vlad_py.values.values import plain


@pytest.mark.parametrize(
    "text",
    [
        "max(b)",
        "gradient(fn b => sum(relu(b)))(b)",
        "gradient(max)(b)",
        "norm(m, {axis: 0})[2]",
        "gradient(fn b => b[3] * b[5])(b)",
        "gradient(fn m => m[3, 0] * m[5, 1])(m)",
        "gradient(fn b => b[[3, 3, 5]] @ [1, 2, 3])(b)",
        "reverse(b)",
        "gradient(fn b => sum(reverse(b) * b))(b)",
        "cumsum(b)",
        "gradient(fn b => cumsum(b)[100])(b)",
        "cumsum(m, {axis: 1})",
        "gradient(fn m => sum(cumsum(m, {axis: 1}) ^ 2))(m)",
        "diag(b[:11])",
        "diag(m[:10])",
        "gradient(fn b => sum(diag(b[:11]) ^ 2))(b)",
        "gradient(fn m => sum(diag(m[:10]) ^ 2))(m)",
        "transpose(m)",
        "stack(list(b, b), {axis: 1})",
        "sum(m, {axis: 1})",
        "m - sum(m, {axis: 1})[0]",
        "gradient(fn m => sum(m + m[0]))(m)",
        "gradient(fn m => sum((m * reshape(m[:, 0], (12, 1))) ^ 2))(m)",
        "concat(b, b)",
    ],
)
def test_the_text_of_arrays_that_are_not_taken_apart_reads_back(text: str) -> None:
    def at_arrays(text: str) -> Any:
        arrays = "let b = [sin(i) for i in 1..120]; let m = reshape(b, (12, 10))"
        return Session().evaluate(f"{{ {arrays}; {text} }}")

    written = Session().evaluate(f'{{ let b = symbol("b", 120); let m = symbol("m", 12, 10); show({text}) }}')
    found, expected = (to_python(at_arrays(each), vlad.Function) for each in (str(written), text))
    assert np.shape(found) == np.shape(expected) and np.allclose(found, expected)


def test_an_expression_that_has_no_text_has_a_representation() -> None:
    nameless = elementwise(
        "nameless", doc="", value=lambda x: x, partials=(1.0,), probe=((0.0, 1.0),), internal=True
    )
    del PRIMITIVES["nameless"]
    found: Any = plain(nameless(symbol("b")))
    assert repr(found) == "<an expression of b>"
    assert found.latex() == r"\operatorname{nameless}\left(b\right)"
    with pytest.raises(vlad.Error, match="which ADL cannot write"):
        found.shared()
