"""Simplification: sums and products in the lightest of a few forms, bottom-up, without any rounding.

The laws are those of computer algebra: they hold where both sides are defined, so x / x is 1. Of what `+`,
`-`, `*`, `/` and constant powers make of atoms (symbols, and whatever other functions give) these forms
compete: like terms and like factors put together; that with a common factor in front; both of the expression
written out as a polynomial; and a polynomial in one atom as powers of square-free ones. The weight of a form
is its operations and its operands, a number as much as it has digits. A sum that is a polynomial in one atom
takes one of the last three, which all equal ones have in common, unless that is much heavier.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce

from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.expressions.parts import parts_first
from vlad_py.expressions.simplify import polynomial
from vlad_py.expressions.simplify.forms import EXACT, HALF, Forms, TooLong, fits, is_exact
from vlad_py.expressions.simplify.polynomial import ONE, Exact, Monomial, Terms, exact
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.primitives.form import Form
from vlad_py.values.values import Value, shape_of

MOST_TERMS = 2000  # of a polynomial that is written out
MOST_DEGREE = 64  # of one that is written out to see whether that is shorter
WORTH = 2  # times the weight of another form: what it is worth that equal polynomials have the same
MOST_BITS = 4096  # of a coefficient
LEAST, LONGER = 100_000, 30  # terms that all forms may have, and more for each part of the expression


def simplified(expression: Expression) -> Expression:
    """The expression in its lightest form; as it is, if its forms are too long to be compared."""
    try:
        return _Algebra(expression, lightest=True).result()
    except TooLong:
        return expression


def expanded(expression: Expression) -> Expression:
    """The expression with its products written out, like terms put together. RunError if it has too many."""
    try:
        return _Algebra(expression, lightest=False).result()
    except TooLong:
        raise _too_many() from None


def _too_many() -> RunError:
    return RunError("the expression has too many terms to write out")


class _Algebra(Forms):
    """One simplification: its atoms, and the form of every part that was simplified."""

    def __init__(self, expression: Expression, *, lightest: bool) -> None:
        super().__init__(LEAST + LONGER * len(parts_first(expression)))
        self.lightest = lightest
        self.degrees: dict[int, Exact] = {}
        self.expression = self.interner.all(expression)

    def result(self) -> Expression:
        """The form of the expression. Raises TooLong."""
        forms: dict[int, Terms] = {}
        for item in parts_first(self.expression):
            forms[id(item)] = self._form(item, forms)
        return self.written(forms[id(self.expression)])

    # ── the form of one operation, from those of its arguments ──

    def _form(self, item: Expression, forms: dict[int, Terms]) -> Terms:
        if isinstance(item, Constant) and type(item.value) is float:
            fraction = _fraction(item.value)
            return polynomial.constant(fraction) if fraction is not None else self._atom(item)
        if not isinstance(item, Application):
            return self._atom(item)
        parts = [forms[id(x)] for x in item.arguments]
        if not shape_of(item.value) and not any(shape_of(_value(x)) for x in item.arguments):
            found = self._algebraic(item.primitive.form, parts)
            if found is not None and fits(found):
                return self._best(found)
        # a form cannot tell -0 from 0, but functions other than sums and products can
        return self._function(
            item, [x if _is_minus_0(x) else self.written(form) for x, form in zip(item.arguments, parts)]
        )

    def _algebraic(self, form: Form | None, parts: list[Terms]) -> Terms | None:
        """The form of what is made of sums, products and powers; None of anything else."""
        nothing: Terms = {}
        match form:
            case Form.SUM | Form.SUM_OF_MANY:
                return reduce(polynomial.plus, parts, nothing)
            case Form.DIFFERENCE:
                return polynomial.plus(parts[0], polynomial.scaled(parts[1], -1))
            case Form.NEGATIVE:
                return polynomial.scaled(parts[0], -1)
            case Form.PRODUCT | Form.PRODUCT_OF_MANY:
                return reduce(self._product, parts, polynomial.constant(1))
            case Form.INNER_PRODUCT:
                half = len(parts) // 2
                pairs = zip(parts[:half], parts[half:], strict=True)
                return reduce(polynomial.plus, (self._product(a, b) for a, b in pairs), nothing)
            case Form.QUOTIENT:
                inverse = self._power(parts[1], -1)
                return None if inverse is None else self._product(parts[0], inverse)
            case Form.SQUARE:
                return self._power(parts[0], 2)
            case Form.ROOT:
                return self._power(parts[0], HALF)
            case Form.POWER:
                exponent = _number(parts[1])
                return None if exponent is None else self._power(parts[0], exponent)
        return None

    def _product(self, a: Terms, b: Terms) -> Terms:
        if not a or not b:
            return {}
        (m, x), (n, y) = self._single(a), self._single(b)
        return {polynomial.joined(m, n): x * y}

    def _power(self, a: Terms, exponent: Exact) -> Terms | None:
        """None where the power of the parts is not that of the whole, or is not a real."""
        if not exponent:
            return polynomial.constant(1)
        if not a:
            return a if exponent > 0 else None
        monomial, coefficient = self._single(a)
        if exponent.denominator == 1:
            digits = max(coefficient.numerator.bit_length(), coefficient.denominator.bit_length())
            if polynomial.absolute(exponent) > EXACT or (
                coefficient not in (1, -1) and digits * polynomial.absolute(exponent) > MOST_BITS
            ):
                return None
            return {polynomial.raised(monomial, exponent): exact(Fraction(coefficient) ** int(exponent))}
        if coefficient != 1 or len(monomial) != 1 or monomial[0][1] != 1:
            return None  # √(x²) is not x
        return {polynomial.raised(monomial, exponent): coefficient}

    def _single(self, a: Terms) -> tuple[Monomial, Exact]:
        """A form as one product: a sum becomes a factor, what its terms have in common others."""
        if len(a) == 1:
            return next(iter(a.items()))
        number, common = polynomial.common_factor(a)
        common = tuple((i, e) for i, e in common if not isinstance(self.atoms[i], frozenset))
        rest = polynomial.without_factor(a, number, common)
        if not fits(rest):
            number = 1
            rest = polynomial.without_factor(a, number, common)
        return polynomial.joined(common, ((self.sum(rest), 1),)), number

    def _function(self, item: Application, arguments: list[Expression]) -> Terms:
        """The form of another function: a constant, or an atom."""
        if all(isinstance(x, Constant) for x in arguments):
            try:
                with quiet():
                    value = item.applied(tuple(x.value for x in arguments if isinstance(x, Constant)))
            except RunError:
                value = None
            if type(value) is float:
                fraction = _fraction(value)
                return (
                    polynomial.constant(fraction)
                    if fraction is not None
                    else self._atom(self._constant(value))
                )
        same = all(a is b for a, b in zip(arguments, item.arguments, strict=True))
        new = item if same else Application(item.primitive, tuple(arguments), item.statics, item.value)
        return self._atom(self.interner.one(new))

    def _atom(self, item: Expression) -> Terms:
        return {((self.atom(item), 1),): 1}

    # ── forms that compete ──

    def _best(self, form: Terms) -> Terms:
        if not self.lightest:
            written = self._expanded(form, MOST_TERMS)
            if written is None:
                raise _too_many()
            if not fits(written):
                raise RunError("written out, the expression has numbers too large or too small for reals")
            return written
        if not form or (len(form) == 1 and len(next(iter(form))) <= 1 and not self._sums(form)):
            return form
        if len(form) > MOST_DEGREE + 1:  # to write it down at every turn of a long run takes its square
            return form
        forms = [form] if len(form) == 1 else [form, self._as_product(form)]
        written = self._expanded(form, MOST_DEGREE + 1) if self._degree(form) <= MOST_DEGREE else None
        polynomials: list[Terms] = []
        if written and fits(written) and all(map(is_exact, written.values())):
            polynomials = [written, *self._factored(written)]
            if len(written) > 1:
                polynomials.insert(1, self._as_product(written))
        if len(form) > 1 and polynomials and polynomial.univariate(polynomials[0]) is not None:
            same, other = self._lightest(polynomials), self._lightest(forms)
            return same if self._weight_of(same) < WORTH * self._weight_of(other) else other
        return self._lightest([*forms, *polynomials])

    def _lightest(self, forms: list[Terms]) -> Terms:
        return min(forms, key=self._weight_of)

    def _weight_of(self, form: Terms) -> int:
        return self.weight(self.written(form))

    def _degree(self, form: Terms) -> Exact:
        """The degree that a form has when it is written out, its other functions taken as of degree 1."""
        if not form:
            return 0
        return max(sum(e * self._degree_of(atom) for atom, e in monomial if e > 0) for monomial in form)

    def _degree_of(self, atom: int) -> Exact:
        if atom not in self.degrees:
            inner = self.atoms[atom]
            self.degrees[atom] = self._degree(dict(inner)) if isinstance(inner, frozenset) else 1
        return self.degrees[atom]

    def _as_product(self, form: Terms) -> Terms:
        monomial, coefficient = self._single(form)
        return {monomial: coefficient}

    def _sums(self, form: Terms) -> list[int]:
        """The sums among the atoms of a form that can be written out."""
        powers = {atom for m in form for atom, e in m if e.denominator == 1 and e > 0}
        return [atom for atom in powers if isinstance(self.atoms[atom], frozenset)]

    def _expanded(self, form: Terms, most: int) -> Terms | None:
        """The form without sums in products; None if it gets too long."""
        while self._sums(form):
            total: Terms = {}
            for monomial, coefficient in form.items():
                term: Terms | None = polynomial.constant(coefficient)
                for atom, exponent in monomial:
                    inner = self.atoms[atom]
                    factor: Terms | None = {((atom, exponent),): 1}
                    if isinstance(inner, frozenset) and exponent.denominator == 1 and exponent > 0:
                        factor = polynomial.power(dict(inner), int(exponent), most)
                    if term is None or factor is None:
                        return None
                    term = polynomial.times(term, factor, most)
                if term is None or len(total) > most:
                    return None
                total = polynomial.plus(total, term)
            form = total
        return form

    def _factored(self, form: Terms) -> Iterator[Terms]:
        """A polynomial in one atom as a product of powers of square-free ones, unless it is one itself."""
        if len(form) < 3:
            return
        number, common = polynomial.common_factor(form)
        rest = polynomial.without_factor(form, number, common)
        found = polynomial.univariate(rest)
        if found is None:
            return
        atom, dense = found
        factors = polynomial.squarefree(dense)
        if len(factors) == 1 and factors[0][1] == 1:
            return
        result: Terms = {common: number}
        lowest = Fraction(dense[0])
        for factor, multiplicity in factors:
            lowest /= factor[0] ** multiplicity
            power = self._power(polynomial.from_dense(atom, factor), multiplicity)
            assert power is not None
            result = self._product(result, power)
        yield polynomial.scaled(result, exact(lowest))


def _value(item: Expression) -> Value:
    return item.value


def _is_minus_0(item: Expression) -> bool:
    return isinstance(item, Constant) and repr(item.value) == "-0.0"


def _fraction(x: float) -> Exact | None:
    return exact(Fraction(x)) if abs(x) < float("inf") else None


def _number(form: Terms) -> Exact | None:
    """The number that a form is, if it is one."""
    if not form:
        return 0
    return form[ONE] if len(form) == 1 and ONE in form else None
