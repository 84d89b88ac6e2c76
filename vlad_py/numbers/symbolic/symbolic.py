"""Symbolic numbers: reals and arrays whose value is not known, and the expression that gives it.

Run on them, a function becomes an expression, and its derivatives become expressions by the rules that they
have anyway. A symbolic number is what a float is to every differentiation, the innermost number. As in
computer algebra it stands for any reals but single ones: where a partial derivative asks for a zero or an
infinity, there is none. If a program asks what reals do not agree on, that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vlad_py.expressions import sharing
from vlad_py.expressions.elements import by_elements
from vlad_py.expressions.expression import Application, Constant, Expression, Symbol
from vlad_py.expressions.parts import parts_first
from vlad_py.expressions.simplify import simplify
from vlad_py.expressions.text import latex
from vlad_py.expressions.text.notations import ADL
from vlad_py.expressions.text.printer import Printer
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.numbers.innermost import Innermost, Values
from vlad_py.primitives.choice import Condition, weighed
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import OfReals
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, show
from vlad_py.values.values import NO_STATICS, Statics, Value, shape_of

NAN = float("nan")
LONGEST_FORMULA = 10_000  # operations that are written out in LaTeX
LONGEST = 60  # operations of an expression whose text repeats what it has more than once


class Formula(Indefinite):
    """An expression of symbols: what a symbolic number has innermost, and what Python gets of one."""

    __slots__ = ("expression",)
    noun = "an expression"
    plural = "expressions"
    hint = "`symbolic.substitute(e, {x: 1})` replaces symbols by reals"

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.shape = shape_of(expression.value)

    # ── as text ──

    def text(self) -> str:
        """As a program writes it: a block, if that is long and repeats itself otherwise."""
        return self.shared() if self.size > LONGEST else _ADL.of(self.expression)

    def shared(self) -> str:
        """A block that computes what the expression has more than once only once."""
        return sharing.shared_text(self.expression, _ADL)

    def latex(self, *, shared: bool = False) -> str:
        """LaTeX for mathematical mode; if `shared`, or very long, as equations, with names for what stands
        there twice.
        """
        if shared or self.size > LONGEST_FORMULA:
            return latex.shared_latex(self.expression)
        return latex.latex(self.expression)

    def __repr__(self) -> str:
        try:
            return self.text()
        except RunError:  # what ADL cannot write: there is LaTeX of it
            return f"<an expression of {', '.join(self.symbols)}>"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex(shared=self.size > LONGEST)}$"

    # ── as an expression ──

    @property
    def size(self) -> int:
        """How many operations it has, written out."""
        return sharing.size(self.expression)

    @property
    def shared_size(self) -> int:
        """How many operations it takes to compute, each one once."""
        return sharing.shared_size(self.expression)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names in it, in the order in which it mentions them."""
        return tuple(symbol.name for symbol in sharing.symbols(self.expression))

    def simplified(self) -> Formula:
        """The same in its lightest form (see expressions/simplify/simplify.py)."""
        return Formula(simplify.simplified(self.expression))

    def expanded(self) -> Formula:
        """The same with products written out. RunError if it has too many terms."""
        return Formula(simplify.expanded(self.expression))

    # ── what the core asks ──

    def middle(self) -> Symbolic:
        """Itself: to differentiations it is a constant."""
        return Symbolic(self)

    def between(self, low: float, high: float) -> Symbolic:
        """Itself: of symbols nothing is known."""
        return Symbolic(self)

    def apply(self, primitive: Primitive) -> Value:
        """A piecewise constant primitive."""
        return operation(primitive, (Symbolic(self),))

    def compare(self, primitive: Primitive, a: Value, b: Value) -> bool:
        """`<` and its kin. RunError: it depends on the values."""
        raise _undecided(primitive.name, a, b)

    def equals(self, other: Value) -> bool:
        """Whether another primal is the same expression. RunError for any other one."""
        if isinstance(other, Formula) and self._is(other):
            return True
        raise _undecided("==", self, other)

    def _is(self, other: Formula) -> bool:
        interner = sharing.Interner()
        return interner.all(self.expression) is interner.all(other.expression)

    def attains(self, number: Value) -> Condition:
        """Whether it is a number that it was chosen from: open, as it may be that one wherever it is."""
        return _open("if_same", _number(number), Symbolic(self))

    # partials ask for zeros and infinities, which symbols are not

    def __eq__(self, other: object) -> Condition:
        if not isinstance(other, Formula):
            return False
        return self._is(other) or _open("if_same", Symbolic(self), Symbolic(other))

    __hash__ = Indefinite.__hash__

    def __gt__(self, other: Value) -> Condition:
        return _open("if_above", Symbolic(self), _number(other))

    def __lt__(self, other: Value) -> Condition:
        return _open("if_above", _number(other), Symbolic(self))


class Symbolic(Innermost):
    """A number whose value is an expression, its primal. Its tag is below all others."""

    __slots__ = ()
    primal: Formula

    def __init__(self, primal: Formula) -> None:
        self.tag = 0
        self.primal = primal

    def applied(self, primitive: Primitive, numbers: Values, statics: Statics) -> Value:
        """The expression that the primitive makes of others."""
        return operation(primitive, numbers, statics)


def symbol(name: str, shape: tuple[int, ...] = ()) -> Symbolic:
    """The real, or the array of a shape, that a name stands for."""
    value: Value = NAN
    if shape:
        value = PRIMITIVES["+"].apply(PRIMITIVES["zeros"].apply(tuple(map(float, shape))), NAN)
    return Symbolic(Formula(Symbol(name, value)))


def operation(primitive: Primitive, arguments: Values, statics: Statics = NO_STATICS) -> Value:
    """A primitive at numbers of which some are symbolic."""
    parts = tuple(x.primal.expression if type(x) is Symbolic else Constant(x) for x in arguments)
    value: Value = NAN
    with quiet():  # a session silences numpy, but Python's operators on expressions have no session
        if not isinstance(primitive, OfReals) or any(shape_of(part.value) for part in parts):
            value = primitive.at(tuple(part.value for part in parts), statics)
        found = expression_of(primitive, parts, statics, value)
    return found.value if isinstance(found, Constant) else Symbolic(Formula(found))


def expression_of(
    primitive: Primitive, parts: tuple[Expression, ...], statics: Statics, value: Value
) -> Expression:
    """A primitive at expressions; its result has the shape of `value`. For reals it is what a law says, for
    arrays element by element where that is possible, and else an operation.
    """
    shape = shape_of(value)
    found = None
    if shape or any(shape_of(part.value) for part in parts):
        found = by_elements(primitive, parts, statics, shape, _of_reals)
    elif primitive.form in LAWS:
        found = LAWS[primitive.form](*parts)
    return found or Application(primitive, parts, statics, value)


def _of_reals(primitive: Primitive, parts: tuple[Expression, ...]) -> Expression:
    if all(isinstance(part, Constant) for part in parts):
        return Constant(primitive.at(tuple(part.value for part in parts), NO_STATICS))
    return expression_of(primitive, parts, NO_STATICS, NAN)


def substituted(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The value of an expression with values in the place of symbols; others stay.

    Raises RunError where a value has another shape than its symbol, and errors.Error as its primitives do.
    """
    found: dict[int, Value] = {}
    for item in parts_first(expression):
        if isinstance(item, Application):
            with quiet():
                found[id(item)] = item.applied(tuple(found[id(x)] for x in item.arguments))
        elif isinstance(item, Symbol):
            found[id(item)] = (
                _given(item, values[item.name]) if item.name in values else Symbolic(Formula(item))
            )
        else:
            found[id(item)] = item.value
    return found[id(expression)]


def _given(symbol: Symbol, value: Value) -> Value:
    if shape_of(value) != shape_of(symbol.value):
        raise RunError(f"`{symbol.name}` stands for {describe(symbol.value)}, got {describe(value)}")
    return value


# ── the laws of 0 and 1: what derivatives by their rules are full of ─────────────────────────


def _is(part: Expression, number: float) -> bool:
    return isinstance(part, Constant) and part.value == number


def _negative(part: Expression) -> Expression:
    if isinstance(part, Application) and part.primitive.form is Form.NEGATIVE:
        return part.arguments[0]
    return Application(PRIMITIVES["neg"], (part,), NO_STATICS, NAN)


def _sum(a: Expression, b: Expression) -> Expression | None:
    return b if _is(a, 0.0) else a if _is(b, 0.0) else None


def _difference(a: Expression, b: Expression) -> Expression | None:
    return a if _is(b, 0.0) else _negative(b) if _is(a, 0.0) else None


def _product(a: Expression, b: Expression) -> Expression | None:
    for one, other in ((a, b), (b, a)):
        if _is(one, 0.0):
            return Constant(0.0)
        if _is(one, 1.0):
            return other
        if _is(one, -1.0):
            return _negative(other)
    return None


def _quotient(a: Expression, b: Expression) -> Expression | None:
    return Constant(0.0) if _is(a, 0.0) else a if _is(b, 1.0) else None


def _power(a: Expression, b: Expression) -> Expression | None:
    return Constant(1.0) if _is(b, 0.0) else a if _is(b, 1.0) else None


def _negation(a: Expression) -> Expression | None:
    return _negative(a) if isinstance(a, Application) and a.primitive.form is Form.NEGATIVE else None


LAWS: Mapping[Form | None, Callable[..., Expression | None]] = {
    Form.SUM: _sum,
    Form.DIFFERENCE: _difference,
    Form.PRODUCT: _product,
    Form.QUOTIENT: _quotient,
    Form.POWER: _power,
    Form.NEGATIVE: _negation,
}
"""What sums, products and the like come to where an argument is 0 or 1; None where nothing is known."""


# ── conditions ───────────────────────────────────────────────────────────────────────────────


class Open:
    """A condition in a partial derivative that depends on the values: both ways are written down."""

    __slots__ = ("select",)

    def __init__(self, select: Callable[[Value, Value], Value]) -> None:
        self.select = select

    def __bool__(self) -> bool:
        raise RunError("the choice of a branch depends on the values of symbols")

    def both(self, other: Any) -> Condition:
        """Whether another condition holds as well."""
        if type(other) is bool:
            return self if other else False
        return Open(lambda yes, no: self.select(other.select(yes, no), no))

    def negated(self) -> Open:
        """Whether the condition does not hold."""
        return Open(lambda yes, no: self.select(no, yes))


def _open(name: str, a: Value, b: Value) -> Open:
    primitive = PRIMITIVES[name]

    def choose(yes: Value, no: Value) -> Value:
        return yes if yes is no else operation(primitive, (a, b, yes, no))

    def select(yes: Value, no: Value) -> Value:
        return weighed(choose, choose(1.0, 0.0), choose(0.0, 1.0), yes, no)

    return Open(select)


def _number(primal: Value) -> Value:
    return Symbolic(primal) if isinstance(primal, Formula) else primal


def _undecided(sign: str, a: Value, b: Value) -> RunError:
    sides = f"{show(a)} {sign} {show(b)}"
    if len(sides) > LONGEST:
        sides = f"… {sign} …"
    hint = "symbols cannot choose a branch: use reals, or the expression of one branch"
    return RunError(f"whether `{sides}` depends on the values of symbols", hint=hint)


def _written(symbol: Symbol) -> str:
    return symbol.name


_ADL = Printer(ADL, _written)
