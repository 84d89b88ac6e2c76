"""Polynomials over any atoms, with exact coefficients and exponents: what sums and products are to algebra.

`Terms` have a coefficient for each monomial; an atom is known by its place in a table of its owner. Nothing
here rounds.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import TypeAlias

from vlad_py.ground.asking import take

Exact: TypeAlias = int | Fraction  # a whole number is an int, which is faster
Monomial: TypeAlias = tuple[tuple[int, Exact], ...]  # atoms and their exponents, by rising atom
Terms: TypeAlias = dict[Monomial, Exact]

ONE: Monomial = ()
LARGEST = (
    10**6
)  # numerator and denominator of a common factor: the coefficients of 0.1 - x have none to speak of


def exact(value: Fraction) -> Exact:
    """A number in its faster form."""
    return value.numerator if value.denominator == 1 else value


def absolute(value: Exact) -> Exact:
    """A number without its sign."""
    return value if value >= 0 else -value


def constant(value: Exact) -> Terms:
    """A polynomial without atoms."""
    return {ONE: value} if value else {}


def plus(a: Terms, b: Terms) -> Terms:
    """The sum."""
    total = dict(a)
    for monomial, coefficient in b.items():
        total[monomial] = total.get(monomial, 0) + coefficient
    return {monomial: c for monomial, c in total.items() if c}


def scaled(a: Terms, factor: Exact) -> Terms:
    """The product with a number."""
    return {monomial: c * factor for monomial, c in a.items()} if factor else {}


def joined(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    powers = dict(a)
    for atom, exponent in b:
        powers[atom] = powers.get(atom, 0) + exponent
    return tuple(sorted((atom, e) for atom, e in powers.items() if e))


def raised(a: Monomial, exponent: Exact) -> Monomial:
    """A power of a monomial."""
    return tuple((atom, e * exponent) for atom, e in a) if exponent else ONE


def times(a: Terms, b: Terms, most: int) -> Terms | None:
    """The product, written out; None if it has more than so many terms, or comes from too many."""
    if len(a) * len(b) > most * most:
        return None
    take(len(a) * len(b), "an expression that is written out takes a step for each product of two terms")
    total: Terms = {}
    for m, x in a.items():
        for n, y in b.items():
            monomial = joined(m, n)
            total[monomial] = total.get(monomial, 0) + x * y
    total = {monomial: c for monomial, c in total.items() if c}
    return total if len(total) <= most else None


def power(a: Terms, exponent: int, most: int) -> Terms | None:
    """A power with a positive exponent, written out; None if it has too many terms."""
    result: Terms | None = constant(1)
    square: Terms | None = a
    while exponent and result is not None and square is not None:
        if exponent & 1:
            result = times(result, square, most)
        exponent >>= 1
        square = times(square, square, most) if exponent else square
    return None if square is None else result


def common_factor(a: Terms) -> tuple[Exact, Monomial]:
    """What all terms have in common: a number, with the sign of a term of lowest degree, and a monomial."""
    low: dict[int, Exact] | None = None
    for monomial in a:
        powers = {atom: e for atom, e in monomial if e > 0}
        low = powers if low is None else {i: min(e, powers[i]) for i, e in low.items() if i in powers}
    above, below = (c.numerator for c in a.values()), (c.denominator for c in a.values())
    number = exact(Fraction(reduce(gcd, above), reduce(lcm, below)))
    if max(number.numerator, number.denominator) > LARGEST:
        number = 1
    leading = min(a.items(), key=lambda item: degree(item[0]))[1]
    return number if leading > 0 else -number, tuple(sorted((low or {}).items()))


def without_factor(a: Terms, number: Exact, monomial: Monomial) -> Terms:
    """The quotient by a factor of all terms."""
    if number == 1 and not monomial:
        return a
    inverse = raised(monomial, -1)
    return {joined(m, inverse): exact(Fraction(c) / number) for m, c in a.items()}


def degree(monomial: Monomial) -> Exact:
    """The sum of the exponents."""
    return sum((e for _, e in monomial), 0)


# ── of one atom: coefficients by rising exponent ─────────────────────────────────────────────

Dense: TypeAlias = list[int]


def univariate(a: Terms) -> tuple[int, Dense] | None:
    """The atom and the coefficients of a polynomial in one atom with whole numbers; None for any other."""
    atoms = {atom for monomial in a for atom, _ in monomial}
    if len(atoms) != 1 or any(c.denominator != 1 for c in a.values()):
        return None
    exponents = [degree(monomial) for monomial in a]
    if any(e.denominator != 1 or e < 0 for e in exponents):
        return None
    dense = [0] * (int(max(exponents)) + 1)
    for e, c in zip(exponents, a.values(), strict=True):
        dense[int(e)] = c.numerator
    return atoms.pop(), dense


def from_dense(atom: int, dense: Dense) -> Terms:
    """A polynomial in one atom."""
    return {((atom, i),) if i else ONE: c for i, c in enumerate(dense) if c}


def squarefree(dense: Dense) -> list[tuple[Dense, int]]:
    """A polynomial as a product of powers of polynomials without multiple roots, but for a number.

    Source: D. Y. Y. Yun, "On square-free decomposition algorithms", SYMSAC 1976.
    """
    factors: list[tuple[Dense, int]] = []
    slope = _derived(dense)
    common = _gcd(dense, slope)
    rest, other = _divided(dense, common), _divided(slope, common)
    multiplicity = 1
    while len(rest) > 1:
        difference = _difference(other, _derived(rest))
        factor = _gcd(rest, difference) if difference else _primitive(rest)
        if len(factor) > 1:
            factors.append((factor, multiplicity))
        rest = _divided(rest, factor)
        other = _divided(difference, factor) if difference else []
        multiplicity += 1
    return factors


def _derived(a: Dense) -> Dense:
    return [i * c for i, c in enumerate(a)][1:]


def _trimmed(a: Dense) -> Dense:
    while a and a[-1] == 0:
        a.pop()
    return a


def _difference(a: Dense, b: Dense) -> Dense:
    length = max(len(a), len(b))
    a, b = a + [0] * (length - len(a)), b + [0] * (length - len(b))
    return _trimmed([x - y for x, y in zip(a, b, strict=True)])


def _primitive(a: Dense) -> Dense:
    """Without the common factor of the coefficients, the first of them positive."""
    factor = reduce(gcd, a)
    sign = 1 if next(c for c in a if c) > 0 else -1
    return [sign * c // factor for c in a]


def _gcd(a: Dense, b: Dense) -> Dense:
    """By pseudo-remainders, whose common factors are taken out at every step."""
    while b:
        a, b = b, _remainder(a, b)
        b = _primitive(b) if b else b
    return _primitive(a)


def _remainder(a: Dense, b: Dense) -> Dense:
    a = list(a)
    while len(a) >= len(b):
        lead, shift = a[-1], len(a) - len(b)
        a = [c * b[-1] for c in a]
        for i, c in enumerate(b):
            a[i + shift] -= lead * c
        _trimmed(a)
    return a


def _divided(a: Dense, b: Dense) -> Dense:
    """The quotient by a factor with coprime coefficients: it has whole coefficients too (Gauss)."""
    a, quotient = list(a), [0] * max(len(a) - len(b) + 1, 0)
    while len(a) >= len(b) and a:
        shift = len(a) - len(b)
        quotient[shift] = a[-1] // b[-1]
        for i, c in enumerate(b):
            a[i + shift] -= quotient[shift] * c
        _trimmed(a)
    return quotient
