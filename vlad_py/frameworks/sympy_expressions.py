"""Expressions of symbols as SymPy's, and back."""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy

from vlad_py.expressions.expression import Application, Constant, Expression, Symbol
from vlad_py.expressions.parts import parts_first
from vlad_py.expressions.text.spelling import Leaf, spelled
from vlad_py.frameworks.sympy_terms import TERMS, refused, term
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.names import is_name
from vlad_py.native.reading import NoText
from vlad_py.numbers.symbolic.symbolic import Symbolic, symbol
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Elementwise, Rearranging
from vlad_py.primitives.primitive import PLAIN, PRIMITIVES, Primitive
from vlad_py.python.convert import a_thing
from vlad_py.values.show import describe
from vlad_py.values.values import Array, Value, shape_of

ARRAYS = (sympy.IndexedBase, sympy.NDimArray)

# ── to SymPy ─────────────────────────────────────────────────────────────────────────────────


def term_of(value: Value) -> Any:
    """A real, an array or an expression as SymPy's. ConversionError for other values, and where SymPy has no
    such function.
    """
    if type(value) is not Symbolic and type(value) not in PLAIN:
        raise ConversionError(f"to_sympy: expected an expression, got {describe(value)}")
    return _term(value.primal.expression if type(value) is Symbolic else Constant(value))


def _term(expression: Expression) -> Any:
    found: dict[int, Any] = {}
    for item in parts_first(expression):
        found[id(item)] = _one(item, found)
    return found[id(expression)]


def _one(item: Any, found: dict[int, Any]) -> Any:
    """One part, whose own parts are known."""
    if isinstance(item, Leaf):
        return item.text  # a term, put there below
    if isinstance(item, Symbol):
        shape = shape_of(item.value)
        return (
            sympy.IndexedBase(item.name, shape=shape, real=True)
            if shape
            else sympy.Symbol(item.name, real=True)
        )
    if isinstance(item, Constant):
        return _number(item.value)
    assert isinstance(item, Application)
    parts = [found[id(part)] for part in item.arguments]
    if item.primitive.form is Form.ARRAY:
        return sympy.Array(parts, item.statics["shape"])
    if isinstance(item.primitive, Rearranging) and isinstance(parts[0], ARRAYS):
        return _moved(parts[0], item.primitive.places(shape_of(item.arguments[0].value), item.statics))
    try:
        if not any(shape_of(part.value) for part in item.arguments):
            return term(item.primitive, parts)
        raise refused(item.primitive, "its arguments are arrays whose elements have no expressions")
    except NoText:
        spelling = spelled(item, parts)
        if spelling is None:
            raise refused(item.primitive, "its entry has no text for it") from None
        return _term(spelling)


def _moved(whole: Any, places: np.ndarray) -> Any:
    """Elements of an array at other places. `places` counts elements from 1, and 0 stands for a zero. SymPy
    needs an index for each dimension.
    """
    shape = tuple(map(int, whole.shape))
    at = [tuple(map(int, np.unravel_index(i - 1, shape))) if i else None for i in places.ravel().tolist()]
    moved = [sympy.Integer(0) if index is None else whole[index] for index in at]
    return sympy.Array(moved, places.shape) if places.ndim else moved[0]


def _number(value: Any) -> Any:
    if type(value) is Array:
        return sympy.Array([TERMS.number(x) for x in value.data.ravel().tolist()], value.data.shape)
    return TERMS.number(value)


def listed(term: Any) -> Any:
    """An array of symbols alone as the array of its elements."""
    if not isinstance(term, sympy.IndexedBase):
        return term
    return sympy.Array([term[i] for i in np.ndindex(*map(int, term.shape))], term.shape)


# ── and back ─────────────────────────────────────────────────────────────────────────────────


@cache
def _functions() -> dict[Any, Primitive]:
    """The primitives whose term is one function of SymPy, by that function."""
    names = sympy.symbols("x0 x1", real=True)
    found: dict[Any, Primitive] = {}
    for primitive in PRIMITIVES.values():
        if isinstance(primitive, Elementwise) and not primitive.internal and primitive.arity in (1, 2):
            try:
                made = term(primitive, names[: primitive.arity])
            except (ConversionError, NoText):
                continue
            if made.args == names[: primitive.arity] and isinstance(made, sympy.Function | sympy.Pow):
                found.setdefault(made.func, primitive)
    return found


def value_of(term: Any) -> Value:
    """A term or an array of SymPy as a number or an expression. ConversionError for what ADL lacks."""
    if type(term) in (int, float):
        term = sympy.sympify(term)
    if not isinstance(term, (sympy.Basic, sympy.MatrixBase, sympy.NDimArray)):
        hint = "`sympy.sympify` makes terms of texts; it evaluates them as code of Python"
        message = f"from_sympy: expected a term of SymPy, got {a_thing(type(term))}"
        raise ConversionError(message, hint=hint if type(term) is str else "")
    if isinstance(term, (sympy.MatrixBase, sympy.NDimArray)):
        parts = [value_of(part) for part in sympy.flatten(sympy.Array(term).tolist())]
        return PRIMITIVES["array_of"].at(tuple(parts), {"shape": tuple(map(int, term.shape))})
    found: dict[Any, Value] = {}
    for part in sympy.postorder_traversal(term):
        if part not in found and isinstance(part, sympy.Expr):
            found[part] = _value(part, found)
    if term not in found:
        raise ConversionError(f"from_sympy: `{term}` is not a real or an array")
    return found[term]


def _value(term: Any, found: dict[Any, Value]) -> Value:
    if isinstance(term, sympy.IndexedBase | sympy.Idx):
        return None  # a part of an element
    if isinstance(term, sympy.Indexed):
        return _element(term)
    if isinstance(term, sympy.Symbol):
        return symbol(_named(term.name))
    if term.is_number and not term.args:
        return _real(term)
    if isinstance(term, sympy.Add | sympy.Mul):
        return _joined(term, found)
    if isinstance(term, sympy.Pow):
        return _power(found[term.base], term.exp, found[term.exp])
    if isinstance(term, sympy.Max | sympy.Min):
        return PRIMITIVES[type(term).__name__.lower()].apply(tuple(found[part] for part in term.args))
    primitive = _functions().get(term.func)
    if primitive is None or len(term.args) != primitive.arity:
        raise ConversionError(f"from_sympy: ADL has no function for SymPy's `{term.func.__name__}`")
    return primitive.apply(*[found[part] for part in term.args])


def _real(term: Any) -> float:
    value = complex(term)
    if value.imag:
        raise ConversionError(f"from_sympy: `{term}` is not real")
    return value.real


def _named(name: str) -> str:
    if not is_name(name):
        raise ConversionError(f"from_sympy: `{name}` cannot be the name of a symbol in ADL")
    return name


def _element(term: Any) -> Value:
    """An element of an array of symbols, of which SymPy knows the shape."""
    shape = term.base.shape
    if shape is None or not all(size.is_Integer for size in shape):
        hint = f'`IndexedBase("{term.base.label}", shape=(3,))` says how many elements there are'
        raise ConversionError(f"from_sympy: `{term}` is an element of an array of unknown shape", hint=hint)
    if not all(i.is_Integer for i in term.indices):
        raise ConversionError(f"from_sympy: the index of `{term}` is not a number")
    array = symbol(_named(str(term.base.label)), tuple(map(int, shape)))
    return PRIMITIVES["gather"].at((array,), {"index": tuple(map(int, term.indices))})


def _joined(term: Any, found: dict[Any, Value]) -> Value:
    """A sum or a product. What has a negative sign or exponent is subtracted, or divides."""
    is_sum = isinstance(term, sympy.Add)
    join, take = (PRIMITIVES[sign].apply for sign in ("+-" if is_sum else "*/"))
    up: Value = None
    down: Value = None
    for part in term.as_ordered_terms() if is_sum else term.as_ordered_factors():
        opposite = _opposite(part, is_sum, found)
        if opposite is None:
            value = found[part] if part in found else value_of(part)
            up = value if up is None else join(up, value)
        else:
            down = opposite if down is None else join(down, opposite)
    if down is None:
        return up
    if up is None:
        up = 0.0 if is_sum else 1.0
    return take(up, down)


def _opposite(part: Any, is_sum: bool, found: dict[Any, Value]) -> Value:
    """What a part of a sum takes away, or of a product divides by; None where it adds or multiplies."""
    if is_sum:
        return value_of(-part) if part.could_extract_minus_sign() else None
    if isinstance(part, sympy.Rational) and not part.is_Integer and abs(part.p) == 1:
        return float(part.q * part.p)
    if isinstance(part, sympy.Pow) and part.exp.is_Rational and part.exp.is_negative:
        return _power(found[part.base], -part.exp, float(-part.exp))
    return None


def _power(base: Value, exponent: Any, value: Value) -> Value:
    if exponent == sympy.Rational(1, 2):
        return PRIMITIVES["sqrt"].apply(base)
    if exponent.is_Rational and exponent.is_negative:
        return PRIMITIVES["/"].apply(1.0, _power(base, -exponent, float(-exponent)))
    return base if exponent == 1 else PRIMITIVES["^"].apply(base, value)
