"""Sparse Jacobians: finds which reals of f(x) depend on which of x, and a few directions for all entries.

Columns of a Jacobian that share no row can be computed together, by one direction; columns of one colour do
so. Rows and columns are the reals of the result and of the argument, in the order of `flatten`. A matrix is
the record of its entries: their rows, their columns, their values, and its shape.

Sources: A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the estimation of sparse Jacobian matrices" (1974),
for compression; A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?" (2005), for the
colouring and the use of both modes.
"""

from __future__ import annotations

from typing import Any

from vlad_py.differentiation.jacobians import perturbed, tangents
from vlad_py.differentiation.renaming import constant, free_leaves
from vlad_py.ground.asking import ask_memory
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.observed.dependence import Dependence, Inputs, flat_reach
from vlad_py.primitives.declare import internal
from vlad_py.primitives.shapes import gather, in_line, reshape_to, swap
from vlad_py.primitives.structures import end_to_end
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import (
    Array,
    Number,
    Record,
    Value,
    is_array,
    is_function,
    is_numeric,
    list_items,
    plain,
    shape_of,
    size_of,
)

# ── patterns ─────────────────────────────────────────────────────────────────────────────────


def observed(function: Value, point: Value) -> Value:
    """A function and its point without the differentiations around them; the point's reals are inputs, which
    are counted from 0. No other observer sees what the function captures.

    RunError if there is an interval or a symbol; a batch is asked for one item after another.
    """
    is_varied = False

    def alone(leaf: Value) -> Value:
        nonlocal is_varied
        if not isinstance(leaf, Number):
            return leaf
        is_varied = is_varied or leaf.tag > 0
        if leaf.tag == 0 and isinstance(plain(leaf), Indefinite):
            return leaf  # an error in the operation that meets it
        return _primal(leaf)

    for leaf in free_leaves(function):
        alone(leaf)
    function = transform(constant(function), alone, once=True)
    position = 0

    def leaf_of(value: Value) -> Value:
        nonlocal position
        if not is_numeric(value):
            return value
        start, position = position, position + size_of(value)
        primal = _primal(value)
        if not is_array(value):
            return Dependence(primal, Inputs((start,), is_varied))
        reach = np.empty(size_of(value), object)
        reach[:] = [Inputs((i,), is_varied) for i in range(start, position)]
        return Dependence(primal, reach.reshape(shape_of(value)))

    return function, transform(point, leaf_of)


def _primal(value: Value) -> Value:
    primal = plain(value)
    if isinstance(primal, Indefinite):
        raise primal.unobserved()
    return primal


def pattern_of(point: Value, result: Value) -> Value:
    """The entries {rows, columns, shape} of a result whose point was `observed`. RunError if the result has a
    function.
    """
    size = sum(map(size_of, leaves(point)))
    rows: list[list[int]] = []

    def collect(value: Value) -> Value:
        if is_function(value):
            raise RunError("a sparse derivative is a matrix of reals, but f(x) contains a function")
        if is_numeric(value):
            rows.extend(map(sorted, flat_reach(value)))
        return value

    transform(result, collect, data_parts)
    lengths = list(map(len, rows))
    return Record(
        ("rows", "columns", "shape"),
        (
            Array(np.repeat(np.arange(float(len(rows))), lengths)),
            Array(np.array([column for row in rows for column in row], np.float64)),
            (float(len(rows)), float(size)),
        ),
    )


# ── colours ──────────────────────────────────────────────────────────────────────────────────


def colors(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    """A colour, from 0 on, for every column of a pattern, in an array: columns of one colour share no row.

    Greedy partial distance-2 colouring: columns, ordered by how many others they meet in their rows, take the
    first colour that none of these rows has. A set of colours is the bits of an integer.
    """
    lengths = np.bincount(rows, minlength=shape[0])
    meetings = np.bincount(columns, lengths[rows], minlength=shape[1])
    order = np.argsort(columns, kind="stable")
    by_column = rows[order].tolist()
    ends = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=shape[1]))]).tolist()
    found, used = [0] * shape[1], [0] * shape[0]
    for column in np.argsort(-meetings, kind="stable").tolist():
        own = by_column[ends[column] : ends[column + 1]]
        taken = 0
        for row in own:
            taken |= used[row]
        first_free = ~taken & (taken + 1)
        for row in own:
            used[row] |= first_free
        found[column] = first_free.bit_length() - 1
    return np.array(found, np.intp)


def directions(rows: Any, columns: Any, shape: tuple[int, int]) -> tuple[Any, Any]:
    """Colours of the columns for forward mode, and of the rows for reverse mode; -1 for rows in forward mode.

    Rows longer than a limit go to reverse mode; the best of the limits …, 4, 2, 1, 0 is taken.
    """
    lengths = np.bincount(rows, minlength=shape[0])
    longest = int(lengths.max(initial=0))
    best: tuple[Any, Any] = (np.zeros(shape[1], np.intp), np.full(shape[0], -1, np.intp))
    fewest = np.inf if longest else 0
    for limit in [*(2**i for i in range(longest.bit_length(), -1, -1)), 0]:
        is_long = lengths > limit
        of_long = is_long[rows]
        in_columns = int(np.bincount(columns[of_long], minlength=1).max())
        if int(lengths[~is_long].max(initial=0)) + in_columns >= fewest:
            continue  # each row, or column, needs as many colours as it has entries
        by_column = colors(rows[~of_long], columns[~of_long], shape)
        by_row = np.full(shape[0], -1, np.intp)
        by_row[is_long] = colors(columns[of_long], rows[of_long], (shape[1], shape[0]))[is_long]
        needed = _count(by_column) * (not of_long.all()) + _count(by_row)
        if needed < fewest:
            best, fewest = (by_column, by_row), needed
    return best


def _count(coloring: Any) -> int:
    return int(coloring.max(initial=-1)) + 1


# ── the matrix, by products with few directions ──────────────────────────────────────────────

AT_ONCE = 128  # directions of one forward pass
REALS_AT_ONCE = 1 << 22  # of all of these together


def plan_of(pattern: Value) -> Record:
    """The directions for a pattern, and where each entry stands in their products.

    It has the pattern's `rows`, `columns`, `shape`; `by_column` and `by_row`, the colours; `forward` and
    `backward`, how many there are; `at_once`, how many make one forward pass; `places`. RunError for what is
    not a pattern.
    """
    rows, columns, shape = _checked(pattern)
    by_column, by_row = directions(rows, columns, shape)
    is_backward = by_row[rows] >= 0
    forward = 0 if is_backward.all() else _count(by_column)
    backward = _count(by_row)
    height, width = shape
    at_once = max(1, min(AT_ONCE, forward, REALS_AT_ONCE // max(height, width, 1)))
    color = by_column[columns]
    chunk, within = color // at_once, color % at_once
    size = np.minimum(at_once, forward - chunk * at_once)
    places = np.where(
        is_backward,
        forward * height + by_row[rows] * width + columns,
        chunk * at_once * height + rows * size + within,
    )
    assert isinstance(pattern, Record)
    return Record(
        ("rows", "columns", "shape", "by_column", "by_row", "forward", "backward", "at_once", "places"),
        (
            *map(pattern.get, ("rows", "columns", "shape")),
            *(Array(coloring.astype(np.float64)) for coloring in (by_column, by_row)),
            *map(float, (forward, backward, at_once)),
            Array(places.astype(np.float64)),
        ),
    )


def _checked(pattern: Value) -> tuple[Any, Any, tuple[int, int]]:
    """The rows, the columns and the shape of a pattern that a program gave."""
    hint = "`sparsity(f)(x)` is the pattern of f at x"
    names = ("rows", "columns", "shape")
    if type(pattern) is not Record or any(pattern.get(name) is None for name in names):
        raise RunError(f"a pattern is a record {{rows, columns, shape}}, got {describe(pattern)}", hint=hint)
    rows, columns, sizes = [plain(part) for name in names if (part := pattern.get(name)) is not None]
    if not (type(sizes) is tuple and len(sizes) == 2 and all(_is_count(plain(size)) for size in sizes)):
        raise RunError("the shape of a pattern is a pair of whole numbers", hint=hint)
    height, width = (int(size) for size in map(plain, sizes) if type(size) is float)
    shape = height, width
    found = []
    for what, part, size in (("rows", rows, shape[0]), ("columns", columns, shape[1])):
        if type(part) is not Array or part.data.ndim != 1:
            raise RunError(f"the {what} of a pattern must be an array of whole numbers", hint=hint)
        if not ((part.data >= 0) & (part.data < size) & (part.data % 1.0 == 0)).all():
            raise RunError(f"the {what} of a pattern must be whole numbers from 0 to {size - 1}", hint=hint)
        found.append(part.data.astype(np.intp))
    if len(found[0]) != len(found[1]):
        message = f"a pattern needs as many rows as columns, got {len(found[0])} and {len(found[1])}"
        raise RunError(message, hint=hint)
    return found[0], found[1], shape


def _is_count(size: Value) -> bool:
    return type(size) is float and size >= 0.0 and size.is_integer()


def _whole(plan: Record, name: str) -> Any:
    """A part of a plan, of whole numbers."""
    part = plan.get(name)
    assert isinstance(part, (Array, float))
    return part.data.astype(np.intp) if isinstance(part, Array) else int(part)


def check_point(plan: Record, point: Value) -> Value:
    """The point. RunError unless it has as many reals as the pattern has columns."""
    return _fitting(plan, 1, "columns", "x", sum(map(size_of, leaves(point))), point)


def _fitting(plan: Record, axis: int, what: str, name: str, count: int, value: Value) -> Value:
    shape: Any = plan.get("shape")
    if int(shape[axis]) != count:
        message = (
            f"the pattern has {int(shape[axis])} {what}, but {name} has {count} real{'s' * (count != 1)}"
        )
        raise RunError(message, hint="`sparsity(f)(x)` is the pattern of f at this point")
    return value


def perturb_colors(tag: int, point: Value, plan: Record, start: float) -> Value:
    """The point, perturbed in the directions of some colours, from number `start` on."""
    first = int(start)
    coloring = _whole(plan, "by_column")
    chosen = np.arange(first, first + _size(plan, first))

    def rows(position: int, own: int) -> Any:
        ask_memory(8.0 * len(chosen) * own)
        return coloring[position : position + own] == chosen[:, np.newaxis]

    return perturbed(tag, point, rows)


def _size(plan: Record, first: int) -> int:
    return int(min(_whole(plan, "at_once"), _whole(plan, "forward") - first))


def colored_tangents(tag: int, result: Value, plan: Record, start: float) -> Value:
    """The derivatives along the directions of `perturb_colors`, in a vector: for each real of a result those
    along all directions.
    """
    size = _size(plan, int(start))
    parts = []
    height = 0
    for leaf in filter(is_numeric, leaves(tangents(tag, result, size))):
        own = size_of(leaf) // size
        height += own
        parts.append(swap(reshape_to(leaf, shape=(size, own))))
    _fitting(plan, 0, "rows", "f(x)", height, result)
    return reshape_to(end_to_end(parts), shape=(size * height,))


def color_seed(result: Value, plan: Record, color: float) -> Value:
    """The cotangent of a result for the rows of a colour."""
    _fitting(plan, 0, "rows", "f(x)", sum(map(size_of, leaves(result))), result)
    return seed(result, _whole(plan, "by_row"), int(color))


def seed(structure: Value, coloring: Any, color: int) -> Value:
    """The structure with 1 at the reals of a colour, and 0 elsewhere."""
    ones = (coloring == color).astype(np.float64)
    position = 0

    def leaf(value: Value) -> Value:
        nonlocal position
        if not is_numeric(value):
            return ()
        start, position = position, position + size_of(value)
        part = ones[start:position]
        return Array(part.reshape(shape_of(value))) if is_array(value) else float(part[0])

    return transform(structure, leaf)


def in_order(structure: Value) -> Value:
    """All reals of a structure, which has at least one, in a vector."""
    return end_to_end([in_line(leaf) for leaf in leaves(structure) if is_numeric(leaf)])


def matrix_of(plan: Record, forward: Value, backward: Value) -> Value:
    """The matrix {rows, columns, values, shape} from the lists of the products, in reverse order."""
    products = [*list(list_items(forward))[::-1], *list(list_items(backward))[::-1]]
    values: Value = Array(np.zeros(0))
    if products:
        values = gather(end_to_end(products), index=_whole(plan, "places"))
    rows, columns, shape = map(plan.get, ("rows", "columns", "shape"))
    return Record(("rows", "columns", "values", "shape"), (rows, columns, values, shape))


internal(
    "observed", 2, "observed(f, x): both, where x's reals know what depends on them.", observed, of_tags=True
)
internal("pattern_of", 2, "pattern_of(x, y): the pattern of y.", pattern_of, of_tags=True)
internal("sparse_plan", 1, "sparse_plan(pattern): its colours.", plan_of, of_tags=True)
internal("sparse_point", 2, "sparse_point(plan, x): x, of as many reals.", check_point, of_tags=True)
internal(
    "perturb_colors",
    4,
    "perturb_colors(tag, x, plan, i): x, perturbed.",
    perturb_colors,
    of_tags=True,
)
internal(
    "colored_tangents",
    4,
    "colored_tangents(tag, y, plan, i): the derivatives of y along the colours.",
    colored_tangents,
    computes=True,
    of_tags=True,
)
internal("color_seed", 3, "color_seed(y, plan, i): 1 at the rows of a colour.", color_seed, of_tags=True)
internal("in_order", 1, "in_order(x): all reals of x in a vector.", in_order)
internal("sparse_matrix", 3, "sparse_matrix(plan, forward, backward): its entries.", matrix_of, of_tags=True)
