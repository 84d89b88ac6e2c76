"""Primitives as terms of SymPy: the texts in their entries, read with SymPy's functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import sympy

from vlad_py.ground.errors import ConversionError
from vlad_py.native.reading import NoText, Overloaded, Reader
from vlad_py.primitives.kinds import Conditional, OfReals, Pairing
from vlad_py.primitives.primitive import Primitive

# What numpy and C's library call otherwise than SymPy.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": sympy.Abs,
    "fabs": sympy.Abs,
    "ceil": sympy.ceiling,
    "arctan2": sympy.atan2,
    "cbrt": lambda x: sympy.real_root(x, 3),
    "exp2": lambda x: sympy.Integer(2) ** x,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "power": sympy.Pow,
    "pow": sympy.Pow,
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in "sin cos tan sinh cosh tanh".split()},
}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Mod: sympy.Mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
}
LARGEST_DENOMINATOR = 1 << 10  # of fractions that stay fractions


class _Terms(Overloaded):
    """Texts in SymPy: a value is a term, and a condition a relation."""

    operators = OPERATORS
    comparisons = COMPARISONS

    def number(self, x: float) -> Any:
        """Whole numbers and small binary fractions exactly, as `x**(1/2)` needs them; others as floats."""
        if x != x or x in (float("inf"), float("-inf")):
            return sympy.nan if x != x else sympy.oo * (1 if x > 0 else -1)
        numerator, denominator = x.as_integer_ratio()
        is_short = denominator <= LARGEST_DENOMINATOR and abs(numerator) < 1 << 53
        return sympy.Rational(numerator, denominator) if is_short else sympy.Float(x)

    def combined(self, sign: ast.boolop, a: Any, b: Any) -> Any:
        return (sympy.And if isinstance(sign, ast.And) else sympy.Or)(a, b)

    def chosen(self, condition: Any, yes: Any, no: Any) -> Any:
        return sympy.Piecewise((yes, condition), (no, True))

    def function(self, name: str, values: list[Any]) -> Any:
        found = FUNCTIONS.get(name) or getattr(sympy, name, None)
        if found is None:
            raise NoText
        return found(*values)


TERMS = _Terms()


def term(primitive: Primitive, operands: Sequence[Any]) -> Any:
    """A primitive of reals at terms. ConversionError where SymPy has no such function, with the reason."""
    if primitive.without_sympy is not None:
        why, hint = primitive.without_sympy
        raise refused(primitive, why, hint)
    if not isinstance(primitive, (OfReals, Conditional)):
        raise refused(primitive, "SymPy's terms here are of reals, and this function is one of arrays")
    text = primitive.sympy or primitive.native or primitive.vector
    if not text:
        raise NoText
    return Reader(TERMS, operands, isinstance(primitive, Pairing)).text(text)


def refused(primitive: Primitive, why: str, hint: str = "") -> ConversionError:
    """The error for a primitive that SymPy does not have."""
    name = "a part of a derivative" if primitive.internal else f"`{primitive.name}`"
    return ConversionError(f"to_sympy: {name} has no term in SymPy: {why}", hint=hint)
