"""Functions of square matrices that are made of others: triangular equations, signs, the exponential.

Source of the exponential: N. Higham, "The scaling and squaring method for the matrix exponential revisited"
(2005).
"""

from __future__ import annotations

import math

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import add, mul, sub
from vlad_py.primitives.axes import square_matrices, square_matrix
from vlad_py.primitives.declare import structural
from vlad_py.primitives.linear_algebra import logdet, solve
from vlad_py.primitives.moving import triangle
from vlad_py.primitives.products import matmul
from vlad_py.primitives.shapes import plain_data, wrapped
from vlad_py.values.values import Array, Value


def _slogdet(a: Value) -> tuple[Value, Value]:
    square_matrices("slogdet", a)
    size = logdet(a)
    return wrapped(np.linalg.slogdet(plain_data(a))[0]), size


structural(
    "slogdet",
    1,
    item_by_item="the sign is that of each determinant",
    doc="slogdet(a): the pair of the sign of det(a) and of ln|det(a)|, without overflow; for a stack of "
    "matrices two arrays.",
    example="slogdet([[0, 2], [1, 0]])",
    value=_slogdet,
)


def _solve_triangle(name: str, a: Value, b: Value, lower: bool) -> Value:
    square_matrix(name, a)
    try:
        return solve(triangle(a, k=0, lower=lower), b)
    except RunError as error:  # of the function that the program called
        if type(error) is RunError:
            error.message = error.message.replace("`solve`", f"`{name}`", 1)
        raise


for _name, _side, _lower in (("solve_lower", "lower", True), ("solve_upper", "upper", False)):
    structural(
        _name,
        2,
        doc=f"{_name}(a, b): the x with t @ x == b, where t is the {_side} triangle of a square matrix a; "
        "the rest of a does not count. An error where the diagonal has a 0.",
        example=f"{_name}([[2, 1], [1, 4]], [4, 10])",
        value=lambda a, b, name=_name, lower=_lower: _solve_triangle(name, a, b, lower),
    )

# Padé's approximation of degree 13, and the norm up to which it has all digits (table 2.3 there)
PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
FAR = 5.371920351148152


def _expm(a: Value) -> Value:
    n = square_matrix("expm", a)
    size = float(np.abs(plain_data(a)).sum(0).max(initial=0.0))
    if not math.isfinite(size):
        raise RunError("`expm` expects a matrix of finite reals")
    halvings = max(0, math.ceil(math.log2(size / FAR))) if size > FAR else 0
    a = mul(a, 0.5**halvings)
    one = Array(np.eye(n))
    second = matmul(a, a)
    fourth = matmul(second, second)
    powers = [one, second, fourth, matmul(second, fourth)]

    def combined(first: int) -> Value:
        """The sum of every other term of the polynomial, from the first on, over a ^ first."""
        terms = [coefficient / PADE[0] for coefficient in PADE[first::2]]
        low, high = mul(terms[0], one), mul(terms[4], powers[1])
        for i in (1, 2, 3):
            low = add(low, mul(terms[i], powers[i]))
        for i in (2, 3)[: len(terms) - 5]:
            high = add(high, mul(terms[i + 3], powers[i]))
        return add(low, matmul(powers[3], high))

    even, odd = combined(0), matmul(a, combined(1))
    result = solve(sub(even, odd), add(even, odd))
    for _ in range(halvings):
        result = matmul(result, result)
    return result


structural(
    "expm",
    1,
    item_by_item="how often it squares depends on the matrix",
    doc="expm(a): the exponential of a square matrix, 1 + a + a @ a / 2 + …: the solution of x' = a @ x at "
    "time 1. `exp(a)` is that of each element.",
    example="expm([[0, 1], [0, 0]])",
    value=_expm,
)
