"""Diagonals of matrices, matrices made of them, and lower triangles."""

from __future__ import annotations

from math import prod

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.axes import square_matrix
from vlad_py.primitives.choice import choose
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import linear, rearranging
from vlad_py.primitives.primitive import Adjoint, Apply
from vlad_py.primitives.shapes import total
from vlad_py.values.show import not_numbers
from vlad_py.values.values import Array, Value, shape_of

diagonal: Apply = rearranging(
    "diagonal",
    doc="diagonal(m): the diagonal of a matrix.",
    value=lambda x: Array(np.diagonal(x.data)),
    adjoint=lambda x: Adjoint(diagonal_matrix, shape=shape_of(x)),
    text="diag",
)

diagonal_matrix: Apply = rearranging(
    "diagonal_matrix",
    drops=True,
    doc="diagonal_matrix(x, shape): a matrix of zeros but for its diagonal.",
    value=lambda x, *, shape: Array(_placed(x.data, shape)),
    adjoint=lambda x, *, shape: Adjoint(diagonal),
    text=lambda shapes, shape: "diag({0})" if shape[0] == shape[1] else "",
)


def _placed(data: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    matrix = np.zeros(shape)
    np.fill_diagonal(matrix, data)
    return matrix


def _lower(x: Value) -> Value:
    n = shape_of(x)[-1]
    return mul(choose(Array(np.tril(np.ones((n, n)))), x, 0.0), Array(1.0 - 0.5 * np.eye(n)))


def _lower_halves(items: Value) -> Value:
    return lower_half(items)


lower_half: Apply = linear(
    "lower_half",
    drops=True,
    doc="lower_half(m): the lower triangle of each matrix, with half its diagonal.",
    value=lambda x: Array(x.data * (np.tri(x.data.shape[-1]) - 0.5 * np.eye(x.data.shape[-1]))),
    adjoint=lambda x: Adjoint(lower_half),
    batched=_lower_halves,
    unchecked="{0} * (np.tri(len({0})) - 0.5 * np.eye(len({0})))",
    spelt=_lower,
    cost=lambda shapes: prod(shapes[0][:-1]),
)


def _diag(x: Value) -> Value:
    shape = shape_of(x)
    if len(shape) == 1:
        return diagonal_matrix(x, shape=(shape[0], shape[0]))
    if len(shape) == 2:
        return diagonal(x)
    raise not_numbers("`diag` expects a vector or a matrix", x)


structural(
    "diag",
    1,
    by_shape=True,
    doc="For a vector, the matrix with that diagonal; for a matrix, its diagonal.",
    example="diag([1, 2]), diag([[1, 2], [3, 4]])",
    value=_diag,
)


def _trace(x: Value) -> Value:
    square_matrix("trace", x)
    return total(diagonal(x), axis=None)


structural(
    "trace",
    1,
    by_shape=True,
    doc="The sum of the diagonal of a square matrix.",
    example="trace([[1, 2], [3, 4]])",
    value=_trace,
)
