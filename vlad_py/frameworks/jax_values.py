"""The values of primitives in JAX: the texts in their entries, evaluated with JAX's numpy.

What has no such text calls Python back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as special

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np, quiet
from vlad_py.native.formulas import formula_text
from vlad_py.native.reading import NoText, Overloaded, Reader, mentions, parsed
from vlad_py.primitives.kinds import Elementwise, Pairing, Predicate
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Array, Statics

MOST_UNROLLED = 32  # steps of a reduction that are written one by one

# What C's library and numpy call otherwise than JAX's numpy.
RENAMED = {"fabs": "abs", "lgamma": "gammaln", "pow": "power"}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: jnp.true_divide,
    ast.Mod: jnp.mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def of_reals(primitive: Primitive, operands: Sequence[Any]) -> Any:
    """The value of a primitive of reals, or of arrays element by element. NoText where its entry says none
    that JAX understands.
    """
    if isinstance(primitive, Predicate):
        return compared(primitive.name, *operands) * 1.0
    text = formula_text(primitive)
    if not text:
        raise NoText
    return Reader(ARRAYS, operands, isinstance(primitive, Pairing)).text(text)


@cache
def is_arithmetic(primitive: Primitive) -> bool:
    """Whether a primitive's text has operators only: JAX differentiates these as ADL does. A text without
    any, as that of `stop_gradient`, or without a variable, says nothing of the derivative.
    """
    text = formula_text(primitive)
    if isinstance(primitive, Predicate):
        return True
    tree = parsed(text.format("x0", "x1")) if text else None
    if tree is None or isinstance(tree, (ast.Name, ast.Constant)):
        return False
    return not any(isinstance(node, (ast.Call, ast.Mod)) for node in ast.walk(tree))


def compared(sign: str, a: Any, b: Any) -> Any:
    """Whether a comparison holds."""
    tree = parsed(f"a {sign} b")
    assert isinstance(tree, ast.Compare)
    return COMPARISONS[type(tree.ops[0])](jnp.asarray(a), jnp.asarray(b))


def along(primitive: Primitive, x: Any, axis: int | None) -> Any:
    """A reduction of an array along an axis, or of all its elements."""
    rows = jnp.ravel(x) if axis is None else jnp.moveaxis(x, axis, 0)
    text = formula_text(primitive)
    if not text:
        raise NoText
    return _Rows(rows).value(parsed(text.format("x0")), {})


def by_text(text: str, operands: Sequence[Any]) -> Any:
    """The value of numpy's text in an entry, where `{0}`, `{1}` are the operands."""
    names = {f"x{i}": jnp.asarray(operand) for i, operand in enumerate(operands)}
    return eval(text.format(*names), {"np": jnp, **names})


@cache
def _function(name: str) -> Any:
    name = RENAMED.get(name, name)
    for module in (jnp, special):
        if hasattr(module, name):
            return getattr(module, name)
    raise NoText


class _Arrays(Overloaded):
    """Texts in JAX: a value is an array, and so is a condition."""

    operators = OPERATORS
    comparisons = COMPARISONS

    def number(self, x: float) -> Any:
        return x

    def combined(self, sign: ast.boolop, a: Any, b: Any) -> Any:
        return (jnp.logical_and if isinstance(sign, ast.And) else jnp.logical_or)(a, b)

    def chosen(self, condition: Any, yes: Any, no: Any) -> Any:
        return jnp.where(condition, yes, no)

    def function(self, name: str, values: list[Any]) -> Any:
        return _function(name)(*values)


ARRAYS = _Arrays()


class _Rows(Reader[Any]):
    """A text whose folds go through the rows of an array."""

    def __init__(self, rows: Any) -> None:
        super().__init__(ARRAYS, rows)
        self.rows = rows

    def fold(self, step: ast.expr, start: ast.expr, names: dict[str, Any]) -> Any:
        """A value that goes through the rows, step by step."""
        rows = self.rows
        if mentions(start, "x"):
            if not self.size:
                raise NoText
            names, rows = {**names, "x": rows[0]}, rows[1:]
        first = jnp.broadcast_to(jnp.asarray(self.value(start, names), self.rows.dtype), self.rows.shape[1:])

        def turn(a: Any, x: Any) -> tuple[Any, None]:
            return self.value(step, {**names, "x": x, "a": a}), None

        if len(rows) > MOST_UNROLLED:
            return jax.lax.scan(turn, first, rows)[0]
        for row in rows:
            first, _ = turn(first, row)
        return first


def called_back(
    primitive: Primitive, statics: Statics, operands: Sequence[Any], shape: tuple[int, ...], dtype: Any
) -> Any:
    """The value of a primitive by Python, of a shape and a type."""

    def by_python(*given: Any) -> Any:
        values = [float(x) if np.ndim(x) == 0 else Array(np.asarray(x, np.float64)) for x in given]
        is_spread = isinstance(primitive, Elementwise) and any(type(x) is Array for x in values)
        try:
            with quiet():
                value: Any = (
                    primitive.on_arrays(*values) if is_spread else primitive.value_at(values, statics)
                )
        except RunError:  # a singular matrix, for instance
            return np.full(shape, np.nan, dtype)
        return np.asarray(value.data if type(value) is Array else value, dtype)

    kind = jax.ShapeDtypeStruct(shape, dtype)
    given = [jnp.asarray(x, dtype) for x in operands]
    return jax.pure_callback(by_python, kind, *given, vmap_method="sequential")
