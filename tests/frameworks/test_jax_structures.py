"""What goes into JAX and comes out besides reals: texts, booleans, functions, known arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

jax: Any = pytest.importorskip("jax", reason="needs `pip install '.[jax]'`")
jnp: Any = pytest.importorskip("jax.numpy")
jax.config.update("jax_enable_x64", True)


class Unknown:
    """A class that JAX does not know."""


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("fn (x, b) => if b then x else 2 * x", (3.0, True)),
        ("fn (x, b) => if b then x else 2 * x", (3.0, False)),
        ('fn (x, s) => if s == "a" then x else 2 * x', (3.0, "a")),
        ("fn (x, f) => f(x)", (3.0, vlad.evaluate("sin"))),
        ("fn x => [1, 2, 3]", (3.0,)),
        ("fn x => (derivative(fn z => sum(exp([z, 1])))(x), [1, 2, 3])", (3.0,)),
        # functions without a text in numpy: Python computes them
        ("fn x => betainc(x, 2, 0.5)", (np.array([1.0, 2.0]),)),
        ("fn x => qr(x)[1]", (np.array([[1.0, 2.0], [0.0, 3.0]]),)),
        # reductions of nothing
        ("fn x => norm(x, {axis: 0})", (np.zeros((0, 3)),)),
        ("fn x => logsumexp(x, {axis: 0})", (np.zeros((0, 3)),)),
        # turns that are not counted, since another comparison ends them; a state that stays as it is
        ("fn x => (loop (s, i) = (x, 1) while i != 50 do (s * 0.5 + i, i + 1))[0]", (3.0,)),
        ("gradient(fn x => loop s = 0 for i in 0..20 do s + x[i] ^ 2)", (np.arange(40.0),)),
    ],
)
def test_it_gives_what_the_interpreter_gives(text: str, arguments: tuple[Any, ...]) -> None:
    function = vlad.evaluate(text)
    found, expected = (jax.tree.leaves(f(*arguments)) for f in (vlad.jax(function), function))
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(one, other, rtol=1e-13, atol=0)


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("fn (x, a) => x", (1.0, Unknown()), "jax: got an object of the class `Unknown`"),
        ("fn x => (x, sin)", (1.0,), "jax: the result holds a function, which JAX cannot take"),
        (
            "import random\nfn x => random.key(1)",
            (1.0,),
            "jax: the result holds a key, which JAX cannot take",
        ),
    ],
)
def test_what_jax_cannot_take_is_named(text: str, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(vlad.ConversionError, match=message):
        vlad.jax(vlad.evaluate(text))(*arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn x => x[7]", "an error of the program"),
        ("fn x => inv(x)", "a primitive that looks at a value: `inv`"),
    ],
)
def test_what_fails_while_jax_traces_has_the_reason_of_the_compiler(text: str, message: str) -> None:
    """The interpreter, which says more, cannot run on what JAX only traces."""
    with pytest.raises(vlad.NotNative, match=message):
        jax.jit(vlad.jax(vlad.evaluate(text)))(np.ones((3, 2)))
