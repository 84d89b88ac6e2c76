"""Sparse derivatives: patterns that hold, compressed Jacobians and Hessians that are the dense ones."""

from __future__ import annotations

from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.differentiation.sparse import colors, directions
from vlad_py.native.calling import is_installed

np = pytest.importorskip("numpy")
sparse = pytest.importorskip("scipy.sparse")

CHAIN = "fn x => { let n = length(x); sum(x[1:] ^ 2 * x[0:n - 1]) + sum(sin(x)) }"
VECTOR = np.linspace(0.5, 1.5, 6)
MATRIX = np.arange(1.0, 7.0).reshape(3, 2)

# functions of an array, each with the number of entries that its Jacobian's pattern has
FUNCTIONS = [
    ("fn x => x * x", VECTOR, 6),
    ("fn x => [x[i] * x[i + 1] for i in 0..length(x) - 2]", VECTOR, 10),
    ("fn x => x[1:] - x[0:length(x) - 1]", VECTOR, 10),
    ("fn x => cumsum(x)", VECTOR, 21),
    ("fn x => concat(reverse(x), [1, 2])", VECTOR, 6),
    ("fn x => where(x > 1, x * x, 0)", VECTOR, 3),
    ("fn m => m @ [1, 0]", MATRIX, 3),
    ("fn m => transpose(m) * [[1, 2, 3], [4, 5, 6]]", MATRIX, 6),
    ("fn m => sum(m, {axis: 0})", MATRIX, 6),
    ("fn m => m - mean(m, {axis: 0})", MATRIX, 18),
    ("fn m => diag(m[0:2])", MATRIX, 2),
    ("fn m => diag(diag(m[0:2]))", MATRIX, 2),
    ("fn m => m[[0, 0, 2]]", MATRIX, 6),
    ("fn m => max(m, {axis: 1})", MATRIX, 6),
    ("fn m => outer(m[:, 0], m[:, 1])", MATRIX, 18),
    ("fn x => loop y = x for i in 1..2 do y * y[0]", VECTOR, 11),
    ("fn m => solve([[2, 1], [1, 3]], m[0])", MATRIX, 4),
    ("fn x => 3", VECTOR, 0),
]


@pytest.mark.parametrize(("text", "x", "entries"), FUNCTIONS)
def test_a_compressed_jacobian_is_the_dense_one(text: str, x: Any, entries: int) -> None:
    f = vlad.evaluate(text)
    matrix = vlad.sparse_jacobian(f, x)
    dense = np.reshape(vlad.jacobian(f)(x), (-1, x.size))
    assert np.allclose(matrix.toarray(), dense, rtol=1e-13)
    assert matrix.nnz == entries
    assert (vlad.sparsity(f, x).toarray() | (dense == 0)).all()


def test_structures_are_flattened() -> None:
    point = {"a": MATRIX, "b": np.array([1.0, 2.0]), "c": 3.0}
    f = vlad.evaluate("fn m => (m.a @ m.b, m.c ^ 2)")
    dense = np.zeros((4, 9))
    dense[:3, :6] = np.kron(np.eye(3), [1.0, 2.0])
    dense[:3, 6:8] = MATRIX
    dense[3, 8] = 6.0
    assert np.array_equal(vlad.sparse_jacobian(f, point).toarray(), dense)


@pytest.mark.parametrize("text", [CHAIN, "fn x => prod(x)", "fn x => sum(x) ^ 2", "fn x => logsumexp(x)"])
def test_a_compressed_hessian_is_the_dense_one(text: str) -> None:
    f = vlad.evaluate(text)
    assert np.allclose(vlad.sparse_hessian(f, VECTOR).toarray(), vlad.hessian(f)(VECTOR), rtol=1e-12)


def test_a_hessian_of_reals() -> None:
    f = vlad.evaluate("fn (x, y, z) => x * y + exp(z)")
    hessian = vlad.sparse_hessian(f, (1.0, 2.0, 0.0))
    assert hessian.nnz == 3
    assert hessian.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_a_large_tridiagonal_hessian_takes_few_directions() -> None:
    n = 10_000
    hessian = vlad.sparse_hessian(vlad.evaluate(CHAIN), np.linspace(0.0, 1.0, n))
    assert hessian.nnz == 3 * n - 2
    pattern = vlad.sparsity(vlad.gradient(vlad.evaluate(CHAIN)), np.ones(30)).tocoo()
    assert max(colors(pattern.row, pattern.col, pattern.shape)) <= 2


@pytest.mark.parametrize("seed", range(20))
def test_columns_of_one_colour_share_no_row(seed: int) -> None:
    random = np.random.default_rng(seed)
    entries = random.random(random.integers(1, 30, 2)) < random.random()
    rows, columns = np.nonzero(entries)
    coloring = colors(rows, columns, entries.shape)
    for row in entries:
        used = [coloring[j] for j in np.flatnonzero(row)]
        assert len(used) == len(set(used))
    # a greedy colouring needs no more than the meetings of a column, and one for itself
    meetings = entries.T.astype(int) @ (entries.sum(axis=1) - 1)
    assert max(coloring) <= meetings.max()


def test_long_rows_and_long_columns_take_few_directions_together() -> None:
    n = 500
    f = vlad.evaluate("fn x => concat([sum(x ^ 2)], x[1:] * x[0] + x[1:] ^ 2)")
    x = np.linspace(1.0, 2.0, n)
    pattern = vlad.sparsity(f, x).tocoo()
    by_column, by_row = directions(pattern.row, pattern.col, pattern.shape)
    assert (max(by_column) + 1, max(by_row) + 1) == (2, 1)
    matrix = vlad.sparse_jacobian(f, x)
    assert matrix.nnz == 3 * n - 2
    assert np.allclose(matrix.toarray(), vlad.jacobian(f)(x), rtol=1e-13)


def test_a_function_of_a_function_keeps_its_dependence() -> None:
    f = vlad.evaluate("fn x => derivative(fn t => fn y => t * y)(x[0])(x[1]) * [1, 0, 2]")
    assert vlad.sparsity(f, VECTOR).toarray()[:, 1].all()


RULES = [
    "with_derivative(fn x => if x > 0 then 1 else 0, fn (x, v) => 3 * x * v)",
    "with_pullback(fn x => if x > 0 then 1 else 0, fn (x, w) => 3 * x * w)",
]


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_says_is_in_the_pattern(rule: str) -> None:
    f = vlad.evaluate(f"{{ let g = {rule}\n fn x => [g(x[0]), g(x[1]) * x[2], x[2]] }}")
    matrix = vlad.sparse_jacobian(f, VECTOR[:3])
    assert np.array_equal(matrix.toarray(), vlad.jacobian(f)(VECTOR[:3]))
    assert matrix.nnz == 4
    whole = vlad.evaluate(f"{{ let g = {rule}\n fn x => sum([g(x[0]), g(x[1]) * x[2]]) }}")
    assert np.array_equal(vlad.sparse_hessian(whole, VECTOR).toarray(), vlad.hessian(whole)(VECTOR))


def test_a_function_of_python_is_in_the_pattern() -> None:
    both = vlad.primitive(
        lambda x: x * x[::-1], jvp="fn (x, v) => v * reverse(x) + x * reverse(v)", name="both"
    )
    f = vlad.evaluate("fn x => both(x[:3]) * x[3]", functions={"both": both})
    assert np.array_equal(vlad.sparse_jacobian(f, VECTOR).toarray(), vlad.jacobian(f)(VECTOR))


def test_a_full_row_is_one_direction() -> None:
    n = 5000
    matrix = vlad.sparse_jacobian(vlad.evaluate("fn x => concat(x ^ 2, [sum(x)])"), np.ones(n))
    assert matrix.nnz == 2 * n
    assert matrix.sum() == 3.0 * n


def test_limits_hold() -> None:
    f = vlad.evaluate("def f(x) = 1 + f(x)\nf", limits=vlad.Limits(steps=1000))
    for operator in (vlad.sparsity, vlad.sparse_jacobian, vlad.sparse_hessian):
        with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
            operator(f, 1.0)


@pytest.mark.parametrize(
    ("text", "x", "message"),
    [
        ("fn x => (x, fn y => x)", 2.0, "contains a function"),
        ("fn x => x * x", vlad.evaluate("interval(1, 2)"), "interval"),
    ],
)
def test_what_is_no_matrix_of_reals_is_refused(text: str, x: Any, message: str) -> None:
    with pytest.raises(vlad.RunError, match=message):
        vlad.sparse_jacobian(vlad.evaluate(text), x)


def test_a_chosen_part_may_be_chosen_by_what_is_differentiated() -> None:
    f = vlad.evaluate("fn x => sum(where(x, x, x * x) ^ 2)")
    assert np.array_equal(vlad.sparse_hessian(f, VECTOR).toarray(), vlad.hessian(f)(VECTOR))


def test_an_error_in_the_function_has_its_place() -> None:
    with pytest.raises(vlad.Error, match="`\\+` expects a real on its right, got a boolean"):
        vlad.sparsity(vlad.evaluate("fn x => x + true"), VECTOR)


def test_a_minimum_depends_on_all_that_its_equation_has_wherever_the_search_began() -> None:
    minima = vlad.evaluate(
        "import optimize\nfn a => [optimize.minimize(fn x => (x - a[i]) ^ 2 + x, 0).x for i in 0..2]"
    )
    a = np.array([1.0, 2.0, 0.5])  # of the last the search takes no step
    assert np.array_equal(vlad.sparse_jacobian(minima, a).toarray(), np.eye(3))


def test_several_arguments_are_passed_as_in_a_call() -> None:
    f = vlad.evaluate("fn (x, y) => x ^ 2 * y")
    assert vlad.sparse_hessian(f, 2, 5).toarray().tolist() == [[10.0, 4.0], [4.0, 0.0]]
    for matrix in (vlad.sparse_jacobian, vlad.sparse_hessian, vlad.sparsity):
        assert (matrix(f, 2, 5) != matrix(f, (2, 5))).nnz == 0


# ── plans ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize(("text", "point", "_"), FUNCTIONS)
def test_a_plan_gives_the_matrix_at_other_points(
    text: str, point: Any, _: int, is_native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_native:
        monkeypatch.setattr("vlad_py.python.sparse.is_installed", lambda: False)
    f = vlad.evaluate(text)
    plan = vlad.sparse_jacobian(f).plan(point)
    for other in (point, point * 1.01):
        expected = vlad.sparse_jacobian(f, other)
        np.testing.assert_allclose(plan(other).toarray(), expected.toarray(), rtol=1e-12)
    first, second = plan(point), plan(point)
    first.data[:] = 7.0  # the matrices are their owner's
    np.testing.assert_allclose(second.toarray(), plan(point).toarray())


def test_both_take_the_point_at_once_or_in_a_second_call() -> None:
    f = vlad.evaluate("fn (x, a) => sum(x ^ 3) * a")
    for operator in (vlad.sparse_jacobian, vlad.sparse_hessian):
        expected = operator(f, VECTOR, 2.0)
        np.testing.assert_array_equal(operator(f)(VECTOR, 2.0).toarray(), expected.toarray())


def test_a_plan_of_a_hessian() -> None:
    f = vlad.evaluate(CHAIN)
    plan = vlad.sparse_hessian(f).plan(np.linspace(0, 1, 50))
    x = np.linspace(1, 2, 50)
    np.testing.assert_allclose(plan(x).toarray(), vlad.hessian(f)(x), rtol=1e-12)


def test_a_plan_of_several_arguments_and_of_long_rows() -> None:
    f = vlad.evaluate("fn (x, a) => concat(x * a, [sum(x)])")
    plan = vlad.sparse_jacobian(f).plan(VECTOR, 2.0)
    expected = vlad.sparse_jacobian(f, VECTOR + 1, 3.0)
    np.testing.assert_allclose(plan(VECTOR + 1, 3.0).toarray(), expected.toarray())


def test_a_plan_takes_arguments_of_its_structure_only() -> None:
    plan = vlad.sparse_jacobian(vlad.evaluate("fn x => x * x")).plan(VECTOR)
    with pytest.raises(vlad.ConversionError, match="the plan is for an argument of another structure"):
        plan(VECTOR[:3])


def test_a_plan_whose_products_leave_native_code() -> None:
    f = vlad.evaluate("fn x => [(if v > 0 then v * v else sqrt(v)) for v in x]")
    plan = vlad.sparse_jacobian(f).plan(np.linspace(1, 2, 30))
    x = np.linspace(0, 1, 30)
    np.testing.assert_array_equal(plan(x).toarray(), vlad.sparse_jacobian(f, x).toarray())


def compiled(plan: Any) -> list[int]:
    """How many directions each of a plan's compiled products has."""
    return [products.count for products in plan._products]


def test_a_plan_of_a_function_that_captures_an_index() -> None:
    f = vlad.evaluate("fn at => fn x => x[at] ^ 2 * x[0]")(np.array([2.0, 0.0, 1.0]))
    plan = vlad.sparse_jacobian(f).plan(VECTOR[:3])
    assert compiled(plan) == ([2] if is_installed() else [])
    other = VECTOR[3:]
    np.testing.assert_allclose(plan(other).toarray(), vlad.jacobian(f)(other), rtol=1e-12)


@pytest.mark.parametrize(("width", "groups"), [(16, [16]), (20, [16, 4]), (40, [16, 16, 8])])
def test_a_plan_of_many_colours(width: int, groups: list[int]) -> None:
    turns = "loop v = zeros(50) for j in 0..k - 1 do v + (j + 1) * x[j : j + 50] ^ 2"
    band = f"fn k => fn (x, y) => ({turns}, y * y)"
    f = vlad.evaluate(band)(float(width))
    x, y = np.linspace(0.5, 1.5, 49 + width), np.linspace(1.0, 2.0, 3)
    plan = vlad.sparse_jacobian(f).plan(x, y)
    assert compiled(plan) == (groups if is_installed() else [])
    for point in ((x, y), (x + 0.25, 2 * y)):
        expected = vlad.sparse_jacobian(f, *point)
        np.testing.assert_allclose(plan(*point).toarray(), expected.toarray(), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("fn x => sum(x ^ 2) + sin(x[0])", [1]),
        ("fn x => concat(x[1:] * x[0], [sum(x ^ 3)])", [2, 1]),
        ("fn x => (x[1:] * sin(x[0:30]), sum(exp(x)), 2 * sum(cos(x)))", [2, 2]),
        ("fn x => ones(20, 31) @ x + x[0] ^ 2", [16, 4]),
        ("fn x => [sum(x ^ j) for j in 1..40] * 2", [16, 16, 8]),
    ],
)
def test_a_plan_with_colours_of_rows(text: str, groups: list[int]) -> None:
    f = vlad.evaluate(text)
    x = np.linspace(0.9, 1.1, 31)
    plan = vlad.sparse_jacobian(f).plan(x)
    if text.startswith("fn x => ["):
        groups = compiled(plan)  # as many as the comprehension lets
    assert compiled(plan) == (groups if is_installed() else [])
    for point in (x, x + 0.25):
        expected = vlad.sparse_jacobian(f, point)
        np.testing.assert_allclose(plan(point).toarray(), expected.toarray(), rtol=1e-12)


def test_the_pattern_of_a_function_takes_constants_for_what_they_are() -> None:
    f = vlad.evaluate("fn x => x[0] * [1, 2] + [[1, 2], [3, 4]] @ [x[1], 5] + max(x[2], 1)")
    pattern = vlad.sparsity(f, np.ones(3)).toarray()
    assert pattern.tolist() == [[True, True, True], [True, True, True]]
