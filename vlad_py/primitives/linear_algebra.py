"""Linear algebra: solutions, factors, determinants.

Sources: the rules of `solve`, `inv`, `det` and `cholesky` are those of M. Giles, "An extended collection of
matrix derivative results for forward and reverse mode algorithmic differentiation" (2008), and of
I. Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from vlad_py.ground.asking import ask_work
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, NAN, add, mul, neg, sub
from vlad_py.primitives.axes import square_matrices, square_matrix
from vlad_py.primitives.choice import same
from vlad_py.primitives.declare_arrays import general
from vlad_py.primitives.diagonals import lower_half
from vlad_py.primitives.form import Form
from vlad_py.primitives.items import items_of
from vlad_py.primitives.primitive import PRIMITIVES, Adjoint, Apply, Rule
from vlad_py.primitives.products import column, matmul
from vlad_py.primitives.shapes import (
    Shape,
    data_of,
    element,
    gather,
    plain_data,
    reshape_to,
    stack_of,
    swap,
    total,
)
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Array, Value, shape_of

NO_BOX = (
    "its values for all matrices between two do not fill a box",
    "for one matrix among them: `inv(intervals.middle(a))`",
)
TOO_WIDE = ("elimination would make it far too wide", "write the products out, for small matrices")
ILL = 1e-10  # the reciprocal of a condition number below which no inverse is used


def _cubic(shapes: Sequence[Shape]) -> int:
    return 4 * prod(shapes[0][:-2]) * shapes[0][-1] ** 3


# ── solutions ────────────────────────────────────────────────────────────────────────────────


def _solved(name: str, solved: Callable[[np.ndarray], np.ndarray], matrices: np.ndarray) -> Array:
    """A solution, with nan for a matrix that holds one. RunError for a singular matrix."""
    try:
        return Array(solved(matrices))
    except np.linalg.LinAlgError:
        unknown = np.isnan(matrices).any((-1, -2))
    try:
        found = solved(np.where(unknown[..., None, None], np.eye(matrices.shape[-1]), matrices))
    except np.linalg.LinAlgError:
        raise RunError(f"`{name}` of a singular matrix", hint="its rows are linearly dependent") from None
    found[unknown] = NAN
    return Array(found)


def _solve(a: Value, b: Value) -> Value:
    n = square_matrices("solve", a)
    matrices, rows = shape_of(a), shape_of(b)
    if len(rows) not in (len(matrices) - 1, len(matrices)) or rows[: len(matrices) - 1] != matrices[:-1]:
        many = "" if len(matrices) == 2 else " for each matrix"
        expected = f"a vector of {n}, or a matrix of {n} rows{many}"
        raise not_numbers(f"`solve` with {describe(a)} expects {expected}", b)
    if asked:
        ask_work(_cubic((matrices,)))
    right = data_of(b)
    if len(rows) == len(matrices):
        return _solved("solve", lambda left: np.linalg.solve(left, right), data_of(a))
    return _solved("solve", lambda left: np.linalg.solve(left, right[..., None])[..., 0], data_of(a))


def _are_vectors(a: Value, x: Value) -> bool:
    """Whether x has a vector for each matrix of a, and not a matrix."""
    return len(shape_of(x)) < len(shape_of(a))


def _times(a: Value, x: Value) -> Value:
    """The product of a matrix and a vector or a matrix, or of stacks of these."""
    if len(shape_of(a)) == 2 or not _are_vectors(a, x):
        return matmul(a, x)
    return reshape_to(matmul(a, column(x)), shape=shape_of(x))


def _minus_outer(cotangent: Value, a: Value, x: Value) -> Value:
    """-Aᵀ⁻¹ x̄ xᵀ: the cotangent of A in x = A⁻¹ b."""
    back = solve(swap(a), cotangent)
    if not _are_vectors(a, x):
        return neg(matmul(back, swap(x)))
    rows = x if len(shape_of(x)) == 1 else swap(column(x))
    return neg(mul(column(back), rows))


def _solved_back(cotangent: Value, a: Value) -> Value:
    return solve(swap(a), cotangent)


def _solutions(held: tuple[bool, ...], a: Value, b: Value) -> Value:
    if not held[0] and len(shape_of(a)) == 2 == len(shape_of(b)):  # one matrix, and many vectors
        return swap(solve(a, swap(b)))
    return solve(*items_of(held, (a, b)))


solve: Apply = general(
    "solve",
    without_intervals=NO_BOX,
    form=Form.SOLUTION,
    doc="solve(a, b): the x with a @ x == b, for a square matrix a and a vector or a matrix b; an error if "
    "a is singular. Its derivative is solve(a, db - da @ x). For a stack of matrices b has a vector or a "
    "matrix for each.",
    example="solve([[2, 0], [0, 4]], [2, 2])",
    value=_solve,
    unchecked="np.linalg.solve({0}, {1})",
    batched=_solutions,
    rules=(
        Rule(
            lambda t, x, a, b: neg(solve(a, _times(t, x))),
            lambda x, a, b: Adjoint(_minus_outer, a, x),
        ),
        Rule(
            lambda t, x, a, b: solve(a, t),
            lambda x, a, b: Adjoint(_solved_back, a),
        ),
    ),
    cost=_cubic,
)


def _inv(a: Value) -> Value:
    square_matrices("inv", a)
    if asked:
        ask_work(_cubic((shape_of(a),)))
    return _solved("inv", np.linalg.inv, data_of(a))


def _inverted_back(cotangent: Value, y: Value) -> Value:
    back = swap(y)
    return neg(matmul(matmul(back, cotangent), back))


inv: Apply = general(
    "inv",
    without_intervals=NO_BOX,
    doc="The inverse of a square matrix, or of each in a stack of them; an error if it is singular. Its "
    "derivative is -inv(a) @ da @ inv(a). `solve(a, b)` is more accurate than `inv(a) @ b`.",
    example="inv([[2, 0], [0, 4]])",
    value=_inv,
    unchecked="np.linalg.inv({0})",
    of_stacks=True,
    rules=(
        Rule(
            lambda t, y, a: neg(matmul(matmul(y, t), y)),
            lambda y, a: Adjoint(_inverted_back, y),
        ),
    ),
    cost=_cubic,
)

# ── determinants ─────────────────────────────────────────────────────────────────────────────


def _is_ill(a: Value) -> bool:
    data = plain_data(a)
    if not np.isfinite(data).all():
        return False
    values = np.linalg.svd(data, compute_uv=False)
    return bool(values[-1] <= ILL * values[0])


def _cofactors(y: Value, a: Value) -> Value:
    """The partial derivatives of det(a): minors, or if they are many and it has a meaning, det(a) inv(a)ᵀ."""
    n = shape_of(a)[0]
    if n == 0 or (n > 3 and not _is_ill(a)):
        return mul(y, swap(inv(a)))
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            others = np.ix_([k for k in range(n) if k != i], [k for k in range(n) if k != j])
            minor = det(gather(a, index=others)) if n > 1 else 1.0
            row.append(minor if (i + j) % 2 == 0 else sub(0.0, minor))
        rows.append(stack_of(tuple(row)))
    return stack_of(tuple(rows))


def _small_det(rows: list[list[float]]) -> float:
    """The determinant of one to three rows, by the first of them."""
    if len(rows) == 1:
        return rows[0][0]
    (a, b, *c), (d, e, *f), *last = rows
    if not last:
        return a * e - b * d
    g, h, i = last[0]
    return a * (e * i - f[0] * h) - b * (d * i - f[0] * g) + c[0] * (d * h - e * g)


def _det(a: Value) -> Value:
    if not square_matrix("det", a):
        return 1.0
    data = plain_data(a)
    if asked:
        ask_work(_cubic((data.shape,)))
    if len(data) <= 3:  # numpy's is the exponential of a logarithm, and not exact where this is
        return _small_det(data.tolist())
    value = float(np.linalg.det(data))
    return NAN if value == 0.0 and np.isnan(data).any() else value  # numpy takes nan for no pivot


det: Apply = general(
    "det",
    without_intervals=TOO_WIDE,
    item_by_item="its partial derivatives depend on how singular each matrix is",
    doc="The determinant of a square matrix, or of each in a stack of them. Its derivatives are the "
    "cofactors, correct also where it is 0.",
    example="det([[1, 2], [3, 4]]), gradient(det)([[1, 2], [3, 4]])",
    value=_det,
    unchecked="np.linalg.det({0})",
    rules=(
        Rule(
            lambda t, y, a: total(mul(_cofactors(y, a), t), axis=None),
            lambda y, a: Adjoint(mul, _cofactors(y, a)),
        ),
    ),
    latex=r"\det",
    cost=_cubic,
)


def _logdet(a: Value) -> Value:
    if not square_matrix("logdet", a):
        return 0.0
    data = plain_data(a)
    if asked:
        ask_work(_cubic((data.shape,)))
    value = float(np.linalg.slogdet(data)[1])
    return NAN if value == -INF and np.isnan(data).any() else value


def _inverse_transposed(y: Value, a: Value) -> Value:
    if same(y, -INF) is True:  # where nobody knows yet, `inv` finds out
        raise RunError("the derivative of `logdet` does not exist at a singular matrix")
    return swap(inv(a))


logdet: Apply = general(
    "logdet",
    without_intervals=TOO_WIDE,
    item_by_item="its derivative looks at each matrix",
    doc="ln|det(a)|, without overflow, for a square matrix or each in a stack; -inf for a singular "
    "matrix. Its derivative is inv(a), transposed; an error at a singular matrix.",
    example="logdet([[2, 0], [0, 0.5]])",
    value=_logdet,
    unchecked="np.linalg.slogdet({0})[1]",
    rules=(
        Rule(
            lambda t, y, a: total(mul(_inverse_transposed(y, a), t), axis=None),
            lambda y, a: Adjoint(mul, _inverse_transposed(y, a)),
        ),
    ),
    cost=_cubic,
)


def _of_each(apply: Apply) -> Apply:
    """A function of a matrix that gives a real, for stacks of matrices too."""

    def of_stack(a: Value) -> Value:
        shape = shape_of(a)
        if len(shape) <= 2:
            return apply(a)
        rows = reshape_to(a, shape=(prod(shape[:-2]), *shape[-2:]))
        found = tuple([apply(element(rows, i)) for i in range(shape_of(rows)[0])])
        return reshape_to(stack_of(found), shape=shape[:-2]) if found else Array(np.zeros(shape[:-2]))

    return of_stack


det = PRIMITIVES["det"].apply = _of_each(det)
logdet = PRIMITIVES["logdet"].apply = _of_each(logdet)

# ── the Cholesky factor ──────────────────────────────────────────────────────────────────────


def symmetric(x: Value) -> Value:
    """The symmetric part of a square matrix."""
    return mul(0.5, add(x, swap(x)))


def _cholesky(a: Value) -> Value:
    square_matrices("cholesky", a)
    data = plain_data(a)
    if asked:
        ask_work(_cubic((data.shape,)))
    try:
        return Array(np.linalg.cholesky(0.5 * (data + data.swapaxes(-1, -2))))
    except np.linalg.LinAlgError:
        raise RunError("`cholesky` needs a positive definite matrix") from None


def _factor_tangent(t: Value, y: Value, a: Value) -> Value:
    # L Φ(L⁻¹ Ȧ L⁻ᵀ), where Φ takes the lower half
    left = solve(y, symmetric(t))
    return matmul(y, lower_half(solve(y, swap(left))))


def _factor_back(cotangent: Value, y: Value) -> Value:
    # L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, made symmetric
    middle = lower_half(matmul(swap(y), cotangent))
    back = solve(swap(y), swap(solve(swap(y), swap(middle))))
    return symmetric(back)


cholesky: Apply = general(
    "cholesky",
    without_intervals=NO_BOX,
    doc="The lower triangular l with l @ transpose(l) == a, for a symmetric positive definite matrix a; "
    "an error for other matrices. Only the symmetric part of a counts, and the derivative with respect to "
    "a is symmetric.",
    example="cholesky([[4, 0], [0, 9]])",
    value=_cholesky,
    unchecked="np.linalg.cholesky(0.5 * ({0} + {0}.T))",
    of_stacks=True,
    rules=(Rule(_factor_tangent, lambda y, a: Adjoint(_factor_back, y)),),
    cost=_cubic,
)
