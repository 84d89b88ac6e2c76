"""What makes symbolic numbers, and what is done with their expressions; none of it carries a derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vlad_py.ground.errors import RunError
from vlad_py.ground.names import NAMES, is_name
from vlad_py.numbers.symbolic.symbolic import Formula, Symbolic, substituted, symbol
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import MANY
from vlad_py.values.show import describe, show
from vlad_py.values.structure import data_parts, transform
from vlad_py.values.values import Array, Record, Value, is_numeric, make_list, plain


def _symbol(argument: Value) -> Value:
    name, *sizes = argument if type(argument) is tuple and argument else (argument,)
    if type(name) is not str:
        raise RunError(f"`symbol` expects a name in quotes, got {describe(name)}", hint='as in `symbol("x")`')
    if not is_name(name):
        raise RunError(f"{show(name)} cannot be the name of a symbol", hint=NAMES)
    shape: tuple[Any, ...] = tuple(map(plain, sizes))
    if not all(type(n) is float and n >= 0.0 and n.is_integer() for n in shape):
        got = ", ".join(map(show, sizes))
        raise RunError(f"`symbol` expects the sizes of an array after the name, got {got}")
    return symbol(name, tuple(int(n) for n in shape))


structural(
    "symbol",
    MANY,
    doc='symbol("x") is a real whose value is not known, symbol("x", n, …) an array of such reals. Functions '
    "of symbols give expressions, derivatives as well; a test that depends on their values is an error. See "
    "`import symbolic`.",
    example='symbol("x") + 1, derivative(fn x => x ^ 3)(symbol("x"))',
    value=_symbol,
)


def _formulas(function: Callable[[Formula], Value]) -> Callable[[Value], Value]:
    """What is done to each expression of a structure; other leaves stay as they are."""

    def leaf(value: Value) -> Value:
        primal = plain(value)
        return function(primal) if isinstance(primal, Formula) else value

    return lambda structure: transform(structure, leaf, data_parts)


def _number(formula: Formula) -> Value:
    constant = formula.expression.value if not formula.symbols else None
    return constant if type(constant) in (float, Array) else Symbolic(formula)


def _formula(name: str, x: Value) -> Formula | None:
    """The expression that a number is; None for one without symbols. RunError for any other value."""
    if not is_numeric(x):
        raise RunError(f"`{name}` expects an expression, got {describe(x)}")
    primal = plain(x)
    return primal if isinstance(primal, Formula) else None


def _asked(
    name: str, ask: Callable[[Formula], Value], constant: Callable[[Value], Value]
) -> Callable[[Value], Value]:
    def value(x: Value) -> Value:
        formula = _formula(name, x)
        return constant(x) if formula is None else ask(formula)

    return value


def _substitute(structure: Value, values: Value) -> Value:
    if not isinstance(values, Record):
        hint = "as in `substitute(e, {x: 1})`"
        raise RunError(f"`substitute` expects a record of values, got {describe(values)}", hint=hint)
    for name, value in zip(values.names, values.values, strict=True):
        if not is_numeric(value):
            raise RunError(f"`substitute` expects reals, got {describe(value)} for `{name}`")
    given = dict(zip(values.names, values.values, strict=True))
    return _formulas(lambda formula: substituted(formula.expression, given))(structure)


for _name, _doc, _value in (
    ("expression_simplified", "the lightest form of x.", _formulas(lambda f: _number(f.simplified()))),
    ("expression_expanded", "x with products written out.", _formulas(lambda f: _number(f.expanded()))),
    ("expression_size", "how many operations x has.", _asked("size", lambda f: float(f.size), lambda _: 0.0)),
    (
        "expression_shared_size",
        "how many different operations x has.",
        _asked("shared_size", lambda f: float(f.shared_size), lambda _: 0.0),
    ),
    ("expression_text", "x as a program writes it.", _asked("text", Formula.text, show)),
    ("expression_shared", "x as a block.", _asked("shared", Formula.shared, show)),
    ("expression_latex", "x as LaTeX.", _asked("latex", Formula.latex, show)),
    (
        "expression_symbols",
        "the names in x.",
        _asked("symbols", lambda f: make_list(f.symbols), lambda _: make_list(())),
    ),
):
    structural(_name, 1, doc=f"{_name}(x): {_doc}", value=_value, internal=True)
structural(
    "expression_at",
    2,
    doc="expression_at(x, r): x with the values of the record r in the place of symbols.",
    value=_substitute,
    internal=True,
)
