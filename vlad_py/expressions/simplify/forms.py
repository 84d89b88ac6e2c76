"""Forms: sums of products of atoms, each known by its place in a table; their text, and its weight."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction
from functools import reduce
from typing import TypeAlias

from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.expressions.sharing import Interner
from vlad_py.expressions.simplify import polynomial
from vlad_py.expressions.simplify.polynomial import Exact, Monomial, Terms
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.show import show_real
from vlad_py.values.values import NO_STATICS

HALF = Fraction(1, 2)  # of an exponent: a root
EXACT = 2**53  # whole numbers below are floats
NORMAL = 2.0**-1022  # floats below have fewer digits

# A sum is an atom to the products that it stands in.
Atom: TypeAlias = Expression | frozenset[tuple[Monomial, Exact]]


class TooLong(Exception):
    """Written down, forms have more terms than they may."""


class Forms:
    """A table of atoms, and the expressions of forms over them, of at most so many terms all together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.atoms: list[Atom] = []
        self.bases: list[Expression] = []  # of each atom the expression
        self.places: dict[Hashable, int] = {}
        self.interner = Interner()
        self.weights: dict[int, int] = {}
        self.texts: dict[frozenset[tuple[Monomial, Exact]], Expression] = {}

    def atom(self, item: Expression) -> int:
        """The place of an atom that is not a sum."""
        return self._place(id(item), item, lambda: item)

    def sum(self, form: Terms) -> int:
        """The place of a sum. It is written down at once, as a sum in it was before. Raises TooLong."""
        terms = frozenset(form.items())
        return self._place(terms, terms, lambda: self.written(form))

    def _place(self, key: Hashable, atom: Atom, written: Callable[[], Expression]) -> int:
        if key not in self.places:
            self.bases.append(written())
            self.places[key] = len(self.atoms)
            self.atoms.append(atom)
        return self.places[key]

    # ── forms as expressions ──

    def written(self, form: Terms) -> Expression:
        """A form as an expression. Raises TooLong."""
        key = frozenset(form.items())
        if key not in self.texts:
            self.most -= len(form)
            if self.most < 0:
                raise TooLong
            self.texts[key] = self._sum(form)
        return self.texts[key]

    def _sum(self, form: Terms) -> Expression:
        if not form:
            return self._constant(0.0)
        terms = sorted(form.items(), key=lambda item: (polynomial.degree(item[0]), item[0]))
        first = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)  # -1 + x is x - 1
        terms.insert(0, terms.pop(first))
        total = self._term(*terms[0])
        for monomial, coefficient in terms[1:]:
            sign = "+" if coefficient > 0 else "-"
            total = self._applied(sign, total, self._term(monomial, polynomial.absolute(coefficient)))
        return total

    def _term(self, monomial: Monomial, coefficient: Exact) -> Expression:
        factors = sorted(((self.bases[atom], e, atom) for atom, e in monomial), key=self._rank)
        above: list[Expression] = [self._raised(base, e) for base, e, _ in factors if e > 0]
        below: list[Expression] = [self._raised(base, -e) for base, e, _ in factors if e < 0]
        size = polynomial.absolute(coefficient)
        if is_exact(size) and not is_float(size):
            below.insert(0, self._constant(float(size.denominator)))
            size = size.numerator
        if size != 1 or not above:
            above.insert(0, self._constant(float(size)))
        term = reduce(lambda a, b: self._applied("*", a, b), above)
        if below:
            term = self._applied("/", term, reduce(lambda a, b: self._applied("*", a, b), below))
        if coefficient > 0:
            return term
        if isinstance(term, Constant) and isinstance(term.value, float):
            return self._constant(-term.value)
        return self._applied("neg", term)

    def _rank(self, factor: tuple[Expression, Exact, int]) -> tuple[bool, int, int]:
        """Symbols stand before functions, these before sums, in the order in which they were met."""
        base, _, atom = factor
        is_sum = isinstance(self.atoms[atom], frozenset)
        return is_sum, self.weight(base) if is_sum else isinstance(base, Application), atom

    def _constant(self, value: float) -> Expression:
        return self.interner.one(Constant(value))

    def _applied(self, name: str, *arguments: Expression) -> Expression:
        return self.interner.one(Application(PRIMITIVES[name], arguments, NO_STATICS, float("nan")))

    def _raised(self, base: Expression, exponent: Exact) -> Expression:
        if exponent == 1:
            return base
        if exponent == HALF:
            return self._applied("sqrt", base)
        if exponent == 2:
            return self._applied("square", base)
        return self._applied("^", base, self._constant(float(exponent)))

    def weight(self, expression: Expression) -> int:
        """Operations and operands, a number as much as it has digits."""
        todo = [expression]
        while todo:
            item = todo[-1]
            inner = item.arguments if isinstance(item, Application) else ()
            unknown = [x for x in inner if id(x) not in self.weights]
            if unknown:
                todo += unknown
                continue
            todo.pop()
            own = 1
            if isinstance(item, Constant) and type(item.value) is float:
                own = sum(c.isdigit() for c in show_real(item.value)) or 1
            self.weights[id(item)] = own + sum(self.weights[id(x)] for x in inner)
        return self.weights[id(expression)]


def fits(form: Terms) -> bool:
    """Whether a form can be written with reals: its coefficients to all their digits, its exponents exactly
    where they are whole, or x would get another sign.
    """
    return all(
        _is_near_float(c) and all(-EXACT <= e <= EXACT for _, e in monomial) for monomial, c in form.items()
    )


def _is_near_float(x: Exact) -> bool:
    """Whether rounding loses none of the digits that a float has, as it does below the normal ones."""
    if type(x) is int and -EXACT <= x <= EXACT:
        return True
    try:
        near = float(x)
    except OverflowError:
        return False
    return abs(near) >= NORMAL or Fraction(near) == x


def is_float(x: Exact) -> bool:
    """Whether a number is a float."""
    if type(x) is int and -EXACT <= x <= EXACT:
        return True
    return _is_near_float(x) and Fraction(float(x)) == x


def is_exact(x: Exact) -> bool:
    """Whether a coefficient can be written without rounding: as a float, or a quotient of whole ones."""
    return is_float(x) or max(abs(x.numerator), x.denominator) <= EXACT
