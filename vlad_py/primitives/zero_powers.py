"""The derivatives of x^n at x = 0, of any order, for the partial derivatives of powers."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import TypeAlias

from vlad_py.primitives.choice import chosen
from vlad_py.primitives.declare import unlisted
from vlad_py.primitives.primitive import PRIMITIVES, Apply
from vlad_py.values.values import Value

INF = math.inf

Pieces: TypeAlias = list[tuple[str, float, float]]
"""Cases of n, tried in turn: a test (a primitive's name), what it compares n with, and the derivative
where it holds, as a multiple of x^(n - j). The last case has no test.
"""


def _pieces(j: int, k: int) -> Pieces:
    """The limits from above of the derivatives of x^n, j times in x and k times in n.

    With the falling factorial (n)ⱼ they are the sum over i of C(k, i) (n)ⱼ⁽ⁱ⁾ x^(n - j) ln(x)^(k - i). Above
    n = j that tends to 0, and from there down to the first term that is not 0. Below n = j the power is
    infinite, so only the sign of its factor counts. At an integer from 0 to j - 1, where (n)ⱼ is 0, the term
    after the first one has the sign that the first one has just below that integer.
    """
    logarithms = (-INF) ** k if k else 1.0
    found: Pieces = [("if_above", float(j), 0.0), ("if_same", float(j), math.factorial(j) * logarithms)]
    for m in range(j - 1, -1, -1):
        found.append(("if_above", float(m), (-1) ** (j - 1 - m) * logarithms))
        if not k:
            found.append(("if_same", float(m), 0.0))
    found.append(("", 0.0, (-1) ** j * logarithms))
    # an integer needs no test of its own if what comes below it is the same
    needed = [piece for piece, below in pairwise(found) if piece[0] == "if_above" or piece[2] != below[2]]
    return [*needed, found[-1]]


def _multiple(factor: float, power: Value) -> Value:
    if not factor:
        return 0.0
    if factor == -1.0:
        return PRIMITIVES["neg"].apply(power)
    return power if factor == 1.0 else PRIMITIVES["*"].apply(power, factor)


@cache
def power_at_zero(j: int, k: int) -> Apply:
    """The derivative of x^n, j times in x and k times in n, at x = 0: its limit from above."""
    *pieces, (_, _, last) = _pieces(j, k)

    def value(x: Value, n: Value) -> Value:
        exponent = PRIMITIVES["-"].apply(n, float(j)) if j else n
        power = PRIMITIVES["^"].apply(x, exponent)
        found = _multiple(last, power)
        for test, m, factor in reversed(pieces):
            found = chosen(test, n, m, factor if test == "if_same" else _multiple(factor, power), found)
        return found

    native = {
        (1, 0): "where({1} > 1.0, 0.0, where({1} == 1.0, 1.0, where({1} == 0.0, 0.0, {1} * inf)))",
        (0, 1): "where({1} > 0.0, 0.0, where({1} != {1}, {1}, -inf))",
    }
    return unlisted(
        f"power_at_zero_{j}_{k}",
        doc=f"power_at_zero_{j}_{k}(x, n): the derivative of x^n, {j} times in x, {k} times in n, at x = 0.",
        value=value,
        partials=(
            lambda y, x, n: power_at_zero(j + 1, k)(x, n),
            lambda y, x, n: power_at_zero(j, k + 1)(x, n),
        ),
        spelt=value,
        part_of="^",
        native=native.get((j, k), ""),
    )
