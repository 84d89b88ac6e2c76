"""Factors of matrices: eigenvalues and eigenvectors, singular values, Q and R, least squares.

Two or three factors are one array for differentiation, stacked row upon row, which the functions of programs
take apart. Where a derivative does not exist, at equal eigenvalues for example, it is an error.

Sources: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); J. Townsend, "Differentiating the singular value decomposition" (2016);
S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions" (2013).
"""

from __future__ import annotations

from collections.abc import Sequence

from vlad_py.ground.asking import ask_work
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, add, div, mul, square, sub
from vlad_py.primitives.axes import array_of, square_matrix
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import general
from vlad_py.primitives.diagonals import diagonal, diagonal_matrix
from vlad_py.primitives.linear_algebra import NO_BOX, solve, symmetric
from vlad_py.primitives.moving import triangle
from vlad_py.primitives.primitive import Adjoint, Apply, Rule
from vlad_py.primitives.products import matmul
from vlad_py.primitives.shapes import Shape, gather, joined, plain_data, reshape_to, swap
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Array, Value, shape_of

NEAR = 1e-13  # the relative distance below which two eigenvalues count as equal


def _cubic(shapes: Sequence[Shape]) -> int:
    rows, columns = shapes[0]
    return 10 * rows * columns * min(rows, columns)


def _rows(x: Value, start: int, stop: int) -> Value:
    return gather(x, index=slice(start, stop))


def _row(x: Value, i: int) -> Value:
    return gather(x, index=i)


def _as_row(x: Value) -> Value:
    return reshape_to(x, shape=(1, shape_of(x)[0]))


def _finite(name: str, a: Value) -> np.ndarray:
    """The elements of a matrix, whose factors are about to be computed."""
    data = plain_data(a)
    if asked:
        ask_work(_cubic((data.shape,)))
    if not np.isfinite(data).all():
        raise RunError(f"`{name}` expects a matrix of finite reals")
    return data


def _gaps(name: str, what: str, values: Value, scale: Value) -> Value:
    """1/(xⱼ - xᵢ), and 0 on the diagonal. RunError where two of them are equal: then vectors are not unique,
    and neither they nor the single values have a derivative.
    """
    data = plain_data(scale)
    apart = np.abs(np.subtract.outer(data, data)) + np.diag(np.full(len(data), INF))
    if (apart <= NEAR * np.abs(data).max(initial=0.0)).any():
        raise RunError(
            f"the derivative of `{name}` does not exist where two {what} are equal",
            hint="a function of all of them together, as `trace`, `logdet` or `solve`, may have one",
        )
    n = len(data)
    differences = sub(values, reshape_to(values, shape=(n, 1)))
    off = Array(1.0 - np.eye(n))
    return div(off, add(differences, Array(np.eye(n))))


# ── eigenvalues ──────────────────────────────────────────────────────────────────────────────


def _signed(vectors: np.ndarray) -> np.ndarray:
    """1 or -1 for each column: the sign that makes its largest element positive."""
    if not vectors.size:
        return np.ones(vectors.shape[1])
    places = np.argmax(np.abs(vectors) > np.abs(vectors).max(0) * (1.0 - 1e-8), 0)
    return np.where(vectors[places, np.arange(vectors.shape[1])] < 0.0, -1.0, 1.0)


def _eigh(a: Value) -> Value:
    data = _finite("eigh", a)
    values, vectors = np.linalg.eigh(0.5 * (data + data.T))
    return Array(np.concatenate([values[None, :], vectors * _signed(vectors)]))


def _eigen_parts(y: Value) -> tuple[Value, Value, Value]:
    """The eigenvalues, the vectors, and 1/(λⱼ - λᵢ)."""
    values = _row(y, 0)
    return values, _rows(y, 1, shape_of(y)[0]), _gaps("eigh", "eigenvalues", values, values)


def _eigen_tangent(t: Value, y: Value, a: Value) -> Value:
    # λ̇ = diag(VᵀȦV), V̇ = V (F ∘ VᵀȦV)
    _, vectors, gaps = _eigen_parts(y)
    inner = matmul(matmul(swap(vectors), symmetric(t)), vectors)
    return joined((_as_row(diagonal(inner)), matmul(vectors, mul(gaps, inner))))


def _eigen_back(cotangent: Value, y: Value) -> Value:
    # V (diag(λ̄) + F ∘ VᵀV̄) Vᵀ, made symmetric
    _, vectors, gaps = _eigen_parts(y)
    n = shape_of(y)[1]
    inner = mul(gaps, matmul(swap(vectors), _rows(cotangent, 1, n + 1)))
    inner = add(inner, diagonal_matrix(_row(cotangent, 0), shape=(n, n)))
    return symmetric(matmul(matmul(vectors, inner), swap(vectors)))


_eigen: Apply = general(
    "eigen_factors",
    internal=True,
    without_intervals=NO_BOX,
    item_by_item="numpy's factors are those of one matrix",
    doc="eigen_factors(a): the eigenvalues of a symmetric matrix, and below them eigenvectors as columns.",
    value=_eigh,
    rules=(Rule(_eigen_tangent, lambda y, a: Adjoint(_eigen_back, y)),),
    part_of="eigh",
    text="concat([eigh({0})[0]], eigh({0})[1])",
    cost=_cubic,
)


def _eigh_of(a: Value) -> tuple[Value, Value]:
    n = square_matrix("eigh", a)
    both = _eigen(a)
    return _row(both, 0), _rows(both, 1, n + 1)


structural(
    "eigh",
    1,
    computes=True,
    item_by_item="numpy's factors are those of one matrix",
    doc="eigh(a): the pair of the eigenvalues of a symmetric matrix, least first, and of the matrix v whose "
    "columns are the eigenvectors: a @ v is v * values. Only the symmetric part of a counts. Each vector has "
    "the length 1, and its first element of the greatest size is positive. The derivative is an error where "
    "two eigenvalues are equal.",
    example="eigh([[2, 1], [1, 2]])",
    value=_eigh_of,
)

# ── singular values ──────────────────────────────────────────────────────────────────────────


def _svd(a: Value) -> Value:
    left, values, right = np.linalg.svd(_finite("svd", a), full_matrices=False)
    signs = _signed(left)
    return Array(np.concatenate([left * signs, values[None, :], right.T * signs]))


def _singular_parts(y: Value, a: Value) -> tuple[Value, Value, Value, Value]:
    """U, the singular values, V, and 1/(σⱼ² - σᵢ²). RunError where there is no derivative."""
    rows = shape_of(a)[0]
    values = _row(y, rows)
    data = plain_data(values)
    if data.size and data[-1] <= NEAR * data[0]:
        raise RunError("the derivative of `svd` does not exist where a singular value is 0")
    gaps = _gaps("svd", "singular values", square(values), values)
    return _rows(y, 0, rows), values, _rows(y, rows + 1, shape_of(y)[0]), gaps


def _outside(x: Value, basis: Value) -> Value:
    """The part of the columns of x that no column of an orthonormal basis has a share in."""
    return sub(x, matmul(basis, matmul(swap(basis), x)))


def _singular_tangent(t: Value, y: Value, a: Value) -> Value:
    left, values, right, gaps = _singular_parts(y, a)
    inner = matmul(matmul(swap(left), t), right)
    column = reshape_to(values, shape=(shape_of(values)[0], 1))
    by_left = mul(gaps, add(mul(inner, values), mul(column, swap(inner))))
    by_right = mul(gaps, add(mul(column, inner), mul(swap(inner), values)))
    d_left = add(matmul(left, by_left), div(_outside(matmul(t, right), left), values))
    d_right = add(matmul(right, by_right), div(_outside(matmul(swap(t), left), right), values))
    return joined((d_left, _as_row(diagonal(inner)), d_right))


def _singular_back(cotangent: Value, y: Value, a: Value) -> Value:
    left, values, right, gaps = _singular_parts(y, a)
    rows, count = shape_of(a)[0], shape_of(values)[0]
    c_left, c_values = _rows(cotangent, 0, rows), _row(cotangent, rows)
    c_right = _rows(cotangent, rows + 1, shape_of(y)[0])
    column = reshape_to(values, shape=(count, 1))
    from_left = mul(gaps, _skew(matmul(swap(left), c_left)))
    from_right = mul(gaps, _skew(matmul(swap(right), c_right)))
    middle = add(mul(from_left, values), mul(column, from_right))
    middle = add(middle, diagonal_matrix(c_values, shape=(count, count)))
    result = matmul(matmul(left, middle), swap(right))
    result = add(result, matmul(div(_outside(c_left, left), values), swap(right)))
    return add(result, matmul(left, swap(div(_outside(c_right, right), values))))


def _skew(x: Value) -> Value:
    return sub(x, swap(x))


_singular: Apply = general(
    "singular_factors",
    internal=True,
    without_intervals=NO_BOX,
    item_by_item="numpy's factors are those of one matrix",
    doc="singular_factors(a): U of a matrix, below it its singular values, and below these V.",
    value=_svd,
    rules=(Rule(_singular_tangent, lambda y, a: Adjoint(_singular_back, y, a)),),
    part_of="svd",
    text="concat(svd({0})[0], [svd({0})[1]], svd({0})[2])",
    cost=_cubic,
)


def _matrix(name: str, a: Value) -> tuple[int, int]:
    shape = array_of(name, a)
    if len(shape) != 2:
        raise not_numbers(f"`{name}` expects a matrix", a)
    rows, columns = shape
    return rows, columns


def _svd_of(a: Value) -> tuple[Value, Value, Value]:
    rows, columns = _matrix("svd", a)
    all_three = _singular(a)
    return (
        _rows(all_three, 0, rows),
        _row(all_three, rows),
        _rows(all_three, rows + 1, rows + 1 + columns),
    )


structural(
    "svd",
    1,
    computes=True,
    item_by_item="numpy's factors are those of one matrix",
    doc="svd(a): the triple (u, s, v) of a matrix, with a == u * s @ transpose(v): s has the singular "
    "values, the greatest first; u and v have as many columns, each of length 1 and at right angles to the "
    "others. The derivative is an error where two singular values are equal or one is 0.",
    example="svd([[0, 2], [1, 0]])",
    value=_svd_of,
)

# ── Q and R ──────────────────────────────────────────────────────────────────────────────────


def _qr(a: Value) -> Value:
    q, r = np.linalg.qr(_finite("qr", a))
    signs = np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return Array(np.concatenate([q * signs, r * signs[:, None]]))


def _qr_parts(y: Value, a: Value) -> tuple[Value, Value]:
    rows, columns = shape_of(a)
    r = _rows(y, rows, rows + columns)
    if _is_deficient(r):
        raise RunError("the derivative of `qr` does not exist where columns are linearly dependent")
    return _rows(y, 0, rows), r


def _is_deficient(r: Value) -> bool:
    sizes = np.abs(np.diagonal(plain_data(r)))
    return bool((sizes <= NEAR * sizes.max(initial=0.0)).any())


def _over(x: Value, r: Value) -> Value:
    """x R⁻¹."""
    return swap(solve(swap(r), swap(x)))


def _qr_tangent(t: Value, y: Value, a: Value) -> Value:
    # Ω = L - Lᵀ for L strictly below the diagonal of QᵀȦR⁻¹; Q̇ = QΩ + (I - QQᵀ)ȦR⁻¹, Ṙ = (QᵀȦR⁻¹ - Ω)R
    q, r = _qr_parts(y, a)
    change = _over(t, r)
    inner = matmul(swap(q), change)
    turn = _skew(triangle(inner, k=-1, lower=True))
    return joined((add(matmul(q, turn), _outside(change, q)), matmul(sub(inner, turn), r)))


def _qr_back(cotangent: Value, y: Value, a: Value) -> Value:
    # (Q̄ + Q copyltu(RR̄ᵀ - Q̄ᵀQ)) R⁻ᵀ, where copyltu makes the lower triangle symmetric
    q, r = _qr_parts(y, a)
    rows, columns = shape_of(a)
    c_q, c_r = _rows(cotangent, 0, rows), _rows(cotangent, rows, rows + columns)
    inner = sub(matmul(r, swap(triangle(c_r, k=0, lower=False))), matmul(swap(c_q), q))
    below = triangle(inner, k=-1, lower=True)
    inner = add(triangle(inner, k=0, lower=True), swap(below))
    return swap(solve(r, swap(add(c_q, matmul(q, inner)))))


_orthogonal: Apply = general(
    "orthogonal_factors",
    internal=True,
    without_intervals=NO_BOX,
    item_by_item="numpy's factors are those of one matrix",
    doc="orthogonal_factors(a): the factor Q of a matrix, and below it the factor R.",
    value=_qr,
    rules=(Rule(_qr_tangent, lambda y, a: Adjoint(_qr_back, y, a)),),
    part_of="qr",
    text="concat(qr({0})[0], qr({0})[1])",
    cost=_cubic,
)


def _qr_of(a: Value) -> tuple[Value, Value]:
    rows, columns = _matrix("qr", a)
    if rows < columns:
        message = f"`qr` expects at least as many rows as columns, got {describe(a)}"
        raise RunError(message, hint="`qr(transpose(a))` has the factors of the transpose")
    both = _orthogonal(a)
    return _rows(both, 0, rows), _rows(both, rows, rows + columns)


structural(
    "qr",
    1,
    computes=True,
    item_by_item="numpy's factors are those of one matrix",
    doc="qr(a): the pair (q, r) of a matrix with at least as many rows as columns, with a == q @ r: the "
    "columns of q have length 1 and are at right angles to one another, and r is zero below its diagonal, on "
    "which no element is negative. The derivative is an error where the columns of a are linearly dependent.",
    example="qr([[3, 1], [4, 2]])",
    value=_qr_of,
)


def _lstsq(a: Value, b: Value) -> Value:
    rows, columns = _matrix("lstsq", a)
    if len(array_of("lstsq", b)) > 2 or shape_of(b)[0] != rows:
        expected = f"a vector of {rows}, or a matrix of {rows} rows"
        raise not_numbers(f"`lstsq` with {describe(a)} expects {expected}", b)
    is_wide = rows < columns
    q, r = _qr_of(swap(a) if is_wide else a)
    if _is_deficient(r):
        which = "rows" if is_wide else "columns"
        message = f"`lstsq` of a matrix whose {which} are linearly dependent"
        raise RunError(message, hint="many solutions are equally good; `svd` shows which")
    return matmul(q, solve(swap(r), b)) if is_wide else solve(r, matmul(swap(q), b))


structural(
    "lstsq",
    2,
    item_by_item="numpy's factors are those of one matrix",
    doc="lstsq(a, b): the x for which a @ x comes nearest to b, the least sum of squares, for a vector or a "
    "matrix b; if a has fewer rows than columns, of all x with a @ x == b the shortest. An error where the "
    "columns (or the fewer rows) are linearly dependent.",
    example="lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5])  #~ [1, 2]",
    value=_lstsq,
)
