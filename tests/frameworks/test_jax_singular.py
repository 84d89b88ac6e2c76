"""Where ADL has an error or a singular point, a derivative by JAX is ADL's or nan, never another number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

jax: Any = pytest.importorskip("jax", reason="needs `pip install '.[jax]'`")
jnp: Any = pytest.importorskip("jax.numpy")
jax.config.update("jax_enable_x64", True)

# Errors that depend on data: a function of an array, a point where it is defined, and points where not.
ERRORS: dict[str, tuple[str, list[float], list[list[float]]]] = {
    "an index": ("fn v => v[floor(v[0])] ^ 2 + v[0]", [1.0, 2.0, 3.0], [[7.0, 2.0, 3.0], [-4.0, 0.0, 0.0]]),
    "an assertion": (
        "fn v => { assert(v[0] < 2); v[1] ^ 2 * v[0] }",
        [1.0, 2.0],
        [[3.0, 2.0], [3.0, 0.0], [jnp.inf, 1.0]],
    ),
    "an assertion about nothing that counts": (
        "fn v => { assert(v[0] < 2); v[1] }",
        [1.0, 2.0],
        [[3.0, 2.0]],
    ),
    "an assertion before a constant": ("fn v => { assert(v[0] < 2); 5 }", [1.0, 2.0], [[3.0, 2.0]]),
    "in a loop": (
        "fn v => loop s = v[0] for i in 1..3 do { assert(s < 4); s * v[1] }",
        [1.0, 1.1],
        [[2.0, 2.0], [9.0, 0.0]],
    ),
    "in a choice": (
        'fn v => if v[0] > 0 then v[1] ^ 3 else error("below 0")',
        [1.0, 2.0],
        [[-1.0, 2.0], [-1.0, 0.0]],
    ),
    "in a choice between choices": (
        "fn v => if v[0] > 0 then (if v[1] > 0 then { assert(v[0] < 2); v[1] * v[0] } else v[1]) else v[0]",
        [1.0, 2.0],
        [[3.0, 2.0]],
    ),
    "in a rule": (
        "fn v => with_derivative(fn w => w ^ 2, fn (w, t) => { assert(w < 4); 2 * t * w })(sum(v)) * v[1]",
        [1.0, 2.0],
        [[3.0, 2.0], [4.0, 0.0]],
    ),
    "in a pullback": (
        "fn v => with_pullback(fn w => w ^ 2, fn (w, c) => { assert(w < 4); 2 * c * w })(sum(v)) * v[1]",
        [1.0, 2.0],
        [[3.0, 2.0], [4.0, 0.0]],
    ),
    "in a rule that is 0": (
        "fn v => with_derivative(fn w => w ^ 2, fn (w, t) => { assert(w < 4); 0 })(sum(v)) + v[1]",
        [1.0, 2.0],
        [[3.0, 2.0]],
    ),
    "in a function with a rule": (
        "fn v => with_derivative(fn w => { assert(w < 2); w ^ 2 }, fn (w, t) => 2 * t * w)(v[0]) + v[1]",
        [1.0, 2.0],
        [[3.0, 2.0]],
    ),
    "in a derivative": (
        "fn v => gradient(fn w => { assert(w[0] < 2); w[1] ^ 2 * w[0] })(v)[1]",
        [1.0, 2.0],
        [[3.0, 2.0]],
    ),
}

# Errors of one operation on arrays: nan is what depends on it.
MATRICES: dict[str, tuple[str, list[float], list[list[float]]]] = {
    "a matrix": ("fn v => sum(inv([[v[0], 1], [1, v[1]]]))", [3.0, 2.0], [[1.0, 1.0], [0.0, jnp.nan]]),
    "equations": ("fn v => sum(solve([[v[0], 1], [1, v[1]]], v))", [3.0, 2.0], [[1.0, 1.0]]),
    "a root of a matrix": (
        "fn v => sum(cholesky([[v[0], 1], [1, v[1]]]))",
        [3.0, 2.0],
        [[1.0, 1.0], [-1.0, 1.0], [1.0, 0.5]],
    ),
}

# Elements at singular points of their own, beside others.
SINGULAR: dict[str, tuple[str, list[float], list[list[float]]]] = {
    "norms of rows": (
        "fn v => sum(norm(reshape(v, (2, 2)), {axis: 1}))",
        [3.0, 1.0, 2.0, 1.0],
        [[3.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 2.0]],
    ),
    "a norm": ("fn v => norm(v) + v[0] * v[1]", [3.0, 1.0], [[0.0, 0.0], [jnp.inf, 1.0]]),
    "deviations of columns": (
        "fn v => sum(std(reshape(v, (2, 2)), {axis: 0}))",
        [3.0, 1.0, 2.0, 4.0],
        [[1.0, 0.0, 2.0, 0.0], [1.0, 1.0, 1.0, 1.0]],
    ),
    "hypot": (
        "fn v => sum(hypot(v, [0, 1, 2]))",
        [1.0, 2.0, 3.0],
        [[0.0, 1.0, -1.0], [0.0, 0.0, 0.0], [jnp.inf, 1.0, 2.0]],
    ),
    "hypot of two": ("fn v => sum(hypot(v[0:2], v[2:4]))", [1.0, 2.0, 3.0, 1.0], [[0.0, 1.0, 0.0, -1.0]]),
    "hypot of reals": ("fn v => hypot(v[0], v[1])", [3.0, 4.0], [[0.0, 0.0], [0.0, 1.0]]),
    "a norm of reals": ("fn v => norm((v[0], v[1], 0))", [3.0, 4.0], [[0.0, 0.0], [0.0, 1.0]]),
    "one exponent": ("fn v => sum(v ^ v[0])", [0.5, 2.0, 3.0], [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]),
    "norms by ADL's reverse mode": (
        "fn v => sum(gradient(fn w => sum(norm(reshape(w, (2, 2)), {axis: 1})))(v) * [1, 2, 3, 4])",
        [3.0, 1.0, 2.0, 1.0],
        [[3.0, 1.0, 0.0, 0.0]],
    ),
    "norms by ADL's forward mode": (
        "fn v => derivative(fn t => sum(norm(reshape(v * t, (2, 2)), {axis: 1})))(2)",
        [3.0, 1.0, 2.0, 1.0],
        [[3.0, 1.0, 0.0, 0.0]],
    ),
    "powers": ("fn v => sum(v ^ [1, 1, 2])", [1.0, 2.0, 3.0], [[0.0, 1.0, -1.0], [0.0, 0.0, 0.0]]),
    "powers of powers": (
        "fn v => sum(v[0:3] ^ v[3:6])",
        [1.0, 2.0, 3.0, 1.5, 2.0, 0.5],
        [[0.0, 1.0, 2.0, 1.0, 1.0, 2.0], [0.0, 0.0, 2.0, 3.0, 0.0, 2.0], [0.0, 1.0, 1.0, -1.0, 1.0, 1.0]],
    ),
    "a power": ("fn v => v[0] ^ v[1]", [2.0, 3.0], [[0.0, 1.0], [0.0, 2.0], [0.0, 0.5], [0.0, 0.0]]),
    "shares": ("fn v => log_softmax(v)[0]", [1.0, 2.0], [[jnp.inf, 1.0], [jnp.inf, jnp.inf]]),
    "lengths of lists": ("fn v => norm([v[0], v[1]]) * 2", [3.0, 4.0], [[0.0, 0.0], [0.0, 1.0]]),
    "roots": ("fn v => sum(sqrt(v))", [3.0, 4.0], [[0.0, 1.0], [0.0, 0.0]]),
    "a choice of roots": ("fn v => sum(where(v > 0, sqrt(v), 0))", [3.0, 4.0], [[0.0, 1.0]]),
    "a choice of logarithms": ("fn v => sum(where(v > 0, ln(v), v))", [3.0, 4.0], [[0.0, 1.0], [-1.0, 1.0]]),
    "kinks": ("fn v => sum(abs(v) + relu(v)) + max(v)", [3.0, 4.0], [[0.0, 0.0], [0.0, 1.0]]),
    "angles": ("fn v => sum(atan2(v[0:2], v[2:4]))", [3.0, 4.0, 1.0, 1.0], [[0.0, 1.0, 0.0, 1.0]]),
    "in a rule": (
        "fn v => with_derivative(fn w => w, fn (w, t) => t * sum(hypot([w, 2], [0, 1])))(v[0]) * v[1]",
        [3.0, 1.0],
        [[0.0, 1.0]],
    ),
    "in a derivative": (
        "fn v => gradient(fn w => sum(w ^ [1, 3, 2]))(v)[1]",
        [1.0, 2.0, 3.0],
        [[0.0, 0.0, 1.0]],
    ),
    "in a loop": (
        "fn v => loop s = 0 for i in 1..2 do s + i * norm(v * i) + sum(hypot(v, s * 0))",
        [1.0, 2.0],
        [[0.0, 1.0], [0.0, 0.0]],
    ),
}
CASES = {
    **{f"error of {name}": case for name, case in MATRICES.items()},
    **{f"error {name}": case for name, case in ERRORS.items()},
    **{f"singular {name}": case for name, case in SINGULAR.items()},
}

# Where one element is singular, reverse mode is exact; JAX cannot tell a cotangent of 0 from one not given.
EXACT = {name for name in CASES if name.startswith("singular") and "a choice" not in name}
FORWARD = ("jvp", "jacfwd")  # a tangent of 0 times a slope of inf or nan is nan


def _by_jvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient by one tangent after another."""
    return lambda x: jnp.stack([jax.jvp(f, (x,), (direction,))[1] for direction in jnp.eye(len(x))])


def _in_batch(operator: Callable[..., Any]) -> Callable[..., Any]:
    """An operator beside other items of a batch."""

    def of(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: jax.vmap(operator(f))(jnp.stack([x + 1.0, x]))[1]

    return of


def _of_batch(f: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of the sum of a batch."""
    return lambda x: jax.grad(lambda xs: jnp.sum(jax.vmap(f)(xs)))(jnp.stack([x + 1.0, x]))[1]


FIRST: dict[str, Callable[..., Any]] = {
    "grad": jax.grad,
    "jit of grad": lambda f: jax.jit(jax.grad(f)),
    "jvp": _by_jvp,
    "jacfwd": jax.jacfwd,
    "jacrev": jax.jacrev,
    "vmap of grad": _in_batch(jax.grad),
    "grad of vmap": _of_batch,
}
SECOND: dict[str, Callable[..., Any]] = {
    "hessian": jax.hessian,
    "jit of hessian": lambda f: jax.jit(jax.hessian(f)),
    "reverse over reverse": lambda f: jax.jacrev(jax.grad(f)),
    "reverse over forward": lambda f: jax.jacrev(jax.jacfwd(f)),
    "forward over forward": lambda f: jax.jacfwd(jax.jacfwd(f)),
    "vmap of hessian": _in_batch(jax.hessian),
}


def right(
    operator: Callable[..., Any], function: Callable[..., Any], x: np.ndarray, order: int
) -> np.ndarray:
    """What the interpreter says of a derivative: nan where it has an error."""
    try:
        function(x)
        return np.asarray(operator(function)(x))
    except vlad.RunError:
        return np.full((len(x),) * order, np.nan)


@pytest.mark.parametrize("name", CASES)
def test_a_derivative_is_that_of_adl_or_nan(name: str) -> None:
    text, regular, others = CASES[name]
    function = vlad.evaluate(text)
    ours = vlad.jax(function)
    for order, ways, adl in ((1, FIRST, vlad.gradient), (2, SECOND, vlad.hessian)):
        for way, operator in ways.items():
            found_at = operator(ours)
            for point in (regular, *others):
                x = np.asarray(point)
                expected = right(adl, function, x, order)
                found = np.asarray(found_at(x))
                agrees = np.isclose(found, expected, rtol=1e-10, atol=1e-12, equal_nan=True)
                if point is not regular and (order == 2 or way in FORWARD or name not in EXACT):
                    agrees |= np.isnan(found)
                assert agrees.all(), (way, point, found, expected)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_nan_in_every_real(name: str) -> None:
    text, _, others = ERRORS[name]
    function = vlad.evaluate(f"{{ let f = {text}; fn v => (f(v), {{a: 2, b: [v[0], 1]}}, true) }}")
    for point in others:
        x = np.asarray(point)
        try:
            expected = function(x)
        except vlad.RunError:
            expected = np.nan, {"a": np.nan, "b": np.full(2, np.nan)}, True
        found = jax.jit(vlad.jax(function))(x)
        assert found[2] is True or bool(found[2])
        for ours, theirs in zip(jax.tree.leaves(found[:2]), jax.tree.leaves(expected[:2]), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
