"""Power series in two steps, cut off: derivatives of every order of what is computed from floats by a loop.

A series is a table of coefficients: `s[i][j]` belongs to the i-th power of the first step and the j-th of the
second. All tables of one computation have one size.
"""

from __future__ import annotations

from typing import TypeAlias

Series: TypeAlias = list[list[float]]


def constant(x: float, size: tuple[int, int], first: float = 0.0, second: float = 0.0) -> Series:
    """A number, with multiples of the two steps."""
    result = [[0.0] * size[1] for _ in range(size[0])]
    result[0][0] = x
    if size[0] > 1:
        result[1][0] = first
    if size[1] > 1:
        result[0][1] = second
    return result


def plus(a: Series, b: Series) -> Series:
    """The sum."""
    return [[x + y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def scaled(a: Series, factor: float) -> Series:
    """A multiple."""
    return [[factor * x for x in row] for row in a]


def times(a: Series, b: Series) -> Series:
    """The product, cut off."""
    rows, columns = len(a), len(a[0])
    result = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            x = a[i][j]
            if x:
                for k in range(rows - i):
                    for m in range(columns - j):
                        result[i + k][j + m] += x * b[k][m]
    return result


def over(a: Series, b: Series) -> Series:
    """The quotient, cut off: coefficient by coefficient what the product with b leaves open."""
    rows, columns = len(a), len(a[0])
    result = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            rest = a[i][j]
            for k in range(i + 1):
                for m in range(j + 1):
                    if k or m:
                        rest -= b[k][m] * result[i - k][j - m]
            result[i][j] = rest / b[0][0]
    return result


def exponential(first: float, a: Series) -> Series:
    """The exponential of a series without its own constant, times a number."""
    rows, columns = len(a), len(a[0])
    result = [[0.0] * columns for _ in range(rows)]
    result[0][0] = first
    for i in range(rows):
        for j in range(columns):
            if i or j:  # of e' = a' e, by the step that it has a power of
                total = 0.0
                for k in range(i + 1):
                    for m in range(j + 1):
                        total += (k if i else m) * a[k][m] * result[i - k][j - m]
                result[i][j] = total / (i or j)
    return result
