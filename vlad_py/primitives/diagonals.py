"""Diagonals of matrices, matrices made of them, and lower triangles."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.axes import square_matrix
from vlad_py.primitives.choice import choose
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import Adjoint, Apply
from vlad_py.primitives.shapes import linear, total
from vlad_py.values.show import describe
from vlad_py.values.values import Array, Value, shape_of

diagonal: Apply = linear(
    "diagonal",
    "diagonal(m): the diagonal of a matrix.",
    lambda x: Array(np.diagonal(x.data)),
    lambda x: Adjoint(_on_diagonal, shape_of(x)),
    text="diag",
    cost=0,
)

diagonal_matrix: Apply = linear(
    "diagonal_matrix",
    "diagonal_matrix(x, shape): a matrix of zeros but for its diagonal.",
    lambda x, shape: Array(_placed(x.data, shape)),
    lambda x, shape: Adjoint(diagonal),
    text=lambda shapes, shape: "diag({0})" if shape[0] == shape[1] else "",
    cost=0,
)


def _placed(data: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    matrix = np.zeros(shape)
    np.fill_diagonal(matrix, data)
    return matrix


def _on_diagonal(cotangent: Value, shape: tuple[int, ...]) -> Value:
    return diagonal_matrix(cotangent, shape)


def _lower(x: Value) -> Value:
    n = shape_of(x)[0]
    return mul(choose(Array(np.tril(np.ones((n, n)))), x, 0.0), Array(1.0 - 0.5 * np.eye(n)))


lower_half: Apply = linear(
    "lower_half",
    "lower_half(m): the lower triangle of a matrix, with half its diagonal.",
    lambda x: Array(np.tril(x.data) - 0.5 * np.diag(np.diagonal(x.data))),
    lambda x: Adjoint(lower_half),
    spelt=_lower,
    cost=lambda shapes: shapes[0][0],
)


def _diag(x: Value) -> Value:
    shape = shape_of(x)
    if len(shape) == 1:
        return diagonal_matrix(x, (shape[0], shape[0]))
    if len(shape) == 2:
        return diagonal(x)
    raise RunError(f"`diag` expects a vector or a matrix, got {describe(x)}")


structural(
    "diag",
    1,
    by_shape=True,
    doc="Of a vector the matrix with it as diagonal, of a matrix its diagonal.",
    value=_diag,
)


def _trace(x: Value) -> Value:
    square_matrix("trace", x)
    return total(diagonal(x), None)


structural("trace", 1, by_shape=True, doc="The sum of the diagonal of a square matrix.", value=_trace)
